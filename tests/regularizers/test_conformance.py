"""What holds of every penalty, whatever it is."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import regularizers, rng
from tests.regularizers.tables import ALL_REGULARIZERS, NOT_PENALTIES

IMAGES = (4, 3, 3, 2)
REAL = jax.random.normal(jax.random.key(1), IMAGES)
FAKE = jax.random.normal(jax.random.key(2), IMAGES)
WEIGHTS = jax.random.normal(jax.random.key(3), IMAGES[1:])
KEY = jax.random.key(4)

each = pytest.mark.parametrize(
    "penalty", ALL_REGULARIZERS.values(), ids=ALL_REGULARIZERS.keys()
)


def critic(weights):
    return lambda x: jnp.tanh(x * weights).sum(axis=(1, 2, 3))


def test_every_public_name_is_in_the_table():
    named = {name.split()[0] for name in ALL_REGULARIZERS}
    assert named | NOT_PENALTIES == set(regularizers.__all__)


@each
def test_scalar_with_a_gradient_and_a_memory_of_fixed_form(penalty):
    def loss(weights, memory, step):
        return penalty.apply(memory, critic(weights), REAL, FAKE, KEY, step)

    memory = penalty.init()
    (value, after), gradient = jax.jit(jax.value_and_grad(loss, has_aux=True))(
        WEIGHTS, memory, 0
    )
    assert value.shape == ()
    assert value.dtype == jnp.float32
    assert value > 0
    assert np.isfinite(gradient).all()
    assert (gradient != 0).any()
    assert jax.tree.structure(after) == jax.tree.structure(memory)


@each
def test_one_key_is_dealt_out_like_keys_per_example(penalty):
    def value(key):
        return penalty.apply(penalty.init(), critic(WEIGHTS), REAL, FAKE, key, 0)[0]

    np.testing.assert_allclose(value(KEY), value(rng.deal(KEY, 4)), rtol=1e-6)


@each
def test_samples_in_bfloat16_get_a_float32_penalty(penalty):
    half = jnp.bfloat16

    def coarse(x):
        assert x.dtype == half
        return critic(WEIGHTS.astype(half))(x).astype(jnp.float32)

    value, _ = penalty.apply(
        penalty.init(), coarse, REAL.astype(half), FAKE.astype(half), KEY, 0
    )
    assert value.dtype == jnp.float32
    fine, _ = penalty.apply(penalty.init(), critic(WEIGHTS), REAL, FAKE, KEY, 0)
    np.testing.assert_allclose(value, fine, rtol=0.1)
