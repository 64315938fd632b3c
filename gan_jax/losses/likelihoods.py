"""Likelihoods: what a decoder's numbers say of an example.

Each is log p(x | z), summed over all numbers of an example, in nats. Pictures lie in
[-1, 1], as everywhere in the house. Which x is meant belongs to the number: digits may be
made black and white anew each time they are seen (*dynamic*), once and for all (*static*)
or not at all (*grey*), and what is measured on one says nothing about another.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gan_jax import ranges, rng
from gan_jax.typing import Keys, Kind, PerExample, Samples

Numbers = Float[Array, "b *numbers"]
"""What a decoder gives: of each number of a sample, `outputs` of them, in the last axis."""

SMALLEST = -7.0
"""Least logarithm of a scale that is learnt (Salimans et al. 2017)."""
HALF_LEVEL = 1 / 255
"""Half the distance of two levels of 8 bits, in [-1, 1]."""


@dataclass(frozen=True)
class Likelihood:
    """What a decoder's numbers say of an example.

    Attributes:
        name: what is likely, in words, for logs and the stamps of scores.
        outputs: numbers that the decoder gives for each of a sample's.
        target: (samples, keys) -> what of them is to be likely, in the same range; the
            encoder sees this, too.
        log_prob: (numbers [b, *shape, outputs], target [b, *shape]) -> nats [b].
        mean: numbers -> what they expect, [b, *shape].
        levels: whether it is the probability of one of 256 levels of each number, so that
            bits per dimension can be told.
    """

    KIND = Kind("a likelihood")

    name: str
    outputs: int
    target: Callable[[Samples, Keys], Samples]
    log_prob: Callable[[Numbers, Samples], PerExample]
    mean: Callable[[Numbers], Samples]
    levels: bool = False


def bernoulli(
    targets: Literal["dynamic", "static", "threshold", "grey"] = "dynamic",
) -> Likelihood:
    """Each pixel is white with a probability; the decoder gives its logit.

    Args:
        targets: what becomes of grey pixels g in [0, 1]. `dynamic`: white with
            probability g, drawn anew each time (Burda et al. 2016). `static`: the same,
            drawn once for each picture. `threshold`: white from 1/2 on. `grey`: they
            stay, and what is computed is a cross entropy, not the logarithm of a
            likelihood (the custom of many tutorials).
    """

    def log_prob(numbers: Numbers, x: Samples) -> PerExample:
        logits = numbers[..., 0]
        return _total((x + 1) / 2 * logits - jax.nn.softplus(logits))

    return Likelihood(
        name=f"bernoulli, {targets}",
        outputs=1,
        target=_TARGETS[targets],
        log_prob=log_prob,
        mean=lambda numbers: jnp.tanh(numbers[..., 0] / 2),  # 2 sigmoid - 1
    )


def gaussian(std: float | None = 1.0) -> Likelihood:
    """Each number is normal about what the decoder gives: a density, not a probability.

    Args:
        std: of all; None has the decoder give the logarithm of each as well.

    Raises:
        ValueError: a std of 0 or less.
    """
    ranges.above(0, std=std)

    def log_prob(numbers: Numbers, x: Samples) -> PerExample:
        if std is None:
            log_std = jnp.maximum(numbers[..., 1], SMALLEST)
        else:
            log_std = jnp.full_like(x, math.log(std))
        apart = (x - numbers[..., 0]) * jnp.exp(-log_std)
        return _total(-0.5 * (jnp.square(apart) + math.log(2 * math.pi)) - log_std)

    return Likelihood(
        name="gaussian, learnt std" if std is None else f"gaussian, std {std:g}",
        outputs=2 if std is None else 1,
        target=_as_it_is,
        log_prob=log_prob,
        mean=lambda numbers: numbers[..., 0],
    )


def discretised_logistic(components: int = 1) -> Likelihood:
    """The probability of each of 256 levels: a logistic's mass within half a level.

    The lowest and highest level have what lies beyond them, too, so that all sum to one
    (Kingma et al. 2016, arXiv:1606.04934; mixtures: Salimans et al. 2017,
    arXiv:1701.05517, section 2.1). Channels are independent given z.

    Args:
        components: of a mixture; of one the decoder gives location and logarithm of the
            scale for each number, of several their logits besides.

    Raises:
        ValueError: fewer than one component.
    """
    ranges.whole(components=components)

    def parts(numbers: Numbers) -> tuple[jax.Array, jax.Array, jax.Array]:
        each = numbers.reshape(*numbers.shape[:-1], components, -1)
        log_scale = jnp.maximum(each[..., 1], SMALLEST)
        logits = each[..., 2] if components > 1 else jnp.zeros_like(log_scale)
        return each[..., 0], log_scale, jax.nn.log_softmax(logits)

    def log_prob(numbers: Numbers, x: Samples) -> PerExample:
        middle, log_scale, share = parts(numbers)
        x = x[..., None]
        above = (x - middle + HALF_LEVEL) * jnp.exp(-log_scale)
        below = (x - middle - HALF_LEVEL) * jnp.exp(-log_scale)
        # s(a) - s(b) = s(a) s(-b) (1 - exp(b - a)): no difference of near numbers.
        width = 2 * HALF_LEVEL * jnp.exp(-log_scale)
        under, over = jax.nn.log_sigmoid(above), jax.nn.log_sigmoid(-below)
        inside = under + over + jnp.log(-jnp.expm1(-width))
        lowest, highest = x < -1 + HALF_LEVEL, x > 1 - HALF_LEVEL
        mass = jnp.where(lowest, under, jnp.where(highest, over, inside))
        return _total(jax.nn.logsumexp(share + mass, axis=-1))

    def mean(numbers: Numbers) -> Samples:
        middle, _, share = parts(numbers)
        return (jnp.exp(share) * jnp.clip(middle, -1, 1)).sum(-1)

    several = f" x {components}" if components > 1 else ""
    return Likelihood(
        name=f"discretised logistic{several}",
        outputs=3 * components if components > 1 else 2,
        target=_as_it_is,
        log_prob=log_prob,
        mean=mean,
        levels=True,
    )


def _total(x: jax.Array) -> PerExample:
    """Summed over all but the first axis."""
    return x.reshape(len(x), -1).sum(-1)


def _as_it_is(x: Samples, keys: Keys) -> Samples:
    del keys
    return x


def _dynamic(x: Samples, keys: Keys) -> Samples:
    drawn = rng.uniform(rng.stream(keys, "binarise"), x.shape[1:])
    return jnp.where(drawn < (x + 1) / 2, 1.0, -1.0)


def _static(x: Samples, keys: Keys) -> Samples:
    """By a key that is a sum over the picture's own levels: the same at every sight."""
    del keys
    levels = jnp.rint((x.reshape(len(x), -1) + 1) * 127.5).astype(jnp.uint32)
    places = jnp.arange(levels.shape[1], dtype=jnp.uint32)
    sums = (levels * (2 * places + 1) * jnp.uint32(2654435761)).sum(-1)
    return _dynamic(x, rng.at(jax.random.key(0), sums.astype(jnp.int32)))


def _threshold(x: Samples, keys: Keys) -> Samples:
    del keys
    return jnp.where(x >= 0, 1.0, -1.0)


_TARGETS = {
    "dynamic": _dynamic,
    "static": _static,
    "threshold": _threshold,
    "grey": _as_it_is,
}

__all__ = ["Likelihood", "bernoulli", "discretised_logistic", "gaussian"]
