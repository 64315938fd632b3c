"""Path lengths of linear generators, which have a closed form; gradients; the mean."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import regularizers, rng
from gan_jax.regularizers.path_length import path_lengths

KEY = jax.random.key(0)
H, W, C = 4, 3, 2


def linear(a):
    """Styles [b, layers, d] to images a . w."""
    return lambda ws: jnp.einsum("hwcld,bld->bhwc", a, ws)


def test_of_a_linear_generator_the_mean_square_is_the_frobenius_norm():
    """E ||A^T y||^2 = ||A||_F^2 / (h w), and a mean over layers."""
    layers, d = 3, 5
    a = jax.random.normal(KEY, (H, W, C, layers, d))
    count = 20_000
    lengths = path_lengths(linear(a), jnp.zeros((count, layers, d)), KEY)
    wanted = jnp.square(a).sum() / (H * W) / layers
    np.testing.assert_allclose(jnp.square(lengths).mean(), wanted, rtol=0.02)


def test_each_length_is_that_of_its_own_product():
    a = jax.random.normal(KEY, (H, W, C, 2, 5))
    keys = rng.deal(KEY, 4)
    lengths = path_lengths(linear(a), jnp.zeros((4, 2, 5)), keys)
    y = rng.normal(rng.stream(keys, "y"), (H, W, C)) / np.sqrt(H * W)
    product = np.einsum("hwcld,bhwc->bld", a, y)
    wanted = np.sqrt(np.square(product).sum(-1).mean(-1))
    np.testing.assert_allclose(lengths, wanted, rtol=1e-5)


def test_the_mean_runs_and_the_penalty_is_the_distance_to_it():
    """At lengths that do not change, a(t) = (1 - .99^t) * const."""
    a = jax.random.normal(KEY, (H, W, C, 1, 5))
    ws, penalty = jnp.zeros((6, 1, 5)), regularizers.path_length(weight=2.0)
    lengths = np.asarray(path_lengths(linear(a), ws, KEY))
    memory = penalty.init()
    for t in range(1, 4):
        value, memory = penalty.apply(memory, linear(a), ws, ws, KEY, 0)
        mean = (1 - 0.99**t) * lengths.mean()
        np.testing.assert_allclose(memory, mean, rtol=1e-5)
        np.testing.assert_allclose(
            value, 2 * np.square(lengths - mean).mean(), rtol=1e-5
        )


def test_its_gradient_is_the_difference_quotient(x64):
    """Of a generator that bends, in float64; the mean's own share included."""
    a = jax.random.normal(KEY, (H, W, C, 2, 5), jnp.float64)
    ws = jax.random.normal(jax.random.key(1), (3, 2, 5), jnp.float64)
    way = jax.random.normal(jax.random.key(2), a.shape, jnp.float64)
    penalty = regularizers.path_length()

    @jax.jit
    def at(t):
        def synthesis(ws):
            return jnp.tanh(linear(a + t * way)(ws))

        memory = jnp.asarray(0.3, jnp.float64)
        return penalty.apply(memory, synthesis, ws, ws, KEY, 0)[0]

    step = 1e-5
    quotient = (at(step) - at(-step)) / (2 * step)
    np.testing.assert_allclose(jax.grad(at)(0.0), quotient, rtol=1e-7)


def test_a_generator_that_ignores_its_styles_has_finite_gradients():
    def loss(level):
        ws = jnp.ones((2, 1, 3))
        same = lambda ws: jnp.zeros((2, H, W, C)) + level + 0 * ws.sum()  # noqa: E731
        penalty = regularizers.path_length()
        return penalty.apply(penalty.init(), same, ws, ws, KEY, 0)[0]

    assert np.isfinite(jax.grad(loss)(1.0))


@pytest.mark.parametrize("bad", [{"weight": -1.0}, {"decay": 1.0}])
def test_numbers_out_of_range_are_refused(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        regularizers.path_length(**bad)
