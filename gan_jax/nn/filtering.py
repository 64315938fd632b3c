"""Doubling and halving feature maps through a low-pass filter, without aliases.

`upfirdn` is the one operation (StyleGAN2, Karras et al. 2020, arXiv:1912.04958, appendix
B; Zhang 2019): zeros between the samples, a short filter, and only every n-th sample of
the result. All else is that with its paddings chosen so that nothing moves by half a
pixel. The filter of StyleGAN2 is `FIR`, [1, 3, 3, 1] along either axis.

On CPU the map is shifted, once for each tap, along one axis and then along the other;
elsewhere it is a convolution of each channel by itself, which XLA's CPU code runs in plain
loops. Three things make shifts fast there (64 x 64 x 32, batch 16, one core): what one axis
gives is kept from being fused into the next, where XLA computes it anew for every tap
(2.0 ms with barriers; products with banded matrices take 14); of a map with zeros in
between, only what is not zero is shifted; and the derivative is the same operation with
its taps mirrored, where the library's is a sum of padded maps (22 ms).
"""

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gan_jax.nn.correlation import Padding, conv2d, conv2d_transpose
from gan_jax.nn.resampling import Kernel, Map
from gan_jax.platform import platform

FIR = (0.125, 0.375, 0.375, 0.125)
"""[1, 3, 3, 1], its sum one."""


def upfirdn(
    x: Map,
    taps: Sequence[float],
    up: int = 1,
    down: int = 1,
    padding: Padding = ((0, 0), (0, 0)),
    gain: float = 1.0,
) -> Float[Array, "b _ _ c"]:
    """Zeros in between, padding, a filter along both axes, every `down`-th sample.

    Args:
        x: maps [b, h, w, c].
        taps: of the filter, applied along each axis as a convolution: the last one
            multiplies the earliest sample.
        up: each sample is followed by `up - 1` zeros.
        down: of the result, one sample in so many is kept, from the first.
        padding: zeros before and after each axis, ((top, bottom), (left, right)), put on
            after those in between; a negative number cuts samples off.
        gain: factor of the result; up * up keeps the mean of a map that is doubled.

    Raises:
        ValueError: nothing is left to be filtered.
    """
    for n, (low, high) in zip(x.shape[1:3], padding, strict=True):
        if n * up + low + high < len(taps):
            raise ValueError(
                f"a filter of {len(taps)} taps does not fit into {n * up + low + high} "
                "samples"
            )
    on_cpu = platform() == "cpu"
    return (_by_shifts if on_cpu else _by_channel)(x, taps, up, down, padding, gain)


def _by_shifts(
    x: jax.Array,
    taps: Sequence[float],
    up: int,
    down: int,
    padding: Padding,
    gain: float,
) -> jax.Array:
    scaled = tuple(gain * t for t in taps)
    # The larger of the two steps is left to the smaller map.
    rows = (1, scaled, up, down, padding[0])
    columns = (2, tuple(taps), up, down, padding[1])
    for along in (columns, rows) if up > down else (rows, columns):
        x = _along(x, *along)
    return x


Edges = tuple[int, int]


@functools.partial(jax.custom_vjp, nondiff_argnums=(1, 2, 3, 4, 5))
def _along(
    x: jax.Array,
    axis: int,
    taps: tuple[float, ...],
    up: int,
    down: int,
    edges: Edges,
) -> jax.Array:
    """The operation along one axis, any derivative of it included."""
    count = _count(x.shape[axis], len(taps), up, down, edges)
    # Sample j of the result, before every `down`-th is taken, is one of `up` phases; each
    # sees every `up`-th tap only, at samples of x that begin at `first`.
    every = 1 if up == 1 else down
    whole = (count - 1) * every + 1
    length, slid = -(-whole // up), taps[::-1]
    phases = []
    for phase in range(up):
        start = (edges[0] - phase) % up
        phases.append(((phase + start - edges[0]) // up, slid[start::up]))
    step = down if up == 1 else 1
    low = -min(first for first, _ in phases)
    reach = max(first + len(own) for first, own in phases) + step * (length - 1)
    pads = [(0, 0, 0)] * x.ndim
    pads[axis] = (low, reach - x.shape[axis], 0)
    x = jax.lax.optimization_barrier(jax.lax.pad(x, jnp.zeros((), x.dtype), pads))

    def shifted(start: int) -> jax.Array:
        end = start + step * (length - 1) + 1
        return jax.lax.slice_in_dim(x, start, end, step, axis)

    parts = [
        sum(
            (
                jnp.asarray(t, x.dtype) * shifted(low + first + i)
                for i, t in enumerate(own)
            ),
            start=jnp.zeros((), x.dtype),
        )
        for first, own in phases
    ]
    if up == 1:
        return jax.lax.optimization_barrier(parts[0])
    shape = list(x.shape)
    shape[axis] = length * up
    y = jnp.stack(parts, axis + 1).reshape(shape)
    return jax.lax.optimization_barrier(jax.lax.slice_in_dim(y, 0, whole, every, axis))


def _count(n: int, taps: int, up: int, down: int, edges: Edges) -> int:
    """Of how many samples the result is."""
    return (n * up + sum(edges) - taps) // down + 1


def _forward(
    x: jax.Array,
    axis: int,
    taps: tuple[float, ...],
    up: int,
    down: int,
    edges: Edges,
) -> tuple[jax.Array, int]:
    return _along(x, axis, taps, up, down, edges), x.shape[axis]


def _backward(
    axis: int,
    taps: tuple[float, ...],
    up: int,
    down: int,
    edges: Edges,
    n: int,
    g: jax.Array,
) -> tuple[jax.Array]:
    """Taps mirrored, `up` and `down` exchanged, as many samples as x had."""
    low = len(taps) - 1 - edges[0]
    high = up * (n - 1) + len(taps) - down * g.shape[axis] - low
    return (_along(g, axis, taps[::-1], down, up, (low, high)),)


_along.defvjp(_forward, _backward)


def _by_channel(
    x: jax.Array,
    taps: Sequence[float],
    up: int,
    down: int,
    padding: Padding,
    gain: float,
) -> jax.Array:
    channels, t = x.shape[-1], np.asarray(taps)[::-1]
    kernel = np.tile((gain * np.outer(t, t))[:, :, None, None], channels)
    # The zeros after the last sample count as well.
    edges = [(low, high + up - 1) for low, high in padding]
    return jax.lax.conv_general_dilated(
        x,
        jnp.asarray(kernel, x.dtype),
        (down, down),
        edges,
        lhs_dilation=(up, up),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=channels,
    )


def filtered_upsample(x: Map) -> Map:
    """Twice the size: zeros in between, then `FIR`; constants stay away from the edge."""
    return upfirdn(x, FIR, up=2, padding=((2, 1), (2, 1)), gain=4.0)


def filtered_downsample(x: Map) -> Map:
    """Half the size, rounded down: `FIR`, then every second sample."""
    return upfirdn(x, FIR, down=2, padding=((1, 1), (1, 1)))


def filtered_upsample_conv(x: Map, kernel: Kernel) -> Map:
    """Twice the size: a transposed convolution of stride 2, then `FIR`; odd kernels.

    The kernel is laid down at each sample as it is, where convolutions at one size slide
    over theirs: like `transposed_conv`, mirrored to `upsample_conv`.
    """
    k = kernel.shape[0]
    if k == 1:  # commutes with the filter, and runs at the smaller size
        return filtered_upsample(conv2d(x, kernel, ((0, 0), (0, 0))))
    size = tuple(2 * (n - 1) + k for n in x.shape[1:3])
    full = conv2d_transpose(
        x, kernel.swapaxes(2, 3), ((0, 0), (0, 0)), 2, (size[0], size[1])
    )
    # 2n + k - 2 samples and three that the filter takes; 2n are to be left.
    edges = _split(5 - k)
    return upfirdn(full, FIR, padding=(edges, edges), gain=4.0)


def filtered_conv_downsample(x: Map, kernel: Kernel) -> Map:
    """Half the size: `FIR`, then a convolution of stride 2; odd kernels, even sizes."""
    k = kernel.shape[0]
    if k == 1:
        return conv2d(filtered_downsample(x), kernel, ((0, 0), (0, 0)))
    edges = _split(k + 1)
    smooth = upfirdn(x, FIR, padding=(edges, edges))
    return conv2d(smooth, kernel, ((0, 0), (0, 0)), 2)


def _split(total: int) -> tuple[int, int]:
    return total // 2, total - total // 2


__all__ = [
    "FIR",
    "filtered_conv_downsample",
    "filtered_downsample",
    "filtered_upsample",
    "filtered_upsample_conv",
    "upfirdn",
]
