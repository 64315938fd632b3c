"""Codes that can be read off a sample: InfoGAN (Chen et al. 2016, arXiv:1606.03657)."""

import itertools
import math

import jax
import jax.numpy as jnp

from gan_jax import ranges
from gan_jax.schedules import Number, value
from gan_jax.terms.base import Moment, Term, View
from gan_jax.terms.sides import cross_entropy, said
from gan_jax.typing import Codes, Tree


def mutual_information(weight: Number = 1.0, continuous: Number = 0.1) -> Term:
    """-weight * E log Q(c | G(z, c)): the bound on I(c; G(z, c)) less H(c) (eq. 5).

    The same term for critic and generator: Q and the generator maximise the bound
    together. Q is the softmax of head `codes` for categories, a normal about its mean of
    variance one for numbers. Reals have no codes, and are not looked at.

    Args:
        weight: of the categories; a number or a function of `seen`.
        continuous: of the numbers, smaller in the paper.

    Raises:
        ValueError: a negative weight; when applied, another head or condition.
    """
    ranges.at_least(0, weight=weight, continuous=continuous)

    def apply(
        memory: Tree, real: View, fake: View, now: Moment
    ) -> tuple[jax.Array, Tree]:
        del real
        read, codes = said(fake, "codes", "codes"), fake.cond
        if not isinstance(codes, Codes):
            raise ValueError("mutual_information() needs game.conditional=codes()")
        ends = itertools.accumulate(code.shape[-1] for code in codes.categorical)
        *logits, means = jnp.split(read, list(ends), axis=-1)
        missed = sum(
            (
                cross_entropy(x, y)
                for x, y in zip(logits, codes.categorical, strict=True)
            ),
            jnp.zeros(len(read)),
        )
        gap = 0.5 * jnp.square(means - codes.continuous) + 0.5 * math.log(2 * math.pi)
        found = value(weight, now.seen) * missed
        return found + value(continuous, now.seen) * gap.sum(-1), memory

    return Term(lambda: (), apply, conditional=True)
