"""StyleGAN (Karras et al. 2019, arXiv:1812.04948), its generator, at any size.

`widths` are the channels at each size, from the smallest to the image's, as in `progan`,
whose critic is the other side. Order of a layer (figure 1b, and the authors' code):
convolution of equalised rate, blur where the size was doubled, noise, bias, leaky ReLU,
adaptive instance norm. A learned constant, ones at first, takes the place of latents; it
passes through noise and norm like what a convolution gives. Images are not squashed.

It grows with `games.progressive`; as it stands it is a network of one size.

Departures: the gain of the mapping network's layers is after their activation, where it
also is that of their biases.
"""

import math
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.models import residual
from gan_jax.models.growing import alpha, blended, check_fading
from gan_jax.models.styles import (
    Mapped,
    Noise,
    StyledGenerator,
    Styles,
    check_mapping,
)
from gan_jax.nn import (
    AdaptiveInstanceNorm,
    EqualisedConv,
    leaky_relu,
    same_conv,
    upfirdn,
    upsample,
    upsample_conv,
)
from gan_jax.nn.convolution import Op
from gan_jax.typing import Activation, Images

__all__ = ["Generator"]

GAIN = math.sqrt(2.0)
"""Of every kernel before a leaky ReLU."""
BLUR = (0.25, 0.5, 0.25)
"""After a map was doubled by repetition: together they are bilinear."""
LEAKY = leaky_relu(0.2)


class Generator(StyledGenerator):
    """Latents to images, through styles.

    Args:
        shape: (h, w, c) of an image; h and w are divisible by 2^(len(widths) - 1).
        widths: channels of the smallest map, then of each that is twice as large.
        style: features of a style.
        depth: layers of the mapping network.
        rate: how fast the mapping network learns, of the rate of all else.
        mean_decay: of the running mean of styles, per update.
        fading: whether the largest size fades in; see `models.growing`.
    """

    shape: tuple[int, ...]
    widths: tuple[int, ...] = (512, 512, 512, 512)
    style: int = 512
    depth: int = 8
    rate: float = 0.01
    mean_decay: float = 0.995
    activation: Activation = LEAKY
    fading: bool = False
    dtype: Any = jnp.float32

    placed: ClassVar[bool] = False

    def __post_init__(self) -> None:
        ranges.sizes(shape=self.shape, widths=self.widths)
        check_mapping(self.style, self.depth, self.rate, self.mean_decay)
        check_fading(self.fading, len(self.widths))
        super().__post_init__()

    def setup(self) -> None:
        """The two networks that it consists of."""
        self.styles = Mapped(
            self.layers, self.style, self.depth, self.rate, self.mean_decay
        )
        self.synthesis = Synthesis(
            self.shape, self.widths, self.activation, self.fading, self.dtype
        )

    @property
    def layers(self) -> int:
        """How many layers read a style: two at each size."""
        return 2 * len(self.widths)

    @property
    def noise_sizes(self) -> tuple[tuple[int, int], ...]:
        """Height and width of each layer's noise."""
        h, w = self.shape[:2]
        last = self.sizes - 1
        return tuple(
            (h >> last - i // 2, w >> last - i // 2) for i in range(self.layers)
        )

    @property
    def sizes(self) -> int:
        """How many sizes it grows through."""
        return len(self.widths)

    @nn.nowrap
    def at(self, size: int, fading: bool) -> "Generator":
        """The generator of a size, see `models.growing`."""
        h, w, c = self.shape
        back = self.sizes - 1 - size
        return self.clone(
            shape=(h >> back, w >> back, c),
            widths=self.widths[: size + 1],
            fading=fading,
        )

    def paint(self, ws: Styles, *, train: bool, noise: Noise | None = None) -> Images:
        """Images of styles.

        Args:
            ws: [b, layers, style].
            train: makes no difference.
            noise: maps of `noise_sizes`, or none at all.
        """
        del train
        return self.synthesis(ws, noise, alpha(self) if self.fading else 1.0)


class Synthesis(nn.Module):
    """Styles to images; the fields as in `Generator`."""

    shape: tuple[int, ...]
    widths: tuple[int, ...]
    activation: Activation
    fading: bool
    dtype: Any

    @nn.compact
    def __call__(
        self, ws: Styles, noise: Noise | None, share: Float[Array, ""] | float
    ) -> Images:
        """Images, float32; `share` of the largest size has faded in."""
        *size, channels = self.shape
        base = residual.base_of(tuple(size), len(self.widths) - 1, ws[:, 0])
        const = self.param("const", nn.initializers.ones, (*base, self.widths[0]))
        x = jnp.broadcast_to(const, (ws.shape[0], *const.shape)).astype(self.dtype)

        def finished(x: jax.Array, i: int) -> jax.Array:
            own = None if noise is None else noise[i]
            layer = Finish(self.activation, self.dtype, name=f"layer{i}")
            return layer(x, ws[:, i], own)

        x = finished(x, 0)
        x = before = finished(self._conv(x, self.widths[0], 1), 1)
        for i, width in enumerate(self.widths[1:], start=1):
            before = x
            x = self._conv(x, width, 2 * i, upsample_conv)
            x = finished(upfirdn(x, BLUR, padding=((1, 1), (1, 1))), 2 * i)
            x = finished(self._conv(x, width, 2 * i + 1), 2 * i + 1)
        last = len(self.widths) - 1
        image = self._image(x, channels, last)
        if self.fading:
            small = upsample(self._image(before, channels, last - 1))
            image = blended(small, image, share)
        return image

    def _conv(self, x: jax.Array, width: int, i: int, op: Op = same_conv) -> jax.Array:
        conv = EqualisedConv(
            width, op=op, bias=False, gain=GAIN, dtype=self.dtype, name=f"conv{i}"
        )
        return conv(x)

    def _image(self, x: jax.Array, channels: int, i: int) -> jax.Array:
        conv = EqualisedConv(channels, 1, dtype=self.dtype, name=f"image{i}")
        return conv(x).astype(jnp.float32)


class Finish(nn.Module):
    """What follows a convolution: noise, bias, activation, adaptive instance norm.

    The strength of the noise is learnt, one number a channel; it begins at 0.
    """

    activation: Activation
    dtype: Any

    @nn.compact
    def __call__(
        self,
        x: Float[Array, "b _ _ c"],
        w: Float[Array, "b d"],
        noise: Float[Array, "#b _ _ 1"] | None,
    ) -> Float[Array, "b _ _ c"]:
        """The next map; `noise` is as large as it."""
        channels = (x.shape[-1],)
        strength = self.param("strength", nn.initializers.zeros, channels)
        if noise is not None:
            x = x + (strength * noise).astype(self.dtype)
        bias = self.param("bias", nn.initializers.zeros, channels)
        x = self.activation(x + bias.astype(self.dtype))
        return AdaptiveInstanceNorm(dtype=self.dtype, name="norm")(x, w)
