"""How StyleGAN2 makes images of styles (Karras et al. 2020, arXiv:1912.04958).

What `stylegan2.Generator` does after its mapping; its critic shares the shortcuts.
"""

import math
from typing import Any, Literal

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.models import residual
from gan_jax.models.growing import blended
from gan_jax.models.styles import Noise, Styles
from gan_jax.nn import (
    EqualisedConv,
    Input,
    ModulatedConv,
    filtered_upsample,
    filtered_upsample_conv,
    same_conv,
    upsample,
)
from gan_jax.nn.convolution import Op
from gan_jax.nn.fourier import Place
from gan_jax.nn.mapping import GAIN
from gan_jax.typing import Activation, Images

Architecture = Literal["skip", "residual", "plain"]
"""How the sizes hang together (figure 7): each with an image of its own, added up;
each with a shortcut past it; or one after the other."""
HALF = math.sqrt(0.5)
"""The gain of each of two branches that are added: the variance is kept."""


class Synthesis(nn.Module):
    """Styles to images; the fields as in `stylegan2.Generator`."""

    shape: tuple[int, ...]
    widths: tuple[int, ...]
    architecture: Architecture
    input: Input
    activation: Activation
    fading: bool
    dtype: Any

    @nn.compact
    def __call__(
        self,
        ws: Styles,
        noise: Noise | None,
        place: Place | None,
        share: Float[Array, ""] | float,
    ) -> Images:
        """Images, float32; `share` of the largest size has faded in."""
        size, w = self.shape[:2], ws[:, 0]
        h0, w0 = residual.base_of(size, len(self.widths) - 1, w)
        first = self.input.begin(self, (h0, w0), self.widths[0], w, place)
        x = first.astype(self.dtype)
        image, before, layer = None, x, 0

        def styled(x: jax.Array, width: int, op: Op, gain: float) -> jax.Array:
            own = None if noise is None else noise[layer]
            block = StyledConv(
                width, op, self.activation, gain, self.dtype, name=f"conv{layer}"
            )
            return block(x, ws[:, layer], own)

        for i, width in enumerate(self.widths):
            past, gain, before = None, 1.0, x
            if i:
                if self.architecture == "residual":
                    past, gain = (
                        shortcut(width, filtered_upsample_conv, self.dtype, i)(x),
                        HALF,
                    )
                x = styled(x, width, filtered_upsample_conv, 1.0)
                layer += 1
            x = styled(x, width, same_conv, gain)
            layer += 1
            x = x if past is None else x + past * HALF
            if self.architecture == "skip" or i == len(self.widths) - 1:
                y = self._colours(x, ws[:, layer], i)
                image = y if image is None else filtered_upsample(image) + y
        assert image is not None
        if self.fading:
            small = self._colours(before, ws[:, layer - 2], len(self.widths) - 2)
            image = blended(upsample(small), image, share)
        return image

    def _colours(self, x: jax.Array, w: Float[Array, "b d"], i: int) -> jax.Array:
        """The image of a size."""
        channels = self.shape[-1]
        conv = ModulatedConv(
            channels, 1, demodulate=False, dtype=self.dtype, name=f"image{i}"
        )
        bias = self.param(f"bias{i}", nn.initializers.zeros, (channels,))
        return conv(x, w).astype(jnp.float32) + bias


class StyledConv(nn.Module):
    """Modulated convolution, noise, bias, activation.

    The strength of the noise is learnt, one number a layer; it begins at 0.

    Args:
        features, op: see `ModulatedConv`.
        gain: of the result, beside `GAIN`.
    """

    features: int
    op: Op
    activation: Activation
    gain: float
    dtype: Any

    @nn.compact
    def __call__(
        self,
        x: Float[Array, "b _ _ _"],
        w: Float[Array, "b d"],
        noise: Float[Array, "#b _ _ 1"] | None,
    ) -> Float[Array, "b _ _ _"]:
        """The next map; `noise` is as large as that."""
        y = ModulatedConv(
            self.features, op=self.op, dtype=self.dtype, name="modulated"
        )(x, w)
        strength = self.param("strength", nn.initializers.zeros, ())
        if noise is not None:
            y = y + (strength * noise).astype(self.dtype)
        bias = self.param("bias", nn.initializers.zeros, (self.features,))
        return self.activation(y + bias.astype(self.dtype)) * (GAIN * self.gain)


def shortcut(width: int, op: Op, dtype: Any, i: int) -> EqualisedConv:
    """The shortcut past block i."""
    return EqualisedConv(width, 1, op, bias=False, dtype=dtype, name=f"past{i}")
