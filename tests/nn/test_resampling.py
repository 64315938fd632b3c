"""Fused halvings and doublings are the plain ones: values, both derivatives, torch."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn

LAYOUT = ("NHWC", "HWIO", "NHWC")


def plain_strided(x, kernel):
    return jax.lax.conv_general_dilated(
        x, kernel, (2, 2), "SAME", dimension_numbers=LAYOUT
    )


def plain_upsample(x, kernel):
    return plain_same(jnp.repeat(jnp.repeat(x, 2, 1), 2, 2), kernel)


def plain_pool(x, kernel):
    y = plain_same(x, kernel)
    return (y[:, ::2] + y[:, 1::2])[:, :, ::2] / 4 + (y[:, ::2] + y[:, 1::2])[
        :, :, 1::2
    ] / 4


def plain_same(x, kernel):
    return jax.lax.conv_general_dilated(
        x, kernel, (1, 1), "SAME", dimension_numbers=LAYOUT
    )


CASES = [
    *[(nn.strided_conv, plain_strided, k, (6, 8)) for k in (1, 2, 3, 4, 5)],
    (nn.strided_conv, plain_strided, 4, (7, 5)),
    (nn.strided_conv, plain_strided, 5, (7, 5)),
    *[(nn.upsample_conv, plain_upsample, k, (4, 3)) for k in (1, 3, 5)],
    *[(nn.conv_pool, plain_pool, k, (6, 4)) for k in (1, 3, 5)],
    *[(nn.same_conv, plain_same, k, (5, 4)) for k in (1, 2, 3, 4)],
]


def arrays(k, size):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, *size, 3)).astype(np.float32)
    return jnp.asarray(x), jnp.float32(rng.normal(size=(k, k, 3, 5)) / k)


@pytest.mark.parametrize(
    ("fused", "plain", "k", "size"),
    CASES,
    ids=[f"{f.__name__}-{k}-{s[0]}x{s[1]}" for f, _, k, s in CASES],
)
def test_fused_is_plain_in_value_and_gradients(fused, plain, k, size):
    x, kernel = arrays(k, size)

    def both(conv):
        def penalised(x, kernel):
            y = conv(x, kernel)
            slope = jax.grad(lambda x: jnp.square(conv(x, kernel)).sum())(x)
            return (jnp.sin(y) * y).sum() + jnp.square(slope).sum(), y

        grad = jax.value_and_grad(penalised, (0, 1), has_aux=True)
        return jax.jit(grad)(x, kernel)

    for ours, theirs in zip(
        jax.tree.leaves(both(fused)), jax.tree.leaves(both(plain)), strict=True
    ):
        scale = np.abs(theirs).max()
        np.testing.assert_allclose(ours / scale, theirs / scale, atol=3e-6)


@pytest.mark.parametrize("k", [2, 3, 4, 5])
def test_transposed_is_the_adjoint_of_strided(k):
    x, kernel = arrays(k, (3, 4))
    big = jnp.zeros((2, 6, 8, 5))
    swapped = kernel.swapaxes(2, 3)
    (adjoint,) = jax.vjp(lambda b: plain_strided(b, swapped), big)[1](x)
    np.testing.assert_allclose(nn.transposed_conv(x, kernel), adjoint, atol=1e-5)


@pytest.mark.parametrize("k", [2, 4, 6])
def test_even_kernels_are_torchs(k):
    torch = pytest.importorskip("torch", reason="the oracle")
    x, kernel = arrays(k, (4, 6))
    xt = torch.tensor(np.asarray(x).transpose(0, 3, 1, 2))
    down = torch.tensor(np.asarray(kernel).transpose(3, 2, 0, 1))
    up = torch.tensor(np.asarray(kernel).transpose(2, 3, 0, 1))
    for ours, theirs in (
        (nn.strided_conv, torch.nn.functional.conv2d(xt, down, None, 2, k // 2 - 1)),
        (
            nn.transposed_conv,
            torch.nn.functional.conv_transpose2d(xt, up, None, 2, k // 2 - 1),
        ),
    ):
        np.testing.assert_allclose(
            ours(x, kernel), theirs.numpy().transpose(0, 2, 3, 1), atol=1e-5
        )


def test_upsample_and_pool_by_hand():
    x = jnp.arange(4.0).reshape(1, 2, 2, 1)
    rows = [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]]
    np.testing.assert_array_equal(nn.upsample(x)[0, :, :, 0], rows)
    np.testing.assert_array_equal(nn.mean_pool(x), [[[[1.5]]]])


def test_fir_resampling_is_the_filter_s_own():
    """The pixels apart by zeros, then [1, 3, 3, 1] of sum 2 each way; and back by sum 1."""
    x, _ = arrays(1, (4, 6))
    taps = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64

    def filtered(x):
        x = np.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)))
        h, w = x.shape[1] - 3, x.shape[2] - 3
        places = [(i, j) for i in range(4) for j in range(4)]
        return sum(taps[i, j] * x[:, i : i + h, j : j + w] for i, j in places)

    apart = np.zeros((2, 8, 12, 3))
    apart[:, ::2, ::2] = x
    up = 4 * filtered(apart)[:, :-1, :-1]
    np.testing.assert_allclose(jax.jit(nn.filtered_upsample)(x), up, atol=1e-6)
    down = filtered(np.asarray(x))[:, 1:-1:2, 1:-1:2]
    np.testing.assert_allclose(jax.jit(nn.filtered_downsample)(x), down, atol=1e-6)
    y = jnp.asarray(up, jnp.float32)
    (adjoint,) = jax.vjp(nn.filtered_upsample, x)[1](y)
    np.testing.assert_allclose(nn.filtered_downsample(y), adjoint / 4, atol=1e-6)


def test_fir_keeps_a_constant_away_from_the_edge():
    one = jnp.ones((1, 6, 6, 1))
    np.testing.assert_allclose(nn.filtered_upsample(one)[0, 1:-1, 1:-1], 1)
    np.testing.assert_allclose(nn.filtered_downsample(one)[0, 1:-1, 1:-1], 1)


@pytest.mark.parametrize(("groups", "own"), [(1, 6), (4, 3), (6, 32)])
def test_grouped_is_the_library_s_in_value_and_gradients(groups, own):
    """Of the last, pairs of groups are convolved as one on CPU."""
    c = groups * own
    x = jax.random.normal(jax.random.key(0), (2, 4, 3, c))
    kernel = jax.random.normal(jax.random.key(1), (3, 3, own, 2 * c)) / 9

    def plain(x, kernel):
        return jax.lax.conv_general_dilated(
            x,
            kernel,
            (1, 1),
            "SAME",
            dimension_numbers=LAYOUT,
            feature_group_count=groups,
        )

    def both(conv):
        def of(x, kernel):
            y = conv(x, kernel)
            return (jnp.sin(y) * y).sum(), y

        return jax.jit(jax.value_and_grad(of, (0, 1), has_aux=True))(x, kernel)

    for ours, theirs in zip(
        *map(jax.tree.leaves, (both(nn.grouped_conv), both(plain))), strict=True
    ):
        scale = np.abs(theirs).max()
        np.testing.assert_allclose(ours / scale, theirs / scale, atol=3e-6)


def test_groups_that_do_not_divide_the_channels():
    x = jnp.ones((1, 4, 4, 6))
    with pytest.raises(ValueError, match="does not divide 6 channels"):
        nn.grouped_conv(x, jnp.ones((3, 3, 4, 6)))
    with pytest.raises(ValueError, match="groups=4 must divide 6"):
        nn.Conv(8, op=nn.grouped_conv, groups=4).init(jax.random.key(0), x)
