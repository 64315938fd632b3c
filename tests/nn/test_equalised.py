"""Equalised and modulated layers against NumPy."""

import math

import flax.linen
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn

KEY = jax.random.key(0)


def test_a_rate_changes_how_fast_a_layer_learns_and_not_what_it_is():
    """At rate r the function is as random, and its gradient r times that of rate one."""
    x = jax.random.normal(KEY, (64, 40))
    slopes = []
    for rate in (1.0, 0.01):
        layer = nn.EqualisedDense(50, rate=rate, offset=1.0)
        params = layer.init(KEY, x)
        y = layer.apply(params, x)
        np.testing.assert_allclose(y.std(), 1, atol=0.1)
        np.testing.assert_allclose(y.mean(), 1, atol=0.05)
        np.testing.assert_allclose(params["params"]["kernel"].std(), 1 / rate, rtol=0.1)
        slopes.append(jax.grad(lambda p, m=layer: m.apply(p, x).sum())(params))
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(0.01 * a, b, rtol=1e-4, atol=1e-4),
        *slopes,
    )


def test_convolution_is_drawn_from_a_unit_normal_and_scaled_by_its_fan_in():
    x = jax.random.normal(KEY, (2, 8, 8, 30))
    layer = nn.EqualisedConv(40, bias=False)
    params = layer.init(KEY, x)
    kernel = params["params"]["kernel"]
    np.testing.assert_allclose(kernel.std(), 1, rtol=0.05)
    wanted = nn.same_conv(x, kernel / math.sqrt(9 * 30))
    np.testing.assert_allclose(layer.apply(params, x), wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("demodulate", [True, False])
def test_modulation_is_that_of_each_example_s_own_kernel(demodulate):
    x = jax.random.normal(KEY, (2, 5, 6, 3))
    w = jax.random.normal(jax.random.key(1), (2, 7))
    layer = nn.ModulatedConv(4, demodulate=demodulate)
    params = layer.init(KEY, x, w)["params"]
    style = np.asarray(w) @ params["affine"]["kernel"] / math.sqrt(7) + 1
    found = layer.apply({"params": params}, x, w)
    for i in range(2):
        kernel = params["kernel"] * style[i][:, None]
        if demodulate:
            kernel = kernel / np.sqrt(np.square(kernel).sum((0, 1, 2)) + 1e-8)
        else:
            kernel = kernel / math.sqrt(27)
        wanted = nn.same_conv(x[i : i + 1], jnp.asarray(kernel))
        np.testing.assert_allclose(found[i : i + 1], wanted, rtol=1e-4, atol=1e-5)


def test_demodulation_forgets_how_large_the_weights_are():
    x, w = jax.random.normal(KEY, (2, 5, 6, 3)), jnp.ones((2, 7))
    layer = nn.ModulatedConv(4)
    params = layer.init(KEY, x, w)["params"]
    larger = params | {"kernel": 10 * params["kernel"]}
    np.testing.assert_allclose(
        *(layer.apply({"params": p}, x, w) for p in (params, larger)), rtol=1e-4
    )


def test_pixel_norm_puts_latents_on_a_sphere():
    z = jax.random.normal(KEY, (5, 16)) * jnp.arange(1, 6)[:, None]
    found = nn.pixel_norm(z)
    np.testing.assert_allclose(jnp.square(found).sum(-1), 16, rtol=1e-5)
    assert np.isfinite(jax.grad(lambda z: nn.pixel_norm(z).sum())(0 * z)).all()


def test_a_wrapped_layer_is_the_layer_of_the_style_family():
    x = jax.random.normal(KEY, (3, 8))
    wrapped = nn.equalised()(flax.linen.Dense(5, kernel_init=nn.normal(1.0)))
    params = wrapped.init(KEY, x)["params"]["layer"]
    np.testing.assert_allclose(params["kernel"].std(), 1, rtol=0.2)
    found = wrapped.apply({"params": {"layer": params}}, x)
    wanted = nn.EqualisedDense(5).apply({"params": params}, x)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
