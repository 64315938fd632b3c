"""How each kind of metric is computed from what there is to go by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from gan_jax import metrics
from gan_jax.data import Dataset
from gan_jax.data.embedded import DIGITS
from gan_jax.data.stacked import STACKED_MODES
from gan_jax.evaluation.references import Describer, Reference, read, some
from gan_jax.metrics.diversity import WEIGHTS, fitting_weights
from gan_jax.metrics.extractors import Features

SUBSET = 1000
"""Samples of each side in a subset of the kernel distance, where there are as many."""
SPLITS = 10
"""Parts of the inception score."""
PAIRS = 1000
"""Pairs of pictures whose likeness is looked at."""
STACKED = 26_000
"""Samples in the protocol of stacked MNIST."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """Samples seen by one extractor, beside the reals; each computed when first asked.

    Attributes:
        dataset: the reals.
        samples: uint8 [n, h, w, c] or float32 [n, 2].
        extractor: describes both.
        reals: what it says of the reals.
        seed: of subsets.
        labels: int [n], the classes the samples were asked for; None where of none.
    """

    dataset: Dataset
    samples: np.ndarray
    extractor: Describer
    reals: Callable[[], Reference]
    seed: int
    labels: np.ndarray | None = None

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

    def asked(self) -> np.ndarray:
        """The classes of the samples."""
        assert self.labels is not None, "the table asks for labels"
        return self.labels

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


def _any(dataset: Dataset) -> str:
    """Why a metric does not suit the data: it does."""
    del dataset
    return ""


def _two(dim: int) -> int:
    """Samples that suffice for a covariance, whatever the dimensions."""
    del dim
    return 2


@dataclass(frozen=True)
class Kind:
    """A metric, whichever extractor it is taken with.

    Attributes:
        compute: raises ValueError where the samples do not suffice.
        parts: what its numbers are called.
        about_data: whether it compares with the data at all.
        classifier: whether it needs an extractor with classes.
        labelled: whether it needs the classes of the samples.
        only: the one extractor it is taken with; any by default.
        unfit: why it does not suit a data set; "" where it does.
        least: samples it takes, with features of that many dimensions.
    """

    compute: Callable[[Evidence], Found]
    parts: tuple[str, ...]
    about_data: bool = True
    classifier: bool = False
    labelled: bool = False
    only: str = ""
    unfit: Callable[[Dataset], str] = _any
    least: Callable[[int], int] = _two


def _frechet(evidence: Evidence) -> Found:
    fake = metrics.Moments.of(evidence.fake.features, "fake")
    found = metrics.frechet_between(evidence.real.moments(), fake)
    return Found({"fd": found.value}, evidence.real.count, fake.count, found.warning)


def _frechet_infinity(evidence: Evidence) -> Found:
    fake, dim = evidence.fake.features, evidence.extractor.dim
    # Below two samples a dimension the bias is no straight line in 1/n.
    smallest = max(len(fake) // 10, 2 * dim, 2)
    if 4 * smallest > 3 * len(fake):
        raise ValueError(
            f"{len(fake)} samples are too few for a line from {smallest} of them on; "
            f"at least {-(-4 * smallest // 3)} are needed"
        )
    real = evidence.real.moments()
    found = metrics.frechet_infinity(real, fake, smallest=smallest, seed=evidence.seed)
    warning = (
        f"{real.count} real samples for {dim} dimensions: the bias of these stays"
        if real.count <= 2 * dim
        else ""
    )
    estimate = metrics.Estimate(found.value, found.std)
    return Found({"fd_infinity": estimate}, real.count, len(fake), warning)


def _frechet_interval(evidence: Evidence) -> Found:
    real, fake = evidence.real.features, evidence.fake.features
    found = metrics.frechet_interval(real, fake)
    spread = float(np.hypot(found.std_real, found.std_fake))
    values: dict[str, Any] = {
        "fd_interval": metrics.Estimate(found.value, spread),
        "fd_low": found.low,
        "fd_high": found.high,
    }
    return Found(values, len(real), len(fake))


def _intra_class(evidence: Evidence) -> Found:
    real, fake = evidence.real, evidence.fake.features
    found = metrics.intra_class_frechet_distance(
        real.features, real.labels, fake, evidence.asked()
    )
    few = min(np.bincount(x).min() for x in (real.labels, evidence.asked()))
    warning = (
        f"a class has {few} samples for {evidence.extractor.dim} dimensions: "
        f"the distance is far too large"
        if few <= evidence.extractor.dim
        else ""
    )
    return Found({"intra_fd": found.value}, len(real.features), len(fake), warning)


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


def _authenticity(evidence: Evidence) -> Found:
    train, fake = evidence.real.features, evidence.fake.features
    size = evidence.dataset.size or 0
    warning = (
        f"copies of {len(train):,} of {size:,} training samples are looked for"
        if len(train) < size
        else ""
    )
    found = metrics.authenticity(train, fake)
    return Found({"authenticity": found}, len(train), len(fake), warning)


def _ms_ssim(evidence: Evidence) -> Found:
    dataset, fake = evidence.dataset, evidence.samples
    real = read(dataset, some(dataset, 2 * PAIRS))
    weights = fitting_weights(*dataset.shape[:2])
    values = {
        name: metrics.ms_ssim_diversity(pixels, PAIRS, evidence.seed, weights)
        for name, pixels in (("ms_ssim", fake), ("ms_ssim_real", real))
    }
    few = f"{len(weights)} scales, not {len(WEIGHTS)}: the pictures are small"
    warning = few if len(weights) < len(WEIGHTS) else ""
    return Found(values, len(real), len(fake), warning)


def _accuracy(evidence: Evidence) -> Found:
    rows = evidence.probabilities()
    found = metrics.conditional_accuracy(rows, evidence.asked())
    return Found({"accuracy": found}, 0, len(rows))


def _classes(evidence: Evidence) -> Found:
    rows = evidence.probabilities()
    values: dict[str, Any] = {
        "classes": float(metrics.classes_covered(rows)),
        "label_entropy": metrics.label_entropy(rows),
    }
    return Found(values, 0, len(rows))


def _modes(evidence: Evidence) -> Found:
    modes = evidence.dataset.modes
    assert modes is not None, "the table asks for a mixture"
    found = metrics.mode_coverage(evidence.samples, modes.centers, modes.std)
    values = {name: float(x) for name, x in found._asdict().items()}
    return Found(values, 0, len(evidence.samples))


def _stacked_modes(evidence: Evidence) -> Found:
    modes = evidence.probabilities().argmax(axis=1)
    digits = np.stack(np.unravel_index(modes, (10, 10, 10)), axis=1)
    found = metrics.stacked_mode_coverage(digits)
    values = {"stacked_modes": float(found.modes), "stacked_kl": found.reverse_kl}
    warning = f"the protocol is {STACKED:,} samples" if len(digits) != STACKED else ""
    return Found(values, 0, len(digits), warning)


def _no_mixture(dataset: Dataset) -> str:
    return "" if dataset.modes is not None else "it is no mixture of Gaussians"


def _no_triples(dataset: Dataset) -> str:
    triples = dataset.classes == STACKED_MODES
    return "" if triples else "its classes are not the triples of stacked MNIST"


def _no_classes(dataset: Dataset) -> str:
    return "" if dataset.classes else "it has no classes"


def _no_digits(dataset: Dataset) -> str:
    return "" if dataset.classes == DIGITS else "its classes are not the ten digits"


def _endless(dataset: Dataset) -> str:
    return "" if dataset.size else "it is endless: nobody can learn it by heart"


KINDS: Mapping[str, Kind] = {
    "fd": Kind(_frechet, ("fd",)),
    "fd_infinity": Kind(
        _frechet_infinity, ("fd_infinity",), least=lambda dim: -(-8 * dim // 3)
    ),
    "fd_interval": Kind(
        _frechet_interval,
        ("fd_interval", "fd_low", "fd_high"),
        least=lambda dim: dim + 1,
    ),
    "intra_fd": Kind(_intra_class, ("intra_fd",), labelled=True, unfit=_no_classes),
    "kd": Kind(_kernel, ("kd",)),
    "is": Kind(
        _inception_score,
        ("is",),
        about_data=False,
        classifier=True,
        least=lambda dim: SPLITS,
    ),
    "precision_recall": Kind(
        _precision_recall, ("precision", "recall"), least=lambda dim: 4
    ),
    "density_coverage": Kind(
        _density_coverage, ("density", "coverage"), least=lambda dim: 6
    ),
    "authenticity": Kind(_authenticity, ("authenticity",), unfit=_endless),
    "ms_ssim": Kind(_ms_ssim, ("ms_ssim", "ms_ssim_real"), only="pixels"),
    "classes": Kind(
        _classes, ("classes", "label_entropy"), about_data=False, classifier=True
    ),
    "accuracy": Kind(
        _accuracy,
        ("accuracy",),
        about_data=False,
        classifier=True,
        labelled=True,
        only="digits",
        unfit=_no_digits,
    ),
    "modes": Kind(
        _modes,
        ("modes", "high_quality", "reverse_kl"),
        only="points",
        unfit=_no_mixture,
    ),
    "stacked_modes": Kind(
        _stacked_modes,
        ("stacked_modes", "stacked_kl"),
        about_data=False,
        classifier=True,
        only="stacked",
        unfit=_no_triples,
    ),
}
