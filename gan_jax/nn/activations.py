"""Activations as values: each maker gives a function from arrays to arrays."""

import functools

import jax
import jax.numpy as jnp

from gan_jax import ranges
from gan_jax.typing import Activation


def relu() -> Activation:
    """max(x, 0)."""
    return jax.nn.relu


def leaky_relu(slope: float = 0.2) -> Activation:
    """max(x, slope * x): 0.2 in DCGAN, 0.1 in SN-GAN."""
    ranges.finite(slope=slope)
    return functools.partial(jax.nn.leaky_relu, negative_slope=slope)


def elu() -> Activation:
    """Exponential linear unit; its kink in f'' starves a gradient penalty."""
    return jax.nn.elu


def silu() -> Activation:
    """x * sigmoid(x): smooth, for penalties that need two derivatives."""
    return jax.nn.silu


def gelu() -> Activation:
    """Gaussian error linear unit, the exact form."""
    return functools.partial(jax.nn.gelu, approximate=False)


def softplus() -> Activation:
    """log(1 + exp(x)): smooth."""
    return jax.nn.softplus


def tanh() -> Activation:
    """Hyperbolic tangent: onto [-1, 1], the range of images."""
    return jnp.tanh


def sigmoid() -> Activation:
    """Logistic function: onto [0, 1]."""
    return jax.nn.sigmoid


def maxout(pieces: int = 5) -> Activation:
    """The largest of `pieces` linear units (Goodfellow et al. 2013).

    It leaves a `pieces`-th of the width: after a layer of 1000, `maxout(5)` is a maxout
    layer of 200 units. Unit i is the maximum of columns i, i + 200, i + 400, ...

    Raises:
        ValueError: pieces < 1; when applied, to a width that is no multiple of it.
    """
    ranges.whole(pieces=pieces)

    def largest(x: jax.Array) -> jax.Array:
        if x.shape[-1] % pieces:
            raise ValueError(
                f"maxout({pieces}) does not divide a width of {x.shape[-1]}"
            )
        return x.reshape(*x.shape[:-1], pieces, -1).max(-2)

    return largest


def linear() -> Activation:
    """The identity, for points in the plane."""
    return lambda x: x
