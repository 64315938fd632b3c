"""StyleGAN2 (Karras et al. 2020, arXiv:1912.04958), at any size.

`widths` are the channels at each size, the generator's from the smallest to the image's,
the discriminator's the other way. A number of n makes 2^(n - 1) times the smallest map:
512 four times is 4 x 4 to 32 x 32, and 28 x 28 has three, from 7 x 7. In the authors'
runs they are min(base / size, 512) at size 4, 8, ...; config F has base 32,768, the
smaller networks for 256 x 256 half of it.

| | `architecture` of G, of D | `depth` | `style` | deviation over |
|---|---|---|---|---|
| config F, and ADA's for 256 x 256 | skip, residual | 8 | 512 | 4, 8 |
| ADA's for CIFAR-10 | skip, plain | 2 | 512 | 32 |

Plain networks grow with `games.progressive`, as configs B to D of table 1 do; the others
have shortcuts in the place of growing (section 4).

Order of a layer: modulated convolution, noise, bias, leaky ReLU times sqrt 2 (figure 2c).
Images are not squashed: the last layer is linear, and what is beyond [-1, 1] is cut off
where pictures are made.
"""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.models.growing import alpha, check_fading
from gan_jax.models.styles import (
    Mapped,
    Noise,
    StyledGenerator,
    Styles,
    check_mapping,
)
from gan_jax.models.synthesis import HALF, Architecture, Synthesis, shortcut
from gan_jax.nn import (
    EqualisedConv,
    EqualisedDense,
    Head,
    Input,
    Minibatch,
    equalised,
    filtered_conv_downsample,
    filtered_downsample,
    leaky_relu,
    learned_constant,
    mapped_projection,
    minibatch_deviation,
    normal,
)
from gan_jax.nn.fourier import Place
from gan_jax.nn.mapping import GAIN
from gan_jax.typing import Activation, Cond, Images, Logits

__all__ = ["Discriminator", "Generator"]

LEAKY = leaky_relu(0.2)


class Generator(StyledGenerator):
    """Latents to images, through styles.

    Args:
        shape: (h, w, c) of an image; h and w are divisible by 2^(len(widths) - 1).
        widths: channels of the smallest map, then of each that is twice as large.
        style: features of a style.
        depth: layers of the mapping network.
        rate: how fast the mapping network learns, of the rate of all else.
        mean_decay: of the running mean of styles, per update; 0.998 in the authors'
            later code, 0.995 in their first.
        architecture: see `Architecture`.
        input: what the smallest map is made from: a learned constant, or waves, with
            which pictures can be moved.
        fading: whether the largest size fades in; see `models.growing`. Of plain ones.
    """

    shape: tuple[int, ...]
    widths: tuple[int, ...] = (512, 512, 512, 512)
    style: int = 512
    depth: int = 8
    rate: float = 0.01
    mean_decay: float = 0.998
    architecture: Architecture = "skip"
    input: Input = learned_constant()
    activation: Activation = LEAKY
    fading: bool = False
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(shape=self.shape, widths=self.widths)
        check_mapping(self.style, self.depth, self.rate, self.mean_decay)
        check_fading(self.fading, len(self.widths))
        if self.fading:
            self._check_plain()
        super().__post_init__()

    def setup(self) -> None:
        """The two networks that it consists of."""
        self.styles = Mapped(
            self.layers, self.style, self.depth, self.rate, self.mean_decay
        )
        self.synthesis = Synthesis(
            self.shape,
            self.widths,
            self.architecture,
            self.input,
            self.activation,
            self.fading,
            self.dtype,
        )

    @property
    def placed(self) -> bool:
        """Whether it can be told where the picture is to lie."""
        return self.input.placed

    @property
    def layers(self) -> int:
        """How many layers read a style: one at the smallest size, two at others, the
        last to colours. An image of a smaller size shares the next convolution's."""
        return 2 * len(self.widths)

    @property
    def noise_sizes(self) -> tuple[tuple[int, int], ...]:
        """Height and width of each layer's noise."""
        h, w = self.shape[:2]
        last = len(self.widths) - 1
        sizes = [(h >> last - i, w >> last - i) for i in range(last + 1)]
        return tuple(size for i, size in enumerate(sizes) for _ in range(2 if i else 1))

    @property
    def sizes(self) -> int:
        """How many sizes it grows through."""
        return len(self.widths)

    @nn.nowrap
    def at(self, size: int, fading: bool) -> "Generator":
        """The generator of a size, see `models.growing`.

        Raises:
            ValueError: it is not plain.
        """
        self._check_plain()
        h, w, c = self.shape
        back = self.sizes - 1 - size
        return self.clone(
            shape=(h >> back, w >> back, c),
            widths=self.widths[: size + 1],
            fading=fading,
        )

    def paint(
        self,
        ws: Styles,
        *,
        train: bool,
        noise: Noise | None = None,
        place: Place | None = None,
    ) -> Images:
        """Images of styles.

        Args:
            ws: [b, layers, style].
            train: makes no difference.
            noise: maps of `noise_sizes`, or none at all.
            place: where the picture is to lie, of those that can be moved.
        """
        del train
        share = alpha(self) if self.fading else 1.0
        return self.synthesis(ws, noise, place, share)

    @nn.nowrap
    def _check_plain(self) -> None:
        if self.architecture != "plain":
            raise ValueError(
                f"a generator of architecture={self.architecture} does not grow: take "
                "plain, or a game that does not grow"
            )


class Discriminator(nn.Module):
    """Images to logits.

    Args:
        widths: channels at the image's size, then of each map that is half as large.
        architecture: see `Architecture`.
        minibatch: the layer that sees the batch, at the smallest size; None for none.
        head: the end; its layers have equalised rates, too. Unless given, one layer, or
            `mapped_projection()` where there are classes, as in StyleGAN2-ADA.
    """

    widths: tuple[int, ...] = (512, 512, 512, 512)
    architecture: Architecture = "residual"
    minibatch: Minibatch | None = minibatch_deviation(4)
    head: Head | None = None
    activation: Activation = LEAKY
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(widths=self.widths)
        super().__post_init__()

    @nn.compact
    def __call__(
        self, x: Images, cond: Cond = None, *, train: bool
    ) -> tuple[Logits, dict[str, Float[Array, "b ..."]]]:
        """Logits, float32, `features` [b, widths[-1]], and what the head says.

        Raises:
            ValueError: images that cannot be halved so often.
        """
        del train
        image, last = x.astype(self.dtype), len(self.widths) - 1
        if any(n % 2**last for n in x.shape[1:3]):
            raise ValueError(f"{x.shape[1:3]} cannot be halved {last} times")
        y = self._from_image(image, 0)
        for i, width in enumerate(self.widths[1:]):
            gain, past = 1.0, None
            if self.architecture == "residual":
                gain = HALF
                past = (
                    shortcut(width, filtered_conv_downsample, self.dtype, i)(y) * HALF
                )
            y = self._conv(y, self.widths[i], f"conv{2 * i}")
            y = self._conv(
                y, width, f"conv{2 * i + 1}", op=filtered_conv_downsample, gain=gain
            )
            y = y if past is None else y + past
            if self.architecture == "skip":
                image = filtered_downsample(image)
                y = y + self._from_image(image, i + 1)
        y = y.astype(jnp.float32)
        if self.minibatch is not None:
            y = self.minibatch(name="minibatch")(y)
        y = self._conv(y, self.widths[-1], "last", dtype=jnp.float32)
        dense = EqualisedDense(self.widths[-1], name="dense")
        features = self.activation(dense(y.reshape(len(y), -1))) * GAIN
        logits, said = self._ended(features, cond)
        return logits, {"features": features, **said}

    def _from_image(self, image: jax.Array, i: int) -> jax.Array:
        return self._conv(image, self.widths[i], f"image{i}", kernel=1)

    def _conv(
        self, x: jax.Array, width: int, name: str, gain: float = 1.0, **fields: Any
    ) -> jax.Array:
        conv = EqualisedConv(width, name=name, **{"dtype": self.dtype, **fields})
        return self.activation(conv(x)) * (GAIN * gain)

    def _ended(
        self, features: jax.Array, cond: Cond
    ) -> tuple[jax.Array, dict[str, jax.Array]]:
        if self.head is None and cond is None:
            return EqualisedDense(1, name="output")(features)[:, 0], {}
        head = self.head or mapped_projection()
        return head(wrap=equalised(), kernel_init=normal(1.0), name="head")(
            features, cond
        )
