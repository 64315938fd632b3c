"""Games whose generator gives several pictures at once, from coarse to fine.

A sample is `levels` pictures side by side in the channels, and every real so many copies of
itself; what makes the coarser ones coarse is an augmentation (`augment.level_noise`). The
last picture is the one that counts (Hyun et al. 2025, GAT, arXiv:2509.24935, section 4).
"""

import dataclasses
from collections.abc import Mapping

import jax.numpy as jnp
from flax import linen as nn

from gan_jax import ranges
from gan_jax.data import Facts
from gan_jax.games.base import Form, Game, GameState
from gan_jax.games.within import sized, within
from gan_jax.optim import Optimiser
from gan_jax.typing import Images, Keys, Samples


def multi_level(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    facts: Facts,
    *,
    of: Form,
    levels: int = 4,
) -> Game:
    """A game of pictures on copies of them, side by side.

    Args:
        models: modules of the inner game; a generator's shape becomes (h, w, levels * c).
        optim: their optimisers.
        facts: of the data: pictures.
        of: the game, without networks: `dict(name="adversarial", ...)`.
        levels: copies.

    Raises:
        ValueError: data that are no pictures, or no levels.
    """
    ranges.whole(levels=levels)
    if len(facts.shape) != 3:
        raise ValueError("levels are of pictures; these data have none")
    h, w, c = facts.shape
    shape = (h, w, levels * c)
    inner = of(
        models=sized(models, shape),
        optim=optim,
        facts=dataclasses.replace(facts, shape=shape),
    )

    def enter(state: GameState, x: Images, keys: Keys) -> Samples:
        del state, keys
        return jnp.tile(x, (1, 1, 1, levels))

    def leave(state: GameState, x: Samples) -> Images:
        del state
        return x[..., -c:]

    return within(inner, enter, leave)


__all__ = ["multi_level"]
