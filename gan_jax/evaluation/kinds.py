"""How each kind of metric is computed from what there is to go by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from gan_jax import metrics
from gan_jax.data import Dataset
from gan_jax.evaluation.references import Describer, Reference
from gan_jax.metrics.extractors import Features

SUBSET = 1000
"""Samples of each side in a subset of the kernel distance, where there are as many."""
SPLITS = 10
"""Parts of the inception score."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """Samples seen by one extractor, beside the reals; each computed when first asked.

    Attributes:
        dataset: the reals.
        samples: uint8 [n, h, w, c] or float32 [n, 2].
        extractor: describes both.
        reals: what it says of the reals.
        seed: of subsets.
    """

    dataset: Dataset
    samples: np.ndarray
    extractor: Describer
    reals: Callable[[], Reference]
    seed: int

    @cached_property
    def fake(self) -> Features:
        """What the extractor says of the samples."""
        return self.extractor(self.samples)

    @cached_property
    def real(self) -> Reference:
        """What it says of the reals."""
        return self.reals()

    def probabilities(self) -> np.ndarray:
        """Of the classes of the samples."""
        assert self.fake.probabilities is not None, "the table asks for a classifier"
        return self.fake.probabilities

    def equal_counts(self) -> tuple[np.ndarray, np.ndarray]:
        """As many real features as fake ones: balls about neighbours depend on it."""
        count = min(len(self.real.features), len(self.fake.features))
        return self.real.features[:count], self.fake.features[:count]


class Found(NamedTuple):
    """What a metric found.

    Attributes:
        values: by name: a number, or a mean and a standard deviation.
        n_real: real samples used; 0 where none are.
        n_fake: samples used.
        warning: empty, or why the numbers are not to be trusted.
    """

    values: Mapping[str, float | metrics.Estimate]
    n_real: int
    n_fake: int
    warning: str = ""


@dataclass(frozen=True)
class Kind:
    """A metric, whichever extractor it is taken with.

    Attributes:
        compute: raises ValueError where the samples do not suffice.
        parts: what its numbers are called.
        about_data: whether it compares with the data at all.
        classifier: whether it needs an extractor with classes.
    """

    compute: Callable[[Evidence], Found]
    parts: tuple[str, ...]
    about_data: bool = True
    classifier: bool = False


def _frechet(evidence: Evidence) -> Found:
    fake = metrics.Moments.of(evidence.fake.features, "fake")
    found = metrics.frechet_between(evidence.real.moments(), fake)
    return Found({"fd": found.value}, evidence.real.count, fake.count, found.warning)


def _kernel(evidence: Evidence) -> Found:
    real, fake = evidence.real.features, evidence.fake.features
    size = min(SUBSET, len(real), len(fake))
    if len(real) == len(fake) == size:  # every subset is the whole: no spread to tell
        found = float(metrics.kernel_distance(real, fake, size, subsets=1))
    else:
        found = metrics.kernel_distance(real, fake, size, seed=evidence.seed)
    return Found({"kd": found}, len(real), len(fake))


def _inception_score(evidence: Evidence) -> Found:
    rows = evidence.probabilities()
    return Found({"is": metrics.inception_score(rows, SPLITS)}, 0, len(rows))


def _precision_recall(evidence: Evidence) -> Found:
    real, fake = evidence.equal_counts()
    found = metrics.precision_recall(real, fake)
    return Found(found._asdict(), len(real), len(fake))


def _density_coverage(evidence: Evidence) -> Found:
    real, fake = evidence.equal_counts()
    found = metrics.density_coverage(real, fake)
    return Found(found._asdict(), len(real), len(fake))


def _classes(evidence: Evidence) -> Found:
    rows = evidence.probabilities()
    values: dict[str, Any] = {
        "classes": float(metrics.classes_covered(rows)),
        "label_entropy": metrics.label_entropy(rows),
    }
    return Found(values, 0, len(rows))


def _modes(evidence: Evidence) -> Found:
    modes = evidence.dataset.modes
    if modes is None:
        raise ValueError(f"{evidence.dataset.name} is no mixture")
    found = metrics.mode_coverage(evidence.samples, modes.centers, modes.std)
    values = {name: float(x) for name, x in found._asdict().items()}
    return Found(values, 0, len(evidence.samples))


KINDS: Mapping[str, Kind] = {
    "fd": Kind(_frechet, ("fd",)),
    "kd": Kind(_kernel, ("kd",)),
    "is": Kind(_inception_score, ("is",), about_data=False, classifier=True),
    "precision_recall": Kind(_precision_recall, ("precision", "recall")),
    "density_coverage": Kind(_density_coverage, ("density", "coverage")),
    "classes": Kind(
        _classes, ("classes", "label_entropy"), about_data=False, classifier=True
    ),
    "modes": Kind(_modes, ("modes", "high_quality", "reverse_kl")),
}
