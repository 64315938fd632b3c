"""A critic's logits kept near zero (Karras et al. 2018, arXiv:1710.10196, section A.1)."""

import jax
import jax.numpy as jnp

from gan_jax import ranges
from gan_jax.schedules import Number
from gan_jax.terms.base import Term, View
from gan_jax.terms.sides import On, of_side


def logit_decay(weight: Number = 1e-3, on: On = "real") -> Term:
    """weight * E D(x)^2: a Wasserstein loss leaves open where its logits lie.

    Args:
        weight: a number or a function of `seen`; 0.001 in the paper.
        on: of which side; of the reals in the paper.

    Raises:
        ValueError: a negative weight.
    """
    ranges.at_least(0, weight=weight)

    def squared(view: View) -> jax.Array:
        return jnp.square(view.logits)

    return of_side(on, weight, squared)
