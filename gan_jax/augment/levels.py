"""Noise by levels: coarse outputs of a generator are judged through more of it.

Multi-level noise-perturbed guidance (Hyun et al. 2025, GAT, arXiv:2509.24935): samples hold
several pictures side by side in their channels (`games.multi_level`), and each, of reals
and fakes alike, becomes (1 - t) x + t n, n ~ N(0, 1), with a t of its own.
"""

import jax.numpy as jnp

from gan_jax import ranges, rng
from gan_jax.augment.base import Augment, stateless
from gan_jax.typing import Keys, Samples, Seen, Tree

FOUR = (0.885, 0.76, 0.51, 0.01)
"""Of four levels, in the authors' code: 1 - 0.125^(1 - i / 3) + 0.01."""


def level_noise(shares: tuple[float, ...] = FOUR) -> Augment:
    """(1 - t) x + t n for the channels of each level, n fresh for each number.

    The authors draw the noise of coarser levels on top of that of finer ones; where levels
    are judged apart that is the same.

    Args:
        shares: t of each level, the coarsest first, in units of samples whose standard
            deviation is 1.

    Raises:
        ValueError: no share, or one out of [0, 1]. When it is traced: channels that the
            levels do not share.
    """
    ranges.each(ranges.between, 0, 1, shares=shares)

    def apply(memory: Tree, samples: Samples, keys: Keys, seen: Seen) -> Samples:
        del memory, seen
        channels, levels = samples.shape[-1], len(shares)
        if channels % levels:
            raise ValueError(
                f"level_noise: {channels} channels are not those of {levels} levels"
            )
        t = jnp.repeat(jnp.asarray(shares, samples.dtype), channels // levels)
        noise = rng.normal(keys, samples.shape[1:]).astype(samples.dtype)
        return (1 - t) * samples + t * noise

    return stateless(apply)
