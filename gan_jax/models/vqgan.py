"""Autoencoders with few codes, and a critic of patches (Esser et al. 2021,
arXiv:2012.09841; the codes alone: VQ-VAE, van den Oord et al. 2017).

Residual blocks of group norm, swish and 3 x 3 convolutions; the size is halved between
widths, and doubled again. The last layer is a convolution of its own (`paint`), so that
the adaptive weight of an adversarial loss can take gradients by it alone; nothing squashes
its numbers.

The paper's: widths (128, 128, 256, 256, 512), blocks 2, attention at 16 x 16, 1,024 codes
of 256 numbers. Attention is left out here.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float, Int

from gan_jax import ranges
from gan_jax.nn import (
    Conv,
    Norm,
    OfLatent,
    batch_norm,
    leaky_relu,
    nearest,
    none,
    strided,
)
from gan_jax.nn.initializers import normal
from gan_jax.nn.quantised import Quantised, Quantiser, vector_quantiser
from gan_jax.typing import Activation, Cond, Images, Logits

__all__ = ["Autoencoder", "Discriminator"]

Map = Float[Array, "b _ _ _"]


class Residual(nn.Module):
    """x + two convolutions, each after a norm and swish."""

    features: int
    dtype: Any

    @nn.compact
    def __call__(self, x: Map) -> Map:
        """The size stays; the channels become `features`."""
        y = x
        for i in range(2):
            y = nn.silu(_norm(y, f"norm{i}", self.dtype))
            y = Conv(self.features, dtype=self.dtype, name=f"conv{i}")(y)
        if x.shape[-1] != self.features:
            x = Conv(self.features, 1, dtype=self.dtype, name="shortcut")(x)
        return x + y


class Encoder(nn.Module):
    """Pictures to vectors, one for each 2^k x 2^k pixels."""

    widths: tuple[int, ...]
    blocks: int
    dim: int
    dtype: Any

    @nn.compact
    def __call__(self, x: Map) -> Map:
        """[b, h / 2^k, w / 2^k, dim], float32, for k + 1 widths."""
        y = Conv(self.widths[0], dtype=self.dtype, name="input")(x)
        for i, width in enumerate(self.widths):
            if i:
                down = strided(4)(width, dtype=self.dtype, name=f"down{i}")
                y = down(y)
            for j in range(self.blocks):
                y = Residual(width, self.dtype, name=f"block{i}_{j}")(y)
        y = nn.silu(_norm(y, "norm", self.dtype))
        return Conv(self.dim, 1, name="output")(y).astype(jnp.float32)


class Decoder(nn.Module):
    """The way back, but for the last layer."""

    widths: tuple[int, ...]
    blocks: int
    dtype: Any

    @nn.compact
    def __call__(self, z: Map) -> Map:
        """[b, h, w, widths[0]]."""
        y = OfLatent("z")(Conv(self.widths[-1], 1, dtype=self.dtype, name="input")(z))
        for i, width in reversed(list(enumerate(self.widths))):
            for j in range(self.blocks):
                y = Residual(width, self.dtype, name=f"block{i}_{j}")(y)
            if i:
                up = nearest(3)(self.widths[i - 1], dtype=self.dtype, name=f"up{i}")
                y = up(y)
        return nn.silu(_norm(y, "norm", self.dtype))


class Autoencoder(nn.Module):
    """Pictures to codes and back.

    Args:
        shape: (h, w, c) of a picture.
        widths: channels before each halving, and after the last.
        blocks: residual blocks at each size.
        quantiser: of the vectors, e.g. `vector_quantiser()` or `finite_scalar()`.

    Raises:
        ValueError: sizes that cannot be halved so often.
    """

    shape: tuple[int, ...]
    widths: tuple[int, ...] = (64, 64, 128)
    blocks: int = 1
    quantiser: Quantiser = vector_quantiser()
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(shape=self.shape, widths=self.widths)
        ranges.whole(blocks=self.blocks)
        h, w, _ = self.shape
        step = 2 ** (len(self.widths) - 1)
        if h % step or w % step:
            raise ValueError(
                f"pictures of {h} x {w} cannot be halved {len(self.widths) - 1} times; "
                "take fewer widths"
            )
        super().__post_init__()

    @property
    def grid(self) -> tuple[int, int, int]:
        """(h, w, 1) of the codes."""
        step = 2 ** (len(self.widths) - 1)
        return self.shape[0] // step, self.shape[1] // step, 1

    def setup(self) -> None:
        """Both halves and the codebook."""
        self.book = self.quantiser()
        given = (self.widths, self.blocks)
        self.encoder = Encoder(*given, self.book.dim, self.dtype)
        self.decoder = Decoder(*given, self.dtype)
        self.output = Conv(self.shape[-1])

    def __call__(self, x: Images, cond: Cond = None, *, train: bool) -> Images:
        """Pictures as they come back; nothing reads a condition."""
        del cond
        features, _ = self.painted(x, train=train)
        return self.paint(features, train=train)

    def painted(self, x: Images, *, train: bool) -> tuple[Map, Quantised]:
        """What the last layer reads of pictures, and what became of their vectors."""
        found = self.book(self.encoder(x.astype(self.dtype)), train=train)
        return self.decoder(found.values), found

    def paint(self, features: Map, *, train: bool) -> Map:
        """The last layer."""
        del train
        return self.output(features.astype(jnp.float32))

    def encode(self, x: Images, *, train: bool) -> Int[Array, "b i j"]:
        """The codes of pictures."""
        del train
        return self.book(self.encoder(x.astype(self.dtype)), train=False).codes

    def decode(self, codes: Int[Array, "b i j"], *, train: bool) -> Map:
        """Pictures of codes."""
        return self.paint(self.decoder(self.book.look_up(codes)), train=train)


class Discriminator(nn.Module):
    """Pictures to a logit for each patch (Isola et al. 2017, arXiv:1611.07004), and their
    mean.

    Args:
        width: channels of the first map; they double as the size halves.
        layers: halvings.
        norm: after every layer between the first and the last.
    """

    width: int = 64
    layers: int = 2
    activation: Activation = leaky_relu(0.2)
    norm: Norm | None = batch_norm()
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.whole(width=self.width, layers=self.layers)
        super().__post_init__()

    @nn.compact
    def __call__(
        self, x: Images, cond: Cond = None, *, train: bool
    ) -> tuple[Logits, dict[str, Float[Array, "b ..."]]]:
        """The mean logit [b]; `patches` [b, n], the logit of each; and `features`, what
        the last layer reads, flattened.
        """
        y, init = x.astype(self.dtype), normal(0.02)
        for i in range(self.layers):
            layer = strided(4)
            y = layer(
                self.width << i, kernel_init=init, dtype=self.dtype, name=f"down{i}"
            )(y)
            if i:
                norm = (self.norm or none())(name=f"norm{i}", dtype=self.dtype)
                y = norm(y, cond, train=train)
            y = self.activation(y)
        features = y.astype(jnp.float32).reshape(len(y), -1)
        y = Conv(1, 3, kernel_init=init, dtype=self.dtype, name="output")(y)
        patches = y.astype(jnp.float32).reshape(len(y), -1)
        return patches.mean(1), {"patches": patches, "features": features}


def _norm(x: jax.Array, name: str, dtype: Any) -> jax.Array:
    groups = math.gcd(32, x.shape[-1])
    return nn.GroupNorm(groups, epsilon=1e-6, dtype=dtype, name=name)(x)
