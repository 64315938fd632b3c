"""Autoencoders whose latents lie on a grid (Rombach et al. 2022, arXiv:2112.10752, KL).

The two networks of a variational game, of VQ-GAN's blocks (`models.vqgan`) without a
codebook: in place of a vector for each 2^k x 2^k pixels stand the mean and the variance of
a few numbers. A game of latents (`games.in_latents`) is played on them.

The paper's for 256 x 256 at a factor of 8: widths (128, 256, 512, 512), blocks 2, 4 numbers
a place, attention at the smallest size. Attention is left out here.
"""

from typing import Any

import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.models import vqgan
from gan_jax.nn import Conv
from gan_jax.typing import Cond, Images, Latents

__all__ = ["Encoder", "Generator"]


class Generator(nn.Module):
    """Latents [b, h / 2^k, w / 2^k, d] to pictures, for k + 1 widths; nothing squashes.

    Args:
        shape: (h, w, c) of a picture.
        widths: channels before each doubling, counted from the picture's side.
        blocks: residual blocks at each size.
    """

    shape: tuple[int, ...]
    widths: tuple[int, ...] = (64, 64, 128)
    blocks: int = 1
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(shape=self.shape, widths=self.widths)
        ranges.whole(blocks=self.blocks)
        super().__post_init__()

    @nn.compact
    def __call__(
        self, z: Float[Array, "b _ _ d"], cond: Cond = None, *, train: bool
    ) -> Images:
        """Pictures, float32; no condition is read.

        Raises:
            ValueError: latents of another size.
        """
        del cond, train
        wanted = grid(self.shape, self.widths)
        if z.shape[1:3] != wanted:
            raise ValueError(
                f"latents of {z.shape[1]} x {z.shape[2]} for pictures of "
                f"{self.shape[0]} x {self.shape[1]}, which take {wanted[0]} x {wanted[1]}"
            )
        decoder = vqgan.Decoder(self.widths, self.blocks, self.dtype, name="decoder")
        features = decoder(z.astype(self.dtype)).astype(jnp.float32)
        return Conv(self.shape[-1], name="output")(features)


class Encoder(nn.Module):
    """Pictures to mean and logarithm of the variance of latents on a grid.

    Args:
        latents: (2, h / 2^k, w / 2^k, d).
        widths: channels before each halving, and after the last.
        blocks: residual blocks at each size.
    """

    latents: tuple[int, ...]
    widths: tuple[int, ...] = (64, 64, 128)
    blocks: int = 1
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(widths=self.widths)
        ranges.whole(blocks=self.blocks)
        ranges.sizes(4, latents=self.latents)
        if self.latents[0] != 2:
            raise ValueError(
                f"latents={self.latents} must be (2, h, w, d): a mean and a variance"
            )
        super().__post_init__()

    @nn.compact
    def __call__(self, x: Images, cond: Cond = None, *, train: bool) -> Latents:
        """Float32 [b, *latents]; no condition is read.

        Raises:
            ValueError: pictures that give latents of another size.
        """
        del cond, train
        two, h, w, d = self.latents
        if grid(x.shape[1:], self.widths) != (h, w):
            raise ValueError(
                f"latents={self.latents} of pictures of {x.shape[1]} x {x.shape[2]}, "
                f"halved {len(self.widths) - 1} times"
            )
        net = vqgan.Encoder(
            self.widths, self.blocks, two * d, self.dtype, name="encoder"
        )
        y = net(x.astype(self.dtype)).reshape(-1, h, w, two, d)
        return jnp.moveaxis(y, 3, 1)


def grid(shape: tuple[int, ...], widths: tuple[int, ...]) -> tuple[int, int]:
    """Height and width of the latents of pictures (h, w, c).

    Raises:
        ValueError: sizes that cannot be halved so often.
    """
    step = 2 ** (len(widths) - 1)
    if shape[0] % step or shape[1] % step:
        raise ValueError(
            f"pictures of {shape[0]} x {shape[1]} cannot be halved {len(widths) - 1} "
            "times; take fewer widths"
        )
    return shape[0] // step, shape[1] // step
