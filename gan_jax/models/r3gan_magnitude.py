"""R3GAN's networks with magnitudes kept: a design of ours, from what is known of R3GAN2.

The authors of R3GAN (`models.r3gan`) develop a successor in the open, without a paper; it
builds both networks as Karras et al. 2024 (arXiv:2312.02696) build theirs for diffusion.
Here are R3GAN's skeleton and game, with

- every weight of length one per output, in each layer (`nn.UnitConv`) and, by the optimiser
  `renormalised`, in storage; those behind an activation without their mean;
- an activation whose values have variance one, `nn.unit_leaky_relu`;
- blocks u <- (u + a f(u)) / sqrt(1 + a^2), a = tanh(share) one a channel, which begins at
  zero: so every block begins as the identity, and the critic linear in the picture;
- resampling that keeps magnitudes, whatever the map: repetition in the generator, and in
  the critic the four pixels of a square laid into the channels of a layer.

So at every depth numbers have mean square one in expectation over the weights, without any
normalisation that would look at them. Two gains, of pictures and of logits, learn how
large the outputs are.

Departures from R3GAN2: a map is divided by its own scale after each block, where theirs
divides what a block reads by one that is summed up (the same but for a factor a channel);
widths change by a layer, not by folding; no noise in the generator; classes begin apart;
no attention; heads of one group.
"""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.models import residual
from gan_jax.models.r3gan import EXPANSION, check_stages, dtypes_of
from gan_jax.models.residual import Features
from gan_jax.nn import (
    Head,
    OfLatent,
    UnitConv,
    UnitDense,
    grouped_conv,
    normal,
    unit_leaky_relu,
    unit_product,
    unit_sum,
    upsample,
    weight_norm,
)
from gan_jax.nn.magnitude import unit_kernel, unit_normal
from gan_jax.typing import Cond, Images, Latents, Logits

__all__ = ["Discriminator", "Generator"]

SPREAD = 0.5
"""Root mean square of pictures' values in [-1, 1], roughly (Karras et al. 2022)."""


class Block(nn.Module):
    """(u + a f(u)) / sqrt(1 + a^2), f R3GAN's three layers.

    Args:
        group: channels of a group of the 3 x 3 convolution.
    """

    group: int
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: Features) -> Features:
        """Size and channels kept."""
        features = x.shape[-1]
        inner, act = EXPANSION * features, unit_leaky_relu()
        y = UnitConv(inner, 1, bias=True, dtype=self.dtype, name="conv0")(x)
        y = UnitConv(
            inner,
            op=grouped_conv,
            groups=inner // self.group,
            bias=True,
            centred=True,
            dtype=self.dtype,
            name="conv1",
        )(act(y))
        y = UnitConv(features, 1, centred=True, dtype=self.dtype, name="conv2")(act(y))
        share = self.param("share", nn.initializers.zeros, (features,))
        return unit_sum(x, y, jnp.tanh(share).astype(self.dtype))


class Generator(nn.Module):
    """Latents to images; nothing bounds them, but those of data lie in [-1, 1].

    Args:
        shape: (h, w, c) of an image; h and w are divisible by 2^(len(widths) - 1).
        widths: channels of each stage, from the smallest map on; each doubles the size
            but the first.
        blocks: of each stage.
        group: channels of a group of the 3 x 3 convolutions.
        embedding: width of the class's embedding, which is read beside z.
        exact: stages, from the smallest map on, that compute in float32 whatever `dtype`
            is.
    """

    shape: tuple[int, ...]
    widths: tuple[int, ...] = (512, 512, 512, 512)
    blocks: int = 2
    group: int = 32
    embedding: int = 64
    dtype: Any = jnp.float32
    exact: int = 0

    def __post_init__(self) -> None:
        ranges.sizes(shape=self.shape)
        ranges.whole(embedding=self.embedding)
        check_stages(self.widths, self.blocks, self.group, self.exact)
        super().__post_init__()

    @nn.compact
    def __call__(self, z: Latents, cond: Cond = None, *, train: bool) -> Images:
        """Images, float32 [b, *shape]; z is flat, of mean square one; `cond` classes."""
        del train
        *size, channels = self.shape
        stages = len(self.widths)
        base = residual.base_of(tuple(size), stages - 1, z)
        dtypes = dtypes_of(self.dtype, stages, self.exact)
        y = self._start(self._told(z, cond), base)
        for i, (width, dtype) in enumerate(zip(self.widths, dtypes, strict=True)):
            y = y.astype(dtype)
            if y.shape[-1] != width:
                y = UnitConv(width, 1, dtype=dtype, name=f"change{i}")(y)
            y = upsample(y) if i else y
            y = _stage(self, y, i, dtype)
        y = UnitConv(channels, 1, dtype=dtypes[-1], name="output")(y)
        gain = self.param("gain", nn.initializers.constant(SPREAD), ())
        return y.astype(jnp.float32) * gain

    def _told(self, z: Latents, cond: Cond) -> Float[Array, "b d"]:
        z = z.reshape(z.shape[0], -1)
        if cond is None:
            return z
        # One-hot, so that of k weights one is heard.
        one = cond * jnp.sqrt(cond.shape[-1])
        return jnp.concatenate(
            [z, UnitDense(self.embedding, name="embedding")(one)], axis=-1
        )

    def _start(self, told: Float[Array, "b d"], base: tuple[int, ...]) -> jax.Array:
        """A basis of maps, each as strong as z says; each of mean square one."""
        width = self.widths[0]
        strength = OfLatent("z")(UnitDense(width, name="start")(told))
        basis = unit_kernel(self.param("basis", unit_normal, (*base, width)))
        return (base[0] * base[1]) ** 0.5 * basis * strength[:, None, None, :]


class Discriminator(nn.Module):
    """Images to logits.

    Args:
        widths: channels of each stage, from the image on; each but the last halves the
            size.
        head: the end; its layers' weights have length one. Unless given, one layer, or
            `unit_product()` as wide as the last stage where there are classes.
        blocks, group, exact: as in `Generator`; `exact` counts from the smallest map, too.
    """

    widths: tuple[int, ...] = (512, 512, 512, 512)
    blocks: int = 2
    group: int = 32
    head: Head | None = None
    dtype: Any = jnp.float32
    exact: int = 0

    def __post_init__(self) -> None:
        check_stages(self.widths, self.blocks, self.group, self.exact)
        super().__post_init__()

    @nn.compact
    def __call__(
        self, x: Images, cond: Cond = None, *, train: bool
    ) -> tuple[Logits, dict[str, Float[Array, "b ..."]]]:
        """Logits, `features` (the last map, weighed over space), and the head's.

        Raises:
            ValueError: images that cannot be halved so often.
        """
        del train
        stages = len(self.widths)
        if any(n % 2 ** (stages - 1) for n in x.shape[1:3]):
            raise ValueError(f"{x.shape[1:3]} cannot be halved {stages - 1} times")
        dtypes = dtypes_of(self.dtype, stages, self.exact)[::-1]
        first = UnitConv(self.widths[0], 1, dtype=dtypes[0], name="start")
        y = first(x / SPREAD)
        for i, (width, dtype) in enumerate(zip(self.widths, dtypes, strict=True)):
            y = y.astype(dtype)
            if i:
                y = UnitConv(width, 1, dtype=dtype, name=f"change{i}")(_folded(y))
            y = _stage(self, y, i, dtype)
        y = y.astype(jnp.float32)
        basis = unit_kernel(self.param("basis", unit_normal, y.shape[1:]))
        features = jnp.einsum("bhwc,hwc->bc", y, basis)
        logits, said = self._ended(features, cond)
        gain = self.param("gain", nn.initializers.ones, ())
        return logits * gain, {"features": features, **said}

    def _ended(
        self, features: jax.Array, cond: Cond
    ) -> tuple[jax.Array, dict[str, jax.Array]]:
        if self.head is None and cond is None:
            return UnitDense(1, name="output")(features)[:, 0], {}
        head = self.head or unit_product(self.widths[-1])
        wrap = weight_norm(scale=False)
        return head(wrap=wrap, kernel_init=normal(1.0), name="head")(features, cond)


def _folded(x: Features) -> Features:
    """Half the size, four times the channels: nothing is lost."""
    b, h, w, c = x.shape
    squares = x.reshape(b, h // 2, 2, w // 2, 2, c).transpose(0, 1, 3, 2, 4, 5)
    return squares.reshape(b, h // 2, w // 2, 4 * c)


def _stage(
    net: Generator | Discriminator, y: jax.Array, i: int, dtype: Any
) -> jax.Array:
    for j in range(net.blocks):
        y = Block(net.group, dtype, name=f"block{i}_{j}")(y)
    return y
