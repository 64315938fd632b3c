"""The weight gradient in parts is the library's, and costs no convolution more."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn
from gan_jax.nn import correlation

RNG = np.random.default_rng(0)
X = jnp.float32(RNG.normal(size=(6, 5, 4, 3)))
KERNELS = [jnp.float32(RNG.normal(size=(3, 3, 3, 3)) / 3) for _ in range(3)]
PADDING = ((1, 1), (1, 1))


def library(x, kernel, padding):
    return jax.lax.conv_general_dilated(
        x, kernel, (1, 1), padding, dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def network(conv):
    def logits(kernels, x):
        for kernel in kernels:
            x = jax.nn.silu(conv(x, kernel, PADDING))
        return x.sum()

    return logits


def penalty(conv):
    def value(kernels):
        return jnp.square(jax.grad(network(conv), 1)(kernels, X)).sum()

    return value


@pytest.mark.parametrize("positions", [20, 60, 10_000])
@pytest.mark.parametrize("padding", [PADDING, ((0, 2), (1, 0)), ((0, 0), (0, 0))])
def test_weight_gradient_is_the_librarys(monkeypatch, positions, padding):
    monkeypatch.setattr(correlation, "POSITIONS", positions)

    def slopes(conv):
        return jax.grad(lambda x, k: jnp.sin(conv(x, k, padding)).sum(), (0, 1))(
            X, KERNELS[0]
        )

    for ours, theirs in zip(slopes(nn.conv2d), slopes(library), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-5)


def test_penalty_through_it_and_its_number_of_convolutions():
    compiled = [
        jax.jit(jax.grad(penalty(conv))).lower(KERNELS).compile()
        for conv in (nn.conv2d, library)
    ]
    for ours, theirs in zip(*(c(KERNELS) for c in compiled), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)
    ours, theirs = (
        len(re.findall(r"= \S+ convolution\(", c.as_text())) for c in compiled
    )
    assert 0 < ours <= theirs


def test_parts_divide_the_batch():
    assert correlation._parts(64, 32 * 32) == 32
    assert correlation._parts(64, 1) == 1
    assert correlation._parts(7, 32 * 32) == 1
    assert 64 % correlation._parts(64, 15 * 15) == 0
