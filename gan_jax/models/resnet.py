"""Residual networks of WGAN-GP (Gulrajani et al. 2017, appendix F) and SN-GAN (Miyato
et al. 2018, appendix B.4), at any size; with classes, those of projection GANs (Miyato &
Koyama 2018).

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

Larger ones of SN-GAN, as torch-mimicry has them: 64 x 64 with generator (1024, 512, 256,
128, 64) and critic (64, 128, 256, 512, 1024), `down` 5; 128 x 128 with generator (1024,
1024, 512, 256, 128, 64) and critic (64, 128, 256, 512, 1024, 1024), `down` 5.
With classes: `norm=conditional_batch_norm()`, `last_norm=batch_norm()`, and
`head=projection()` in the critic.
"""

import math
from typing import Any, Literal

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.models import residual
from gan_jax.models.residual import DownBlock, UpBlock
from gan_jax.nn import (
    Conv,
    Head,
    Init,
    Layer,
    Norm,
    Wrap,
    batch_norm,
    glorot_uniform,
    nearest,
    no_wrap,
    none,
    relu,
)
from gan_jax.typing import Activation, Cond, Images, Latents, Logits

__all__ = ["Discriminator", "Generator"]

Hidden = Literal["in_after_first", "in", "out"]


class Generator(nn.Module):
    """Latents to images in [-1, 1].

    A flat z is projected to the smallest map by a dense layer, a spatial one [b, h, w,
    c] of that size by a 3 x 3 convolution.

    Args:
        shape: (h, w, c) of an image; h and w are divisible by 2^(len(widths) - 1).
        widths: channels of the smallest map, then of each block that doubles it.
        up: the layer that doubles the size inside a block.
        norm: of the blocks, e.g. `conditional_batch_norm()`.
        last_norm: before the last layer; None for that of the blocks.
        norms_read: what norms are told: the condition, a flat z (self-modulation), or
            both side by side.
        wrap: e.g. `spectral_norm()`, put around every layer.
        attention: blocks, counted from 0, that self-attention follows.
        kernel_init: of the blocks' 3 x 3 kernels.
        plain_init: of the shortcuts, attention, the first and the last layer.
    """

    shape: tuple[int, ...]
    widths: tuple[int, ...] = (256, 256, 256, 256)
    up: Layer = nearest(3)
    activation: Activation = relu()
    norm: Norm | None = batch_norm()
    last_norm: Norm | None = None
    norms_read: Literal["cond", "latents", "both"] = "cond"
    wrap: Wrap | None = None
    attention: tuple[int, ...] = ()
    kernel_init: Init = glorot_uniform(math.sqrt(2.0))
    plain_init: Init = residual.PLAIN
    output: Activation = jnp.tanh
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(shape=self.shape, widths=self.widths)
        residual.check_attention(self.attention, len(self.widths) - 1)
        super().__post_init__()

    @nn.compact
    def __call__(self, z: Latents, cond: Cond = None, *, train: bool) -> Images:
        """Images, float32 [b, *shape]."""
        *size, channels = self.shape
        base = residual.base_of(tuple(size), len(self.widths) - 1, z)
        norm, wrap = self.norm or none(), self.wrap or no_wrap()
        z, told = self._told(z, cond)
        z, plain = z.astype(self.dtype), self.plain_init
        y = residual.start(z, base, self.widths[0], wrap, plain, self.dtype)
        for i, width in enumerate(self.widths[1:]):
            y = UpBlock(
                width,
                self.activation,
                norm,
                self.kernel_init,
                self.up,
                wrap,
                plain,
                self.dtype,
                name=f"block{i}",
            )(y, told[i], train=train)
            y = residual.attended(y, i, self.attention, wrap, plain)
        norm_out = (self.last_norm or norm)(name="norm", dtype=self.dtype)
        y = self.activation(norm_out(y, told[-1], train=train))
        last = Conv(channels, kernel_init=plain, dtype=self.dtype, name="output")
        return self.output(wrap(last)(y).astype(jnp.float32))

    def _told(self, z: Latents, cond: Cond) -> tuple[jax.Array, list[Cond]]:
        """What the first layer reads; and the norms of each block, and the last."""
        told = cond
        if self.norms_read != "cond":
            told = z.reshape(z.shape[0], -1)
            if self.norms_read == "both" and cond is not None:
                told = jnp.concatenate([cond, told], axis=-1)
        return z, [told] * len(self.widths)


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
        attention: blocks, counted from 0, that self-attention follows.
        hidden: a block's inner channels: those it ends with ("out", BigGAN) or begins
            with ("in", BigGAN's narrow critic); or the latter in all but the first
            block, which begins with the image's ("in_after_first", SN-GAN).
        kernel_init: of the blocks' 3 x 3 kernels.
        plain_init: of the shortcuts, attention and the head.
    """

    widths: tuple[int, ...] = (128, 128, 128, 128)
    down: int = 2
    pool: Literal["mean", "sum"] = "sum"
    activation: Activation = relu()
    norm: Norm | None = None
    wrap: Wrap | None = None
    head: Head | None = None
    attention: tuple[int, ...] = ()
    hidden: Hidden = "in_after_first"
    kernel_init: Init = glorot_uniform(math.sqrt(2.0))
    plain_init: Init = residual.PLAIN
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(widths=self.widths)
        ranges.whole(0, down=self.down)
        ranges.between(0, len(self.widths), down=self.down)
        residual.check_attention(self.attention, len(self.widths))
        super().__post_init__()

    @nn.compact
    def __call__(
        self, x: Images, cond: Cond = None, *, train: bool
    ) -> tuple[Logits, dict[str, Float[Array, "b ..."]]]:
        """Logits, and `features` (the last map, pooled over space) and the head's."""
        wrap = self.wrap or no_wrap()
        y = x.astype(self.dtype)
        for i, width in enumerate(self.widths):
            out = self.hidden == "out" or (self.hidden == "in_after_first" and i == 0)
            y = DownBlock(
                width,
                width if out else y.shape[-1],
                i < self.down,
                i == 0,
                self.activation,
                self.norm or none(),
                wrap,
                self.kernel_init,
                self.plain_init,
                self.dtype,
                name=f"block{i}",
            )(y, cond, train=train)
            y = residual.attended(y, i, self.attention, wrap, self.plain_init)
        y = self.activation(y).astype(jnp.float32)
        features = y.sum((1, 2)) if self.pool == "sum" else y.mean((1, 2))
        return residual.ended(features, cond, self.head, wrap, self.plain_init)
