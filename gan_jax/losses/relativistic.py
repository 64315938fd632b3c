"""Losses of differences: how much more real than the fakes (Jolicoeur-Martineau 2019).

relativistic_paired: sections 4.1 and 4.2 (RSGAN; RpGAN in Huang et al. 2024, where it
is R3GAN's loss). relativistic_average: section 4.4 (RaSGAN, RaLSGAN, RaHingeGAN).

Both sides are non-saturating and the generator reads the real logits, so its phase
needs as many reals as it makes fakes.
"""

import jax
import jax.numpy as jnp
from jax.nn import relu, softplus

from gan_jax import axis
from gan_jax.losses.base import Adversarial, Builder, PerFake, PerReal, paired
from gan_jax.typing import Activation


def _least_squares(margin: jax.Array) -> jax.Array:
    return jnp.square(margin - 1)


SCORES: dict[str, Activation] = {
    "standard": lambda margin: softplus(-margin),
    "least_squares": _least_squares,
    "hinge": lambda margin: relu(1 - margin),
}
"""What a margin costs the side that wants it large."""


def _score(of: str | Activation) -> Activation:
    if not isinstance(of, str):
        return of
    if of not in SCORES:
        raise ValueError(f"of={of!r} is not one of {', '.join(SCORES)}")
    return SCORES[of]


@Builder
def relativistic_paired(of: str | Activation = "standard") -> Adversarial:
    """Each real against its own fake: score(real - fake), and the reverse.

    Args:
        of: the cost of a margin: "standard" softplus(-m), "least_squares" (m - 1)^2,
            "hinge" relu(1 - m), or any function of the margin.

    Raises:
        ValueError: no such `of`.
    """
    cost = _score(of)

    def disc(real: PerReal, fake: PerFake) -> PerReal:
        real, fake = paired(real, fake)
        return cost(real - fake)

    def gen(real: PerReal, fake: PerFake) -> PerFake:
        real, fake = paired(real, fake)
        return cost(fake - real)

    return Adversarial(disc, gen)


@Builder
def relativistic_average(of: str | Activation = "standard") -> Adversarial:
    """Each sample against the average of the other side, the mean of both directions.

    The average is over the whole batch, on all devices, and gradients flow through it.
    Microbatches change it: each part of the batch meets its own average. The half
    follows the authors' code, so that an undecided critic reads log 2 ("standard").

    Args:
        of: as in `relativistic_paired`.

    Raises:
        ValueError: no such `of`.
    """
    cost = _score(of)

    def lift(high: jax.Array, low: jax.Array) -> jax.Array:
        above = high - axis.mean(low.mean())
        below = axis.mean(high.mean()) - low
        return 0.5 * (cost(above) + cost(below))

    def disc(real: PerReal, fake: PerFake) -> PerReal:
        real, fake = paired(real, fake)
        return lift(real, fake)

    def gen(real: PerReal, fake: PerFake) -> PerFake:
        real, fake = paired(real, fake)
        return lift(fake, real)

    return Adversarial(disc, gen)
