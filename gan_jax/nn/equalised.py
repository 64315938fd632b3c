"""Layers with an equalised learning rate, and the modulated convolution built on them.

Equalised rate: Karras et al. 2018 (arXiv:1710.10196), section 4.1. Weights are drawn from
N(0, 1) and multiplied at run time by what He's initialiser would have drawn them with, so
that an optimiser of Adam's kind moves all layers at the same relative speed.
Modulated convolution: Karras et al. 2020 (arXiv:1912.04958), section 2.2.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.nn.convolution import Op
from gan_jax.nn.declared import OfLatent
from gan_jax.nn.resampling import same_conv

EPSILON = 1e-8


class EqualisedDense(nn.Module):
    """A dense layer with an equalised rate.

    Args:
        features: of the output.
        rate: multiplies how fast the layer learns: its parameters are drawn that much
            larger and used that much smaller (0.01 in StyleGAN's mapping network).
        offset: what the bias begins at, as it acts.
        bias: whether there is one.
        gain: of the kernel; sqrt 2 before a ReLU keeps the variance, where nothing
            multiplies what comes out of that.
    """

    features: int
    rate: float = 1.0
    offset: float = 0.0
    bias: bool = True
    gain: float = 1.0
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.whole(features=self.features)
        ranges.above(0, rate=self.rate, gain=self.gain)
        ranges.finite(offset=self.offset)
        super().__post_init__()

    @nn.compact
    def __call__(self, x: Float[Array, "*b _"]) -> Float[Array, "*b _"]:
        """x W gain rate / sqrt(fan in) + bias * rate, dtype `self.dtype`."""
        shape = (x.shape[-1], self.features)
        draw = nn.initializers.normal(1 / self.rate)
        kernel = self.param("kernel", draw, shape, jnp.float32)
        kernel = kernel * (self.gain * self.rate / math.sqrt(x.shape[-1]))
        y = x.astype(self.dtype) @ kernel.astype(self.dtype)
        if self.bias:
            start = nn.initializers.constant(self.offset / self.rate)
            bias = self.param("bias", start, (self.features,), jnp.float32)
            y = y + (bias * self.rate).astype(self.dtype)
        return y


class EqualisedConv(nn.Module):
    """A square convolution with an equalised rate.

    Args:
        features: output channels.
        kernel: side of the kernel.
        op: see `Conv`; decides the size.
        bias: whether to add an offset per channel.
        gain: of the kernel, as in `EqualisedDense`.
    """

    features: int
    kernel: int = 3
    op: Op = same_conv
    bias: bool = True
    gain: float = 1.0
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.whole(features=self.features, kernel=self.kernel)
        ranges.above(0, gain=self.gain)
        super().__post_init__()

    @nn.compact
    def __call__(self, x: Float[Array, "b _ _ _"]) -> Float[Array, "b _ _ _"]:
        """Convolve; dtype `self.dtype`."""
        shape = (self.kernel, self.kernel, x.shape[-1], self.features)
        kernel = self.param("kernel", nn.initializers.normal(1.0), shape, jnp.float32)
        kernel = kernel / (math.sqrt(math.prod(shape[:3])) / self.gain)
        y = self.op(x.astype(self.dtype), kernel.astype(self.dtype))
        if self.bias:
            bias = self.param("bias", nn.initializers.zeros, (self.features,))
            y = y + bias.astype(self.dtype)
        return y


class ModulatedConv(nn.Module):
    """A convolution whose kernel is scaled, for each example, by what a style says.

    Input channel i of the kernel is multiplied by s_i = affine(w)_i (eq. 1), and each
    output channel then divided by the length of its kernel (demodulation, eq. 3). It is
    computed as conv(x * s) * d, which is the same numbers with one kernel for the whole
    batch. No bias: noise comes before it (figure 2c).

    Args:
        features: output channels.
        kernel: side of the kernel.
        op: see `Conv`.
        demodulate: whether to divide. Without (the last layer, to colours) the kernel
            is scaled by 1 / sqrt(fan in) instead, which a division would undo.
    """

    features: int
    kernel: int = 3
    op: Op = same_conv
    demodulate: bool = True
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.whole(features=self.features, kernel=self.kernel)
        super().__post_init__()

    @nn.compact
    def __call__(
        self, x: Float[Array, "b _ _ _"], w: Float[Array, "b d"]
    ) -> Float[Array, "b _ _ _"]:
        """Convolve as the style w says; dtype `self.dtype`."""
        c = x.shape[-1]
        shape = (self.kernel, self.kernel, c, self.features)
        kernel = self.param("kernel", nn.initializers.normal(1.0), shape, jnp.float32)
        affine = EqualisedDense(c, offset=1.0, name="affine")
        style = OfLatent("w")(affine(w.astype(jnp.float32)))
        if not self.demodulate:
            style = style / math.sqrt(math.prod(shape[:3]))
        scaled = x.astype(self.dtype) * style[:, None, None].astype(self.dtype)
        y = self.op(scaled, kernel.astype(self.dtype))
        if self.demodulate:
            squares = jnp.square(style) @ jnp.square(kernel).sum((0, 1))
            length = jax.lax.rsqrt(squares + EPSILON)
            y = y * length[:, None, None].astype(self.dtype)
        return y


def pixel_norm(x: Float[Array, "*b d"]) -> Float[Array, "*b d"]:
    """x / sqrt(mean x^2), the mean over the last axis (Karras et al. 2018, section 4.2).

    In float32 at least; latents of a normal prior come to lie on a sphere.
    """
    x32 = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    square = jnp.square(x32).mean(-1, keepdims=True)
    return (x32 * jax.lax.rsqrt(square + EPSILON)).astype(x.dtype)


__all__ = ["EqualisedConv", "EqualisedDense", "ModulatedConv", "pixel_norm"]
