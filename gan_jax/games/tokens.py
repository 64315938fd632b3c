"""Tokenisers: what of an example an autoregressive game tells, one after the other."""

import math
from collections.abc import Callable, Mapping
from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float, Int

from gan_jax import ranges, rng
from gan_jax.data import Facts
from gan_jax.games.base import GameState, Player, apply
from gan_jax.models.vqgan import Autoencoder
from gan_jax.typing import Kind, Samples


class Tokens(NamedTuple):
    """Examples as sequences of whole numbers.

    Attributes:
        shape: (h, w, c) of the tokens; the sequence is in raster order.
        vocabulary: how many different ones there are.
        encode: (state, samples) -> int32 [b, h * w * c].
        decode: the way back.
        name: of what they are, in words.
        players: frozen ones that do it, by name.
        levels: whether each is a level of one number of an example, so that bits per
            dimension can be told.
    """

    shape: tuple[int, int, int]
    vocabulary: int
    encode: Callable[[GameState, Samples], Int[Array, "b t"]]
    decode: Callable[[GameState, Int[Array, "b t"]], Samples]
    name: str
    players: Mapping[str, Player] = {}
    levels: bool = False

    @property
    def length(self) -> int:
        """Of a sequence."""
        return math.prod(self.shape)


Tokeniser = Annotated[
    Callable[[Mapping[str, nn.Module], Facts], Tokens], Kind("a tokeniser")
]
"""What a config names: given the frozen networks of the game and the data's facts."""


def pixels(bits: int = 8) -> Tokeniser:
    """Each number of a picture, as one of 2^bits levels.

    Of fewer than 8 bits, a level is the first of these of the picture's own, and is drawn
    as the middle of all that begin so.

    Args:
        bits: 1 to 8.

    Raises:
        ValueError: other bits; once the data are known, data that are no pictures.
    """
    ranges.whole(bits=bits)
    if bits > 8:
        raise ValueError(f"bits={bits} must be a whole number, at most 8")
    size = 2 ** (8 - bits)

    def of(models: Mapping[str, nn.Module], facts: Facts) -> Tokens:
        del models
        if len(facts.shape) != 3:
            raise ValueError("pixels are of pictures; these data have none")
        h, w, c = facts.shape

        def encode(state: GameState, x: Samples) -> Int[Array, "b t"]:
            del state
            return levels(x, size)

        def decode(state: GameState, tokens: Int[Array, "b t"]) -> Samples:
            del state
            middle = tokens * size + (size - 1) / 2
            return (middle / 127.5 - 1).reshape(tokens.shape[0], h, w, c)

        name = f"pixels of {bits} bit{'s' * (bits > 1)}"
        return Tokens((h, w, c), 2**bits, encode, decode, name, levels=True)

    return of


def codes() -> Tokeniser:
    """The codes of a frozen autoencoder (Esser et al. 2021, section 3.2).

    The game then has a player `book`, a `vqgan.Autoencoder` as it was trained, without an
    optimiser: `weights.book=dict(workdir="runs/vqgan", player="gen")`.

    Raises:
        ValueError: once it is used, no such network.
    """

    def of(models: Mapping[str, nn.Module], facts: Facts) -> Tokens:
        module = models.get("book")
        if not isinstance(module, Autoencoder):
            raise ValueError(
                "codes() are those of models.book; give it a vqgan.Autoencoder, and its "
                "weights by weights.book"
            )
        book = Player(module, lambda keys: (rng.normal(keys, facts.shape), None))
        h, w, c = module.grid

        def encode(state: GameState, x: Samples) -> Int[Array, "b t"]:
            own = state.players["book"]
            return apply(book, own, x, train=False, method="encode")[0].reshape(
                x.shape[0], -1
            )

        def decode(state: GameState, tokens: Int[Array, "b t"]) -> Samples:
            own, there = state.players["book"], tokens.reshape(-1, h, w)
            return apply(book, own, there, train=False, method="decode")[0]

        count = module.quantiser().count
        return Tokens((h, w, c), count, encode, decode, "codes", {"book": book})

    return of


def levels(x: Float[Array, "b *shape"], size: int) -> Int[Array, "b t"]:
    """Numbers in [-1, 1] as levels of 8 bits, every `size` of them taken for one."""
    whole = jnp.clip(jnp.rint((x + 1) * 127.5), 0, 255).astype(jnp.int32)
    return jax.lax.div(whole.reshape(x.shape[0], -1), size)  # none is negative


__all__ = ["Tokeniser", "Tokens", "codes", "pixels"]
