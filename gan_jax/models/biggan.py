"""BigGAN (Brock et al. 2019, arXiv:1809.11096, tables 4 and 5) and its numbers.

SAGAN's skeleton with a shared embedding of the class, latents in parts, one for every
block, orthogonal initialisation, and wider critics. In multiples of `ch` (96 in the
paper, 64 in smaller runs), as the authors' PyTorch code has them:

| | generator `widths` | `attention` | z | critic `widths` | `down` | `attention` |
|---|---|---|---|---|---|---|
| 32 | 4, 4, 4, 4 | none | 80 | 4, 4, 4, 4 | 2 | none |
| 64 | 16, 16, 8, 4, 2 | (2,) | 100 | 1, 2, 4, 8, 16 | 4 | (0,) |
| 128 | 16, 16, 8, 4, 2, 1 | (3,) | 120 | 1, 2, 4, 8, 16, 16 | 5 | (0,) |
| 256 | 16, 16, 8, 8, 4, 2, 1 | (3,) | 140 | 1, 2, 4, 8, 8, 16, 16 | 6 | (1,) |

Attention stands at 64 x 64; in those of 64, at 32 x 32.
The critic of 32 is narrow (`hidden="in"`) in the recipe for CIFAR-10.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn

from gan_jax import ranges
from gan_jax.models import resnet
from gan_jax.nn import (
    Head,
    Init,
    Norm,
    Wrap,
    batch_norm,
    conditional_batch_norm,
    orthogonal,
    projection,
    spectral_norm,
)
from gan_jax.typing import Cond, Latents

__all__ = ["Discriminator", "Generator"]


class Generator(resnet.Generator):
    """`resnet.Generator` with BigGAN's values, told the class and z in parts.

    The shared embedding is not spectrally normalised: the authors found that this
    cripples training. Its parameter is called `shared`.

    Args:
        shared: width of the embedding of the class that all norms share; 0 tells them
            the condition as it is.
        hierarchical: whether z is cut into equal parts: the first layer reads the first,
            and each block's norms the embedding beside a part of their own. Otherwise
            all of z goes to the first layer, and norms are told the embedding only.
    """

    widths: tuple[int, ...] = (256, 256, 256, 256)
    norm: Norm | None = conditional_batch_norm(spectral_norm(warmup=1), orthogonal())
    last_norm: Norm | None = batch_norm()
    wrap: Wrap | None = spectral_norm(warmup=1)
    kernel_init: Init = orthogonal()
    plain_init: Init = orthogonal()
    shared: int = 128
    hierarchical: bool = True

    def __post_init__(self) -> None:
        ranges.whole(0, shared=self.shared)
        super().__post_init__()

    def _told(self, z: Latents, cond: Cond) -> tuple[jax.Array, list[Cond]]:
        """The first part of z; then, for each block, the embedding and a part."""
        if self.shared and cond is not None:
            cond = nn.Dense(
                self.shared, use_bias=False, kernel_init=self.plain_init, name="shared"
            )(cond)
        blocks = len(self.widths) - 1
        if not self.hierarchical:
            return z, [cond] * (blocks + 1)
        if z.ndim > 2 or z.shape[-1] % (blocks + 1):
            raise ValueError(
                f"latents {z.shape[1:]} must be flat, and a multiple of {blocks + 1}: a "
                "part for the first layer and one for each block"
            )
        first, *parts = jnp.split(z, blocks + 1, axis=-1)
        beside = [] if cond is None else [cond]
        told = [jnp.concatenate([*beside, part], axis=-1) for part in parts]
        return first, [*told, cond]


class Discriminator(resnet.Discriminator):
    """`resnet.Discriminator` with BigGAN's values."""

    widths: tuple[int, ...] = (256, 256, 256, 256)
    wrap: Wrap | None = spectral_norm(warmup=1)
    head: Head | None = projection()
    hidden: resnet.Hidden = "out"
    kernel_init: Init = orthogonal()
    plain_init: Init = orthogonal()
