"""Terms: everything that is added to a loss, in a form that every family borrows."""

from gan_jax.terms.anchors import lecam
from gan_jax.terms.base import Moment, Term, Terms, View, added, start
from gan_jax.terms.borrowed import matching, penalty
from gan_jax.terms.classes import (
    auxiliary_classifier,
    class_weighted,
    discriminative_classifier,
    multi_hinge,
    twin_classifier,
)
from gan_jax.terms.consistency import (
    consistency,
    latent_consistency,
    latent_diversity,
)
from gan_jax.terms.contrast import contrastive, data_to_data
from gan_jax.terms.decay import logit_decay
from gan_jax.terms.information import mutual_information
from gan_jax.terms.levels import level_agreement
from gan_jax.terms.rotations import rotation

__all__ = [
    "Moment",
    "Term",
    "Terms",
    "View",
    "added",
    "auxiliary_classifier",
    "class_weighted",
    "consistency",
    "contrastive",
    "data_to_data",
    "discriminative_classifier",
    "latent_consistency",
    "latent_diversity",
    "lecam",
    "level_agreement",
    "logit_decay",
    "matching",
    "multi_hinge",
    "mutual_information",
    "penalty",
    "rotation",
    "start",
    "twin_classifier",
]
