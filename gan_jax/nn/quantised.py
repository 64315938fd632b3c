"""Quantisers: vectors to the nearest of few, and back without losing the gradient.

A quantiser is a factory: `quantiser(name=...)` gives a module that is called as
`module(z, train=...)` on vectors [b, ..., d] and gives a `Quantised`. Its `look_up` gives
the vectors of codes, its `dim` the d that it takes, its `count` how many codes there are.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float, Int

from gan_jax import axis, ranges
from gan_jax.typing import Kind

CODEBOOK = "codebook"
"""The collection of a codebook that moves by averages."""
SMALL = 1e-5
"""In the smoothed counts of codes."""


class Quantised(NamedTuple):
    """What became of some vectors.

    Attributes:
        values: the codes' vectors, [b, ..., d]; their gradient goes to the vectors as if
            nothing had been done (Bengio et al. 2013).
        codes: int32 [b, ...].
        cost: per example, to be added to a loss.
        perplexity: exp of the entropy of the batch's codes: how many are used, in effect.
    """

    values: Float[Array, "b *d"]
    codes: Int[Array, "b *n"]
    cost: Float[Array, "b"]
    perplexity: Float[Array, ""]


Quantiser = Annotated[Callable[..., nn.Module], Kind("a quantiser")]


class VectorQuantiser(nn.Module):
    """Vectors to the nearest of a codebook; see `vector_quantiser`."""

    count: int
    dim: int
    commitment: float
    decay: float | None
    swapped: bool
    dead: float

    def setup(self) -> None:
        """The codebook: parameters, or averages of what was near."""

        def start(key: jax.Array) -> jax.Array:
            shape, most = (self.count, self.dim), 1 / self.count
            return jax.random.uniform(key, shape, minval=-most, maxval=most)

        if self.decay is None:
            self.vectors = self.param("vectors", start)
            return

        def first() -> jax.Array:
            return start(self.make_rng("params"))

        self.moving = self.variable(CODEBOOK, "vectors", first)
        ones = partial(jnp.ones, (self.count,))
        self.counts = self.variable(CODEBOOK, "counts", ones)
        self.sums = self.variable(CODEBOOK, "sums", lambda: self.moving.value)

    def __call__(self, z: Float[Array, "b *d"], *, train: bool) -> Quantised:
        """Quantise; in training, where the collection may move, the codebook follows."""
        flat = z.reshape(-1, self.dim).astype(jnp.float32)
        book = self._book()
        near = jnp.square(book).sum(-1) - 2 * flat @ book.T
        codes = near.argmin(-1).astype(jnp.int32)
        hits = jax.nn.one_hot(codes, self.count)
        follows = train and self.decay is not None and not self.is_initializing()
        if follows and self.is_mutable_collection(CODEBOOK):
            self._follow(jax.lax.stop_gradient(flat), hits)
        found = book[codes].reshape(z.shape)
        keep = jax.lax.stop_gradient
        to_code = _per_example(jnp.square(z - keep(found)))
        cost = self.commitment * to_code
        if self.decay is None:
            to_encoder = _per_example(jnp.square(keep(z) - found))
            cost = cost + to_encoder
            if self.swapped:
                cost = to_code + self.commitment * to_encoder
        values = z + keep(found - z)
        return Quantised(
            values, codes.reshape(z.shape[:-1]), cost, _perplexity(hits.mean(0))
        )

    def look_up(self, codes: Int[Array, "b *n"]) -> Float[Array, "b *d"]:
        """The vectors of codes."""
        return self._book()[codes]

    def _book(self) -> Float[Array, "k d"]:
        return self.vectors if self.decay is None else self.moving.value

    def _follow(self, z: Float[Array, "n d"], hits: Float[Array, "n k"]) -> None:
        """Counts and sums move on; a dead code begins anew at a vector of the batch."""
        decay = self.decay
        assert decay is not None
        seen, sums = axis.total((hits.sum(0), hits.T @ z))
        counts = decay * self.counts.value + (1 - decay) * seen
        sums = decay * self.sums.value + (1 - decay) * sums
        total = counts.sum()
        smooth = (counts + SMALL) / (total + self.count * SMALL) * total
        vectors = sums / smooth[:, None]
        if self.dead:
            every = axis.gather(z)
            others = every[jnp.arange(self.count) * len(every) // self.count]
            gone = counts < self.dead * total / self.count
            vectors = jnp.where(gone[:, None], others, vectors)
            counts = jnp.where(gone, total / self.count, counts)
            sums = jnp.where(gone[:, None], others * total / self.count, sums)
        self.moving.value = vectors
        self.counts.value, self.sums.value = counts, sums


class FiniteScalar(nn.Module):
    """Each number to one of few levels; see `finite_scalar`."""

    levels: tuple[int, ...]

    @property
    def dim(self) -> int:
        """Numbers of a vector."""
        return len(self.levels)

    @property
    def count(self) -> int:
        """How many codes there are."""
        return math.prod(self.levels)

    def __call__(self, z: Float[Array, "b *d"], *, train: bool) -> Quantised:
        """Bounded, rounded, and scaled to about [-1, 1]."""
        del train
        levels = jnp.asarray(self.levels, jnp.float32)
        half = (levels - 1) * (1 + 1e-3) / 2
        offset = jnp.where(levels % 2 == 0, 0.5, 0.0)
        shift = jnp.arctanh(offset / half)
        bounded = jnp.tanh(z.astype(jnp.float32) + shift) * half - offset
        whole = bounded + jax.lax.stop_gradient(jnp.round(bounded) - bounded)
        width = levels // 2
        digits = jax.lax.stop_gradient(whole + width).astype(jnp.int32)
        codes = (digits * self._places()).sum(-1)
        hits = jax.nn.one_hot(codes.reshape(-1), self.count)
        cost = jnp.zeros(z.shape[0])
        return Quantised(whole / width, codes, cost, _perplexity(hits.mean(0)))

    def look_up(self, codes: Int[Array, "b *n"]) -> Float[Array, "b *d"]:
        """The vectors of codes: mixed radix, the first number counting fastest."""
        levels = jnp.asarray(self.levels)
        digits = codes[..., None] // self._places() % levels
        return (digits - levels // 2) / (levels // 2)

    def _places(self) -> Int[Array, "d"]:
        return jnp.asarray([math.prod(self.levels[:i]) for i in range(self.dim)])


def vector_quantiser(
    count: int = 512,
    dim: int = 64,
    commitment: float = 0.25,
    decay: float | None = 0.99,
    swapped: bool = False,
    dead: float = 0.01,
) -> Quantiser:
    """The nearest of a codebook (van den Oord et al. 2017, arXiv:1711.00937).

    The cost is |sg[z] - e|^2 + commitment |z - sg[e]|^2, the mean over a vector's numbers
    and places. With a decay the first term is left out, and codes are averages of what is
    nearest to them (the paper's appendix A.1).

    Args:
        count: codes.
        dim: numbers of a vector.
        commitment: weight of the encoder's term.
        decay: of these averages, an update; None to learn the codebook by gradients.
        swapped: weighs the codebook's term in the encoder's place, as the released VQ-GAN
            does (its `legacy`).
        dead: share of an even part below which a code is begun anew at a vector of the
            batch; 0 never does.

    Raises:
        ValueError: numbers out of range; `swapped` where there is no such term.
    """
    ranges.whole(2, count=count)
    ranges.whole(dim=dim)
    ranges.at_least(0, commitment=commitment)
    ranges.decay(decay=decay, dead=dead)
    if swapped and decay is not None:
        raise ValueError("swapped weighs the codebook's loss; give decay=None for one")
    return partial(VectorQuantiser, count, dim, commitment, decay, swapped, dead)


def finite_scalar(levels: tuple[int, ...] = (8, 5, 5, 5)) -> Quantiser:
    """Each number of a vector rounded to a few levels (Mentzer et al. 2024,
    arXiv:2309.15505): no codebook, no cost, and no code that dies.

    Even levels lie unevenly about 0: of 8, from -1 to 3/4.

    Args:
        levels: of each number, 2 or more; there are as many codes as their product.

    Raises:
        ValueError: fewer than two levels.
    """
    ranges.sizes(levels=levels)
    for i, level in enumerate(levels):
        ranges.whole(2, **{f"levels[{i}]": level})
    return partial(FiniteScalar, levels)


def _per_example(x: Float[Array, "b *d"]) -> Float[Array, "b"]:
    return x.reshape(x.shape[0], -1).mean(1)


def _perplexity(share: Float[Array, "k"]) -> Float[Array, ""]:
    share = jax.lax.stop_gradient(axis.mean(share))
    return jnp.exp(-jnp.sum(share * jnp.log(jnp.maximum(share, 1e-30))))


__all__ = ["Quantised", "Quantiser", "finite_scalar", "vector_quantiser"]
