"""Ranges of numbers: refused by the builder that is given them, in the same words.

Each check takes numbers by the names of the arguments they are, and raises ValueError
with that name. Functions of `seen` pass: their own builders look at their numbers. So
does what jax is just tracing, and None where a number may be missing.
"""

import math
import numbers
from collections.abc import Callable
from typing import Any

import jax


def finite(**named: Any) -> None:
    """Any number but infinity and NaN."""
    _check(named, lambda x: True, "a finite number")


def at_least(least: float, /, **named: Any) -> None:
    """A finite number, `least` or more."""
    _check(named, lambda x: x >= least, f"at least {least}")


def above(bound: float, /, **named: Any) -> None:
    """A finite number above `bound`."""
    _check(named, lambda x: x > bound, f"above {bound}")


def between(least: float, most: float, /, **named: Any) -> None:
    """A number from `least` to `most`, both included."""
    _check(named, lambda x: least <= x <= most, f"between {least} and {most}")


def decay(**named: Any) -> None:
    """The share of the old in a moving average: 0 or more, and below 1."""
    _check(named, lambda x: 0 <= x < 1, "at least 0 and below 1")


def whole(least: int = 1, /, **named: Any) -> None:
    """A whole number, `least` or more."""
    for name, value in named.items():
        if value is not None and not _is_whole(value, least):
            raise ValueError(
                f"{name}={value!r:.60} must be a whole number, at least {least}"
            )


def sizes(fewest: int = 1, /, **named: Any) -> None:
    """A list of whole numbers, `fewest` of them or more, each 1 or more."""
    many = "whole numbers" if fewest == 1 else f"{fewest} whole numbers or more"
    for name, value in named.items():
        listed = isinstance(value, (tuple, list)) and len(value) >= fewest
        if not listed or not all(_is_whole(size, 1) for size in value):
            raise ValueError(
                f"{name}={value!r:.60} must be a list of {many}, each at least 1"
            )


def each(check: Callable[..., None], /, *args: Any, **named: Any) -> None:
    """Lists of numbers that each pass another check, at least one of them."""
    for name, value in named.items():
        if not isinstance(value, (tuple, list)) or not value:
            raise ValueError(
                f"{name}={value!r:.60} must be a list of numbers, not empty"
            )
        for i, number in enumerate(value):
            check(*args, **{f"{name}[{i}]": number})


def _check(named: dict[str, Any], passes: Callable[[float], bool], words: str) -> None:
    for name, value in named.items():
        if value is None or callable(value) or isinstance(value, jax.Array):
            continue
        if not _is_real(value) or not passes(float(value)):
            raise ValueError(f"{name}={value!r:.60} must be {words}")


def _is_real(value: Any) -> bool:
    """Whether it is a finite number that a float can hold."""
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _is_whole(value: Any, least: int) -> bool:
    integral = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    return integral and int(value) >= least
