import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import losses, schedules


def test_distance_of_the_means_times_a_moving_weight():
    real = {"features": jnp.asarray([[1.0, 2.0], [3.0, 4.0]])}
    fake = {"features": jnp.asarray([[0.0, 0.0], [2.0, 2.0], [4.0, 4.0]])}
    match = losses.feature_matching(schedules.linear(2.0, 4.0, over=10))
    # Means (2, 3) and (2, 2).
    np.testing.assert_allclose(match(real, fake, 0), 2.0)
    np.testing.assert_allclose(match(real, fake, 5), 3.0)


def test_an_output_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="gives features, not 'logits'"):
        losses.feature_matching(at="logits")(
            {"features": jnp.ones((2, 1))}, {"features": jnp.ones((2, 1))}, 0
        )
