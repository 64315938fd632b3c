"""Sources made of sources: sets side by side, pairs, and a balanced order."""

import dataclasses
from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import rng
from gan_jax.data import shuffle
from gan_jax.data.dataset import Dataset, Resident, Several, Streamed, recipe_digest
from gan_jax.data.facts import Spec

_TRIES = 16


def joint(parts: Mapping[str, Dataset]) -> Dataset:
    """Sets of one size side by side: a batch holds the same examples of each.

    Args:
        parts: by the name of their array in the batch. One is `sample`, which also
            gives shape, classes, labels, and all that it holds itself; of the others
            the pictures (or points) alone are taken. All are shown in one order and
            preprocessed by the same keys: what mirrors pictures mirrors a pair at once.

    Raises:
        ValueError: no `sample`, nothing beside it, a name that is taken; sets that are
            endless, differ in size, or have an order of their own; sets of which one
            is mirrored and another is not.
    """
    return _beside("joint", dict(parts), together=True)


def paired(source: Dataset, target: Dataset) -> Dataset:
    """Pairs of pictures, e.g. of folders whose files correspond in natural order.

    Args:
        source: what is given: the batch's `source`.
        target: what is wanted: the batch's `sample`.

    Raises:
        ValueError: as in `joint`.
    """
    parts = {"sample": target, "source": source}
    return _beside("paired", parts, together=True)


def unpaired(source: Dataset, target: Dataset) -> Dataset:
    """Two sets without correspondence, each in an order of its own, as for CycleGAN.

    Args:
        source: the batch's `source`; of any size.
        target: the batch's `sample`, in the order that it would have alone.

    Raises:
        ValueError: a name that is taken.
    """
    parts = {"sample": target, "source": source}
    return _beside("unpaired", parts, together=False)


def balanced(of: Dataset) -> Dataset:
    """The same examples in an order that shows every class equally often.

    Each block of k positions holds each of the k classes once, in an order of its own;
    within a class, every epoch is a permutation. Rare classes come round more often.

    Args:
        of: a labelled set whose labels are known without reading its examples. Of
            sets apart from each other, the order of `sample` is balanced.

    Raises:
        ValueError: no labels, or not known; a class without examples.
    """
    count = len(of.classes)
    if isinstance(of.source, Several) and not of.source.together:
        parts = {**of.source.parts, "sample": balanced(of.source.parts["sample"])}
        source = dataclasses.replace(of.source, parts=parts)
        return dataclasses.replace(of, source=source, frequencies=(1,) * count)
    if of.size is None:
        raise ValueError(f"{of.name} is endless: there is nothing to balance")
    if not of.classes:
        raise ValueError(f"{of.name} has no labels to balance")
    labels = _labels(of)
    if labels is None:
        raise ValueError(
            f"the labels of {of.name} are not known before it is read: "
            "raise its resident_bytes"
        )
    absent = set(range(count)) - set(labels.tolist())
    if absent:
        raise ValueError(f"{of.name} has no example of {of.classes[min(absent)]}")
    groups = shuffle.groups(labels, count)
    return dataclasses.replace(of, groups=groups, frequencies=(1,) * count)


def _labels(of: Dataset) -> np.ndarray | None:
    match of.source:
        case Resident(arrays):
            return arrays.get("label")
        case Streamed():
            return of.source.labels
        case Several(parts):
            return _labels(parts["sample"])
        case _:
            return None


def _beside(kind: str, parts: dict[str, Dataset], together: bool) -> Dataset:
    if "sample" not in parts or len(parts) < 2:
        raise ValueError("wanted a part called sample, and at least one beside it")
    sample = parts["sample"]
    others = {name: part for name, part in parts.items() if name != "sample"}
    for name, part in others.items():
        if name == "label" or name in sample.arrays:
            raise ValueError(f"the name {name} is taken: {sample.name} has a {name}")
        if part.arrays:
            raise ValueError(
                f"{name} holds {', '.join(part.arrays)} too: "
                "put its parts side by side here instead"
            )
    if together:
        _check_together(parts)
    digests = {name: part.digest for name, part in parts.items()}
    arrays = {name: Spec(part.shape, "float32") for name, part in others.items()}
    pictures = [name for name, part in others.items() if len(part.shape) == 3]
    notes = [f"{part.name}: {part.note}" for part in parts.values() if part.note]
    return Dataset(
        name=f"{kind}({', '.join(parts[name].name for name in sorted(parts))})",
        shape=sample.shape,
        classes=sample.classes,
        size=sample.size,
        digest=recipe_digest("together" if together else "apart", **digests),
        source=Several(parts, together),
        modes=sample.modes,
        frequencies=sample.frequencies,
        pictures=(*sample.pictures, *pictures),
        arrays={**sample.arrays, **arrays},
        note="; ".join(notes),
    )


def _check_together(parts: dict[str, Dataset]) -> None:
    sizes = {name: part.size for name, part in parts.items()}
    if None in sizes.values():
        raise ValueError("endless sets have no i-th example to show beside another's")
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{name} has {size}" for name, size in sizes.items())
        raise ValueError(f"sets side by side must be of one size: {told} examples")
    if any(_ordered(part) for part in parts.values()):
        raise ValueError("a part has an order of its own: balance the whole instead")
    turned = {
        name: _turned(part) for name, part in parts.items() if len(part.shape) == 3
    }
    first = next(iter(turned), "")
    for name, places in turned.items():
        if places != turned[first]:
            raise ValueError(
                f"{first} and {name} are not mirrored alike: flip both or neither"
            )


def _ordered(part: Dataset) -> bool:
    """Whether any set in it has an order that no other would share."""
    match part.source:
        case Several(parts, together):
            return not together or any(map(_ordered, parts.values()))
        case _:
            return part.groups is not None


def _turned(part: Dataset) -> list[int]:
    """Where preprocessing, under several keys, takes the upper left of a picture."""
    while isinstance(part.source, Several):
        part = part.source.parts["sample"]
    height, width = (max(1, side // 2) for side in part.shape[:2])
    picture = np.zeros((_TRIES, *part.shape), np.uint8)
    picture[:, :height, :width] = 255
    keys = rng.at(jax.random.key(0), jnp.arange(_TRIES))
    seen = np.asarray(part.preprocess(jnp.asarray(picture), keys))
    height, width = (max(1, side // 2) for side in seen.shape[1:3])
    corners = [
        seen[:, rows, columns].mean(axis=(1, 2, 3))
        for rows in (slice(height), slice(seen.shape[1] - height, None))
        for columns in (slice(width), slice(seen.shape[2] - width, None))
    ]
    return np.argmax(corners, axis=0).tolist()
