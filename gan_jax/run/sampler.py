"""The one way from a trained game to samples.

`gan.sample`, pictures while training, evaluation and ensembles all draw here: the i-th
sample depends on the seed, on i and on what was asked of it, and on nothing else.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import data, rng
from gan_jax.asks import Ask, Asked, filled
from gan_jax.asks.requests import CHUNK, filled_up, joined
from gan_jax.errors import BadInput
from gan_jax.games.base import Game, GameState
from gan_jax.typing import Keys, Samples

Call = Callable[[GameState, Keys, Asked], Samples]
"""`(state, keys [b], asked) -> samples [b, ...]`; what is not asked is drawn."""


def sampler(game: Game) -> Call:
    """The trained generator, compiled.

    Raises:
        BadInput: the game has nothing to sample from.
    """
    return jax.jit(in_graph(game))


def in_graph(game: Game) -> Call:
    """The same, to be mapped or compiled by the caller."""
    if game.sample is None:
        raise BadInput("this game draws no samples")
    sample = game.sample

    def call(state: GameState, keys: Keys, asked: Asked) -> Samples:
        return sample(state, keys, filled(game.asks, keys, asked))

    return call


def draw(
    call: Call,
    state: GameState,
    num: int,
    seed: int,
    asked: Mapping[str, np.ndarray] | None = None,
    places: np.ndarray | None = None,
) -> np.ndarray:
    """`num` samples, pictures as uint8; memory is that of these.

    Args:
        call: `sampler(game)`.
        state: of the game.
        num: how many.
        seed: of the latents, and of what is not asked.
        asked: as `asks.checked` made it, each [num, ...].
        places: [num], of which samples these have the latents; 0, 1, 2, ... by default.

    Raises:
        BadInput: a sample is not finite.
    """
    return joined(chunks(call, state, num, seed, asked, places), num)


def chunks(
    call: Call,
    state: GameState,
    num: int,
    seed: int,
    asked: Mapping[str, np.ndarray] | None = None,
    places: np.ndarray | None = None,
) -> Iterator[np.ndarray]:
    """The samples of `draw`, some at a time; the device draws one chunk ahead."""
    key = sample_key(seed)
    starts = range(0, num, CHUNK)

    def at(i: int) -> Keys:
        if places is None:
            return rng.at(key, jnp.arange(i, i + CHUNK))
        return rng.at(key, jnp.asarray(filled_up(places[i : i + CHUNK])))

    drawn = (call(state, at(i), _part(asked or {}, i)) for i in starts)
    ready = next(drawn)
    for i, ahead in zip(starts, itertools.chain(drawn, [None]), strict=True):
        part = np.asarray(ready)[: num - i]
        if not np.isfinite(part).all():
            raise BadInput(
                "the generator makes numbers that are not finite",
                "sample an earlier checkpoint; train with a lower rate or game.ema",
            )
        yield data.to_pixels(part) if part.ndim == 4 else part
        ready = ahead


def function(game: Game, state: GameState, name: str) -> Callable[..., Any]:
    """A part of a trained game by name (`encode`, `synthesize`), compiled.

    Raises:
        BadInput: the game has none of that name.
    """
    known = game.functions
    if name not in known:
        raise BadInput(
            f"this model has no function {name!r}",
            f"it has {', '.join(known) or 'none'}",
        )
    return partial(jax.jit(known[name]), state)


def answers(
    asks: Mapping[str, Ask],
    num: int,
    seed: int,
    asked: Mapping[str, np.ndarray] | None = None,
) -> dict[str, np.ndarray]:
    """What `draw` makes its samples of: every ask, as asked or as drawn, [num, ...]."""
    given, key = dict(asked or {}), sample_key(seed)
    drawn = {name: ask for name, ask in asks.items() if name not in given}
    if drawn:
        fill = jax.jit(lambda keys: filled(drawn, keys, {}))
        parts = [
            jax.device_get(fill(rng.at(key, jnp.arange(i, i + CHUNK))))
            for i in range(0, num, CHUNK)
        ]
        for name in drawn:
            given[name] = np.concatenate([part[name] for part in parts])[:num]
    return given


def of_data(
    asks: Mapping[str, Ask], dataset: data.Dataset, num: int
) -> dict[str, np.ndarray]:
    """Asks that must be given, from the data: what real examples answer.

    Args:
        asks: of a game.
        dataset: its data, opened.
        num: examples taken, always the same.
    """
    needed = {name: ask.data for name, ask in asks.items() if ask.drawn is None}
    if not needed:
        return {}
    batch = shown(dataset, num)
    return {name: np.asarray(batch[array]) for name, array in needed.items()}


def shown(dataset: data.Dataset, num: int) -> dict[str, Any]:
    """Real examples as networks see them, always the same ones."""
    feed, key = data.make_feed(dataset), rng.stream(jax.random.key(0), "shown")
    places = np.arange(num, dtype=np.int32)
    fetched = feed.fetch(key, places) if feed.fetch else None
    return jax.jit(feed.batch)(feed.arrays, fetched, key, jnp.asarray(places))


def sample_key(seed: int) -> jax.Array:
    """The key that the samples of a seed are drawn from."""
    return rng.stream(rng.root(seed), "sample")


def _part(asked: Mapping[str, np.ndarray], start: int) -> dict[str, np.ndarray]:
    """A chunk of what was asked."""
    return {name: filled_up(x[start : start + CHUNK]) for name, x in asked.items()}
