"""A set whose classes are of unlike sizes, made of one whose classes are not."""

import dataclasses

import numpy as np

from gan_jax import ranges
from gan_jax.data.dataset import (
    Arrays,
    Dataset,
    Resident,
    Streamed,
    count,
    recipe_digest,
)


def skewed(of: Dataset, imbalance: float = 10.0) -> Dataset:
    """A long tail: class i of k keeps n_i * imbalance^(-i / (k - 1)) of its n_i examples.

    The first class keeps all, the last one in `imbalance` (Cao et al. 2019,
    arXiv:1906.07413, section 4.1). Which examples stay is no matter of chance: the first
    of each class, one at least, in the order of the set.

    Args:
        of: a set of a fixed size whose labels are known without reading it.
        imbalance: of the first class to the last, 1 or more.

    Raises:
        ValueError: an imbalance below 1; no labels, or not known; a set that is made of
            others, or has an order of its own (balance the skewed set instead).
    """
    ranges.at_least(1, imbalance=imbalance)
    if of.groups is not None:
        raise ValueError(
            f"{of.name} is balanced already: balance the skewed set instead"
        )
    labels = _labels(of)
    sizes, k = count(labels, len(of.classes)), len(of.classes)
    shares = imbalance ** -(np.arange(k) / max(k - 1, 1))
    keep = np.maximum(np.rint(np.asarray(sizes) * shares), 1)
    order = np.argsort(labels, kind="stable")
    starts = np.cumsum(sizes) - np.asarray(sizes)
    rank = np.empty(len(labels), np.int64)
    rank[order] = np.arange(len(labels)) - starts[labels[order]]
    kept = np.flatnonzero(rank < keep[labels])
    return dataclasses.replace(
        of,
        name=f"skewed({of.name}, {imbalance:g})",
        size=len(kept),
        digest=recipe_digest("skewed", of=of.digest, imbalance=imbalance),
        source=_some(of.source, kept),
        frequencies=count(labels[kept], k),
    )


def _labels(of: Dataset) -> np.ndarray:
    source, labels = of.source, None
    if isinstance(source, Resident):
        labels = source.arrays.get("label")
    elif isinstance(source, Streamed):
        labels = source.labels
    if not of.classes or labels is None:
        raise ValueError(
            f"{of.name} cannot be skewed: that takes one set of a fixed size, with labels "
            "that are known before it is read"
        )
    return labels


def _some(source: object, kept: np.ndarray) -> Resident | Streamed:
    """Some of the examples of a source."""
    if isinstance(source, Resident):
        return Resident({name: x[kept] for name, x in source.arrays.items()})
    assert isinstance(source, Streamed)
    assert source.labels is not None
    whole = source.fetch

    def fetch(indices: np.ndarray) -> Arrays:
        return whole(kept[indices])

    return Streamed(fetch, source.labels[kept])
