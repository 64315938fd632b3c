"""The kinds of metrics: how each is computed from what there is to go by."""

from collections.abc import Mapping

from gan_jax.evaluation.kinds import (
    classifiers,
    distances,
    equivariance,
    likelihoods,
    likeness,
    modes,
    neighbours,
    paths,
)
from gan_jax.evaluation.kinds.base import KNOWING, SUITED, Found, Kind
from gan_jax.evaluation.kinds.evidence import ORDER, Evidence, Maker, shuffled
from gan_jax.evaluation.kinds.modes import STACKED

KINDS: Mapping[str, Kind] = {
    **distances.KINDS,
    **neighbours.KINDS,
    **likeness.KINDS,
    **classifiers.KINDS,
    **modes.KINDS,
    **paths.KINDS,
    **equivariance.KINDS,
    **likelihoods.KINDS,
}
"""By name, whichever extractor they are taken with."""

__all__ = [
    "KINDS",
    "KNOWING",
    "ORDER",
    "STACKED",
    "SUITED",
    "Evidence",
    "Found",
    "Kind",
    "Maker",
    "shuffled",
]
