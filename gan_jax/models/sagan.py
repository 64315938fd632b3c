"""Self-attention GAN (Zhang et al. 2019, arXiv:1805.08318) and its numbers.

SN-GAN's residual networks with spectral norm in the generator too, conditional batch
norm, projection, and self-attention after one block. The defaults are for 32 x 32, where
attention stands at 16 x 16 in the generator and at 8 x 8 in the critic, as in
torch-mimicry; the paper has 128 x 128 only:

| | 32 | 128 |
|---|---|---|
| generator `widths` | (256,) * 4 | (1024, 1024, 512, 256, 128, 64) |
| generator `attention` | (1,) at 16 x 16 | (2,) at 32 x 32 |
| critic `widths` | (128,) * 4 | (64, 128, 256, 512, 1024, 1024) |
| critic `down`, `attention` | 2, (1,) at 8 x 8 | 5, (1,) at 32 x 32 |

Without classes: `norm=batch_norm()`, and `head=None` in the critic.
"""

from gan_jax.models import resnet
from gan_jax.nn import (
    Head,
    Norm,
    Wrap,
    batch_norm,
    conditional_batch_norm,
    projection,
    spectral_norm,
)

__all__ = ["Discriminator", "Generator"]


class Generator(resnet.Generator):
    """`resnet.Generator` with SAGAN's values; the last norm is told nothing."""

    norm: Norm | None = conditional_batch_norm()
    last_norm: Norm | None = batch_norm()
    wrap: Wrap | None = spectral_norm(warmup=1)
    attention: tuple[int, ...] = (1,)


class Discriminator(resnet.Discriminator):
    """`resnet.Discriminator` with SAGAN's values."""

    wrap: Wrap | None = spectral_norm(warmup=1)
    head: Head | None = projection()
    attention: tuple[int, ...] = (1,)
