"""BigGAN-deep (Brock et al. 2019, appendix B, tables 7 to 9) and its numbers.

Blocks of four convolutions with a quarter of the channels between, two of them at each
size; skips without weights, which drop channels in the generator and add some in the
critic. z is not cut: the first layer and every norm read z beside the shared embedding.
In multiples of `ch` (128 in the paper), as the authors' PyTorch code has them:

| | generator `widths` | `attention` | critic `widths` | `down` | `attention` |
|---|---|---|---|---|---|
| 32 | 4, 4, 4, 4 | none | 4, 4, 4, 4 | 2 | none |
| 64 | 16, 16, 8, 4, 2 | (2,) | 1, 2, 4, 8, 16 | 4 | (0,) |
| 128 | 16, 16, 8, 4, 2, 1 | (3,) | 1, 2, 4, 8, 16, 16 | 5 | (0,) |
| 256 | 16, 16, 8, 8, 4, 2, 1 | (3,) | 1, 2, 4, 8, 8, 16, 16 | 6 | (1,) |

Attention stands at 64 x 64; in those of 64, at 32 x 32.
"""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.models import residual
from gan_jax.models.residual import Features
from gan_jax.nn import (
    Conv,
    Head,
    Init,
    Norm,
    Wrap,
    batch_norm,
    conditional_batch_norm,
    mean_pool,
    no_wrap,
    none,
    orthogonal,
    projection,
    relu,
    same_conv,
    spectral_norm,
    upsample,
    upsample_conv,
)
from gan_jax.typing import Activation, Cond, Images, Latents, Logits

__all__ = ["Discriminator", "Generator"]

NARROWED = 4
"""A block's inner channels are this share of the generator's inputs, the critic's
outputs."""


class UpBlock(nn.Module):
    """norm, act, 1 x 1; norm, act, (double,) 3 x 3; norm, act, 3 x 3; norm, act, 1 x 1.

    The skip keeps the first `features` channels, and is doubled where the rest is.
    """

    features: int
    up: bool
    activation: Activation
    norm: Norm
    wrap: Wrap
    kernel_init: Init
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: Features, cond: Cond, *, train: bool) -> Features:
        """Twice the size where `up`, else the same."""
        kind = {"kernel_init": self.kernel_init, "dtype": self.dtype}
        inner = x.shape[-1] // NARROWED
        op = upsample_conv if self.up else same_conv
        layers = (
            Conv(inner, kernel=1, name="conv0", **kind),
            Conv(inner, op=op, name="conv1", **kind),
            Conv(inner, name="conv2", **kind),
            Conv(self.features, kernel=1, name="conv3", **kind),
        )
        y = x
        for i, layer in enumerate(layers):
            norm = self.norm(name=f"norm{i}", dtype=self.dtype)
            y = self.wrap(layer)(self.activation(norm(y, cond, train=train)))
        skip = x[..., : self.features]
        return y + (upsample(skip) if self.up else skip)


class DownBlock(nn.Module):
    """act, 1 x 1, act, 3 x 3, act, 3 x 3, act, (halve,) 1 x 1.

    The skip is halved where the rest is; channels that it lacks are a 1 x 1 convolution
    of it.
    """

    features: int
    down: bool
    activation: Activation
    wrap: Wrap
    kernel_init: Init
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: Features) -> Features:
        """Half the size where `down`, else the same."""
        inner = self.features // NARROWED
        y = self._conv(inner, 1, "conv0")(self.activation(x))
        y = self._conv(inner, 3, "conv1")(self.activation(y))
        y = self._conv(inner, 3, "conv2")(self.activation(y))
        halve = mean_pool if self.down else _same
        y = self._conv(self.features, 1, "conv3")(halve(self.activation(y)))
        skip, more = halve(x), self.features - x.shape[-1]
        if more:
            skip = jnp.concatenate([skip, self._conv(more, 1, "shortcut")(skip)], -1)
        return y + skip

    def _conv(self, features: int, kernel: int, name: str) -> nn.Module:
        conv = Conv(
            features,
            kernel=kernel,
            kernel_init=self.kernel_init,
            dtype=self.dtype,
            name=name,
        )
        return self.wrap(conv)


class Generator(nn.Module):
    """Latents to images in [-1, 1].

    Args:
        shape: (h, w, c) of an image; h and w are divisible by 2^(len(widths) - 1).
        widths: channels of the smallest map, then of each stage (two blocks) that
            doubles it; they do not grow.
        shared: width of the embedding of the class that all norms share.
        norm: of the blocks, told z and the embedding side by side.
        last_norm: before the last layer, told nothing.
        wrap: put around every layer but the embedding, which this would cripple.
        attention: stages, counted from 0, that self-attention follows.
    """

    shape: tuple[int, ...]
    widths: tuple[int, ...] = (256, 256, 256, 256)
    shared: int = 128
    activation: Activation = relu()
    norm: Norm | None = conditional_batch_norm(spectral_norm(warmup=1), orthogonal())
    last_norm: Norm | None = batch_norm()
    wrap: Wrap | None = spectral_norm(warmup=1)
    attention: tuple[int, ...] = ()
    kernel_init: Init = orthogonal()
    output: Activation = jnp.tanh
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(shape=self.shape, widths=self.widths)
        ranges.whole(shared=self.shared)
        _check_widths(self.widths, 1)
        residual.check_attention(self.attention, len(self.widths) - 1)
        super().__post_init__()

    @nn.compact
    def __call__(self, z: Latents, cond: Cond = None, *, train: bool) -> Images:
        """Images, float32 [b, *shape]; z is flat."""
        *size, channels = self.shape
        base = residual.base_of(tuple(size), len(self.widths) - 1, z)
        wrap, init = self.wrap or no_wrap(), self.kernel_init
        told = self._told(z, cond)
        y = told.astype(self.dtype)
        y = residual.start(y, base, self.widths[0], wrap, init, self.dtype)
        for i, width in enumerate(self.widths[1:]):
            for j, features in enumerate((self.widths[i], width)):
                y = UpBlock(
                    features,
                    j == 1,
                    self.activation,
                    self.norm or none(),
                    wrap,
                    init,
                    self.dtype,
                    name=f"block{i}_{j}",
                )(y, told, train=train)
            y = residual.attended(y, i, self.attention, wrap, init)
        norm = (self.last_norm or none())(name="norm", dtype=self.dtype)
        y = self.activation(norm(y, None, train=train))
        last = Conv(channels, kernel_init=init, dtype=self.dtype, name="output")
        return self.output(wrap(last)(y).astype(jnp.float32))

    def _told(self, z: Latents, cond: Cond) -> Float[Array, "b d"]:
        if cond is None:
            return z
        embed = nn.Dense(
            self.shared, use_bias=False, kernel_init=self.kernel_init, name="shared"
        )
        return jnp.concatenate([z, embed(cond)], axis=-1)


class Discriminator(nn.Module):
    """Images to logits.

    Args:
        widths: channels of the first map, as large as the image, then of each stage (two
            blocks); they do not fall.
        down: how many stages, from the first, halve the size.
        head: the end; None for one dense layer.
        attention: stages, counted from 0, that self-attention follows.
    """

    widths: tuple[int, ...] = (256, 256, 256, 256)
    down: int = 2
    activation: Activation = relu()
    wrap: Wrap | None = spectral_norm(warmup=1)
    head: Head | None = projection()
    attention: tuple[int, ...] = ()
    kernel_init: Init = orthogonal()
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(widths=self.widths)
        _check_widths(self.widths, -1)
        ranges.whole(0, down=self.down)
        ranges.between(0, len(self.widths) - 1, down=self.down)
        residual.check_attention(self.attention, len(self.widths) - 1)
        super().__post_init__()

    @nn.compact
    def __call__(
        self, x: Images, cond: Cond = None, *, train: bool
    ) -> tuple[Logits, dict[str, Float[Array, "b ..."]]]:
        """Logits, and `features` (the last map, summed over space) and the head's."""
        del train
        wrap, init = self.wrap or no_wrap(), self.kernel_init
        stem = Conv(self.widths[0], kernel_init=init, dtype=self.dtype, name="start")
        y = wrap(stem)(x.astype(self.dtype))
        for i, width in enumerate(self.widths[1:]):
            for j in range(2):
                y = DownBlock(
                    width,
                    i < self.down and j == 0,
                    self.activation,
                    wrap,
                    init,
                    self.dtype,
                    name=f"block{i}_{j}",
                )(y)
            y = residual.attended(y, i, self.attention, wrap, init)
        features = self.activation(y).astype(jnp.float32).sum((1, 2))
        return residual.ended(features, cond, self.head, wrap, init)


def _check_widths(widths: tuple[int, ...], falling: int) -> None:
    """A skip without weights drops channels, or adds some, but not the other way.

    Raises:
        ValueError: widths that go the other way, or below a quarter of a channel.
    """
    steps = zip(widths, widths[1:], strict=False)
    if min(widths) < NARROWED or any(falling * (a - b) < 0 for a, b in steps):
        way = "grow" if falling > 0 else "fall"
        raise ValueError(
            f"widths={widths} must be at least {NARROWED} each and not {way}"
        )


def _same(x: jax.Array) -> jax.Array:
    return x
