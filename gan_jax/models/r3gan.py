"""R3GAN (Huang et al. 2024, arXiv:2501.05441, section 4): residual networks without norm.

Blocks are 1 x 1, grouped 3 x 3, 1 x 1, with twice the channels between (ResNeXt, Xie et
al. 2017, with an inverted bottleneck), whose last kernel begins at zero and whose others
begin smaller the more blocks there are (Fixup, Zhang et al. 2019). So every block begins
as the identity: the critic begins linear in the picture, the generator affine in z. Maps
are resampled by a bilinear filter; the smallest one is a learnt basis, scaled by z in the
generator and summed over space in the critic. In numbers:

| | generator `widths` | `group` | cardinality | `exact` | parameters, no classes |
|---|---|---|---|---|---|
| CIFAR-10, 32 x 32 | 768 four times | 16 | 96 | 1 | 20.7 M, 20.7 M |
| FFHQ, 64 x 64 | 768 four times, 384 | 16 | 96, 48 | 1 | 22.4 M, 22.4 M |
| FFHQ, 256 x 256 | the same, 192, 96 | 16 | 96, ..., 12 | 3 | 23.1 M, 23.0 M |
| ImageNet, 32 x 32 | 1536 four times | 32 | 96 | 1 | |
| ImageNet, 64 x 64 | 1536 five times | 32 | 96 | 1 | |

The critic's widths are the same the other way round. z has 64 numbers. With classes, the
critic's head is `inner_product(768)` (1536 for ImageNet).
"""

import math
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
    OfLatent,
    filtered_downsample,
    filtered_upsample,
    grouped_conv,
    he_normal,
    leaky_relu,
    no_wrap,
    normal,
    zeros,
)
from gan_jax.typing import Cond, Images, Latents, Logits

__all__ = ["Discriminator", "Generator"]

EXPANSION = 2
"""A block's inner channels, in multiples of its outer ones."""
SLOPE = 0.2
GAIN = math.sqrt(2 / (1 + SLOPE**2))
"""What keeps the variance through a leaky ReLU of that slope (He et al. 2015)."""


class Block(nn.Module):
    """x + W2 f(W1 f(W0 x + b0) + b1): the identity to begin with.

    Args:
        group: channels of a group of the 3 x 3 convolution.
        among: blocks of the network.
    """

    group: int
    among: int
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: Features) -> Features:
        """Size and channels kept."""
        features = x.shape[-1]
        inner = EXPANSION * features
        # Fixup: L^(-1 / (2 m - 2)) for m = 3 layers a block.
        init = _fan_in(GAIN * self.among**-0.25)
        layers = (
            Conv(inner, 1, kernel_init=init, dtype=self.dtype, name="conv0"),
            Conv(
                inner,
                op=grouped_conv,
                groups=inner // self.group,
                kernel_init=init,
                dtype=self.dtype,
                name="conv1",
            ),
            _linear(features, "conv2", self.dtype, zeros()),
        )
        act = leaky_relu(SLOPE)
        return x + layers[2](act(layers[1](act(layers[0](x)))))


class Generator(nn.Module):
    """Latents to images; nothing bounds them, but those of data lie in [-1, 1].

    Args:
        shape: (h, w, c) of an image; h and w are divisible by 2^(len(widths) - 1).
        widths: channels of each stage, from the smallest map on; each doubles the size
            but the first.
        blocks: of each stage.
        group: channels of a group of the 3 x 3 convolutions; a stage's cardinality is
            twice its width divided by it.
        embedding: width of the class's embedding, which is read beside z.
        exact: stages, from the smallest map on, that compute in float32 whatever `dtype`
            is.
    """

    shape: tuple[int, ...]
    widths: tuple[int, ...] = (768, 768, 768, 768)
    blocks: int = 2
    group: int = 16
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
        """Images, float32 [b, *shape]; z is flat, `cond` classes [b, k] or None."""
        del train
        *size, channels = self.shape
        stages = len(self.widths)
        base = residual.base_of(tuple(size), stages - 1, z)
        dtypes = dtypes_of(self.dtype, stages, self.exact)
        y = self._start(self._told(z, cond), base)
        for i, (width, dtype) in enumerate(zip(self.widths, dtypes, strict=True)):
            y = y.astype(dtype)
            if y.shape[-1] != width:
                y = _linear(width, f"change{i}", dtype)(y)
            y = filtered_upsample(y) if i else y
            y = _stage(self, y, i, stages, dtype)
        return _linear(channels, "output", dtypes[-1])(y).astype(jnp.float32)

    def _told(self, z: Latents, cond: Cond) -> Float[Array, "b d"]:
        z = z.reshape(z.shape[0], -1)
        if cond is None:
            return z
        embed = nn.Dense(
            self.embedding, use_bias=False, kernel_init=_fan_in(), name="embedding"
        )
        return jnp.concatenate([z, embed(cond)], axis=-1)

    def _start(self, told: Float[Array, "b d"], base: tuple[int, ...]) -> jax.Array:
        """A basis of maps, each as strong as z says."""
        width = self.widths[0]
        dense = nn.Dense(width, use_bias=False, kernel_init=_fan_in(), name="start")
        basis = self.param("basis", normal(1.0), (*base, width), jnp.float32)
        strength = OfLatent("z")(dense(told))
        return basis * strength[:, None, None, :]


class Discriminator(nn.Module):
    """Images to logits.

    Args:
        widths: channels of each stage, from the image on; each but the last halves the
            size.
        head: the end, e.g. `inner_product()` for classes; by default one dense layer
            without offset, which a loss of differences would not see.
        blocks, group, exact: as in `Generator`; `exact` counts from the smallest map, too.
    """

    widths: tuple[int, ...] = (768, 768, 768, 768)
    blocks: int = 2
    group: int = 16
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
        """Logits, and `features` (the last map, weighed over space) and the head's."""
        del train
        stages = len(self.widths)
        dtypes = dtypes_of(self.dtype, stages, self.exact)[::-1]
        y = _linear(self.widths[0], "start", dtypes[0])(x)
        for i, (width, dtype) in enumerate(zip(self.widths, dtypes, strict=True)):
            y = y.astype(dtype)
            y = filtered_downsample(y) if i else y
            if y.shape[-1] != width:
                y = _linear(width, f"change{i}", dtype)(y)
            y = _stage(self, y, i, stages, dtype)
        features = self._weighed(y.astype(jnp.float32))
        if self.head is None:
            dense = nn.Dense(1, use_bias=False, kernel_init=_fan_in(), name="output")
            return dense(features)[:, 0], {"features": features}
        return residual.ended(features, cond, self.head, no_wrap(), _fan_in())

    def _weighed(self, y: Features) -> Float[Array, "b d"]:
        """A depthwise convolution as large as the map."""
        shape = y.shape[1:]
        init = normal(1 / math.sqrt(shape[0] * shape[1]))
        basis = self.param("basis", init, shape, jnp.float32)
        return jnp.einsum("bhwc,hwc->bc", y, basis)


def _stage(
    net: Generator | Discriminator, y: jax.Array, i: int, stages: int, dtype: Any
) -> jax.Array:
    for j in range(net.blocks):
        block = Block(net.group, stages * net.blocks, dtype, name=f"block{i}_{j}")
        y = block(y)
    return y


def _linear(
    features: int, name: str, dtype: Any, kernel_init: Init | None = None
) -> nn.Module:
    """A 1 x 1 convolution without offset, of gain 1."""
    init = kernel_init or _fan_in()
    return Conv(features, 1, bias=False, kernel_init=init, dtype=dtype, name=name)


def _fan_in(gain: float = 1.0) -> Init:
    """N(0, gain^2 / fan_in)."""
    return he_normal(gain / math.sqrt(2))


def dtypes_of(dtype: Any, stages: int, exact: int) -> list[Any]:
    """What each stage computes in, from the smallest map on."""
    return [jnp.float32] * exact + [dtype] * (stages - exact)


def check_stages(widths: tuple[int, ...], blocks: int, group: int, exact: int) -> None:
    """Whether there is such a network.

    Raises:
        ValueError: numbers out of range, groups that do not divide the inner channels, or
            more exact stages than stages.
    """
    ranges.sizes(widths=widths)
    ranges.whole(blocks=blocks, group=group)
    ranges.whole(0, exact=exact)
    ranges.between(0, len(widths), exact=exact)
    if any(EXPANSION * width % group for width in widths):
        raise ValueError(f"group={group} must divide twice each of widths={widths}")
