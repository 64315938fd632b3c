"""Autoregressive models: a game of one phase, in which each token is told from the last.

log p(x) = sum_t log p(x_t | x_1 .. x_(t-1), c), of tokens in raster order: pixels (van den
Oord et al. 2016, arXiv:1601.06759; Chen et al. 2020, Image GPT), or the codes of a frozen
autoencoder (Esser et al. 2021, arXiv:2012.09841). For pixels of n levels the likelihood is
exact, and comparable with others' in bits per dimension, nats / (ln 2 * h * w * c).
"""

import math
from collections.abc import Mapping

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float, Int

from gan_jax import names
from gan_jax.asks import UNCONDITIONAL, Ask, Asked, Conditional, filled
from gan_jax.data import Facts
from gan_jax.games import drawing
from gan_jax.games.base import Aux, Batch, Game, GameState, Phase, Player, apply
from gan_jax.games.density import LOG_WEIGHTS, Density
from gan_jax.games.pair import reads_condition
from gan_jax.games.tokens import Tokeniser, Tokens
from gan_jax.optim import Optimiser
from gan_jax.schedules import Number
from gan_jax.typing import Cond, Keys, Samples, Seen

NOTHING = 2.0
"""A pixel that nobody gave: pictures lie in [-1, 1]."""


def autoregressive(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    facts: Facts,
    *,
    tokens: Tokeniser,
    conditional: Conditional | None = None,
    ema: Number | None = None,
    microbatches: int = 1,
) -> Game:
    """A Transformer over the tokens of examples.

    Samples can be asked for a `temperature`, `top_k` and `top_p`; and for an `image`, the
    first `rows` of which (half of them, unless asked) are kept and the rest completed.

    Args:
        models: the module `gen`, as `transformer.Transformer`, whose shape and vocabulary
            become those of the tokens; and what the tokeniser wants, frozen.
        optim: the optimiser of `gen`.
        facts: of the data.
        tokens: of examples, e.g. `pixels(bits=3)`.
        conditional: what stands before the first token, e.g. `class_labels()`.
        ema: decay per round of the average of weights.
        microbatches: parts a batch is cut into to save memory.

    Raises:
        ValueError: other players than these; a network that ignores the condition.
    """
    code = tokens({n: m for n, m in models.items() if n != "gen"}, facts)
    wanted = {"gen", *code.players}
    if set(models) != wanted or set(optim) != {"gen"}:
        frozen = f" and, frozen, {', '.join(code.players)}" if code.players else ""
        raise ValueError(
            f"models must be gen{frozen}, and optim gen alone; not {', '.join(models)} "
            f"and {', '.join(optim)}"
        )
    condition = conditional(facts) if conditional else UNCONDITIONAL

    def inputs(keys: Keys) -> tuple[Int[Array, "b t"], Cond]:
        told = condition.of_asked(filled(condition.asks, keys, {}))
        return jnp.zeros((keys.shape[0], code.length), jnp.int32), told

    module = models["gen"].clone(shape=code.shape, vocabulary=code.vocabulary)
    gen = Player(module, inputs, optim["gen"], ema)
    if condition.asks and not reads_condition(gen):
        raise ValueError(
            "the Transformer ignores the condition; take one that reads it"
        )

    def log_p(
        state: GameState, batch: Batch, train: bool
    ) -> tuple[Float[Array, "b t"], Float[Array, "b t"]]:
        """Of each token, and whether it was the likeliest."""
        told = jax.lax.stop_gradient(code.encode(state, batch["sample"]))
        own = state.players["gen"]
        own = own if train else own.averaged()
        logits, _ = apply(gen, own, told, condition.of_data(batch), train=train)
        each = jax.nn.log_softmax(logits)
        found = jnp.take_along_axis(each, told[..., None], axis=-1)[..., 0]
        return found, (logits.argmax(-1) == told).astype(float)

    def turn(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        del keys, step
        found, right = log_p(state, batch, train=True)
        bits = -found.mean(1) / math.log(2)
        metrics = {"nll": -found.sum(1), "bits_per_token": bits, "right": right.mean(1)}
        if code.levels:
            metrics[names.BITS_PER_DIM] = bits
        return -found.mean(), Aux(metrics)

    def log_weights(
        state: GameState, batch: Batch, keys: Keys, draws: Int[Array, "k"]
    ) -> Float[Array, "k b"]:
        del keys
        found = log_p(state, batch, train=False)[0].sum(1)
        return jnp.broadcast_to(found, (len(draws), len(found)))

    def sample(state: GameState, keys: Keys, asked: Asked) -> Samples:
        given = _given(code, state, asked, facts.shape)
        cond = condition.of_asked(asked)
        return code.decode(state, drawing.draw(gen, state, keys, cond, asked, given))

    density = Density(log_weights, code.name, code.levels, exact=code.levels)
    return Game(
        players={"gen": gen, **code.players},
        phases=(Phase("gen", ("gen",), turn, microbatches=microbatches),),
        sample=sample,
        asks={
            **condition.asks,
            **drawing.asks(code.vocabulary),
            **_pictures(facts.shape),
        },
        functions={
            "tokens": code.encode,
            "picture": code.decode,
            **({LOG_WEIGHTS: density} if code.levels else {}),
        },
    )


def _pictures(shape: tuple[int, ...]) -> Mapping[str, Ask]:
    """What of a picture is to be kept."""
    half = shape[0] // 2
    return {
        "image": Ask(
            shape, drawn=lambda keys: jnp.full((keys.shape[0], *shape), NOTHING)
        ),
        "rows": Ask(
            dtype="int32",
            drawn=lambda keys: jnp.full(keys.shape[0], half, jnp.int32),
            within=(0, shape[0]),
        ),
    }


def _given(
    code: Tokens, state: GameState, asked: Asked, shape: tuple[int, ...]
) -> Int[Array, "b t"]:
    """Tokens of the rows that are to be kept; -1 for those to be drawn."""
    image, rows = jnp.asarray(asked["image"]), jnp.asarray(asked["rows"])
    there = (image <= 1).all((1, 2, 3))
    told = code.encode(state, jnp.clip(image, -1, 1))
    h, w, c = code.shape
    # Where a token stands for several rows, only those that are kept whole.
    kept = jnp.where(there, rows * h // shape[0], 0) * w * c
    return jnp.where(jnp.arange(code.length) < kept[:, None], told, -1)


__all__ = ["autoregressive"]
