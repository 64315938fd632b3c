"""What a data set is: a name, a shape, a digest of its content, one of four sources.

`Sampled` data is drawn in the graph and never ends; `Resident` data lives on the device
as uint8 and is gathered inside the step; `Streamed` data stays on the host and is
fetched by index. Which of them a set is changes speed, never numbers. `Several` sets
side by side are one set with an array of each.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np
from jaxtyping import Float, Shaped

from gan_jax.data.facts import Facts, Spec
from gan_jax.data.preprocess import Preprocess, as_is
from gan_jax.data.shuffle import Groups
from gan_jax.typing import Keys

Arrays = dict[str, Shaped[np.ndarray, "n ..."]]
"""`sample`: uint8 images [n, h, w, c] or float32 points [n, 2]; `label`: int32 [n]."""


@dataclass(frozen=True, eq=False)
class Sampled:
    """Endless data, drawn in the graph: one key an example."""

    draw: Callable[[Keys], dict[str, jax.Array]]


@dataclass(frozen=True, eq=False)
class Resident:
    """Data small enough to live on the device."""

    arrays: Arrays


@dataclass(frozen=True, eq=False)
class Streamed:
    """Data on the host: `fetch(indices [n])` reads those examples, in that order.

    Their labels, where they are known without reading: int32 [n].
    """

    fetch: Callable[[np.ndarray], Arrays]
    labels: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Several:
    """Data sets side by side: one of them is `sample`, each other gives one array.

    Together, all show the same position of one order, preprocessed by the same keys.
    Apart, each has an order of its own, and that of `sample` is what it would be alone.
    """

    parts: Mapping[str, "Dataset"]
    together: bool


@dataclass(frozen=True, eq=False)
class Modes:
    """The truth of a mixture: where its modes are, and how wide."""

    centers: Float[np.ndarray, "k 2"]
    std: float


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set, opened.

    Attributes:
        name: what to call it in reports.
        shape: of one example: (h, w, c), or (2,) for points.
        classes: names of the labels 0, 1, ...; () when unlabelled.
        size: number of examples; None for data that never ends.
        digest: sha256 (hex) of the content; of an endless set, of its recipe.
        source: where examples come from.
        preprocess: uint8 images to floats in [-1, 1], in the graph; of several sets
            side by side, each does its own.
        modes: for mixtures of Gaussians, what mode metrics compare with.
        frequencies: how often each class is drawn, as counts; () where nobody counted.
        pictures: the arrays that `preprocess` reads, all by the same keys, so that the
            pictures of a pair are mirrored together.
        arrays: the arrays besides `sample` and `label`, as they leave the feed.
        groups: the examples of each class, where the order is to be balanced.
        note: what the user should know of how it was read; mostly empty.
    """

    name: str
    shape: tuple[int, ...]
    classes: tuple[str, ...]
    size: int | None
    digest: str
    source: Sampled | Resident | Streamed | Several
    preprocess: Preprocess = field(default=as_is)
    modes: Modes | None = None
    frequencies: tuple[int, ...] = ()
    pictures: tuple[str, ...] = ("sample",)
    arrays: Mapping[str, Spec] = field(default_factory=dict)
    groups: Groups | None = None
    note: str = ""

    @property
    def facts(self) -> Facts:
        """What a game may know of this set."""
        return Facts(self.shape, self.classes, self.frequencies, self.arrays)


def resident(
    name: str,
    arrays: Arrays,
    classes: tuple[str, ...] = (),
    preprocess: Preprocess = as_is,
    modes: Modes | None = None,
) -> Dataset:
    """A data set from arrays in memory; the digest covers every byte of them.

    Raises:
        ValueError: labels and class names do not fit together.
    """
    sample = arrays["sample"]
    if ("label" in arrays) != bool(classes):
        raise ValueError(f"{name}: labels need class names, and class names labels")
    if classes and not 0 <= arrays["label"].min() <= arrays["label"].max() < len(
        classes
    ):
        raise ValueError(f"{name}: labels reach beyond its {len(classes)} classes")
    return Dataset(
        name=name,
        shape=sample.shape[1:],
        classes=classes,
        size=len(sample),
        digest=content_digest(arrays),
        source=Resident(arrays),
        preprocess=preprocess,
        modes=modes,
        frequencies=count(arrays.get("label"), len(classes)),
        arrays={
            name: Spec(x.shape[1:], str(x.dtype))
            for name, x in arrays.items()
            if name not in ("sample", "label")
        },
    )


def count(labels: np.ndarray | None, classes: int) -> tuple[int, ...]:
    """How often each class stands among the labels; () without labels."""
    if labels is None:
        return ()
    return tuple(np.bincount(labels, minlength=classes).tolist())


def content_digest(arrays: Mapping[str, np.ndarray]) -> str:
    """Sha256 (hex) over names, types, shapes and bytes of the arrays."""
    total = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        total.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        total.update(array.view(np.uint8).data)
    return total.hexdigest()


def recipe_digest(name: str, **recipe: Any) -> str:
    """Sha256 (hex) of a recipe's name and parameters."""
    words = [f"{key}={recipe[key]!r}" for key in sorted(recipe)]
    return hashlib.sha256(" ".join([name, *words]).encode()).hexdigest()
