"""Standing statistics (Brock et al. 2019, appendix A): batch norm for sampling.

Running statistics lag behind the weights, and belong to the latents of training. Standing
ones are made for the weights as they are, and for what is asked: the mean, over a number
of batches of new samples, of each batch's own statistics.
"""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Key

from gan_jax import loops, rng
from gan_jax.asks import Asked, filled, latents_of
from gan_jax.games.base import GameState, PlayerState
from gan_jax.games.pair import Pair
from gan_jax.typing import Keys, Tree

STANDING = "standing_statistics"
"""The name of this function of a game."""

PASSES = 16
"""How many batches BigGAN averages over."""

SEEN = "intermediates"
"""The collection in which a batch norm leaves its batch's `mean` and `var`."""


def standing_statistics(
    pair: Pair,
    state: GameState,
    keys: Key[Array, "passes b"],
    asked: Asked | None = None,
) -> GameState:
    """The state whose generator samples with standing statistics.

    Args:
        pair: whose generator it is.
        state: the trained game. The weights are those that sampling uses, averaged where
            there is an average; only their batch statistics are replaced.
        keys: of the samples of each pass; latents, and what is not asked, are drawn from
            them; `PASSES` of them in BigGAN. Their order does not matter.
        asked: by name [passes, b, ...], e.g. the truncation.

    Raises:
        ValueError: a network has batch statistics of a layer that does not say what its
            batch's are.
    """
    own = state.players[pair.maker]
    averaged = own.averaged()
    if "batch_stats" not in averaged.variables:
        return state

    def one(carry: None, given: tuple[Keys, Tree]) -> tuple[None, Tree]:
        return carry, _of_batch(pair, averaged, *given)

    _, each = loops.scan(one, None, (keys, dict(asked or {})))
    mean = jax.tree.map(lambda x: x.mean(0), each)
    variables = {**averaged.variables, "batch_stats": mean}
    fields = {"variables": variables}
    if own.ema is not None:
        fields = {"ema": {**own.ema, "variables": variables}}
    own = dataclasses.replace(own, **fields)
    return dataclasses.replace(state, players={**state.players, pair.maker: own})


def _of_batch(pair: Pair, own: PlayerState, keys: Keys, asked: Asked) -> Tree:
    """The statistics of one batch of new samples, in the form of `batch_stats`."""
    z = latents_of(
        pair.latents,
        rng.stream(keys, "latents"),
        filled(pair.asks, keys, asked),
    )
    cond = pair.condition.of_asked(filled(pair.condition.asks, keys, asked))
    _, seen = pair.gen.module.apply(
        {"params": own.params, **own.variables},
        z,
        cond,
        train=True,
        mutable=[SEEN, "batch_stats"],  # others' batch norms cannot do without
    )
    collections = dict(seen or {})

    def found(path: tuple, old: jax.Array) -> jax.Array:
        node: Any = collections.get(SEEN, {})
        for part in path:
            node = node.get(part.key, {})
        if not isinstance(node, tuple):
            name = jax.tree_util.keystr(path, simple=True, separator="/")
            raise ValueError(f"the layer of {name} does not say what its batch's are")
        return jnp.asarray(node[-1], old.dtype)

    return jax.tree_util.tree_map_with_path(found, own.variables["batch_stats"])
