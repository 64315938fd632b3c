"""Progressive GAN (Karras et al. 2018, arXiv:1710.10196), at any size.

`widths` are the channels at each size, the generator's from the smallest to the image's,
the critic's the other way. A number of n makes 2^(n - 1) times the smallest map: 512 four
times is 4 x 4 to 32 x 32. In the paper they are 512 up to 32 x 32, then 256, 128, 64, 32,
16 at 1024 x 1024 (table 2).

Order of a layer: convolution of equalised rate, bias, leaky ReLU, and in the generator
pixel norm (section 4). Images are not squashed: the last layer is linear. Both grow with
`games.progressive`; as they stand they are networks of one size.

Departure: the critic pools after the activation, as table 2 has it; the authors' code
joins the pool to the convolution before it.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.models import residual
from gan_jax.models.growing import alpha, blended, check_fading
from gan_jax.nn import (
    EqualisedConv,
    EqualisedDense,
    Head,
    Minibatch,
    OfLatent,
    equalised,
    leaky_relu,
    mean_pool,
    minibatch_deviation,
    normal,
    pixel_norm,
    same_conv,
    upsample,
    upsample_conv,
)
from gan_jax.nn.convolution import Op
from gan_jax.typing import Activation, Cond, Images, Latents, Logits

__all__ = ["Discriminator", "Generator"]

GAIN = math.sqrt(2.0)
"""Of every kernel before a leaky ReLU."""
LEAKY = leaky_relu(0.2)


class Generator(nn.Module):
    """Latents to images.

    Args:
        shape: (h, w, c) of an image; h and w are divisible by 2^(len(widths) - 1).
        widths: channels of the smallest map, then of each that is twice as large.
        fading: whether the largest size fades in; see `models.growing`.
    """

    shape: tuple[int, ...]
    widths: tuple[int, ...] = (512, 512, 512, 512)
    activation: Activation = LEAKY
    fading: bool = False
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(shape=self.shape, widths=self.widths)
        check_fading(self.fading, len(self.widths))
        super().__post_init__()

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

    @nn.compact
    def __call__(self, z: Latents, cond: Cond = None, *, train: bool) -> Images:
        """Images, float32 [b, *shape].

        Args:
            z: flat latents [b, z]; together with the condition they are put on a sphere.
            cond: classes [b, k], or none.
            train: makes no difference.
        """
        del train
        *size, channels = self.shape
        base = residual.base_of(tuple(size), self.sizes - 1, z)
        if z.ndim != 2:
            raise ValueError("progan's generator is told flat latents [b, z]")
        z = z if cond is None else jnp.concatenate([z, cond], axis=-1)
        # The gain is that of sqrt 2 over a map of four by four, as in the authors' code.
        dense = EqualisedDense(
            math.prod(base) * self.widths[0],
            bias=False,
            gain=GAIN / math.sqrt(math.prod(base)),
            dtype=self.dtype,
            name="dense",
        )
        x = OfLatent("z")(dense(pixel_norm(z))).reshape(-1, *base, self.widths[0])
        bias = self.param("bias", nn.initializers.zeros, (self.widths[0],))
        x = pixel_norm(self.activation(x + bias.astype(self.dtype)))
        x = before = self._layer(x, self.widths[0], 0)
        for i, width in enumerate(self.widths[1:], start=1):
            before = x
            x = self._layer(x, width, 2 * i - 1, upsample_conv)
            x = self._layer(x, width, 2 * i)
        last = self.sizes - 1
        image = self._image(x, channels, last)
        if self.fading:
            small = upsample(self._image(before, channels, last - 1))
            image = blended(small, image, alpha(self))
        return image

    def _layer(self, x: jax.Array, width: int, i: int, op: Op = same_conv) -> jax.Array:
        conv = EqualisedConv(width, op=op, gain=GAIN, dtype=self.dtype, name=f"conv{i}")
        return pixel_norm(self.activation(conv(x)))

    def _image(self, x: jax.Array, channels: int, i: int) -> jax.Array:
        conv = EqualisedConv(channels, 1, dtype=self.dtype, name=f"image{i}")
        return conv(x).astype(jnp.float32)


class Discriminator(nn.Module):
    """Images to logits; StyleGAN's, too.

    Args:
        widths: channels at the image's size, then of each map that is half as large.
        minibatch: the layer that sees the batch, at the smallest size; None for none.
            Groups are of 4 in the authors' code, of 16 in the paper.
        head: how it ends, its layers of equalised rates, too; None for one dense layer
            of gain 1.
        fading: whether the image's size fades in; see `models.growing`.
    """

    widths: tuple[int, ...] = (512, 512, 512, 512)
    minibatch: Minibatch | None = minibatch_deviation(4)
    head: Head | None = None
    activation: Activation = LEAKY
    fading: bool = False
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(widths=self.widths)
        check_fading(self.fading, len(self.widths))
        super().__post_init__()

    @property
    def sizes(self) -> int:
        """How many sizes it grows through."""
        return len(self.widths)

    @nn.nowrap
    def at(self, size: int, fading: bool) -> "Discriminator":
        """The critic of a size, see `models.growing`."""
        return self.clone(widths=self.widths[-(size + 1) :], fading=fading)

    @nn.compact
    def __call__(
        self, x: Images, cond: Cond = None, *, train: bool
    ) -> tuple[Logits, dict[str, Float[Array, "b ..."]]]:
        """Logits, float32, `features` [b, widths[-1]] and what the head says.

        Raises:
            ValueError: images that cannot be halved so often.
        """
        del train
        last, widths = self.sizes - 1, self.widths[::-1]  # by size, from the smallest
        if any(n % 2**last for n in x.shape[1:3]):
            raise ValueError(f"{x.shape[1:3]} cannot be halved {last} times")
        image = x.astype(self.dtype)
        y = self._of_image(image, widths, last)
        for i in range(last, 0, -1):
            y = self._conv(y, widths[i], f"conv{2 * i}")
            y = mean_pool(self._conv(y, widths[i - 1], f"conv{2 * i - 1}"))
            if self.fading and i == last:
                small = self._of_image(mean_pool(image), widths, i - 1)
                y = blended(small, y, alpha(self))
        y = y.astype(jnp.float32)
        if self.minibatch is not None:
            y = self.minibatch(name="minibatch")(y)
        y = self._conv(y, widths[0], "conv0", dtype=jnp.float32)
        dense = EqualisedDense(widths[0], gain=GAIN, name="dense")
        features = self.activation(dense(y.reshape(len(y), -1)))
        if self.head is None:
            logits = EqualisedDense(1, name="output")(features)[:, 0]
            return logits, {"features": features}
        return residual.ended(features, cond, self.head, equalised(), normal(1.0))

    def _of_image(self, image: jax.Array, widths: tuple[int, ...], i: int) -> jax.Array:
        return self._conv(image, widths[i], f"image{i}", kernel=1)

    def _conv(self, x: jax.Array, width: int, name: str, **fields: Any) -> jax.Array:
        given = {"gain": GAIN, "dtype": self.dtype, **fields}
        return self.activation(EqualisedConv(width, name=name, **given)(x))
