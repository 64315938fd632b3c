"""Penalties and matchings as terms: what `regularizers` and `losses` hold of a critic."""

from typing import Literal

import jax

from gan_jax.losses.auxiliary import Matching
from gan_jax.regularizers import Regularizer
from gan_jax.terms.base import Moment, Term, View
from gan_jax.typing import Tree


def penalty(
    regularizer: Regularizer, side: Literal["real", "fake"] | None = None
) -> Term:
    """A penalty on the critic's gradient, as a term.

    Args:
        regularizer: see `gan_jax.regularizers`.
        side: whose condition the critic is told at all points, since a point between a
            real and a fake of another class has none of its own; by default the fakes'
            for a penalty at the fakes (`r2`), else the reals'.
    """
    side = side or ("fake" if regularizer.side == "fake" else "real")

    def apply(
        memory: Tree, real: View, fake: View, now: Moment
    ) -> tuple[jax.Array, Tree]:
        told = real if side == "real" else fake
        return regularizer.apply(
            memory,
            told.critic,
            real.samples,
            fake.samples,
            now.keys,
            now.step,
            now.seen,
        )

    return Term(
        regularizer.init,
        apply,
        regularizer.per_example,
        mixed=regularizer.side == "mixed",
    )


def matching(of: Matching) -> Term:
    """A loss on what the critic sees beside its logits, as a term."""

    def apply(
        memory: Tree, real: View, fake: View, now: Moment
    ) -> tuple[jax.Array, Tree]:
        return of(real.out, fake.out, now.seen), memory

    return Term(lambda: (), apply)
