"""From a game and its data to what a device call runs.

Drawing the examples is part of the round: small sets live on the device and are gathered
there, endless ones are drawn there, and only streamed ones come in from the host. Several
rounds are fused into one call, so that Python is out of the hot loop.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import axis, loops, rng, traces
from gan_jax.data import Feed
from gan_jax.games.base import Game, GameState, init
from gan_jax.games.round import make_round
from gan_jax.typing import Metrics, OneKey, Tree


def fed_round(
    game: Game, feed: Feed, batch_size: int, share: Callable[[Tree], Tree]
) -> Callable[[GameState, Tree, Tree], tuple[GameState, Metrics]]:
    """One round that draws its own examples.

    Args:
        game: what is played.
        feed: where examples come from.
        batch_size: over all devices.
        share: see `devices.Mapping`.

    Returns:
        `play(state, arrays, fetched) -> (state, metrics)`, with `fetched` one round's
        `{slot: tree [repeats, b, ...]}`, or None where nothing is streamed.
    """
    on_batches = make_round(game)
    slots = game.slots()

    def play(state: GameState, arrays: Tree, fetched: Tree) -> tuple[Any, Metrics]:
        own = batch_size // axis.size()
        batches = {}
        for slot, repeats in slots.items():
            spots = positions(state.seen, repeats, batch_size, axis.index() * own, own)
            given = None if fetched is None else _flat(fetched[slot])
            key = slot_key(state.key, slot)
            batch = feed.batch(arrays, given, key, spots.reshape(-1))
            batches[slot] = jax.tree.map(
                lambda x, r=repeats: x.reshape(r, own, *x.shape[1:]), batch
            )
        return on_batches(state, share(batches))

    return play


def many(
    play: Callable[[GameState, Tree, Tree], tuple[GameState, Metrics]], rounds: int
) -> Callable[[GameState, Tree, Tree], tuple[GameState, Metrics]]:
    """That many rounds in one call; metrics stacked along a new leading axis.

    `fetched` carries that leading axis too. Bit-identical to single rounds.
    """

    def call(state: GameState, arrays: Tree, fetched: Tree) -> tuple[Any, Metrics]:
        def body(state: GameState, x: Any) -> tuple[GameState, Metrics]:
            return play(state, arrays, x[1])

        return loops.scan(body, state, (jnp.arange(rounds), fetched))

    return call


def rounds_per_call(game: Game, wanted: int) -> int:
    """How many rounds to fuse: what was wanted, but one for convolutions on CPU.

    There a fused loop runs no faster unrolled, several times slower rolled, and takes
    as many times longer to compile. The numbers are the same either way.
    """
    if jax.default_backend() == "cpu" and traces.holds_convolution(
        lambda key: init(game, key), jax.random.key(0)
    ):
        return 1
    return wanted


def positions(
    seen: Any, repeats: int, batch_size: int, offset: Any, own: int
) -> jax.Array:
    """Global positions [repeats, own] of a device's examples in a round.

    A repeat takes the next `batch_size` positions; this device those from `offset` on.
    Slots share positions: what each shows there is decided by its own key.
    """
    starts = seen + jnp.arange(repeats, dtype=jnp.int32)[:, None] * batch_size
    return starts + offset + jnp.arange(own, dtype=jnp.int32)


def slot_key(key: OneKey, slot: str) -> OneKey:
    """The key that orders a data slot."""
    return rng.stream(key, "data", slot)


def loader(
    game: Game, feed: Feed, key: OneKey, batch_size: int, rounds: int, per_round: int
) -> Callable[[int], dict[str, Tree]] | None:
    """What the host reads for the i-th call of a run, or None where it reads nothing.

    Args:
        game: its slots say what is drawn.
        feed: where from.
        key: the run's base key.
        batch_size: over all devices and processes; this process reads its share.
        rounds: a call.
        per_round: how far `seen` moves in a round.
    """
    if feed.fetch is None:
        return None
    fetch, slots = feed.fetch, game.slots()
    share = batch_size // jax.process_count()
    offset = jax.process_index() * share
    words = {s: np.asarray(jax.random.key_data(slot_key(key, s))) for s in slots}

    def load(call: int) -> dict[str, Tree]:
        first = call * rounds
        out = {}
        for slot, repeats in slots.items():
            starts = (first + np.arange(rounds, dtype=np.int64)) * per_round
            batches = np.arange(repeats)[:, None] * batch_size
            spots = starts[:, None, None] + batches + offset + np.arange(share)
            out[slot] = fetch(words[slot], spots.astype(np.int32))
        return out

    return load


def _flat(fetched: Tree) -> Tree:
    return jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), fetched)
