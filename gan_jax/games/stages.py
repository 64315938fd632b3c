"""Games that grow: which game is played when, and how a state becomes the next one's.

The border rule: the state at a border belongs to the stage that left it. So a checkpoint
of step n is read with the game of round n - 1, and whoever plays round n grows it first.
"""

import dataclasses
from collections.abc import Sequence

import jax
import jax.numpy as jnp

from gan_jax import tree
from gan_jax.games.base import Game, GameState, PlayerState, init
from gan_jax.typing import Tree


def game_at(game: Game, stage: int) -> Game:
    """The game of a stage; one that does not grow has only stage 0."""
    return game.stages.at(stage) if game.stages else game


def stage_of(game: Game, seen: int) -> int:
    """The stage of the round that begins once so many real images were shown."""
    return game.stages.of(seen) if game.stages else 0


def every_stage(game: Game, seen: int) -> Sequence[Game]:
    """The games of a run of that many real images, in the order they are played.

    Raises:
        ValueError: the first stage is not 0, or they have different data slots.
    """
    if stage_of(game, 0) != 0:
        raise ValueError(f"the first stage is {stage_of(game, 0)}, not 0")
    games = [game_at(game, stage) for stage in range(stage_of(game, seen - 1) + 1)]
    slots = games[0].slots()
    for stage, other in enumerate(games):
        if other.slots() != slots:
            raise ValueError(
                f"stage {stage} draws the data slots {other.slots()}, stage 0 {slots}"
            )
    return games


def grow(game: Game, state: GameState) -> GameState:
    """A state of the stage before as the first state of this one.

    Weights, collections, averages and memory are found by their names, where shape and
    type agree too; everything else is made anew. So is every optimiser's state (Karras et
    al. 2018): the moments of a layer that slept are stale.

    Args:
        game: of the new stage.
        state: as the old stage left it.
    """
    fresh = init(game, state.key)
    players = {
        name: _grown(new, state.players[name]) if name in state.players else new
        for name, new in fresh.players.items()
    }
    return dataclasses.replace(
        fresh,
        step=state.step,
        seen=state.seen,
        players=players,
        memory=_by_name(state.memory, fresh.memory),
    )


def _grown(new: PlayerState, old: PlayerState) -> PlayerState:
    return dataclasses.replace(
        new,
        params=_by_name(old.params, new.params),
        variables=_by_name(old.variables, new.variables),
        ema=_by_name(old.ema, new.ema),
    )


def _by_name(old: Tree, new: Tree) -> Tree:
    """The tree of `new`, with the leaves of `old` that it has too."""
    known = tree.named_leaves(old)
    leaves = []
    for name, leaf in tree.named_leaves(new).items():
        found = known.get(name, leaf)
        alike = (found.shape, found.dtype) == (leaf.shape, leaf.dtype)
        leaves.append(jnp.copy(found) if alike else leaf)
    return jax.tree.unflatten(jax.tree.structure(new), leaves)
