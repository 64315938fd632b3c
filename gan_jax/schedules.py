"""Scalars that move: functions of `seen`, the count of real images shown so far.

One rule for every schedule in the house (learning rates, penalty weights, EMA decay,
noise): it is a function of `seen`, built while tracing, so that batch size, number of
devices and fused steps cannot change its meaning. Any scalar in a config may be a node
of this room: `learning_rate=dict(name="linear", start=2e-4, end=0.0, over=32_000_000)`.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from gan_jax.typing import Seen

Schedule = Callable[[Seen], jax.Array]
Number = float | Schedule
"""A scalar hyper-parameter: a number, or a function of `seen`."""


def value(number: Number, seen: Seen) -> jax.Array | float:
    """The number as it stands after `seen` real images."""
    return number(seen) if callable(number) else number


def _progress(seen: Seen, begin: int, over: int) -> jax.Array:
    return jnp.clip((jnp.asarray(seen, jnp.float32) - begin) / over, 0.0, 1.0)


def linear(start: float, end: float, over: int, begin: int = 0) -> Schedule:
    """From `start` to `end` in a straight line.

    Args:
        start: value until `begin` images were shown.
        end: value from `begin + over` images on.
        over: length of the ramp, in real images.
        begin: images shown before the ramp starts.
    """
    return lambda seen: start + (end - start) * _progress(seen, begin, over)


def cosine(start: float, end: float, over: int, begin: int = 0) -> Schedule:
    """From `start` to `end` along half a cosine; arguments as in `linear`."""

    def at(seen: Seen) -> jax.Array:
        ease = 0.5 - 0.5 * jnp.cos(jnp.pi * _progress(seen, begin, over))
        return start + (end - start) * ease

    return at


def exponential(start: float, end: float, over: int, begin: int = 0) -> Schedule:
    """From `start` to `end` at a constant ratio; both positive."""
    return lambda seen: start * (end / start) ** _progress(seen, begin, over)


def warmup(peak: Number, over: int) -> Schedule:
    """From 0 to `peak` over the first `over` images; `peak` may itself be moving."""
    return lambda seen: value(peak, seen) * _progress(seen, 0, over)


def steps(values: tuple[float, ...], boundaries: tuple[int, ...]) -> Schedule:
    """Piecewise constant: `values[i]` until `boundaries[i]` images were shown.

    Raises:
        ValueError: unless there is one value more than there are boundaries.
    """
    if len(values) != len(boundaries) + 1:
        raise ValueError("steps wants one value more than boundaries")

    def at(seen: Seen) -> jax.Array:
        passed = jnp.asarray(boundaries, jnp.float32) <= jnp.asarray(seen, jnp.float32)
        return jnp.asarray(values, jnp.float32)[passed.sum()]

    return at


def half_life(images: float, per_round: int, rampup: float | None = None) -> Schedule:
    """EMA decay from a half-life counted in images (StyleGAN2, and papers since).

    Args:
        images: real images after which a weight's share has halved.
        per_round: real images shown in one round, i.e. between two moves of the EMA.
        rampup: with it, the half-life is at most `rampup * seen` early on (StyleGAN2-ADA
            uses 0.05).
    """

    def at(seen: Seen) -> jax.Array:
        life = jnp.asarray(images, jnp.float32)
        if rampup is not None:
            life = jnp.minimum(life, rampup * jnp.asarray(seen, jnp.float32))
        return 0.5 ** (per_round / jnp.maximum(life, 1e-8))

    return at


__all__ = ["cosine", "exponential", "half_life", "linear", "steps", "warmup"]
