"""Every loss of the room: a new one adds a row here and is held to the conformance."""

import math
from typing import NamedTuple

from gan_jax import losses
from gan_jax.losses.divergence import DIVERGENCES
from gan_jax.losses.moment import KERNELS
from gan_jax.losses.relativistic import SCORES


class Row(NamedTuple):
    loss: losses.Adversarial
    reads_reals: bool = False  # the generator's loss depends on the real logits
    by_logit: bool = True  # higher means more real, one by one
    target: float = math.inf  # the logit that the generator draws its samples to


ALL_LOSSES = {
    "hinge": Row(losses.hinge),
    "minimax": Row(losses.minimax),
    "minimax smoothed": Row(losses.minimax(real_label=0.9, fake_label=0.05)),
    "non_saturating": Row(losses.non_saturating),
    "non_saturating smoothed": Row(losses.non_saturating(real_label=0.9)),
    "wasserstein": Row(losses.wasserstein),
    "least_squares": Row(losses.least_squares, target=1.0),
    "least_squares Pearson": Row(losses.least_squares(-1, 1, c=0.5), target=0.5),
    **{
        f"f_divergence {divergence}": Row(losses.f_divergence(divergence))
        for divergence in DIVERGENCES
    },
    "f_divergence weighted": Row(
        losses.f_divergence(losses.weighted_jensen_shannon(0.3))
    ),
    "f_divergence alpha": Row(losses.f_divergence(losses.alpha_divergence(0.4))),
    "f_divergence alpha 3": Row(losses.f_divergence(losses.alpha_divergence(3))),
    **{
        f"{family} {of}": Row(getattr(losses, family)(of), reads_reals=True)
        for family in ("relativistic_paired", "relativistic_average")
        for of in SCORES
    },
    **{
        f"mmd {kernel}": Row(losses.mmd(kernel), reads_reals=True, by_logit=False)
        for kernel in KERNELS
    },
    "mmd biased": Row(losses.mmd(unbiased=False), reads_reals=True, by_logit=False),
}

NOT_LOSSES = {
    "Adversarial",
    "Divergence",
    "Likelihood",
    "alpha_divergence",
    "bernoulli",
    "discretised_logistic",
    "feature_matching",
    "gaussian",
    "gaussian_kernel",
    "rational_quadratic_kernel",
    "weighted_jensen_shannon",
}
