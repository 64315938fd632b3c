"""GANs whose generator works with styles (Karras et al. 2020, arXiv:1912.04958).

An ordinary game of `pair` and `turns`, but for three things: the generator is told noise
and mixed styles while it learns, and can be asked for truncation after; penalties have
turns of their own, in one round of k (appendix B); and the generator moves first, as in
the authors' code, of which round n is: generator, its penalty, critic, its penalty.

Departures: where styles are mixed, the border between them is each example's own; the
authors draw one for the whole batch, which several devices could not share.
"""

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial

import jax
import jax.numpy as jnp
from flax import linen as nn

from gan_jax import ranges, rng
from gan_jax.asks import UNCONDITIONAL, Asked, Conditional
from gan_jax.augment import Augment
from gan_jax.augment.base import NOTHING
from gan_jax.data import Facts
from gan_jax.games import remedies
from gan_jax.games.base import Aux, Batch, Game, GameState, Loss, Phase, apply
from gan_jax.games.choices import ALL, Choice
from gan_jax.games.pair import Pair, check_cast, check_terms, pair
from gan_jax.games.style_manner import PAINTED, manner
from gan_jax.games.turns import (
    data_and_prior,
    fooled,
    from_prior,
    memory,
    regularised,
    told_apart,
    with_sides,
)
from gan_jax.losses import Adversarial, non_saturating
from gan_jax.losses.auxiliary import Matching
from gan_jax.models.styles import Noise, StyleBased, Styles
from gan_jax.optim import Optimiser
from gan_jax.regularizers import Regularizer
from gan_jax.schedules import Number, one_in
from gan_jax.terms import Term, start
from gan_jax.typing import Keys, Latents, Prior, Samples, Seen, Tree

LAZY_DISC, LAZY_GEN = "disc_lazy", "gen_lazy"
"""Names of the penalties' turns, and of what they remember."""


def style_based(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    facts: Facts,
    *,
    latents: Prior,
    loss: Adversarial = non_saturating,
    conditional: Conditional | None = None,
    regularizers: Mapping[str, Regularizer] | None = None,
    regularize_every: int = 16,
    gen_regularizers: Mapping[str, Regularizer] | None = None,
    gen_regularize_every: int = 4,
    gen_regularize_share: int = 2,
    disc_terms: Mapping[str, Term] | None = None,
    gen_terms: Mapping[str, Term] | None = None,
    matching: Mapping[str, Matching] | None = None,
    mixing: float = 0.9,
    augment: Augment = NOTHING,
    choice: Choice = ALL,
    pack: int = 1,
    unroll: int = 0,
    ema: Number | None = None,
    microbatches: int = 1,
) -> Game:
    """A game of a style-based generator against a critic.

    The optimisers should be `lazy_adam` of the same counts as the penalties', where there
    are any: an update more in every k is otherwise a little more learning.

    Args:
        models: modules `gen`, a style-based one, and `disc`.
        optim: their optimisers, under the same names.
        facts: of the data.
        latents: `keys [b] -> z [b, d]`, the prior.
        loss: what each side minimises.
        conditional: what both sides are told about an example, e.g. `class_labels`.
        regularizers: penalties of the critic, by name, in turns of their own.
        regularize_every: in one of how many rounds these come, weighed as many times.
        gen_regularizers: penalties of the synthesis, by name, e.g. `path_length`; a
            turn of their own, too.
        gen_regularize_every: in one of how many rounds these come.
        gen_regularize_share: one example in how many they are shown.
        disc_terms: whatever is added to the critic's loss in every round, by name.
        gen_terms: the same of the generator's.
        matching: terms on the critic's features added to the generator's loss, by name.
        mixing: share of examples whose later layers have styles of other latents.
        augment: what is done to every sample before the critic sees it.
        choice: what, of all that it makes, the generator learns from.
        pack: samples the critic judges at once, joined along their last axis.
        unroll: critic updates the generator looks ahead by.
        ema: decay per round of the generator's average of weights, see `half_life`.
        microbatches: parts a batch is cut into to save memory; a minibatch layer then
            sees a part.

    Raises:
        ValueError: other players than gen and disc, a generator without styles, a number
            out of range, or networks that ignore the condition.
    """
    check_cast(models, optim, ("gen", "disc"))
    ranges.between(0, 1, mixing=mixing)
    remedies.check_counts(
        regularize_every=regularize_every,
        gen_regularize_every=gen_regularize_every,
        gen_regularize_share=gen_regularize_share,
        microbatches=microbatches,
    )
    module = models["gen"]
    if not isinstance(module, StyleBased):
        raise ValueError(
            f"{type(module).__name__} has no styles; take e.g. stylegan2.Generator"
        )
    cast = pair(
        models,
        optim,
        facts.shape,
        latents=latents,
        condition=conditional(facts) if conditional else UNCONDITIONAL,
        augment=augment,
        pack=pack,
        choice=choice,
        ema=ema,
        manner=manner(module, latents, mixing),
    )
    of_disc, of_gen = dict(disc_terms or {}), remedies.gen_terms(matching, gen_terms)
    lazy, of_synthesis = remedies.disc_terms(regularizers, None), gen_regularizers or {}
    check_terms(cast, {**of_disc, **lazy})
    players, sides = {"gen": cast.gen, "disc": cast.disc}, data_and_prior(cast)
    tell = told_apart(cast, loss, of_disc, cast.make)
    ahead = remedies.ahead(players, Phase("disc", ("disc",), tell), unroll)
    fool = fooled(cast, loss, of_gen, from_prior(cast), ahead=ahead, again=cast.make)
    of_gen_lazy = penalised(
        cast, of_synthesis, gen_regularize_every, gen_regularize_share
    )
    of_disc_lazy = with_sides(
        sides, regularised(cast, lazy, regularize_every, LAZY_DISC)
    )
    phases = (
        Phase("gen", ("gen",), fool),
        *rarely(LAZY_GEN, "gen", of_gen_lazy, gen_regularize_every, of_synthesis),
        Phase("disc", ("disc",), with_sides(sides, tell)),
        *rarely(LAZY_DISC, "disc", of_disc_lazy, regularize_every, lazy),
    )
    carried: dict[str, Callable[[], Tree]] = {
        "gen_terms": lambda: start(of_gen),
        LAZY_DISC: lambda: start(lazy),
        LAZY_GEN: lambda: {name: of.init() for name, of in of_synthesis.items()},
    }
    return Game(
        players=players,
        phases=tuple(
            dataclasses.replace(phase, microbatches=microbatches) for phase in phases
        ),
        memory={**memory(cast, of_disc), **carried},
        sample=cast.sample,
        asks=cast.asks,
        functions={
            "latents": cast.drawn,
            "synthesize": cast.synthesize,
            "map": partial(styles_of, cast),
            "paint": partial(painted, cast),
        },
    )


def rarely(
    name: str, player: str, loss: Loss, every: int, penalties: Mapping[str, object]
) -> tuple[Phase, ...]:
    """A turn of penalties alone, in one of so many rounds; none where there are none."""
    if not penalties:
        return ()
    return (Phase(name, (player,), loss, rounds=one_in(every)),)


def penalised(
    cast: Pair, penalties: Mapping[str, Regularizer], weight: float, share: int
) -> Loss:
    """The turn in which a generator's synthesis pays its penalties.

    Args:
        cast: whose generator learns.
        penalties: by name, of the synthesis at the styles of new samples.
        weight: of their sum.
        share: one example in so many is shown.
    """

    def play(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        del batch
        keys = keys[::share]  # the same ones on any number of devices
        own = state.players[cast.maker]
        z, cond, _ = cast.begin(state, keys)
        told = dict(cast.manner.training(rng.stream(keys, "manner")))
        of_paint = {name: told.pop(name) for name in PAINTED if name in told}
        ws, _ = apply(cast.gen, own, z, cond, train=True, method="map", **told)

        def synthesis(ws: Styles) -> Samples:
            paint = partial(apply, cast.gen, own, train=True, method="paint")
            return paint(ws, **of_paint)[0]

        total, values, after = jnp.zeros(()), {}, {}
        for name, penalty in penalties.items():
            values[name], after[name] = penalty.apply(
                state.memory[LAZY_GEN][name],
                synthesis,
                ws,
                ws,
                rng.stream(keys, name),
                step,
                state.seen,
            )
            total = total + values[name]
        return weight * total, Aux(values, {}, {LAZY_GEN: after})

    return play


def styles_of(cast: Pair, state: GameState, z: Latents, asked: Asked) -> Styles:
    """Styles [b, layers, d] of latents, as the trained generator maps them."""
    own = state.players[cast.maker].averaged()
    cond = cast.condition.of_asked(asked)
    told = cast.manner.sampling(None, asked)
    told = {name: x for name, x in told.items() if name not in PAINTED}
    return apply(cast.gen, own, z, cond, train=False, method="map", **told)[0]


def painted(
    cast: Pair,
    state: GameState,
    ws: Styles,
    noise: Noise | None = None,
    asked: Asked | None = None,
    keys: Keys | None = None,
) -> Samples:
    """Samples of styles.

    Args:
        cast: whose generator paints.
        state: of the game.
        ws: styles [b, layers, d].
        noise: maps of the layers' sizes; none at all without them.
        asked: with `keys`: every ask answered.
        keys: one a sample. In place of `noise`: the samples then are those that
            `synthesize` makes with these keys, of latents that have these styles.
    """
    own = state.players[cast.maker].averaged()
    told: dict[str, Tree] = {} if noise is None else {"noise": noise}
    if keys is not None:
        drawn = cast.manner.sampling(rng.stream(keys, "manner"), asked or {})
        told = {name: x for name, x in drawn.items() if name in PAINTED}
    return apply(cast.gen, own, ws, train=False, method="paint", **told)[0]


__all__ = ["style_based"]
