"""Halving and doubling feature maps, alone and joined to a convolution.

Every joined function has a plain form, its definition, and a fused one that computes
the same numbers with fewer operations:

- a strided convolution is a convolution of stride 1 on 2 x 2 blocks folded into
  channels, and a transposed one is the mirror image. Neither dilates an array, which
  is what makes the library's derivatives of strided convolutions slow on CPU;
- convolution then mean pool is *one* strided convolution with the kernel blurred by
  the pool; nearest upsampling then convolution is one transposed convolution with
  the same blurred kernel: 2.25 times fewer multiplications for 3 x 3;
- a 1 x 1 convolution commutes with both, so it runs at the smaller size.

Kernels are [k, k, in, out]; padding is zeros, divided as in TensorFlow's SAME (for
even k as in PyTorch with padding k / 2 - 1).
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gan_jax.nn.correlation import conv2d

Map = Float[Array, "b _ _ _"]
Kernel = Float[Array, "k k _ _"]

_NONE = ((0, 0), (0, 0))


def upsample(x: Map) -> Map:
    """Twice the size by repetition (nearest neighbour)."""
    b, h, w, c = x.shape
    y = jnp.broadcast_to(x[:, :, None, :, None, :], (b, h, 2, w, 2, c))
    return y.reshape(b, 2 * h, 2 * w, c)


def mean_pool(x: Map) -> Map:
    """Half the size by the mean of 2 x 2; sizes must be even."""
    b, h, w, c = x.shape
    return x.reshape(b, h // 2, 2, w // 2, 2, c).mean((2, 4))


def same_conv(x: Map, kernel: Kernel) -> Map:
    """Convolution of stride 1 that keeps the size."""
    low, high = (kernel.shape[0] - 1) // 2, kernel.shape[0] // 2
    return conv2d(x, kernel, ((low, high), (low, high)))


def strided_conv(x: Map, kernel: Kernel) -> Map:
    """Convolution of stride 2 on blocks; half the size, rounded up."""
    k = kernel.shape[0]
    pads = [_strided_padding(n, k) for n in x.shape[1:3]]
    x = jnp.pad(x, ((0, 0), *pads, (0, 0)))
    kernel = jnp.pad(kernel, ((0, k % 2), (0, k % 2), (0, 0), (0, 0)))
    return conv2d(space_to_depth(x), _fold(kernel), _NONE)


def transposed_conv(x: Map, kernel: Kernel) -> Map:
    """Transposed convolution of stride 2 on blocks; twice the size.

    The adjoint of `strided_conv` in x, with the two channel axes exchanged.
    """
    k, h, w = kernel.shape[0], x.shape[1], x.shape[2]
    before = max(k - 2, 0) // 2
    kernel = jnp.pad(kernel, ((0, k % 2), (0, k % 2), (0, 0), (0, 0)))
    m = kernel.shape[0] // 2
    spread = jnp.flip(_unfold(kernel), (0, 1))
    y = depth_to_space(conv2d(x, spread, ((m - 1, m - 1), (m - 1, m - 1))))
    return y[:, before : before + 2 * h, before : before + 2 * w]


def upsample_conv(x: Map, kernel: Kernel) -> Map:
    """`same_conv(upsample(x), kernel)`, fused; the kernel's side is odd."""
    if kernel.shape[0] == 1:
        return upsample(same_conv(x, kernel))
    return transposed_conv(x, jnp.flip(_blur(kernel), (0, 1)))


def conv_pool(x: Map, kernel: Kernel) -> Map:
    """`mean_pool(same_conv(x, kernel))`, fused; the kernel's side is odd."""
    if kernel.shape[0] == 1:
        return same_conv(mean_pool(x), kernel)
    return strided_conv(x, _blur(kernel) / 4)


def space_to_depth(x: Map) -> Map:
    """2 x 2 blocks into channels [row, column, c]; sizes must be even."""
    b, h, w, c = x.shape
    blocks = x.reshape(b, h // 2, 2, w // 2, 2, c).transpose(0, 1, 3, 2, 4, 5)
    return blocks.reshape(b, h // 2, w // 2, 4 * c)


def depth_to_space(x: Map) -> Map:
    """The inverse of `space_to_depth`."""
    b, h, w, c = x.shape
    blocks = x.reshape(b, h, w, 2, 2, c // 4).transpose(0, 1, 3, 2, 4, 5)
    return blocks.reshape(b, 2 * h, 2 * w, c // 4)


def _strided_padding(n: int, k: int) -> tuple[int, int]:
    """Zeros before and after an axis of n: SAME, for k made even by a zero behind."""
    reach = 2 * (-(-n // 2) - 1) + k
    before = max(reach - n, 0) // 2
    return before, reach + k % 2 - n - before


def _fold(kernel: jax.Array) -> jax.Array:
    """[2m, 2m, in, out] -> [m, m, 4 in, out], the order of `space_to_depth`."""
    m, i, o = kernel.shape[0] // 2, kernel.shape[2], kernel.shape[3]
    blocks = kernel.reshape(m, 2, m, 2, i, o).transpose(0, 2, 1, 3, 4, 5)
    return blocks.reshape(m, m, 4 * i, o)


def _unfold(kernel: jax.Array) -> jax.Array:
    """[2m, 2m, in, out] -> [m, m, in, 4 out], the order of `depth_to_space`."""
    m, i, o = kernel.shape[0] // 2, kernel.shape[2], kernel.shape[3]
    blocks = kernel.reshape(m, 2, m, 2, i, o).transpose(0, 2, 4, 1, 3, 5)
    return blocks.reshape(m, m, i, 4 * o)


def _blur(kernel: jax.Array) -> jax.Array:
    """[k, k, in, out] -> [k + 1, k + 1, in, out]: the sum over 2 x 2 shifts."""
    rows = jnp.pad(kernel, ((0, 1), (0, 0), (0, 0), (0, 0)))
    rows = rows + jnp.pad(kernel, ((1, 0), (0, 0), (0, 0), (0, 0)))
    columns = jnp.pad(rows, ((0, 0), (0, 1), (0, 0), (0, 0)))
    return columns + jnp.pad(rows, ((0, 0), (1, 0), (0, 0), (0, 0)))
