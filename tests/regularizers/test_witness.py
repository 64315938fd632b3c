"""The witness penalty of linear critics in closed form, and over devices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import axis, losses, regularizers, rng

DRAW = np.random.default_rng(0).normal
REAL, FAKE = DRAW(size=(2, 8, 3))
MATRIX = DRAW(size=(3, 4))
KEY = jax.random.key(0)


def value(kernel, real=REAL, fake=FAKE, keys=KEY, matrix=MATRIX):
    penalty = regularizers.witness_penalty(kernel, weight=2.0)
    critic = lambda x: x @ jnp.asarray(matrix)  # noqa: E731
    real, fake = jnp.asarray(real), jnp.asarray(fake)
    return penalty.apply((), critic, real, fake, keys, 0)[0]


@pytest.mark.usefixtures("x64")
def test_a_linear_kernel_has_one_slope_everywhere():
    """The witness (h(x) - h(y)) . h(t) of means has the slope M M' (x - y)."""
    slope = MATRIX @ MATRIX.T @ (REAL - FAKE).mean(0)
    expected = 2.0 * (np.linalg.norm(slope) - 1) ** 2
    np.testing.assert_allclose(value(lambda a, b: a @ b.T), expected, rtol=1e-10)


@pytest.mark.usefixtures("x64")
def test_a_gaussian_kernel_by_differences():
    def witness(t):
        ours, x, y = t @ MATRIX, REAL @ MATRIX, FAKE @ MATRIX

        def near(h):
            return np.exp(-np.square(ours[:, None] - h).sum(-1) / 8).mean(1)

        return near(x) - near(y)

    share = rng.uniform(rng.stream(rng.deal(KEY, 8), "interpolate"), (1,))
    t = np.asarray(share) * REAL + (1 - np.asarray(share)) * FAKE
    step = 1e-5 * np.eye(3)
    slope = [(witness(t + s) - witness(t - s)) / 2e-5 for s in step]
    expected = 2.0 * np.square(np.linalg.norm(slope, axis=0) - 1).mean()
    kernel = losses.gaussian_kernel((2.0,))
    np.testing.assert_allclose(value(kernel), expected, rtol=1e-7)


@pytest.mark.slow
@pytest.mark.usefixtures("x64")
def test_the_witness_is_made_of_all_devices_examples():
    kernel = losses.rational_quadratic_kernel()
    keys = rng.deal(KEY, 8)

    def slope(real, fake, keys):
        grad = jax.grad(lambda m: value(kernel, real, fake, keys, m))
        return axis.mean(grad(jnp.asarray(MATRIX)))

    whole = slope(jnp.asarray(REAL), jnp.asarray(FAKE), keys)
    halves = [a.reshape(2, 4, 3) for a in (REAL, FAKE)]
    shared = jax.vmap(slope, axis_name=axis.NAME)(*halves, keys.reshape(2, 4))
    np.testing.assert_allclose(shared[0], whole, rtol=1e-9)
