"""StyleGAN3 (Karras et al. 2021, arXiv:2106.12423): pictures that move as a whole.

A generator without aliases: every layer computes on sampled signals as if they were
continuous ones, so that detail is not glued to the pixels (texture sticking) but moves
with what it belongs to. How large and how finely sampled each map is follows from the
size of the picture, see `bands`.

| | `kernel` | `filter` | `channel_base`, `channel_max` | moves with it |
|---|---|---|---|---|
| T | 3 | `kaiser()` | 32,768, 512 | translation |
| R | 1 | `radial()` | 65,536, 1024 | translation and rotation |

At 256 x 256 the authors halve the base. There is no noise, no mixing of styles and no
path length; the critic is StyleGAN2's. Each layer's input is divided by its magnitude, a
running mean in the collection `magnitudes`, which only the generator's own turn moves.
Images are not squashed: they are a quarter of what the last layer says.

Departures: styles and kernels are not brought to unit length before demodulation, which
divides by it (they differ in its epsilon, 1e-8). The authors move the running means in
the critic's turn, which also makes samples.
"""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import axis, ranges
from gan_jax.models.bands import Band, Plan, step
from gan_jax.models.stylegan2 import Discriminator
from gan_jax.models.styles import Mapped, StyledGenerator, Styles, check_mapping
from gan_jax.nn import (
    Filter,
    ModulatedConv,
    filtered_activation,
    full_conv,
    kaiser,
    leaky_relu,
)
from gan_jax.nn.fourier import FourierInput, Place
from gan_jax.nn.mapping import GAIN
from gan_jax.typing import Activation, Images

__all__ = ["Discriminator", "Generator"]

SCALE = 0.25
"""Of the picture: the last layer's numbers are as large as all others."""
MEMORY = 20_000
"""Images in which a running magnitude forgets half of what it was."""


class Generator(StyledGenerator):
    """Latents to images, through styles.

    Args:
        shape: (h, w, c) of an image, 16 pixels or more. Where a side is no power of two,
            it is divisible by a sixteenth of the next one above the shorter side.
        style: features of a style.
        depth: layers of the mapping network.
        rate: how fast the mapping network learns, of the rate of all else.
        mean_decay: of the running mean of styles, per update.
        channel_base: a layer has `channel_base / 2 / cutoff` channels, rounded,
        channel_max: but at most so many.
        num_layers: before the last one, to colours.
        num_critical: of these, how many sample at exactly twice their cutoff.
        kernel: side of the convolutions' kernels.
        filter: behind each nonlinearity but the critical ones', which are `kaiser()`'s,
            as are all before it.
        filter_size: taps of a filter on the coarser of its two grids.
        oversampling: of the nonlinearities.
        margin: samples around the picture that intermediate maps have.
        first_cutoff: of the input, in cycles a picture.
        first_stopband: the same.
        last_stopband: in cutoffs of the last layer.
        clamp: the largest activation, for half precision; None for no bound.
    """

    shape: tuple[int, ...]
    style: int = 512
    depth: int = 2
    rate: float = 0.01
    mean_decay: float = 0.998
    channel_base: int = 32_768
    channel_max: int = 512
    num_layers: int = 14
    num_critical: int = 2
    kernel: int = 3
    filter: Filter = kaiser()
    filter_size: int = 6
    oversampling: int = 2
    margin: int = 10
    first_cutoff: float = 2.0
    first_stopband: float = 2**2.1
    last_stopband: float = 2**0.3
    clamp: float | None = 256.0
    activation: Activation = leaky_relu(0.2)
    dtype: Any = jnp.float32

    noise_sizes: ClassVar[tuple[tuple[int, int], ...]] = ()
    placed: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_mapping(self.style, self.depth, self.rate, self.mean_decay)
        ranges.whole(
            kernel=self.kernel,
            filter_size=self.filter_size,
            oversampling=self.oversampling,
        )
        ranges.above(0, clamp=self.clamp)
        self.plan.check()
        super().__post_init__()

    def setup(self) -> None:
        """The two networks that it consists of."""
        self.styles = Mapped(
            self.layers, self.style, self.depth, self.rate, self.mean_decay
        )
        self.synthesis = Synthesis(
            self.plan,
            self.kernel,
            self.filter,
            self.filter_size,
            self.oversampling,
            self.clamp,
            self.activation,
            self.dtype,
        )

    @property
    def plan(self) -> Plan:
        """What the layers follow from."""
        return Plan(
            tuple(self.shape),
            self.num_layers,
            self.num_critical,
            self.first_cutoff,
            self.first_stopband,
            self.last_stopband,
            self.margin,
            self.channel_base,
            self.channel_max,
        )

    @property
    def layers(self) -> int:
        """How many layers read a style: the input, the layers, the one to colours."""
        return self.num_layers + 2

    def paint(self, ws: Styles, *, train: bool, place: Place | None = None) -> Images:
        """Images of styles.

        Args:
            ws: [b, layers, style].
            train: whether running magnitudes may move.
            place: where the picture is to lie; as learnt, by default.
        """
        return self.synthesis(ws, place, train)


class Synthesis(nn.Module):
    """Styles to images; the fields as in `Generator`."""

    plan: Plan
    kernel: int
    filter: Filter
    filter_size: int
    oversampling: int
    clamp: float | None
    activation: Activation
    dtype: Any

    @nn.compact
    def __call__(self, ws: Styles, place: Place | None, train: bool) -> Images:
        """Images, float32."""
        *bands, colours = self.plan.bands()
        first, unit = bands[0], self.plan.rate
        extent = self.plan.shape[0] / unit, self.plan.shape[1] / unit
        waves = FourierInput(
            first.channels, first.size, first.rate, first.cutoff, extent, name="input"
        )
        x = waves(ws[:, 0], place).astype(self.dtype)
        for i, (before, after) in enumerate(zip([first, *bands], bands, strict=False)):
            critical = i >= len(bands) - self.plan.critical
            x = Layer(
                before,
                after,
                self.kernel,
                kaiser() if critical else self.filter,
                self.filter_size,
                self.oversampling,
                self.clamp,
                self.activation,
                self.dtype,
                name=f"layer{i}",
            )(x, ws[:, i + 1], train)
        gain = Magnitude(name="magnitude")(x, train)
        last = ModulatedConv(
            colours.channels, 1, demodulate=False, dtype=self.dtype, name="colours"
        )
        y = last(x, ws[:, -1]).astype(jnp.float32) * gain
        y = y + self.param("bias", nn.initializers.zeros, (colours.channels,))
        if self.clamp is not None:
            y = jnp.clip(y, -self.clamp, self.clamp)
        return y * SCALE


class Layer(nn.Module):
    """From one signal to the next; the other fields as in `Generator`."""

    before: Band
    after: Band
    kernel: int
    filter: Filter
    filter_size: int
    oversampling: int
    clamp: float | None
    activation: Activation
    dtype: Any

    @nn.compact
    def __call__(
        self, x: Float[Array, "b _ _ _"], w: Float[Array, "b d"], train: bool
    ) -> Float[Array, "b _ _ _"]:
        """Modulated convolution, bias, nonlinearity."""
        features = self.after.channels
        gain = Magnitude(name="magnitude")(x, train)
        conv = ModulatedConv(
            features, self.kernel, full_conv, dtype=self.dtype, name="modulated"
        )
        y = conv(x, w) * gain.astype(self.dtype)
        y = y + self.param("bias", nn.initializers.zeros, (features,)).astype(y.dtype)
        found = step(
            self.before,
            self.after,
            self.kernel,
            self.oversampling,
            self.filter_size,
            self.filter,
        )
        return filtered_activation(
            y,
            lambda y: self.activation(y) * GAIN,
            found.finer,
            found.coarser,
            found.up,
            found.down,
            found.padding,
            self.clamp,
        )


class Magnitude(nn.Module):
    """One over the root of a running mean of squares, of all numbers of a batch."""

    @nn.compact
    def __call__(self, x: Float[Array, "b *_"], train: bool) -> Float[Array, ""]:
        """The factor that brings `x` to unit magnitude, float32."""
        square = self.variable("magnitudes", "square", jnp.ones, ())
        if (
            train
            and self.is_mutable_collection("magnitudes")
            and not self.is_initializing()
        ):
            own = jnp.square(jax.lax.stop_gradient(x).astype(jnp.float32)).mean()
            old = 0.5 ** (len(x) * axis.size() / MEMORY)
            square.value = old * square.value + (1 - old) * axis.mean(own)
        return jax.lax.rsqrt(square.value)
