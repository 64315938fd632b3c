"""Nonlinearities that make no aliases (Karras et al. 2021, arXiv:2106.12423, section 3).

An activation of a sampled map makes frequencies that its samples cannot hold. It is
therefore computed on a finer grid, and the result filtered before it is sampled again.

On CPU each example is taken through all of it by itself, as products with banded
matrices: on the finer grid a batch does not fit into any cache. 64 channels of 54 x 54,
batch 8, forward and backward on one core: 51 ms, where products of the batch as a whole
took 106, and PyTorch's reference operations 170. Strips of the result, which need few rows
of the finer grid and fewer of the coarser, take a sixth off that again. What the backward
pass needs of the finer grid is one bit a number, if the activation is written with
`where`. Elsewhere each filter is a convolution of each channel by itself, along one axis
after the other.
"""

import itertools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gan_jax.nn.correlation import Padding
from gan_jax.nn.resampling import Map
from gan_jax.platform import platform
from gan_jax.typing import Activation

Taps = Sequence[float] | np.ndarray
NOWHERE = ((0, 0), (0, 0))
STRIP = 32
"""Rows of the result, at most, that are computed together: a matrix of a filter is mostly
zeros, the more the longer the axis. Shorter strips share more rows."""


def filtered_activation(
    x: Map,
    activation: Activation,
    finer: Taps,
    coarser: Taps,
    up: int = 2,
    down: int = 2,
    padding: Padding = NOWHERE,
    clamp: float | None = None,
) -> Float[Array, "b _ _ c"]:
    """An activation on a grid `up` times as fine, sampled again `down` times coarser.

    Args:
        x: maps [b, h, w, c].
        activation: of each number.
        finer: taps of the filter before it, one row, along each axis, as in `upfirdn`;
            its gain is up * up.
        coarser: taps of the filter behind it, one row or a square.
        up: zeros and one sample to each of x.
        down: of the finer samples, one in so many is kept.
        padding: zeros on the finer grid, before it is filtered; negative numbers cut
            samples off.
        clamp: the largest activation, either way; None for no bound.
    """

    def bounded(y: jax.Array) -> jax.Array:
        y = activation(y)
        if clamp is None:
            return y
        return jnp.where(jnp.abs(y) <= clamp, y, jnp.sign(y) * clamp)

    way = _by_matrices if platform() == "cpu" else _by_channel
    return way(x, bounded, finer, coarser, up, down, padding)


def _by_matrices(
    x: jax.Array,
    activation: Activation,
    finer: Taps,
    coarser: Taps,
    up: int,
    down: int,
    padding: Padding,
) -> jax.Array:
    rows_up, columns_up = (
        up * band(n, finer, up, 1, edges)
        for n, edges in zip(x.shape[1:3], padding, strict=True)
    )
    rows_down, columns_down = (
        np.stack([band(len(fine), part, 1, down) for part in parts])
        for fine, parts in zip((rows_up, columns_up), separated(coarser), strict=True)
    )

    def strip(x: jax.Array, up: np.ndarray, down: np.ndarray) -> jax.Array:
        x = activation(jnp.einsum("ih,hcj->icj", jnp.asarray(up, x.dtype), x))
        x = jnp.einsum("kih,hcj->kicj", jnp.asarray(down, x.dtype), x)
        return jnp.einsum("kicj,kwj->iwc", x, jnp.asarray(columns_down, x.dtype))

    def each(x: jax.Array) -> jax.Array:
        # Columns are last in between: each step is one product of two matrices.
        x = jnp.einsum("hwc,jw->hcj", x, jnp.asarray(columns_up, x.dtype))
        parts = strips(rows_up, rows_down)
        return jnp.concatenate([strip(x[own], up, down) for own, up, down in parts])

    return jax.lax.map(each, x)


def strips(
    up: np.ndarray, down: np.ndarray
) -> list[tuple[slice, np.ndarray, np.ndarray]]:
    """The rows of a result in strips, with the parts of both matrices that each needs.

    Args:
        up: [fine, coarse].
        down: [r, result, fine].

    Returns:
        Which coarse rows, and the two matrices between these, the fine ones and the strip.
    """
    count, found = down.shape[1], []
    edges = np.linspace(0, count, -(-count // STRIP) + 1).round().astype(int)
    for low, high in itertools.pairwise(edges):
        own = down[:, low:high]
        fine = _reach(own)
        coarse = _reach(up[fine])
        found.append((coarse, up[fine, coarse], own[:, :, fine]))
    return found


def _reach(matrix: np.ndarray) -> slice:
    """From the first to the last column that is not zero; one, where all are."""
    there = np.flatnonzero(matrix.reshape(-1, matrix.shape[-1]).any(0))
    return slice(there[0], there[-1] + 1) if there.size else slice(0, 1)


def separated(taps: Taps) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns [r, k] whose outer products add up to a filter.

    As many as float32 can tell: one for a filter of one row, three to five for those of
    StyleGAN3 that are round.
    """
    taps = np.asarray(taps, np.float64)
    if taps.ndim == 1:
        return taps[None], taps[None]
    rows, sizes, columns = np.linalg.svd(taps)
    rank = int((sizes > 1e-7 * sizes[0]).sum())
    return rows.T[:rank], sizes[:rank, None] * columns[:rank]


def band(
    n: int, taps: Taps, up: int, down: int, edges: tuple[int, int] = (0, 0)
) -> np.ndarray:
    """What a filter of one row does along an axis of n samples, as a matrix [m, n]."""
    m = (n * up + sum(edges) - len(taps)) // down + 1
    behind = (np.arange(n) * up + edges[0]) - (np.arange(m) * down)[:, None]
    place = len(taps) - 1 - behind
    inside = (place >= 0) & (place < len(taps))
    return np.where(inside, np.asarray(taps)[np.clip(place, 0, len(taps) - 1)], 0.0)


def _by_channel(
    x: jax.Array,
    activation: Activation,
    finer: Taps,
    coarser: Taps,
    up: int,
    down: int,
    padding: Padding,
) -> jax.Array:
    first = up * np.asarray(finer)
    x = _channels(x, first[:, None], (up, 1), (1, 1), (padding[0], (0, 0)))
    x = _channels(x, first[None], (1, up), (1, 1), ((0, 0), padding[1]))
    x, behind = activation(x), np.asarray(coarser)
    if behind.ndim == 2:
        return _channels(x, behind, (1, 1), (down, down))
    x = _channels(x, behind[:, None], (1, 1), (down, 1))
    return _channels(x, behind[None], (1, 1), (1, down))


def _channels(
    x: jax.Array,
    taps: np.ndarray,
    up: tuple[int, int],
    down: tuple[int, int],
    padding: Padding = NOWHERE,
) -> jax.Array:
    channels = x.shape[-1]
    kernel = np.tile(taps[::-1, ::-1, None, None], channels)
    # The zeros after the last sample count as well.
    edges = [(low, high + n - 1) for n, (low, high) in zip(up, padding, strict=True)]
    return jax.lax.conv_general_dilated(
        x,
        jnp.asarray(kernel, x.dtype),
        down,
        edges,
        lhs_dilation=up,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=channels,
    )


__all__ = ["filtered_activation"]
