"""Metrics of the balls that reach to a sample's nearest neighbours."""

from collections.abc import Mapping

from gan_jax import metrics
from gan_jax.data import Dataset
from gan_jax.evaluation.kinds.base import Found, Kind
from gan_jax.evaluation.kinds.evidence import Evidence


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


def _endless(dataset: Dataset) -> str:
    return "" if dataset.size else "it is endless: nobody can learn it by heart"


KINDS: Mapping[str, Kind] = {
    "precision_recall": Kind(
        _precision_recall, ("precision", "recall"), least=lambda dim: 4
    ),
    "density_coverage": Kind(
        _density_coverage, ("density", "coverage"), least=lambda dim: 6
    ),
    "authenticity": Kind(_authenticity, ("authenticity",), unfit=_endless),
}
