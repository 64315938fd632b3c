"""Doubling and halving feature maps through a low-pass filter, without aliases.

`upfirdn` is the one operation (StyleGAN2, Karras et al. 2020, arXiv:1912.04958, appendix
B; Zhang 2019): zeros between the samples, a short filter, and only every n-th sample of
the result. All else is that with its paddings chosen so that nothing moves by half a
pixel. The filter of StyleGAN2 is `FIR`, [1, 3, 3, 1] along either axis.

On CPU it is two products with banded matrices, elsewhere a convolution of each channel by
itself, which XLA's CPU code runs in plain loops. Both are linear and opaque to fusion: a
sum of shifted maps is neither slower nor longer, but XLA computes whatever is cheap anew
for each of the sixteen, and a penalty's second derivative then compiles for ten minutes.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gan_jax.nn.correlation import Padding, conv2d, conv2d_transpose
from gan_jax.nn.resampling import Kernel, Map

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
    on_cpu = jax.default_backend() == "cpu"
    return (_by_matrices if on_cpu else _by_channel)(x, taps, up, down, padding, gain)


def _by_matrices(
    x: jax.Array,
    taps: Sequence[float],
    up: int,
    down: int,
    padding: Padding,
    gain: float,
) -> jax.Array:
    rows, columns = (
        _band(n, taps, up, down, edges)
        for n, edges in zip(x.shape[1:3], padding, strict=True)
    )
    x = jnp.einsum("ih,bhwc->biwc", jnp.asarray(gain * rows, x.dtype), x)
    return jnp.einsum("jw,biwc->bijc", jnp.asarray(columns, x.dtype), x)


def _band(
    n: int, taps: Sequence[float], up: int, down: int, edges: tuple[int, int]
) -> np.ndarray:
    """What the operation does along an axis of n samples, as a matrix [m, n]."""
    m = (n * up + sum(edges) - len(taps)) // down + 1
    behind = (np.arange(n) * up + edges[0]) - (np.arange(m) * down)[:, None]
    place = len(taps) - 1 - behind
    inside = (place >= 0) & (place < len(taps))
    return np.where(inside, np.asarray(taps)[np.clip(place, 0, len(taps) - 1)], 0.0)


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
