"""Outputs of a generator at several depths, held together.

Cross-scale alignment (CAT, arXiv:2605.26449): what a generator gives early is drawn to what
it gives in the end. The last output is the anchor and gets no gradient of this; weight and
anchor's gradient could not be read in the paper, and are our choice.
"""

import jax
import jax.numpy as jnp

from gan_jax import ranges
from gan_jax.schedules import Number, value
from gan_jax.terms.base import Moment, Term, View
from gan_jax.typing import Tree


def level_agreement(levels: int = 4, weight: Number = 1.0) -> Term:
    """weight * mean (x_k - x_last)^2 over levels, pixels and channels; for the generator.

    Args:
        levels: pictures side by side in a sample's channels, see `games.multi_level`.
        weight: a number or a function of `seen`.

    Raises:
        ValueError: fewer than two levels, or a negative weight. When it is traced:
            channels that the levels do not share.
    """
    ranges.whole(2, levels=levels)
    ranges.at_least(0, weight=weight)

    def apply(
        memory: Tree, real: View, fake: View, now: Moment
    ) -> tuple[jax.Array, Tree]:
        del real
        x = fake.samples
        if x.shape[-1] % levels:
            raise ValueError(
                f"level_agreement: {x.shape[-1]} channels are not those of {levels} levels"
            )
        parts = jnp.stack(jnp.split(x, levels, axis=-1))
        gap = parts[:-1] - jax.lax.stop_gradient(parts[-1])
        each = jnp.square(gap).mean((0, *range(2, gap.ndim)))
        return value(weight, now.seen) * each, memory

    return Term(lambda: (), apply)
