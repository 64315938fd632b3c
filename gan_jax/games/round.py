"""One round of a game: every phase in turn, then the averages of weights.

This file is the whole of "how a training step is composed". The critic's repeats, lazy
phases and averages are read off the records.
"""

import dataclasses
from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp

from gan_jax import axis, loops, rng, schedules
from gan_jax.games.base import Batch, Game, GameState, Phase, average
from gan_jax.games.update import update
from gan_jax.typing import Metrics

Round = Callable[[GameState, Mapping[str, Batch]], tuple[GameState, Metrics]]


def make_round(game: Game) -> Round:
    """The round as a pure function.

    Returns:
        `play(state, {slot: tree [repeats, b, ...]}) -> (state, metrics)` with this
        device's examples, to be jitted, mapped, scanned over rounds or vmapped over
        seeds.
    """

    def play(
        state: GameState, batches: Mapping[str, Batch]
    ) -> tuple[GameState, Metrics]:
        metrics: Metrics = {}
        for phase in game.phases:
            state, terms = _turn(game, phase, state, batches[phase.data])
            metrics |= terms
        seen = state.seen + _examples(batches["real"]) * axis.size()
        players = {
            name: average(player, state.players[name], seen)
            for name, player in game.players.items()
        }
        state = dataclasses.replace(
            state, step=state.step + 1, seen=seen, players=players
        )
        return state, metrics

    return play


def _turn(
    game: Game, phase: Phase, state: GameState, batches: Batch
) -> tuple[GameState, Metrics]:
    """A phase's repeats, or nothing at all in the rounds it sleeps through."""

    def body(state: GameState, x: tuple[jax.Array, Batch]) -> tuple[GameState, Metrics]:
        repeat, batch = x
        key = rng.stream(state.key, phase.name, state.step, repeat)
        count = phase.rounds.before(state.step) * phase.repeats + repeat
        return update(game, phase, state, batch, key, count)

    def run(state: GameState) -> tuple[GameState, Metrics]:
        own = jax.tree.map(lambda x: x[: phase.repeats], batches)
        state, metrics = loops.scan(body, state, (jnp.arange(phase.repeats), own))
        return state, jax.tree.map(lambda x: x.sum(0), metrics)

    if phase.rounds is schedules.EVERY_ROUND:
        return run(state)

    run = jax.jit(run, inline=True)  # asked for its shapes below, it is traced once

    def sleep(state: GameState) -> tuple[GameState, Metrics]:
        _, metrics = jax.eval_shape(run, state)
        return state, jax.tree.map(lambda m: jnp.zeros(m.shape, m.dtype), metrics)

    return jax.lax.cond(phase.rounds.plays(state.step), run, sleep, state)


def _examples(batches: Batch) -> int:
    repeats, b = jax.tree.leaves(batches)[0].shape[:2]
    return repeats * b
