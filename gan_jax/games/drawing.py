"""Drawing token after token from a Transformer: one compiled loop with a cache."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from gan_jax import rng
from gan_jax.asks import Ask, Asked
from gan_jax.games.base import GameState, Player, apply
from gan_jax.typing import Cond, Keys

COLDEST = 1e-6
"""Temperature in place of 0, at which the likeliest token is drawn."""


def asks(vocabulary: int) -> Mapping[str, Ask]:
    """How tokens are drawn: `temperature`, `top_k` (0 for all) and `top_p` (1 for all)."""
    return {
        "temperature": Ask(
            drawn=lambda keys: jnp.ones(keys.shape[0]), within=(0.0, 100.0)
        ),
        "top_k": Ask(
            dtype="int32",
            drawn=lambda keys: jnp.zeros(keys.shape[0], jnp.int32),
            within=(0, vocabulary),
        ),
        "top_p": Ask(drawn=lambda keys: jnp.ones(keys.shape[0]), within=(0.0, 1.0)),
    }


def narrowed(
    logits: Float[Array, "b v"],
    temperature: Float[Array, "b"],
    top_k: Int[Array, "b"],
    top_p: Float[Array, "b"],
) -> Float[Array, "b v"]:
    """Probabilities of tokens, as asked.

    Args:
        logits: of the model.
        temperature: they are divided by it.
        top_k: of the k likeliest alone; 0 for all.
        top_p: then of the fewest of these that have this share together (nucleus
            sampling, Holtzman et al. 2020, arXiv:1904.09751); the likeliest always.
    """
    logits = logits / jnp.maximum(temperature, COLDEST)[:, None]
    count = logits.shape[-1]

    def cut(logits: jax.Array) -> jax.Array:
        order = jnp.argsort(-logits, axis=-1, stable=True)
        falling = jnp.take_along_axis(logits, order, axis=-1)
        rank = jnp.arange(count)
        few = jnp.where(top_k > 0, top_k, count)[:, None]
        share = jax.nn.softmax(jnp.where(rank < few, falling, -jnp.inf))
        before = jnp.cumsum(share, axis=-1) - share
        kept = (before < top_p[:, None]) | (rank == 0)
        share = jnp.where(kept & (rank < few), share, 0.0)
        return jnp.take_along_axis(share, jnp.argsort(order, axis=-1), axis=-1)

    wanted = ((top_k > 0) | (top_p < 1)).any()
    share = jax.lax.cond(wanted, cut, lambda x: jax.nn.softmax(x), logits)
    return share / share.sum(-1, keepdims=True)


def chosen(share: Float[Array, "b v"], at: Float[Array, "b"]) -> Int[Array, "b"]:
    """The token in whose part of the sum of all shares each number of [0, 1) lies."""
    sums = jnp.cumsum(share, axis=-1)
    return (sums <= at[:, None] * sums[:, -1:]).sum(-1, dtype=jnp.int32)


def draw(
    player: Player,
    state: GameState,
    keys: Keys,
    cond: Cond,
    asked: Asked,
    given: Int[Array, "b t"],
) -> Int[Array, "b t"]:
    """Sequences, each from its own key.

    Each token costs one pass over one place: what earlier places left is passed on as the
    cache.

    Args:
        player: a `models.transformer.Transformer`.
        state: of the game; the player's averaged weights are used.
        keys: one a sequence.
        cond: what stands before it.
        asked: every ask of `asks`.
        given: tokens that stand already, and -1 where they are to be drawn.
    """
    own = state.players["gen"].averaged()
    numbers = rng.uniform(rng.stream(keys, "tokens"), given.shape[1:])
    how = [jnp.asarray(asked[name]) for name in ("temperature", "top_k", "top_p")]

    def step(carry: tuple, x: tuple) -> tuple[tuple, jax.Array]:
        before, cache = carry
        place, there, number = x
        (logits, cache), _ = apply(
            *(player, own, before[:, None], cond, cache, place),
            train=False,
            method="step",
        )
        token = chosen(narrowed(logits[:, 0], *how), number)
        token = jnp.where(there >= 0, there, token)
        return (token, cache), token

    first = jnp.zeros(given.shape[0], jnp.int32)
    start = first, player.module.empty(first)
    along = jnp.arange(given.shape[1]), given.T, numbers.T
    _, tokens = jax.lax.scan(step, start, along)
    return tokens.T
