"""Flips and shifts: the augmentation of consistency regularisation (Zhang et al. 2020)."""

import jax
import jax.numpy as jnp

from gan_jax import ranges, rng
from gan_jax.augment.base import Augment, pictures, stateless
from gan_jax.augment.differentiable import looked_up
from gan_jax.typing import Keys, Samples, Seen, Tree


def flip_and_shift(flip: float = 0.5, shift: float = 0.125) -> Augment:
    """Pictures mirrored left to right, and shifted by whole pixels, reflected.

    Args:
        flip: how often they are mirrored.
        shift: how far at most, in shares of the size.

    Raises:
        ValueError: `flip` not in [0, 1], `shift` not in [0, 0.5]; when it is traced,
            samples that are no pictures.
    """
    ranges.between(0, 1, flip=flip)
    ranges.between(0, 0.5, shift=shift)

    def apply(memory: Tree, samples: Samples, keys: Keys, seen: Seen) -> Samples:
        del memory, seen
        h, w, _ = pictures("flip_and_shift", samples)
        u = rng.uniform(keys, (3,))
        mirrored = (u[:, 0] < flip)[:, None, None, None]
        x = jnp.where(mirrored, samples[:, :, ::-1], samples)
        rows, columns = (
            _reflected(u[:, i, None], int(shift * size), size)
            for i, size in ((1, h), (2, w))
        )
        return looked_up(x, rows, columns)

    return stateless(apply)


def _reflected(u: jax.Array, most: int, size: int) -> jax.Array:
    """Places of an axis after a shift of up to `most`, edges not repeated."""
    moved = jnp.floor(u * (2 * most + 1)).astype(jnp.int32) - most
    last = size - 1
    return last - jnp.abs(last - jnp.abs(jnp.arange(size) + moved))
