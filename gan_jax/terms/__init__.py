"""Terms: everything that is added to a loss, in a form that every family borrows."""

from gan_jax.terms.anchors import lecam
from gan_jax.terms.base import Moment, Term, Terms, View, added, start
from gan_jax.terms.borrowed import matching, penalty
from gan_jax.terms.consistency import (
    consistency,
    latent_consistency,
    latent_diversity,
)

__all__ = [
    "Moment",
    "Term",
    "Terms",
    "View",
    "added",
    "consistency",
    "latent_consistency",
    "latent_diversity",
    "lecam",
    "matching",
    "penalty",
    "start",
]
