"""Residual networks of WGAN-GP (Gulrajani et al. 2017, appendix F) and SN-GAN (Miyato
et al. 2018, appendix B.4), at any size.

The defaults are SN-GAN's for 32 x 32: generator 4x4x256 and three doublings, and
discriminator down, down, same, same of 128, without its spectral norm.
What the papers choose:

| | WGAN-GP 32 | SN-GAN 32 | SN-GAN 48 |
|---|---|---|---|
| generator `widths` | (128,) * 4 | (256,) * 4 | (512, 256, 128, 64) |
| critic `widths` | (128,) * 4 | (128,) * 4 | (64, 128, 256, 512, 1024) |
| critic `down` | 2 | 2 | 4 |
| `pool` | mean | sum | sum |
| `wrap` | none | spectral_norm | spectral_norm |
| `kernel_init` | he_uniform | glorot_uniform(sqrt 2) | the same |
"""

import math
from typing import Any, Literal

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.nn import (
    Conv,
    Head,
    Init,
    Layer,
    Norm,
    Wrap,
    batch_norm,
    glorot_uniform,
    mean_pool,
    nearest,
    no_wrap,
    none,
    pooled,
    relu,
)
from gan_jax.typing import Activation, Cond, Images, Latents, Logits

__all__ = ["Discriminator", "Generator"]

Features = Float[Array, "b _ _ _"]


class UpBlock(nn.Module):
    """norm, act, double, conv, norm, act, conv; plus the doubled 1 x 1 shortcut."""

    features: int
    activation: Activation
    norm: Norm
    kernel_init: Init
    up: Layer = nearest(3)
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: Features, cond: Cond, *, train: bool) -> Features:
        """Twice the size."""
        kind = {"kernel_init": self.kernel_init, "dtype": self.dtype}
        norm0 = self.norm(name="norm0", dtype=self.dtype)
        norm1 = self.norm(name="norm1", dtype=self.dtype)
        y = self.activation(norm0(x, cond, train=train))
        y = self.up(self.features, name="conv0", **kind)(y)
        y = self.activation(norm1(y, cond, train=train))
        y = Conv(self.features, name="conv1", **kind)(y)
        shortcut = nearest(1)(self.features, dtype=self.dtype, name="shortcut")
        return y + shortcut(x)


class DownBlock(nn.Module):
    """norm, act, conv, norm, act, conv, halve; plus the shortcut.

    Args:
        down: whether to halve the size by a mean of 2 x 2.
        first: for the block that reads the image: no activation and norm on the way
            in, so the image itself is halved for the shortcut.
    """

    features: int
    hidden: int
    down: bool
    first: bool
    activation: Activation
    norm: Norm
    wrap: Wrap
    kernel_init: Init
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: Features, cond: Cond, *, train: bool) -> Features:
        """Half the size where `down`, else the same."""
        kind = {"kernel_init": self.kernel_init, "dtype": self.dtype}
        y = x
        if not self.first:
            norm0 = self.norm(name="norm0", dtype=self.dtype)
            y = self.activation(norm0(y, cond, train=train))
        y = self.wrap(Conv(self.hidden, name="conv0", **kind))(y)
        norm1 = self.norm(name="norm1", dtype=self.dtype)
        y = self.activation(norm1(y, cond, train=train))
        last = pooled(3) if self.down else Conv
        y = self.wrap(last(self.features, name="conv1", **kind))(y)
        return y + self._shortcut(x)

    def _shortcut(self, x: jax.Array) -> jax.Array:
        x = mean_pool(x) if self.down else x  # commutes with a 1 x 1 convolution
        if not self.down and x.shape[-1] == self.features:
            return x
        conv = Conv(self.features, kernel=1, dtype=self.dtype, name="shortcut")
        return self.wrap(conv)(x)


class Generator(nn.Module):
    """Latents to images in [-1, 1].

    A flat z is projected to the smallest map by a dense layer, a spatial one [b, h, w,
    c] of that size by a 3 x 3 convolution.

    Args:
        shape: (h, w, c) of an image; h and w are divisible by 2^(len(widths) - 1).
        widths: channels of the smallest map, then of each block that doubles it.
        up: the layer that doubles the size inside a block.
        kernel_init: of the blocks' 3 x 3 kernels; the others' is Glorot's, gain 1.
    """

    shape: tuple[int, ...]
    widths: tuple[int, ...] = (256, 256, 256, 256)
    up: Layer = nearest(3)
    activation: Activation = relu()
    norm: Norm | None = batch_norm()
    kernel_init: Init = glorot_uniform(math.sqrt(2.0))
    output: Activation = jnp.tanh
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(shape=self.shape, widths=self.widths)
        super().__post_init__()

    @nn.compact
    def __call__(self, z: Latents, cond: Cond = None, *, train: bool) -> Images:
        """Images, float32 [b, *shape]."""
        *size, channels = self.shape
        times = 2 ** (len(self.widths) - 1)
        base = tuple(n // times for n in size)
        if any(n % times for n in size) or (z.ndim > 2 and z.shape[1:3] != base):
            raise ValueError(
                f"{len(self.widths) - 1} doublings do not lead from "
                f"{z.shape[1:3] if z.ndim > 2 else base} to {tuple(size)}"
            )
        norm = self.norm or none()
        y = self._start(z.astype(self.dtype), base, self.widths[0])
        for i, width in enumerate(self.widths[1:]):
            y = UpBlock(
                width,
                self.activation,
                norm,
                self.kernel_init,
                self.up,
                self.dtype,
                name=f"block{i}",
            )(y, cond, train=train)
        norm_out = norm(name="norm", dtype=self.dtype)
        y = self.activation(norm_out(y, cond, train=train))
        y = Conv(channels, dtype=self.dtype, name="output")(y)
        return self.output(y.astype(jnp.float32))

    def _start(self, z: jax.Array, base: tuple[int, ...], features: int) -> jax.Array:
        if z.ndim > 2:
            return Conv(features, dtype=self.dtype, name="start")(z)
        dense = nn.Dense(
            math.prod(base) * features,
            kernel_init=glorot_uniform(),
            dtype=self.dtype,
            name="start",
        )
        return dense(z).reshape(-1, *base, features)


class Discriminator(nn.Module):
    """Images to logits.

    Args:
        widths: channels after each block.
        down: how many blocks, from the first, halve the size.
        pool: over space before the last layer, "mean" (WGAN-GP) or "sum" (SN-GAN).
        norm: before every activation but the last; for a gradient penalty None or
            `layer_norm()`, which couple no examples.
        wrap: e.g. `spectral_norm()`, put around every layer.
        head: the end, e.g. `projection()`; by default one dense layer.
        kernel_init: of the blocks' 3 x 3 kernels; the others' is Glorot's, gain 1.
    """

    widths: tuple[int, ...] = (128, 128, 128, 128)
    down: int = 2
    pool: Literal["mean", "sum"] = "sum"
    activation: Activation = relu()
    norm: Norm | None = None
    wrap: Wrap | None = None
    head: Head | None = None
    kernel_init: Init = glorot_uniform(math.sqrt(2.0))
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(widths=self.widths)
        ranges.whole(0, down=self.down)
        ranges.between(0, len(self.widths), down=self.down)
        super().__post_init__()

    @nn.compact
    def __call__(
        self, x: Images, cond: Cond = None, *, train: bool
    ) -> tuple[Logits, dict[str, Float[Array, "b ..."]]]:
        """Logits, and `features` (the last map, pooled over space) and the head's."""
        wrap = self.wrap or no_wrap()
        y = x.astype(self.dtype)
        for i, width in enumerate(self.widths):
            y = DownBlock(
                width,
                width if i == 0 else y.shape[-1],
                i < self.down,
                i == 0,
                self.activation,
                self.norm or none(),
                wrap,
                self.kernel_init,
                self.dtype,
                name=f"block{i}",
            )(y, cond, train=train)
        y = self.activation(y).astype(jnp.float32)
        features = y.sum((1, 2)) if self.pool == "sum" else y.mean((1, 2))
        if self.head is None:
            dense = wrap(nn.Dense(1, kernel_init=glorot_uniform(), name="output"))
            return dense(features)[:, 0], {"features": features}
        head = self.head(wrap=wrap, kernel_init=glorot_uniform(), name="head")
        logits, said = head(features, cond)
        return logits, {"features": features, **said}
