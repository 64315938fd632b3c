"""Convolutions that keep, halve or double the size of a feature map.

One layer, `Conv`, holds a square kernel [k, k, in, out] and a bias; what it computes
with them is an `op`, a function of features and kernel. Ops of the same kernel size
are interchangeable in a checkpoint.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.nn import resampling
from gan_jax.nn.initializers import glorot_uniform
from gan_jax.nn.values import Init, Layer

Op = Callable[[jax.Array, jax.Array], jax.Array]


class Conv(nn.Module):
    """Square convolution with zero padding.

    Args:
        features: output channels.
        kernel: side of the kernel.
        op: (features [b, h, w, c], kernel [k, k, c / groups, d]) -> [b, h', w', d].
        groups: of input channels, each read by its own share of the output channels;
            more than one wants the op `grouped_conv`.
        bias: whether to add an offset per channel.
        dtype: of the computation; parameters are float32.
    """

    features: int
    kernel: int = 3
    op: Op = resampling.same_conv
    bias: bool = True
    kernel_init: Init = glorot_uniform()
    dtype: Any = jnp.float32
    groups: int = 1

    def __post_init__(self) -> None:
        ranges.whole(features=self.features, kernel=self.kernel, groups=self.groups)
        super().__post_init__()

    @nn.compact
    def __call__(self, x: Float[Array, "b _ _ _"]) -> Float[Array, "b _ _ _"]:
        """Convolve; the op decides the size.

        Raises:
            ValueError: groups that do not divide the channels, in or out.
        """
        c = x.shape[-1]
        if c % self.groups or self.features % self.groups:
            raise ValueError(
                f"groups={self.groups} must divide {c} and {self.features} channels"
            )
        shape = (self.kernel, self.kernel, c // self.groups, self.features)
        kernel = self.param("kernel", self.kernel_init, shape, jnp.float32)
        y = self.op(x.astype(self.dtype), jnp.asarray(kernel, self.dtype))
        if self.bias:
            bias = self.param("bias", nn.initializers.zeros, (self.features,))
            y = y + jnp.asarray(bias, self.dtype)
        return y


def strided(kernel: int = 4) -> Layer:
    """Halves the size by a convolution of stride 2 (DCGAN)."""
    ranges.whole(kernel=kernel)
    return functools.partial(Conv, kernel=kernel, op=resampling.strided_conv)


def transposed(kernel: int = 4) -> Layer:
    """Doubles the size by a transposed convolution of stride 2 (DCGAN)."""
    ranges.whole(kernel=kernel)
    return functools.partial(Conv, kernel=kernel, op=resampling.transposed_conv)


def nearest(kernel: int = 3) -> Layer:
    """Doubles the size by repetition, then convolves: no checkerboard; odd kernels."""
    _check_odd(kernel)
    return functools.partial(Conv, kernel=kernel, op=resampling.upsample_conv)


def pooled(kernel: int = 3) -> Layer:
    """Convolves, then halves the size by the mean of 2 x 2; odd kernels."""
    _check_odd(kernel)
    return functools.partial(Conv, kernel=kernel, op=resampling.conv_pool)


def _check_odd(kernel: int) -> None:
    """The size is kept by as many zeros before as after."""
    ranges.whole(kernel=kernel)
    if kernel % 2 == 0:
        raise ValueError(f"kernel={kernel} must be odd")
