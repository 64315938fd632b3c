"""How many of the known modes of a data set were found."""

from collections.abc import Mapping

import numpy as np

from gan_jax import metrics
from gan_jax.data import Dataset
from gan_jax.data.stacked import STACKED_MODES
from gan_jax.evaluation.kinds.base import Found, Kind
from gan_jax.evaluation.kinds.evidence import Evidence

STACKED = 26_000
"""Samples in the protocol of stacked MNIST."""


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


KINDS: Mapping[str, Kind] = {
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
