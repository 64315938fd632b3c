"""Distances between the distributions of real and fake features."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from gan_jax import metrics
from gan_jax.evaluation.kinds.base import Found, Kind, no_classes
from gan_jax.evaluation.kinds.evidence import Evidence

SUBSET = 1000
"""Samples of each side in a subset of the kernel distance, where there are as many."""


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
    sides = real.labels, evidence.asked()
    few = min(np.unique(side, return_counts=True)[1].min() for side in sides)
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
    "intra_fd": Kind(_intra_class, ("intra_fd",), labelled=True, unfit=no_classes),
    "kd": Kind(_kernel, ("kd",)),
}
