"""Scalars that move: functions of `seen`, the count of real images shown so far.

One rule for every schedule in the house (learning rates, penalty weights, EMA decay,
noise): it is a function of `seen`, built while tracing, so that batch size, number of
devices and fused steps cannot change its meaning. Any scalar in a config may be a node
of this room: `learning_rate=dict(name="linear", start=2e-4, end=0.0, over=32_000_000)`.

What happens in some rounds only is a `Rounds`, a function of the count of rounds.
"""

from collections.abc import Callable
from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp

from gan_jax import ranges
from gan_jax.typing import Kind, Seen

Schedule = Annotated[Callable[[Seen], jax.Array], Kind("a schedule")]
Number = float | Schedule
"""A scalar hyper-parameter: a number, or a function of `seen`."""


def value(number: Number, seen: Seen) -> jax.Array | float:
    """The number as it stands after `seen` real images."""
    return number(seen) if callable(number) else number


def _progress(seen: Seen, begin: int, over: int) -> jax.Array:
    return jnp.clip((jnp.asarray(seen, jnp.float32) - begin) / over, 0.0, 1.0)


def _check_ramp(over: int, begin: int = 0) -> None:
    ranges.above(0, over=over)
    ranges.at_least(0, begin=begin)


def linear(start: float, end: float, over: int, begin: int = 0) -> Schedule:
    """From `start` to `end` in a straight line.

    Args:
        start: value until `begin` images were shown.
        end: value from `begin + over` images on.
        over: length of the ramp, in real images.
        begin: images shown before the ramp starts.

    Raises:
        ValueError: a number out of its range, as in all schedules.
    """
    ranges.finite(start=start, end=end)
    _check_ramp(over, begin)
    return lambda seen: start + (end - start) * _progress(seen, begin, over)


def cosine(start: float, end: float, over: int, begin: int = 0) -> Schedule:
    """From `start` to `end` along half a cosine; arguments as in `linear`."""
    ranges.finite(start=start, end=end)
    _check_ramp(over, begin)

    def at(seen: Seen) -> jax.Array:
        ease = 0.5 - 0.5 * jnp.cos(jnp.pi * _progress(seen, begin, over))
        return start + (end - start) * ease

    return at


def exponential(start: float, end: float, over: int, begin: int = 0) -> Schedule:
    """From `start` to `end` at a constant ratio; both positive."""
    ranges.above(0, start=start, end=end)
    _check_ramp(over, begin)
    return lambda seen: start * (end / start) ** _progress(seen, begin, over)


def warmup(peak: Number, over: int) -> Schedule:
    """From 0 to `peak` over the first `over` images; `peak` may itself be moving."""
    ranges.finite(peak=peak)
    _check_ramp(over)
    return lambda seen: value(peak, seen) * _progress(seen, 0, over)


def steps(values: tuple[float, ...], boundaries: tuple[int, ...]) -> Schedule:
    """Piecewise constant: `values[i]` until `boundaries[i]` images were shown.

    Raises:
        ValueError: unless there is one value more than there are boundaries, and these
            ascend.
    """
    ranges.each(ranges.finite, values=values)
    if len(values) != len(boundaries) + 1:
        raise ValueError("steps wants one value more than boundaries")
    for i, (low, high) in enumerate(zip((0, *boundaries), boundaries, strict=False)):
        ranges.above(low, **{f"boundaries[{i}]": high})

    def at(seen: Seen) -> jax.Array:
        passed = jnp.asarray(boundaries, jnp.float32) <= jnp.asarray(seen, jnp.float32)
        return jnp.asarray(values, jnp.float32)[passed.sum()]

    return at


def cyclical(start: float, end: float, period: int, share: float = 0.5) -> Schedule:
    """From `start` to `end` again and again (Fu et al. 2019, arXiv:1903.10145).

    Args:
        start: value at the beginning of each period.
        end: value at the end of each ramp, and until the period is over.
        period: in real images.
        share: of a period that is a ramp, above 0 and at most 1.
    """
    ranges.finite(start=start, end=end)
    ranges.above(0, period=period, share=share)
    ranges.between(0, 1, share=share)

    def at(seen: Seen) -> jax.Array:
        passed = jnp.asarray(jnp.asarray(seen) % period, jnp.float32) / period
        return start + (end - start) * jnp.clip(passed / share, 0.0, 1.0)

    return at


def half_life(images: Number, per_round: int, rampup: float | None = None) -> Schedule:
    """EMA decay from a half-life counted in images (StyleGAN2, and papers since).

    Args:
        images: real images after which a weight's share has halved; may itself be
            moving (R3GAN's grows from 0, at which the average is a copy).
        per_round: real images shown in one round, i.e. between two moves of the EMA.
        rampup: with it, the half-life is at most `rampup * seen` early on (StyleGAN2-ADA
            uses 0.05).
    """
    ranges.above(0, images=images, per_round=per_round, rampup=rampup)

    def at(seen: Seen) -> jax.Array:
        life = jnp.asarray(value(images, seen), jnp.float32)
        if rampup is not None:
            life = jnp.minimum(life, rampup * jnp.asarray(seen, jnp.float32))
        return 0.5 ** (per_round / jnp.maximum(life, 1e-8))

    return at


class Rounds(NamedTuple):
    """In which rounds something happens.

    Attributes:
        plays: round, from 0 -> whether it happens then.
        before: round -> how often it has happened in the rounds before.
    """

    KIND = Kind("a choice of rounds")

    plays: Callable[[Seen], jax.Array | bool]
    before: Callable[[Seen], Seen]


EVERY_ROUND = Rounds(lambda step: True, lambda step: step)
"""Compared by identity: a phase of every round needs no branch."""


def one_in(k: int) -> Rounds:
    """Rounds 0, k, 2k, ...: lazy regularisation with an optimiser step of its own.

    Raises:
        ValueError: k < 1.
    """
    ranges.whole(k=k)
    if k == 1:
        return EVERY_ROUND
    return Rounds(lambda step: step % k == 0, lambda step: (step + k - 1) // k)


def critic_bursts(length: int = 20, first: int = 25, period: int = 500) -> Rounds:
    """WGAN's bursts of critic training, as rounds through which the generator sleeps.

    Generator updates number 0, ..., `first` - 1 and every multiple of `period` come at
    the end of `length` rounds, all others after one. With five critic steps a round the
    defaults are the 100 critic steps of Arjovsky et al. 2017's released code.

    Raises:
        ValueError: not 1 <= length and 1 <= first <= period.
    """
    ranges.whole(length=length, first=first, period=period)
    if first > period:
        raise ValueError(f"first={first}, period={period}: wanted first <= period")
    opening, singles = first * length, period - first
    cycle = length + period - 1

    def plays(step: Seen) -> jax.Array:
        later = jnp.asarray(step) - opening - singles
        burst = jnp.where(later < 0, step - opening >= 0, later % cycle >= length - 1)
        return jnp.where(step < opening, step % length == length - 1, burst)

    def before(step: Seen) -> jax.Array:
        later = jnp.asarray(step) - opening - singles
        in_cycle = jnp.maximum(later % cycle - (length - 1), 0)
        settled = first + jnp.where(
            later < 0, step - opening, singles + later // cycle * period + in_cycle
        )
        return jnp.where(step < opening, jnp.asarray(step) // length, settled)

    return Rounds(plays, before)


__all__ = [
    "EVERY_ROUND",
    "Rounds",
    "cosine",
    "critic_bursts",
    "cyclical",
    "exponential",
    "half_life",
    "linear",
    "one_in",
    "steps",
    "warmup",
]
