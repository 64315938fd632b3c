"""From a data set to batches: which example stands at a position, and how it is read.

A batch is a function of (key, positions) alone, so a resumed run, another batch size or
another number of devices sees the same examples in the same order.
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from gan_jax import rng
from gan_jax.data import shuffle
from gan_jax.data.dataset import Dataset, Resident, Sampled, Several, Streamed
from gan_jax.data.shuffle import Groups
from gan_jax.typing import OneKey, Tree

Batch = dict[str, jax.Array]
"""`sample`: float32 [n, *shape]; `label`: int32 [n], only where the set is labelled; and
whatever else `Dataset.arrays` names."""


@dataclass(frozen=True, eq=False)
class Feed:
    """How the step gets its examples.

    Attributes:
        arrays: tree of host arrays to put on the device once and pass to `batch`; may
            be empty.
        fetch: `fetch(key, positions [...]) -> {"sample": uint8 [..., h, w, c], ...}` on
            the host, or None where nothing is streamed; of several sets, such a tree
            for each that is streamed. The key may be given as `shuffle.words(key)`.
        batch: `batch(arrays, fetched, key, positions [n]) -> Batch` in the graph, with
            `fetched` the tree of `fetch` for those positions, or None.
    """

    arrays: dict[str, Any]
    fetch: Callable[[OneKey | np.ndarray, np.ndarray], dict[str, Any]] | None
    batch: Callable[[Tree, Tree, OneKey, Int[Array, "n"]], Batch]


def make_feed(dataset: Dataset) -> Feed:
    """The feed of a data set: every epoch without replacement, in an order of its own.

    The same key must be given to `fetch` and `batch`; it decides the order of the
    epochs, the draws of endless data, and what preprocessing draws.
    """
    return _feed(dataset, dataset.groups)


def _feed(dataset: Dataset, groups: Groups | None) -> Feed:
    match dataset.source:
        case Sampled():
            return Feed({}, None, _preprocessed(dataset, _drawn(dataset.source)))
        case Resident(arrays):
            held = {"examples": arrays, "groups": groups} if groups else arrays
            return Feed(held, None, _preprocessed(dataset, _gathered(groups)))
        case Streamed():
            fetch = _fetching(dataset.source, dataset.size or 0, groups)
            return Feed({}, fetch, _preprocessed(dataset, _handed_over))
        case Several(parts, together):
            feeds = {
                name: _feed(part, groups if together else part.groups)
                for name, part in parts.items()
            }
            held = {name: feed.arrays for name, feed in feeds.items()}
            fetch = _fetching_all(feeds, together)
            return Feed(held, fetch, _preprocessed(dataset, _all(feeds, together)))


Pick = Callable[[Tree, Tree, OneKey, jax.Array], Batch]
Fetch = Callable[[OneKey | np.ndarray, np.ndarray], dict[str, Any]]


def _drawn(source: Sampled) -> Pick:
    def pick(arrays: Tree, fetched: Tree, key: OneKey, positions: jax.Array) -> Batch:
        del arrays, fetched
        return source.draw(rng.at(rng.stream(key, "draw"), positions))

    return pick


def _gathered(groups: Groups | None) -> Pick:
    def pick(arrays: Tree, fetched: Tree, key: OneKey, positions: jax.Array) -> Batch:
        del fetched
        if groups is None:
            indices = shuffle.order(key, positions, len(arrays["sample"]))
        else:
            indices = shuffle.balanced(key, positions, arrays["groups"])
            arrays = arrays["examples"]
        return {
            name: jnp.asarray(x).at[indices].get(mode="promise_in_bounds")
            for name, x in arrays.items()
        }

    return pick


def _handed_over(
    arrays: Tree, fetched: Tree, key: OneKey, positions: jax.Array
) -> Batch:
    del arrays, key, positions
    return jax.tree.map(jnp.asarray, fetched)


def _all(feeds: dict[str, Feed], together: bool) -> Pick:
    def pick(arrays: Tree, fetched: Tree, key: OneKey, positions: jax.Array) -> Batch:
        batch = {}
        for name, feed in feeds.items():
            own = key if together or name == "sample" else rng.stream(key, name)
            given = (fetched or {}).get(name)
            shown = feed.batch(arrays[name], given, own, positions)
            batch |= shown if name == "sample" else {name: shown["sample"]}
        return batch

    return pick


def _fetching(source: Streamed, size: int, groups: Groups | None) -> Fetch:
    def fetch(key: OneKey | np.ndarray, positions: np.ndarray) -> dict[str, Any]:
        flat = positions.reshape(-1)
        if groups is None:
            indices = shuffle.order_on_host(key, flat, size)
        else:
            indices = shuffle.balanced_on_host(key, flat, groups)
        return {
            name: x.reshape(*positions.shape, *x.shape[1:])
            for name, x in source.fetch(indices).items()
        }

    return fetch


def _fetching_all(feeds: dict[str, Feed], together: bool) -> Fetch | None:
    fetches = {name: feed.fetch for name, feed in feeds.items() if feed.fetch}
    if not fetches:
        return None

    def fetch(key: OneKey | np.ndarray, positions: np.ndarray) -> dict[str, Any]:
        words = tuple(shuffle.words(key).tolist())
        return {
            name: read(
                key if together or name == "sample" else _own_words(words, name),
                positions,
            )
            for name, read in fetches.items()
        }

    return fetch


@functools.lru_cache(maxsize=64)
def _own_words(words: tuple[int, ...], name: str) -> np.ndarray:
    """Words of `rng.stream(key, name)`, derived on the device once a key."""
    key = jax.random.wrap_key_data(
        jnp.asarray(np.array(words, np.uint32)), impl="threefry2x32"
    )
    return shuffle.words(rng.stream(key, name))


def _preprocessed(dataset: Dataset, pick: Pick) -> Pick:
    def batch(
        arrays: Tree, fetched: Tree, key: OneKey, positions: Int[Array, "n"]
    ) -> Batch:
        raw = pick(arrays, fetched, key, positions)
        keys = rng.at(rng.stream(key, "preprocess"), positions)
        seen = {name: dataset.preprocess(raw[name], keys) for name in dataset.pictures}
        return {**raw, **seen}

    return batch


def prefetch(
    load: Callable[[int], Tree],
    start: int,
    stop: int,
    workers: int = 4,
    ahead: int = 8,
) -> Iterator[Tree]:
    """`load(start)`, `load(start + 1)`, ..., in order, loaded ahead by threads.

    Args:
        load: reads one call's worth of data; an exception it raises reaches whoever
            asks for that item.
        start: first index.
        stop: one past the last index.
        workers: threads that load.
        ahead: items loaded before they are asked for.
    """
    import grain  # not needed by sets that live on the device

    # grain drops elements that are None, hence the tuple.
    loaded = grain.MapDataset.range(start, stop).map(lambda i: (load(int(i)),))
    options = grain.ReadOptions(num_threads=workers, prefetch_buffer_size=ahead)
    for (item,) in loaded.to_iter_dataset(options):
        yield item
