"""Asks: what a trained game can be asked for, and the conditions made of it."""

from gan_jax.asks.base import Ask, Asked, checked, filled
from gan_jax.asks.codes import codes
from gan_jax.asks.conditions import (
    UNCONDITIONAL,
    Condition,
    Conditional,
    class_labels,
    from_reals,
)
from gan_jax.asks.manners import PLAIN, Manner
from gan_jax.asks.priors import asks_of, latents_of
from gan_jax.asks.requests import requested

__all__ = [
    "PLAIN",
    "UNCONDITIONAL",
    "Ask",
    "Asked",
    "Condition",
    "Conditional",
    "Manner",
    "asks_of",
    "checked",
    "class_labels",
    "codes",
    "filled",
    "from_reals",
    "latents_of",
    "requested",
]
