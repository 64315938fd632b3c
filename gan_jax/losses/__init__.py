"""Losses: what each side of the game minimises, given logits."""

from gan_jax.losses.adversarial import (
    hinge,
    least_squares,
    minimax,
    non_saturating,
    wasserstein,
)
from gan_jax.losses.auxiliary import feature_matching
from gan_jax.losses.base import Adversarial
from gan_jax.losses.divergence import (
    Divergence,
    alpha_divergence,
    f_divergence,
    weighted_jensen_shannon,
)
from gan_jax.losses.likelihoods import (
    Likelihood,
    bernoulli,
    discretised_logistic,
    gaussian,
)
from gan_jax.losses.moment import (
    gaussian_kernel,
    mmd,
    rational_quadratic_kernel,
)
from gan_jax.losses.relativistic import relativistic_average, relativistic_paired

__all__ = [
    "Adversarial",
    "Divergence",
    "Likelihood",
    "alpha_divergence",
    "bernoulli",
    "discretised_logistic",
    "f_divergence",
    "feature_matching",
    "gaussian",
    "gaussian_kernel",
    "hinge",
    "least_squares",
    "minimax",
    "mmd",
    "non_saturating",
    "rational_quadratic_kernel",
    "relativistic_average",
    "relativistic_paired",
    "wasserstein",
    "weighted_jensen_shannon",
]
