"""A Transformer that tells each token from those before it (Vaswani et al. 2017; decoder).

The defaults are today's custom: RMSNorm before each half of a block, SwiGLU (Shazeer 2020,
arXiv:2002.05202), rotary positions along rows and columns, queries and keys normalised
(Henry et al. 2020, arXiv:2010.04245), no biases. GPT-2 (Radford et al. 2019) is

    norm="layer", feed="gelu", positions="learned", qk_norm=False, bias=True, tied=True

Weights begin at N(0, 0.02^2), those of layers that add to the residual stream at that over
sqrt(2 depth), as in GPT-2. Tokens stand in raster order, channels innermost.
"""

from functools import partial
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float, Int

from gan_jax import ranges
from gan_jax.nn import attention
from gan_jax.nn.rotary import angles, rotated
from gan_jax.typing import Cond

__all__ = ["Transformer"]

Tokens = Int[Array, "b t"]
Hidden = Float[Array, "b t d"]
INIT = 0.02


class Cache(NamedTuple):
    """What a block remembers of the tokens so far: keys and values, [b, heads, T, d]."""

    keys: Float[Array, "b h t d"]
    values: Float[Array, "b h t d"]


class Block(nn.Module):
    """Attention to what came before, and a layer for each place by itself."""

    heads: int
    hidden: int
    feed: Literal["swiglu", "gelu"]
    norm: Literal["rms", "layer"]
    qk_norm: bool
    bias: bool
    shrink: float
    dtype: Any

    @nn.compact
    def __call__(
        self,
        h: Hidden,
        angle: Float[Array, "t half"] | None,
        cache: Cache | None,
        at: Int[Array, ""] | int,
    ) -> tuple[Hidden, Cache]:
        """The stream after this block, and keys and values with those of these places."""
        width = h.shape[-1]
        x = self._norm("norm_attention")(h)
        q, k, v = (
            part.reshape(*h.shape[:2], self.heads, -1).swapaxes(1, 2)
            for part in jnp.split(self._dense(3 * width, "qkv")(x), 3, axis=-1)
        )
        if self.qk_norm:
            q, k = self._norm("norm_query")(q), self._norm("norm_key")(k)
        if angle is not None:
            q, k = rotated(q, angle), rotated(k, angle)
        if cache is None:
            cache = Cache(k, v)
        else:
            place = (0, 0, at, 0)
            cache = Cache(
                jax.lax.dynamic_update_slice(cache.keys, k, place),
                jax.lax.dynamic_update_slice(cache.values, v, place),
            )
        y = attended(q, *cache, at).swapaxes(1, 2).reshape(h.shape)
        h = h + self._dense(width, "attention", self.shrink)(y)
        x = self._norm("norm_feed")(h)
        if self.feed == "swiglu":
            gate, x = jnp.split(self._dense(2 * self.hidden, "in")(x), 2, axis=-1)
            x = nn.silu(gate) * x
        else:
            x = nn.gelu(self._dense(self.hidden, "in")(x))
        return h + self._dense(width, "out", self.shrink)(x), cache

    def _dense(self, features: int, name: str, shrink: float = 1.0) -> nn.Module:
        init = nn.initializers.normal(INIT * shrink)
        return nn.Dense(
            features, self.bias, kernel_init=init, dtype=self.dtype, name=name
        )

    def _norm(self, name: str) -> nn.Module:
        return NORMS[self.norm](dtype=self.dtype, name=name)


NORMS = {"rms": nn.RMSNorm, "layer": partial(nn.LayerNorm, epsilon=1e-5)}


def attended(
    q: Float[Array, "b h n d"],
    keys: Float[Array, "b h t d"],
    values: Float[Array, "b h t d"],
    at: Int[Array, ""] | int,
) -> Float[Array, "b h n d"]:
    """What n queries, the first of them at place `at`, find at places up to their own."""
    own, there = at + jnp.arange(q.shape[2]), jnp.arange(keys.shape[2])
    return attention.attended(q, keys, values, there <= own[:, None])


class Transformer(nn.Module):
    """Tokens to logits of each, from those before it and a condition.

    Args:
        shape: (h, w, c) of the tokens: of a picture's pixels, or as the game says.
        vocabulary: how many tokens there are; the game says.
        width: of the stream.
        depth: blocks.
        heads: of the attention; they share the width.
        hidden: of the layer for each place; None for 8/3 of the width, made a multiple of
            64 (`swiglu`), or 4 of it (`gelu`).
        feed: that layer.
        norm: before each layer, over the width alone.
        positions: `rotary2d` turns one half of a head with the row, the other with the
            column; `rotary` with the place in the sequence; `learned` adds a vector.
        qk_norm: whether queries and keys are normalised.
        bias: of dense layers.
        tied: whether the last layer is the table of the tokens.
    """

    shape: tuple[int, ...]
    vocabulary: int = 256
    width: int = 128
    depth: int = 4
    heads: int = 4
    hidden: int | None = None
    feed: Literal["swiglu", "gelu"] = "swiglu"
    norm: Literal["rms", "layer"] = "rms"
    positions: Literal["rotary2d", "rotary", "learned"] = "rotary2d"
    qk_norm: bool = True
    bias: bool = False
    tied: bool = False
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(3, shape=self.shape)
        ranges.whole(width=self.width, depth=self.depth, heads=self.heads)
        ranges.whole(2, vocabulary=self.vocabulary)
        ranges.whole(hidden=self.hidden)
        if self.width % self.heads:
            raise ValueError(f"heads={self.heads} do not share a width of {self.width}")
        super().__post_init__()

    def setup(self) -> None:
        """The layers, which both methods share."""
        init = nn.initializers.normal(INIT)
        self.table = nn.Embed(self.vocabulary, self.width, embedding_init=init)
        # Dense, so that a class, one-hot, has a vector of its own as the first token.
        self.told = nn.Dense(self.width, use_bias=False, kernel_init=init)
        self.start = self.param("start", init, (self.width,))
        h, w, c = self.shape
        if c > 1:
            self.channel = self.param("channel", init, (c, self.width))
        if self.positions == "learned":
            small = nn.initializers.normal(INIT / 2)
            self.place = self.param("place", small, (h * w * c, self.width))
        usual = 4 * self.width if self.feed == "gelu" else -(-self.width // 24) * 64
        self.blocks = [
            Block(
                heads=self.heads,
                hidden=self.hidden or usual,
                feed=self.feed,
                norm=self.norm,
                qk_norm=self.qk_norm,
                bias=self.bias,
                shrink=(2 * self.depth) ** -0.5,
                dtype=self.dtype,
            )
            for _ in range(self.depth)
        ]
        self.last = NORMS[self.norm](dtype=self.dtype)
        if not self.tied:
            self.output = nn.Dense(self.vocabulary, use_bias=False, kernel_init=init)

    def __call__(
        self, tokens: Tokens, cond: Cond = None, *, train: bool
    ) -> Float[Array, "b t v"]:
        """Logits [b, t, vocabulary] of each token, which it does not see itself.

        Args:
            tokens: [b, t], the first t of a sequence.
            cond: what stands before them, [b, k], e.g. a class, one-hot.
            train: makes no difference.
        """
        before = jnp.pad(tokens[:, :-1], ((0, 0), (1, 0)))
        return self.step(before, cond, train=train)[0]

    def step(
        self,
        before: Tokens,
        cond: Cond = None,
        cache: tuple[Cache, ...] | None = None,
        at: Int[Array, ""] | int = 0,
        *,
        train: bool,
    ) -> tuple[Float[Array, "b t v"], tuple[Cache, ...]]:
        """Logits at places `at`, `at + 1`, ..., and what is to be remembered of them.

        Args:
            before: [b, t], the tokens before each of these places; before place 0 stands
                the condition, whatever is given here.
            cond: as in the call.
            cache: of the places so far, as this method or `empty` gave it; None where
                `at` is 0 and nothing is to follow.
            at: the first of the places.
            train: makes no difference.
        """
        del train
        h, w, c = self.shape
        places = at + jnp.arange(before.shape[1])
        start = self.start if cond is None else self.start + self.told(cond)[:, None]
        x = jnp.where((places == 0)[:, None], start, self.table(before))
        if c > 1:
            x = x + self.channel[places % c]
        angle = None
        if self.positions == "learned":
            x = x + self.place[places]
        else:
            cell = places // c
            along = (cell // w, cell % w) if self.positions == "rotary2d" else (places,)
            angle = angles(jnp.stack(along, axis=1), self.width // self.heads)
        x, after = x.astype(self.dtype), []
        for i, block in enumerate(self.blocks):
            x, kept = block(x, angle, cache[i] if cache else None, at)
            after.append(kept)
        x = self.last(x).astype(jnp.float32)
        logits = self.table.attend(x) if self.tied else self.output(x)
        return logits, tuple(after)

    def empty(self, first: Int[Array, "b"]) -> tuple[Cache, ...]:
        """The cache before the first tokens, for sequences of the whole shape."""
        h, w, c = self.shape
        size = (first.shape[0], self.heads, h * w * c, self.width // self.heads)
        zeros = jnp.zeros(size, self.dtype)
        return (Cache(zeros, zeros),) * self.depth
