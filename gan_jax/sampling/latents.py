"""Priors: where a generator's noise comes from. Keys in, latents out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gan_jax import ranges, rng
from gan_jax.asks import Ask, Asked
from gan_jax.typing import Keys, Latents, Prior

UNCUT = 8.0
"""A threshold beyond every number that `rng.normal` can draw (they stay below 5.5)."""


def normal(shape: tuple[int, ...] = (128,)) -> Prior:
    """Standard normal latents [b, *shape]; `shape` may be spatial, e.g. (7, 7, 1).

    Raises:
        ValueError: a shape that is empty, or has a size below 1.
    """
    ranges.sizes(shape=shape)
    return lambda keys: rng.normal(keys, shape)


def uniform(
    shape: tuple[int, ...] = (100,), low: float = -1.0, high: float = 1.0
) -> Prior:
    """Latents uniform on [low, high): the prior of the DCGAN paper (Radford 2016).

    Raises:
        ValueError: a shape that is empty, or has a size below 1; not low < high.
    """
    ranges.sizes(shape=shape)
    ranges.finite(low=low)
    ranges.above(low, high=high)
    return lambda keys: rng.uniform(keys, shape, low, high)


def truncated_normal(shape: tuple[int, ...] = (128,), threshold: float = 2.0) -> Prior:
    """Standard normal latents given that every number lies within the threshold.

    The law of drawing anew whatever lies outside (BigGAN's truncation), by the inverse
    of its distribution function: one draw each, and the same keys give numbers in the
    same order at every threshold.

    Raises:
        ValueError: an empty shape, a size below 1, or a threshold of 0 or less.
    """
    ranges.sizes(shape=shape)
    ranges.above(0, threshold=threshold)
    return lambda keys: _truncated(keys, shape, jnp.full(keys.shape[0], threshold))


def truncatable(shape: tuple[int, ...] = (128,)) -> Prior:
    """Standard normal latents, of which less variety can be asked for: `truncation`.

    Training, and samples of which nothing is asked, are those of `normal`, number for
    number. Asked for a truncation t, one a sample, a sample's latents are those of
    `truncated_normal(shape, t)`; t of 0 is the middle of the prior, always the same.

    Raises:
        ValueError: a shape that is empty, or has a size below 1.
    """
    ranges.sizes(shape=shape)
    return Truncatable(shape)


@dataclass(frozen=True)
class Truncatable:
    """What `truncatable` makes: a prior with an ask; see `gan_jax.asks.priors`.

    Attributes:
        shape: of one latent.
    """

    shape: tuple[int, ...]

    def __call__(self, keys: Keys) -> Latents:
        """As `normal`."""
        return rng.normal(keys, self.shape)

    @property
    def asks(self) -> Mapping[str, Ask]:
        """`truncation`, in standard deviations; `UNCUT` where nobody asks."""
        return {"truncation": Ask(drawn=lambda keys: jnp.full(keys.shape[0], UNCUT))}

    def asked(self, keys: Keys, asked: Asked) -> Latents:
        """Latents within each example's own threshold."""
        return _truncated(keys, self.shape, jnp.asarray(asked["truncation"]))


def _truncated(
    keys: Keys, shape: tuple[int, ...], threshold: Float[Array, "b"]
) -> Latents:
    """By the inverse of the distribution function, from the draws of `rng.normal`."""
    t = jnp.abs(threshold).reshape(-1, *(1,) * len(shape))
    above = np.nextafter(np.float32(-1), np.float32(0))
    share = rng.uniform(keys, shape, float(above))  # of the mass between -t and t
    cut = math.sqrt(2) * jax.lax.erf_inv(jax.lax.erf(t / math.sqrt(2)) * share)
    return jnp.where(t < UNCUT, jnp.clip(cut, -t, t), rng.normal(keys, shape))
