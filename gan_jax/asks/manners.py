"""Manners: what a generator is told beside its latents and their condition."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from gan_jax.asks.base import Ask, Asked
from gan_jax.typing import Keys


class Manner(NamedTuple):
    """How a generator is called, in training and after: keyword arguments of its call.

    Attributes:
        asks: what more it can be asked for, by name.
        training: keys, one a sample -> what it is told in training.
        sampling: (keys, asked) -> what it is told then. Without keys nothing is drawn;
            an ask that is missing stands where nobody asks.
    """

    asks: Mapping[str, Ask]
    training: Callable[[Keys], Mapping[str, Any]]
    sampling: Callable[[Keys | None, Asked], Mapping[str, Any]]


PLAIN = Manner({}, lambda keys: {}, lambda keys, asked: {})
"""Nothing more."""
