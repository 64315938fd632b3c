"""Layers that keep magnitudes: against quadrature, NumPy and finite differences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn

KEY = jax.random.key(0)


@pytest.mark.parametrize("slope", [0.2, 0.0, -1.0])
def test_the_activation_has_variance_one_of_a_normal_number(slope):
    """By quadrature on either side of the kink."""
    x = np.linspace(0, 12, 400_001)
    density = np.exp(-np.square(x) / 2) / np.sqrt(2 * np.pi)
    act = nn.unit_leaky_relu(slope)
    sides = [np.float64(act(jnp.float32(s * x))) for s in (1, -1)]
    mean = sum(np.trapezoid(y * density, x) for y in sides)
    square = sum(np.trapezoid(y**2 * density, x) for y in sides)
    np.testing.assert_allclose(square - mean**2, 1, rtol=1e-4)


def test_a_sum_of_independent_maps_has_mean_square_one():
    x, y = jax.random.normal(KEY, (2, 10_000, 3))
    share = jnp.array([0.0, 0.5, -3.0])
    z = nn.unit_sum(x, y, share)
    np.testing.assert_array_equal(z[:, 0], x[:, 0])
    np.testing.assert_allclose(z[:, 1], (x[:, 1] + 0.5 * y[:, 1]) / 1.25**0.5, 1e-5)
    np.testing.assert_allclose(jnp.square(z).mean(0), 1, atol=0.06)


def test_a_convolution_is_that_of_weights_of_length_one():
    """Centred without the offset, then of length one with it."""
    x = jax.random.normal(KEY, (2, 5, 6, 4))
    layer = nn.UnitConv(6, op=nn.grouped_conv, groups=2, bias=True, centred=True)
    params = layer.init(KEY, x)["params"]
    lengths = np.linalg.norm(params["kernel"], axis=0)
    np.testing.assert_allclose(lengths, 1, rtol=1e-5)
    rows = np.array(jax.random.normal(KEY, (19, 6)), np.float64)
    weights = rows[:18] - rows[:18].mean(0)
    length = np.sqrt(np.square(weights).sum(0) + rows[18] ** 2)
    wanted = nn.grouped_conv(x, jnp.float32(weights / length).reshape(3, 3, 2, 6))
    wanted = wanted + jnp.float32(rows[18] / length)
    found = layer.apply({"params": {"kernel": jnp.float32(rows)}}, x)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    # So the mean of what it reads is not heard, but at the edge.
    still = layer.apply({"params": {"kernel": jnp.float32(rows)}}, x + 3)
    np.testing.assert_allclose(still[:, 1:-1, 1:-1], found[:, 1:-1, 1:-1], atol=1e-4)


def test_no_step_along_the_weights_is_asked_for():
    """In float64: the gradient is its finite difference, and of no use for the length."""
    with jax.enable_x64(True):
        x = jax.random.normal(KEY, (2, 4, 4, 3), jnp.float64)
        layer = nn.UnitConv(5, bias=True, centred=True, dtype=jnp.float64)
        kernel, way = jax.random.normal(jax.random.key(1), (2, 28, 5), jnp.float64)

        def loss(kernel):
            y = layer.apply({"params": {"kernel": kernel}}, x)
            return jnp.sin(y).sum()

        slope = jax.grad(loss)(kernel)
        along = (loss(kernel + 1e-5 * way) - loss(kernel - 1e-5 * way)) / 2e-5
        np.testing.assert_allclose((slope * way).sum(), along, rtol=1e-7)
        np.testing.assert_allclose((slope * kernel).sum(0), 0, atol=1e-10)
        np.testing.assert_allclose(loss(5 * kernel), loss(kernel), rtol=1e-12)
