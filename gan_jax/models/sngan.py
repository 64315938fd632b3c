"""SN-GAN's convolutional networks (Miyato et al. 2018, table 3), 32 and 48 pixels.

The generator starts at an eighth of the image with 512 channels and doubles three times
by 4 x 4 transposed convolutions with batch norm; the critic halves three times, a 3 x 3
convolution before each 4 x 4 one of stride 2. Leaky ReLU of slope .1. Sizes divisible by
8 work. The paper leaves its initialiser open; N(0, .02^2) is DCGAN's.
"""

from typing import Any

import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.models import residual
from gan_jax.nn import (
    Conv,
    Head,
    Init,
    Norm,
    Wrap,
    batch_norm,
    leaky_relu,
    no_wrap,
    none,
    normal,
    relu,
    spectral_norm,
    strided,
    transposed,
)
from gan_jax.typing import Activation, Cond, Images, Latents, Logits

__all__ = ["Discriminator", "Generator"]


class Generator(nn.Module):
    """Latents to images in [-1, 1].

    Args:
        shape: (h, w, c) of an image; h and w are multiples of 8.
        width: channels of the last map before the image; 64 in the paper.
        norm: after each doubling.
    """

    shape: tuple[int, ...]
    width: int = 64
    activation: Activation = relu()
    norm: Norm | None = batch_norm()
    kernel_init: Init = normal(0.02)
    output: Activation = jnp.tanh
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(shape=self.shape)
        ranges.whole(width=self.width)
        super().__post_init__()

    @nn.compact
    def __call__(self, z: Latents, cond: Cond = None, *, train: bool) -> Images:
        """Images, float32 [b, *shape]."""
        *size, channels = self.shape
        base = residual.base_of(tuple(size), 3, z)
        kind = {"kernel_init": self.kernel_init, "dtype": self.dtype}
        y = residual.start(
            z.astype(self.dtype),
            base,
            8 * self.width,
            no_wrap(),
            self.kernel_init,
            self.dtype,
        )
        for i, features in enumerate((4, 2, 1)):
            y = transposed(4)(features * self.width, name=f"up{i}", **kind)(y)
            norm = (self.norm or none())(name=f"norm{i}", dtype=self.dtype)
            y = self.activation(norm(y, cond, train=train))
        y = Conv(channels, name="output", **kind)(y)
        return self.output(y.astype(jnp.float32))


class Discriminator(nn.Module):
    """Images to logits.

    Args:
        width: channels of the first map; 64 in the paper. They double three times.
        norm: after every convolution but the first (the paper compares some).
        wrap: put around every layer.
        head: the end; None for one dense layer.
    """

    width: int = 64
    activation: Activation = leaky_relu(0.1)
    norm: Norm | None = None
    wrap: Wrap | None = spectral_norm()
    head: Head | None = None
    kernel_init: Init = normal(0.02)
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.whole(width=self.width)
        super().__post_init__()

    @nn.compact
    def __call__(
        self, x: Images, cond: Cond = None, *, train: bool
    ) -> tuple[Logits, dict[str, Float[Array, "b ..."]]]:
        """Logits, and `features` (the last map, flattened) and the head's.

        Raises:
            ValueError: an image of a size that is no multiple of 8.
        """
        if x.shape[1] % 8 or x.shape[2] % 8:
            raise ValueError(f"{x.shape[1]} x {x.shape[2]} is no multiple of 8")
        wrap = self.wrap or no_wrap()
        kind = {"kernel_init": self.kernel_init, "dtype": self.dtype}
        y = x.astype(self.dtype)
        for i in range(7):  # 3 x 3 and 4 x 4 in turn
            layer = strided(4) if i % 2 else Conv
            features = self.width << (i // 2)
            y = wrap(layer(features, name=f"conv{i}", **kind))(y)
            if i:
                norm = (self.norm or none())(name=f"norm{i}", dtype=self.dtype)
                y = norm(y, cond, train=train)
            y = self.activation(y)
        features = y.reshape(len(y), -1).astype(jnp.float32)
        return residual.ended(features, cond, self.head, wrap, self.kernel_init)
