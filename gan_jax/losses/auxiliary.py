"""Losses on what a critic sees beside its logits."""

from collections.abc import Callable, Mapping
from typing import Annotated

import jax
import jax.numpy as jnp

from gan_jax import axis, ranges
from gan_jax.schedules import Number, value
from gan_jax.typing import Kind, Scalar, Seen

Out = Mapping[str, jax.Array]
"""What a discriminator returns beside its logits: by name, [b, ...]."""
Matching = Annotated[Callable[[Out, Out, Seen], Scalar], Kind("a matching of features")]
"""(out of the reals, out of the fakes, seen) -> scalar, added to the generator's loss."""


def feature_matching(weight: Number = 1.0, at: str = "features") -> Matching:
    """weight * ||E f(real) - E f(fake)||^2 (Salimans et al. 2016, section 3.1).

    There it takes the place of the generator's adversarial loss: `gen_weight=0`. The
    means are over the whole batch, across devices too.

    Args:
        weight: a number or a function of `seen`.
        at: which output of the discriminator; `features` is its last hidden layer.

    Raises:
        ValueError: a negative weight; when applied, if the discriminator has no such
            output.
    """
    ranges.at_least(0, weight=weight)

    def match(real: Out, fake: Out, seen: Seen) -> Scalar:
        if at not in fake:
            raise ValueError(
                f"the discriminator gives {', '.join(fake) or 'nothing'}, not {at!r}"
            )
        gap = axis.mean(real[at].mean(0)) - axis.mean(fake[at].mean(0))
        return value(weight, seen) * jnp.square(gap).sum()

    return match


__all__ = ["Matching", "feature_matching"]
