"""Networks that grow: one module for each size, and how its newest layers fade in.

A growing network is configured whole; `at` gives the module of each smaller size. Layers
are named by their size, counted from the smallest, so that a larger module finds the
weights of a smaller one by their names. While its largest size fades in, a module blends
what it makes with what the smaller one would: `alpha` tells how far. It reads that number
from the collection `fade`, which a game fills in for each call and never keeps; where
nobody does, it is 1.
"""

from typing import Protocol, runtime_checkable

import jax
from flax import linen as nn
from jaxtyping import Array, Float

FADE, ALPHA = "fade", "alpha"
"""The collection, and the number in it."""


@runtime_checkable
class Growing(Protocol):
    """What a game knows of a network that grows.

    Attributes:
        sizes: how many there are; each is twice the one before.
        at: `(size, fading) -> module`, of the size numbered so from 0, the smallest.
            With `fading` it has the layers of the fade, and reads `alpha`. The last size
            without is the network itself.
    """

    @property
    def sizes(self) -> int: ...  # noqa: D102

    def at(self, size: int, fading: bool) -> nn.Module: ...  # noqa: D102


def alpha(module: nn.Module) -> Float[Array, ""] | float:
    """How far the largest size of a bound module has faded in, 0 to 1."""
    return module.get_variable(FADE, ALPHA, 1.0)


def blended(
    small: Float[Array, "b *x"],
    large: Float[Array, "b *x"],
    share: Float[Array, ""] | float,
) -> Float[Array, "b *x"]:
    """(1 - share) small + share large; exactly the one at 0, the other at 1."""
    mixed: jax.Array = (1 - share) * small + share * large
    return mixed.astype(large.dtype)


def check_fading(fading: bool, sizes: int) -> None:
    """Whether there is something to fade in from.

    Raises:
        ValueError: there is one size only.
    """
    if fading and sizes < 2:
        raise ValueError("fading=True takes two sizes at least")
