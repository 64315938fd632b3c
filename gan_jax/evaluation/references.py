"""What an extractor says of the real samples, computed once and kept on disk.

A reference is a function of the samples and of the extractor, so its file is named by
the digest of both: another file is made, never the wrong one read. It is written whole
or not at all, and one that is not what was written is made again. The files are a
convenience: where none can be kept, a line says so and the reals are described anew.
"""

import functools
import hashlib
import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Int

from gan_jax import rng
from gan_jax.cache import cache_folder
from gan_jax.data.dataset import (
    Arrays,
    Dataset,
    Resident,
    Sampled,
    Several,
    Streamed,
    content_digest,
)
from gan_jax.errors import BadInput
from gan_jax.metrics import Moments
from gan_jax.metrics.extractors import Extractor, Features
from gan_jax.run.workdir import write

CHUNK = 512
"""Real samples read at a time."""
KEPT = 10_000
"""Real samples whose features are kept beside the moments of all."""
FOLDER = "GAN_JAX_REFERENCES"
"""Environment variable: where references lie, in place of the user's cache."""


@dataclass(frozen=True)
class Coordinates:
    """The extractor of points: they are their own features."""

    name: str = "none"
    weights: str = "none"
    resize: str = "none"
    dim: int = 2

    def __call__(self, points: Any) -> Features:
        """Float points [n, 2] as they are."""
        return Features(np.asarray(points, np.float32), None)

    def seen(self, points: jax.Array) -> jax.Array:
        """Float points [n, 2] as they are."""
        return points


@dataclass(frozen=True)
class Bare:
    """In place of an extractor, for metrics that look at the pixels themselves."""

    name: str = "pixels"
    weights: str = "none"
    resize: str = "none"
    dim: int = 0

    def __call__(self, pixels: Any) -> Features:
        """No features."""
        return Features(np.zeros((len(pixels), 0), np.float32), None)


Describer = Extractor | Coordinates | Bare


class Reference(NamedTuple):
    """The real side of a metric."""

    count: int
    """Samples that `mean` and `covariance` are taken over."""
    mean: np.ndarray
    """float64 [d]."""
    covariance: np.ndarray
    """float64 [d, d], unbiased."""
    features: np.ndarray
    """float32 [k, d] of some of them, in an order without meaning."""
    labels: np.ndarray
    """int32 [k] of the same; [0] where the set has none."""

    def moments(self) -> Moments:
        """As the Frechet distance takes them."""
        return Moments.restore(self.count, self.mean, self.covariance)


def reference(dataset: Dataset, extractor: Describer, most: int) -> Reference:
    """The reference of a data set: read where there is one, else made and kept.

    Args:
        dataset: opened; its preprocessing (flips) plays no part.
        extractor: describes the samples.
        most: samples taken; of a larger set a fixed choice, of an endless one that many.

    Raises:
        BadInput: features that are not finite.
        ValueError: fewer than two samples.
    """
    place = folder()
    if place is None:
        _say_once(
            f"references are not kept: there is no home folder; name one with {FOLDER}"
        )
        return compute(dataset, extractor, most)
    file = place / f"{key(dataset, extractor, most)}.npz"
    found = _read(file)
    if found is None:
        found = compute(dataset, extractor, most)
        _keep(file, found)
    return found


def folder() -> Path | None:
    """Where references lie; None where there is no place for them."""
    if given := os.environ.get(FOLDER):
        return Path(given).expanduser()
    cache = cache_folder()
    return cache and cache / "references"


def key(dataset: Dataset, extractor: Describer, most: int) -> str:
    """Name of the reference: a digest of all that it depends on."""
    # The digest of a streamed set is of its files: how they are decoded shows in these.
    first = read(dataset, np.arange(min(16, dataset.size or 16)))
    parts = {
        "data": dataset.digest,
        "shape": dataset.shape,
        "first": content_digest({"sample": first}),
        "extractor": [extractor.name, extractor.weights, extractor.resize],
        "most": most,
        "kept": KEPT,
        "holds": Reference._fields,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:40]


def compute(dataset: Dataset, extractor: Describer, most: int) -> Reference:
    """The reference, from the samples. Args and errors as in `reference`."""
    chosen = some(dataset, most)
    indices = np.sort(chosen)  # files are read fastest in their own order
    place = np.searchsorted(indices, chosen[:KEPT])
    kept = np.zeros((len(place), extractor.dim), np.float32)
    labels = np.zeros(len(place) if dataset.classes else 0, np.int32)
    moments = Moments(extractor.dim)
    for start in range(0, len(indices), CHUNK):
        chunk = indices[start : start + CHUNK]
        arrays = examples(dataset, chunk)
        features = extractor(arrays["sample"]).features
        if not np.isfinite(features).all():
            row = int(np.flatnonzero(~np.isfinite(features).all(axis=1))[0])
            raise BadInput(
                f"example {chunk[row]} of data set {dataset.name} has features that "
                f"are not finite (by {extractor.name})",
                "mend or remove it",
            )
        moments.add(features)
        here = (start <= place) & (place < start + len(chunk))
        kept[here] = features[place[here] - start]
        if dataset.classes:
            labels[here] = arrays["label"][place[here] - start]
    return Reference(moments.count, moments.mean, moments.covariance, kept, labels)


def some(dataset: Dataset, most: int) -> Int[np.ndarray, "n"]:
    """Indices of a fixed choice of `most` samples, or of all, in a mixed order."""
    size = most if dataset.size is None else dataset.size
    return np.random.default_rng(0).permutation(size)[:most]


def read(dataset: Dataset, indices: Int[np.ndarray, "n"]) -> np.ndarray:
    """Real samples by index, as stored: uint8 images or float32 points."""
    return examples(dataset, indices)["sample"]


def examples(dataset: Dataset, indices: Int[np.ndarray, "n"]) -> Arrays:
    """Real examples by index, as stored; those of endless sets are always the same.

    Of several sets side by side, the others begin again where they are smaller.
    """
    match dataset.source:
        case Resident(arrays):
            return {name: x[indices] for name, x in arrays.items()}
        case Streamed(fetch):
            return fetch(indices)
        case Several(parts):
            others = {
                name: read(part, indices % part.size if part.size else indices)
                for name, part in parts.items()
                if name != "sample"
            }
            return {**examples(parts["sample"], indices), **others}
        case Sampled(draw):
            keys = rng.at(
                rng.stream(jax.random.key(0), "reference"), jnp.asarray(indices)
            )
            return {name: np.asarray(x) for name, x in _jitted(draw)(keys).items()}


@functools.lru_cache(maxsize=8)
def _jitted(draw: Callable[..., Any]) -> Callable[..., Any]:
    return jax.jit(draw)


def _read(file: Path) -> Reference | None:
    """What the file holds; None where there is none, or it is not what was written."""
    try:
        content = file.read_bytes()
    except OSError:  # none there, or none that may be read
        return None
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        digest = str(arrays.pop("digest"))
        count = int(arrays["count"])
        if digest == content_digest(arrays):
            return Reference(**{**arrays, "count": count})
        why = "not what was written"
    except Exception as error:  # a damaged zip raises assorted types
        why = str(error) or type(error).__name__
    print(f"reference {file} is damaged ({why}): made again", file=sys.stderr)
    return None


def _keep(file: Path, found: Reference) -> None:
    arrays: dict[str, Any] = {
        name: np.asarray(x) for name, x in found._asdict().items()
    }
    content = io.BytesIO()
    np.savez(content, digest=np.asarray(content_digest(arrays)), **arrays)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # A name of its own: two evaluations may make the same reference at once.
        part = file.with_name(f"{file.stem}.{os.getpid()}")
        write(part, content.getvalue())
        part.replace(file)
    except OSError as error:
        _say_once(
            f"references are not kept in {file.parent} ({error.strerror}); "
            f"name another folder with {FOLDER}"
        )


@functools.cache
def _say_once(text: str) -> None:
    print(text, file=sys.stderr)
