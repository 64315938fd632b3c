"""The trilinear family: the library's values and derivatives, at no more convolutions."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn
from gan_jax.nn import correlation

RNG = np.random.default_rng(0)
X = jnp.float32(RNG.normal(size=(6, 6, 4, 3)))
SAME = ((1, 1), (1, 1))
LAYOUT = ("NHWC", "HWIO", "NHWC")


def kernels(*shapes):
    return [jnp.float32(RNG.normal(size=shape) / 3) for shape in shapes]


def library(x, kernel, padding, stride=1):
    return jax.lax.conv_general_dilated(
        x, kernel, (stride, stride), padding, dimension_numbers=LAYOUT
    )


def library_transpose(y, kernel, padding, stride, size):
    x = jnp.zeros((y.shape[0], *size, kernel.shape[2]))
    return jax.vjp(lambda x: library(x, kernel, padding, stride), x)[1](y)[0]


@pytest.mark.parametrize("most", [1, 3])
@pytest.mark.parametrize(
    ("sides", "padding", "stride"),
    [
        ((3, 3), SAME, 1),
        ((2, 3), ((0, 2), (1, 0)), 1),
        ((2, 2), SAME, 1),  # the result is larger than the map
        ((1, 1), ((0, 0), (0, 0)), 1),
        ((4, 4), SAME, 2),
        ((4, 2), ((2, 1), (0, 0)), 2),  # the last row is read by no position
        ((5, 3), ((2, 2), (0, 1)), 2),
        ((3, 3), ((1, 1), (1, 1)), 3),
    ],
    ids=str,
)
def test_values_and_two_derivatives_are_the_librarys(
    monkeypatch, sides, padding, stride, most
):
    monkeypatch.setattr(correlation, "PATCHES", 1)
    monkeypatch.setattr(correlation, "MOST_PARTS", most)
    (kernel,) = kernels((*sides, 3, 2))

    def results(conv, transpose):
        def there_and_back(x, kernel):
            y = conv(x, kernel, padding, stride)
            back = transpose(jnp.sin(y), kernel, padding, stride, x.shape[1:3])
            return y, back, (jnp.cos(back) * x).sum()

        def penalised(x, kernel):
            slope = jax.grad(lambda x: there_and_back(x, kernel)[2])(x)
            return jnp.square(slope).sum(), there_and_back(x, kernel)

        return jax.jit(jax.value_and_grad(penalised, (0, 1), has_aux=True))(X, kernel)

    ours = results(nn.conv2d, nn.conv2d_transpose)
    theirs = results(library, library_transpose)
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5 * np.abs(b).max())


def test_gradient_penalty_takes_no_more_convolutions_than_the_librarys():
    layers = kernels((3, 3, 3, 4), (4, 4, 4, 4), (3, 3, 4, 1))

    def penalty(conv):
        def logit(layers, x):
            for kernel in layers:
                stride = 2 if kernel.shape[0] == 4 else 1
                x = jax.nn.silu(conv(x, kernel, SAME, stride))
            return x.sum()

        return lambda layers: jnp.square(jax.grad(logit, 1)(layers, X)).sum()

    counts = [
        len(
            re.findall(
                r"= \S+ convolution\(",
                jax.jit(jax.grad(penalty(conv))).lower(layers).compile().as_text(),
            )
        )
        for conv in (nn.conv2d, library)
    ]
    assert 0 < counts[0] <= counts[1]


@pytest.mark.parametrize(
    ("batch", "patches", "parts"),
    [(64, 2**20, 8), (64, 2**16, 2), (64, 1, 1), (7, 2**22, 7), (1, 2**30, 1)],
)
def test_parts_divide_the_batch(batch, patches, parts):
    assert correlation._parts(batch, patches) == parts
