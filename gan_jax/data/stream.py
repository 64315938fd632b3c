"""From a data set to batches: which example stands at a position, and how it is read.

A batch is a function of (key, positions) alone, so a resumed run, another batch size or
another number of devices sees the same examples in the same order.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from gan_jax import rng
from gan_jax.data import shuffle
from gan_jax.data.dataset import Dataset, Resident, Sampled, Streamed
from gan_jax.typing import OneKey, Tree

Batch = dict[str, jax.Array]
"""`sample`: float32 [n, *shape]; `label`: int32 [n], only where the set is labelled."""


@dataclass(frozen=True, eq=False)
class Feed:
    """How the step gets its examples.

    Attributes:
        arrays: host arrays to put on the device once and pass to `batch`; may be empty.
        fetch: `fetch(key, positions [...]) -> {"sample": uint8 [..., h, w, c], ...}` on
            the host, or None where nothing is streamed. The key may be given as
            `shuffle.words(key)`.
        batch: `batch(arrays, fetched, key, positions [n]) -> Batch` in the graph, with
            `fetched` the tree of `fetch` for those positions, or None.
    """

    arrays: dict[str, np.ndarray]
    fetch: Callable[[OneKey | np.ndarray, np.ndarray], dict[str, np.ndarray]] | None
    batch: Callable[[Tree, Tree, OneKey, Int[Array, "n"]], Batch]


def make_feed(dataset: Dataset) -> Feed:
    """The feed of a data set: every epoch without replacement, in an order of its own.

    The same key must be given to `fetch` and `batch`; it decides the order of the
    epochs, the draws of endless data, and what preprocessing draws.
    """
    match dataset.source:
        case Sampled():
            return Feed({}, None, _preprocessed(dataset, _drawn(dataset.source)))
        case Resident(arrays):
            return Feed(arrays, None, _preprocessed(dataset, _gathered))
        case Streamed():
            fetch = _fetching(dataset.source, dataset.size or 0)
            return Feed({}, fetch, _preprocessed(dataset, _handed_over))


Pick = Callable[[Tree, Tree, OneKey, jax.Array], Batch]


def _drawn(source: Sampled) -> Pick:
    def pick(arrays: Tree, fetched: Tree, key: OneKey, positions: jax.Array) -> Batch:
        del arrays, fetched
        return source.draw(rng.at(rng.stream(key, "draw"), positions))

    return pick


def _gathered(arrays: Tree, fetched: Tree, key: OneKey, positions: jax.Array) -> Batch:
    del fetched
    indices = shuffle.order(key, positions, len(arrays["sample"]))
    return {
        name: jnp.asarray(x).at[indices].get(mode="promise_in_bounds")
        for name, x in arrays.items()
    }


def _handed_over(
    arrays: Tree, fetched: Tree, key: OneKey, positions: jax.Array
) -> Batch:
    del arrays, key, positions
    return jax.tree.map(jnp.asarray, fetched)


def _fetching(
    source: Streamed, size: int
) -> Callable[[OneKey | np.ndarray, np.ndarray], dict[str, np.ndarray]]:
    def fetch(key: OneKey | np.ndarray, positions: np.ndarray) -> dict[str, np.ndarray]:
        indices = shuffle.order_on_host(key, positions.reshape(-1), size)
        return {
            name: x.reshape(*positions.shape, *x.shape[1:])
            for name, x in source.fetch(indices).items()
        }

    return fetch


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
