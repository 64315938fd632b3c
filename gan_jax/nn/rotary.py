"""Rotary positions (Su et al. 2021, arXiv:2104.09864): queries and keys turn with place.

The two halves of a head's numbers are turned against each other (the layout of GPT-NeoX
and LLaMA, not that of neighbouring pairs): (x1, x2) -> (x1 cos - x2 sin, x2 cos + x1 sin).
A product of a query and a key then depends on the difference of their places alone.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from gan_jax import ranges

BASE = 10_000.0
"""The slowest of the turns takes this many places for a radian, nearly."""


def angles(
    places: Int[Array, "t axes"], numbers: int, base: float = BASE
) -> Float[Array, "t half"]:
    """By how much each pair of a head's numbers is turned at each place.

    Args:
        places: along one axis, or along several (a row and a column), between which the
            pairs are shared out evenly.
        numbers: of a head.
        base: see `BASE`.

    Raises:
        ValueError: a head that cannot be cut into a pair for each axis.
    """
    axes = places.shape[1]
    ranges.whole(numbers=numbers)
    if numbers % (2 * axes):
        raise ValueError(
            f"a head of {numbers} numbers cannot be turned along {axes} axes; it takes a "
            f"multiple of {2 * axes}"
        )
    each = numbers // (2 * axes)
    rates = base ** -(jnp.arange(each) / each)
    turned = places[:, :, None].astype(float) * rates
    return turned.reshape(len(places), -1)


def rotated(
    x: Float[Array, "b h t d"], angle: Float[Array, "t half"]
) -> Float[Array, "b h t d"]:
    """Queries or keys, turned by `angles` of their places."""
    first, second = jnp.split(x, 2, axis=-1)
    cos, sin = jnp.cos(angle).astype(x.dtype), jnp.sin(angle).astype(x.dtype)
    return jnp.concatenate(
        [first * cos - second * sin, second * cos + first * sin], axis=-1
    )
