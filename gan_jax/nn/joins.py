"""Joins: where and how a network reads its condition beside what it is given.

A join is a value with a place, `at`, and a factory: `layer(wrap=..., dtype=...,
name=...)` gives a module that is called as `module(h, cond)`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.nn.values import Wrap
from gan_jax.typing import Cond, Kind

Place = Literal["input", "features"]
Joining = Annotated[Callable[..., nn.Module], Kind("a layer that joins")]


@dataclass(frozen=True)
class Join:
    """A condition's way into a network.

    Attributes:
        at: `input`, beside what the network is given; or `features`, half-way.
        layer: see the module.
    """

    KIND: ClassVar = Kind("a join")

    at: Place
    layer: Joining


class Concatenated(nn.Module):
    """h [b, ..., c] -> [b, ..., c + k]: the condition at every place of h, last.

    Args:
        embedding: numbers that the condition is first made into, by a dense layer
            without bias (of a one-hot class: a table, of the latents' size: N(0, 1));
            None joins it as it is.
        wrap: put around that layer.
    """

    embedding: int | None
    wrap: Wrap
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, h: Float[Array, "b *c"], cond: Cond) -> Float[Array, "b *d"]:
        """The two side by side; `cond` is vectors [b, k], or a tree of them.

        Raises:
            ValueError: there is no condition, or one that is no vector.
        """
        told = beside(cond).astype(self.dtype)
        if self.embedding:
            embed = nn.Dense(
                self.embedding,
                use_bias=False,
                kernel_init=nn.initializers.normal(1.0),
                dtype=self.dtype,
                name="embedding",
            )
            told = self.wrap(embed)(told)
        told = told.reshape(told.shape[0], *(1,) * (h.ndim - 2), -1)
        told = jnp.broadcast_to(told, (*h.shape[:-1], told.shape[-1]))
        return jnp.concatenate([h, told], axis=-1)


def beside(cond: Cond) -> Float[Array, "b k"]:
    """All vectors of a condition in one.

    Raises:
        ValueError: there are none, or something else.
    """
    leaves = jax.tree.leaves(cond)
    if not leaves:
        raise ValueError("concatenated() needs a condition; give game.conditional")
    if any(leaf.ndim != 2 for leaf in leaves):
        shapes = ", ".join(str(leaf.shape) for leaf in leaves)
        raise ValueError(f"concatenated() joins vectors [b, k], not {shapes}")
    return jnp.concatenate(leaves, axis=-1)


def concatenated(at: Place = "input", embedding: int | None = None) -> Join:
    """The condition joined by concatenation (Mirza & Osindero 2014, arXiv:1411.1784).

    Args:
        at: `input`: to the latent, to the pixels as planes. `features`: half-way (Reed
            et al. 2016, arXiv:1605.05396, section 4), to what the last hidden layer of a
            dense network or of a convolutional critic reads, and to the smallest map of
            a convolutional generator. A critic hears no more than one bias a class where
            nothing but its last layer follows.
        embedding: see `Concatenated`.

    Raises:
        ValueError: an embedding of no numbers.
    """
    if embedding is not None:
        ranges.whole(embedding=embedding)
    return Join(at, partial(Concatenated, embedding))
