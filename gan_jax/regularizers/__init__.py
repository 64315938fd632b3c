"""Regularizers: penalties added to a player's loss, given the critic as a function."""

from gan_jax.regularizers.base import Regularizer, chain, every, scale, stateless
from gan_jax.regularizers.difference import approximate_r1, approximate_r2
from gan_jax.regularizers.gradient import dragan, gradient_penalty, r1, r2
from gan_jax.regularizers.path_length import path_length
from gan_jax.regularizers.witness import witness_penalty

__all__ = [
    "Regularizer",
    "approximate_r1",
    "approximate_r2",
    "chain",
    "dragan",
    "every",
    "gradient_penalty",
    "path_length",
    "r1",
    "r2",
    "scale",
    "stateless",
    "witness_penalty",
]
