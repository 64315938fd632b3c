"""Penalties by differences against what they stand for."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import regularizers, rng

KEY = jax.random.key(0)
SIDES = {"real": regularizers.approximate_r1, "fake": regularizers.approximate_r2}
MANY = 40_000


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("std", [0.01, 3.0])
@pytest.mark.usefixtures("x64")
def test_a_linear_critic_s_mean_is_the_exact_penalty_at_any_noise(side, std):
    """E (w n)^2 / std^2 = |w|^2; of a square of chi, the spread is sqrt 2 of the mean."""
    w = jnp.asarray([1.0, -2.0, 0.5])
    reals = jnp.zeros((MANY, 3))
    penalty = SIDES[side](gamma=0.6, std=std)
    found, _ = penalty.apply((), lambda x: x @ w + 7.0, reals, reals + 9, KEY, 0, 0)
    exact = 0.3 * float(w @ w)
    np.testing.assert_allclose(found, exact, atol=4 * exact * (2 / MANY) ** 0.5)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.usefixtures("x64")
def test_small_noise_looks_at_the_slope_where_the_samples_are(side):
    """D = |x|^2 / 2, whose slope is x: the exact penalty, along the noise that is drawn."""
    real, fake = np.random.default_rng(0).normal(size=(2, 5, 4))

    def critic(x):
        return 0.5 * jnp.square(x).sum(1)

    penalty = SIDES[side](gamma=2.0, std=1e-5)
    found, _ = penalty.apply((), critic, jnp.asarray(real), jnp.asarray(fake), KEY, 0)
    x = real if side == "real" else fake
    noise = rng.normal(rng.deal(KEY, 5), (4,))
    np.testing.assert_allclose(found, np.square((x * noise).sum(1)).mean(), rtol=1e-4)


@pytest.mark.parametrize("wrong", [{"gamma": -1.0}, {"std": 0.0}])
def test_bad_numbers_are_refused(wrong):
    for make in SIDES.values():
        with pytest.raises(ValueError, match=next(iter(wrong))):
            make(**wrong)
