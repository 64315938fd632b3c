"""Mode-regularised GANs (Che et al. 2017, arXiv:1612.02136).

An encoder E shows the generator where the data are: what it makes of E(x) should be
near x, and should pass for real. `mode_regularized` adds these two terms to an ordinary
GAN (Reg-GAN, section 3.1); `manifold_diffusion` gives them a game of their own (MDGAN,
section 3.2, algorithm 1). Departures, both of scale or sign only:

- The distance d is the mean squared difference per element, so that its weight does not
  depend on the picture's size.
- Section 3.1 prints + log D(G(E(x))) in what G and E minimise; it is - log D, or in
  general the generator's half of the loss.
"""

import dataclasses
from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
from flax import linen as nn

from gan_jax.augment import Augment
from gan_jax.augment.base import NOTHING
from gan_jax.data import Facts
from gan_jax.games import remedies
from gan_jax.games.base import Aux, Batch, Game, GameState, Loss, Phase
from gan_jax.games.choices import ALL, Choice
from gan_jax.games.encoded import Encoded, encoded
from gan_jax.games.pair import Pair, Shown, check_cast, check_terms, pair
from gan_jax.games.turns import (
    Attempt,
    Sides,
    data_and_prior,
    fooled,
    from_prior,
    memory,
    together,
    told_apart,
    with_sides,
)
from gan_jax.losses import Adversarial
from gan_jax.losses.auxiliary import Matching
from gan_jax.optim import Optimiser
from gan_jax.regularizers import Regularizer
from gan_jax.schedules import Number, value
from gan_jax.terms import Term, start
from gan_jax.typing import Keys, PerExample, Prior, Samples, Seen


def mode_regularized(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    facts: Facts,
    *,
    loss: Adversarial,
    latents: Prior,
    distance_weight: Number = 0.2,
    mode_weight: Number = 0.4,
    regularizers: Mapping[str, Regularizer] | None = None,
    disc_terms: Mapping[str, Term] | None = None,
    gen_terms: Mapping[str, Term] | None = None,
    augment: Augment = NOTHING,
    choice: Choice = ALL,
    matching: Mapping[str, Matching] | None = None,
    n_critic: int = 1,
    pack: int = 1,
    unroll: int = 0,
    ema: Number | None = None,
    microbatches: int = 1,
) -> Game:
    """Reg-GAN: G and E minimise gen(G(z)) + l1 d(x, G(E(x))) + l2 gen(G(E(x))).

    The discriminator tells x from G(z), as ever.

    Args:
        models: modules `gen`, `enc` and `disc`.
        optim: their optimisers, under the same names.
        facts: of the data.
        loss: both halves of the adversarial game; non_saturating in the paper.
        latents: `keys [b] -> z [b, ...]`, the prior; the encoder's codes have its shape.
        distance_weight: l1, of the distance; 0.2 in the paper's MNIST runs.
        mode_weight: l2, of the regulariser that rewards G(E(x)) for looking real; 0.4.
        regularizers: this and what follows as in `adversarial`.
        disc_terms: added to the discriminator's loss.
        gen_terms: added to the generator's loss, about G(z).
        augment: of all that the discriminator sees.
        choice: of the G(z) that the generator learns from.
        matching: of the features of G(z).
        n_critic: discriminator updates a round.
        pack: samples judged at once.
        unroll: discriminator updates looked ahead by, for gen(G(z)) alone.
        ema: decay per round of the generator's average of weights.
        microbatches: parts a batch is cut into to save memory.

    Raises:
        ValueError: other players than these, codes unlike the prior's latents, or as
            `adversarial`.
    """
    check_cast(models, optim, ("gen", "enc", "disc"))
    remedies.check_counts(n_critic=n_critic, microbatches=microbatches)
    of_disc = remedies.disc_terms(regularizers, disc_terms)
    of_gen = remedies.gen_terms(matching, gen_terms)
    cast = pair(
        models,
        optim,
        facts.shape,
        latents=latents,
        augment=augment,
        pack=pack,
        choice=choice,
        ema=ema,
    )
    check_terms(cast, of_disc)
    both = encoded(cast, models, optim, facts.shape)
    players = {"gen": cast.gen, "enc": both.enc, "disc": cast.disc}
    tell = told_apart(cast, loss, of_disc, cast.make)
    telling = Phase("disc", ("disc",), tell, n_critic)
    ahead = remedies.ahead(players, telling, unroll)
    fool = fooled(cast, loss, of_gen, from_prior(cast), ahead=ahead, again=cast.make)
    reach = reached(both, cast, loss, distance_weight, mode_weight)
    return Game(
        players=players,
        phases=(
            dataclasses.replace(
                telling,
                loss=with_sides(data_and_prior(cast), tell),
                microbatches=microbatches,
            ),
            Phase(
                "gen",
                ("gen", "enc"),
                together(fool, reach),
                microbatches=microbatches,
            ),
        ),
        memory={**memory(cast, of_disc), "gen_terms": lambda: start(of_gen)},
        sample=cast.sample,
        functions=both.functions(),
    )


def manifold_diffusion(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    facts: Facts,
    *,
    loss: Adversarial,
    latents: Prior,
    distance_weight: Number = 1.0,
    mode_weight: Number = 0.1,
    regularizers: Mapping[str, Regularizer] | None = None,
    disc_terms: Mapping[str, Term] | None = None,
    gen_terms: Mapping[str, Term] | None = None,
    augment: Augment = NOTHING,
    choice: Choice = ALL,
    matching: Mapping[str, Matching] | None = None,
    pack: int = 1,
    unroll: int = 0,
    ema: Number | None = None,
    microbatches: int = 1,
) -> Game:
    """MDGAN: first onto the data's manifold, then spread the prior over it.

    The manifold step trains `manifold`, D1, to tell x from G(E(x)), and then G and E on
    l1 d(x, G(E(x))) + l2 gen(D1(G(E(x)))). The diffusion step, on fresh examples, trains
    `disc`, D2, to tell G(E(x)) from G(z), and then G on gen(D2(G(z))). G(E(x)) is a
    sample, not a photograph, so D2 cannot win by the generator's fingerprints.

    Args:
        models: modules `gen`, `enc`, `disc` and `manifold`.
        optim: their optimisers, under the same names.
        facts: of the data.
        loss: both halves of both adversarial games; non_saturating in the paper.
        latents: `keys [b] -> z [b, ...]`, the prior; the encoder's codes have its shape.
        distance_weight: l1, of the distance; 1 in algorithm 1.
        mode_weight: l2, of looking real to D1; the paper's lambda.
        regularizers: this and what follows as in `adversarial`; of both discriminators.
        disc_terms: added to the loss of each discriminator.
        gen_terms: added to the generator's loss in the diffusion step.
        augment: of all that either discriminator sees.
        choice: of the G(z) that the generator learns from, in the diffusion step.
        matching: of the features that `disc` sees in G(z), with those in G(E(x)).
        pack: samples judged at once.
        unroll: updates of `disc` looked ahead by in the diffusion step.
        ema: decay per round of the generator's average of weights.
        microbatches: parts a batch is cut into to save memory.

    Raises:
        ValueError: other players than these, codes unlike the prior's latents, or as
            `adversarial`.
    """
    check_cast(models, optim, ("gen", "enc", "disc", "manifold"))
    remedies.check_counts(microbatches=microbatches)
    of_disc = remedies.disc_terms(regularizers, disc_terms)
    of_gen = remedies.gen_terms(matching, gen_terms)
    first, second = (
        pair(
            models,
            optim,
            facts.shape,
            latents=latents,
            augment=augment,
            pack=pack,
            # Only in the diffusion step is anything made of latents.
            choice=choice if name == "disc" else ALL,
            ema=ema,
            judge_name=name,
        )
        for name in ("manifold", "disc")
    )
    for cast in (first, second):
        check_terms(cast, of_disc)
    both = encoded(second, models, optim, facts.shape)
    players = {
        "gen": second.gen,
        "enc": both.enc,
        "disc": second.disc,
        "manifold": first.disc,
    }
    on_manifold = told_apart(first, loss, of_disc)
    spreading = told_apart(second, loss, of_disc, second.make)
    telling = Phase("disc", ("disc",), spreading, data="fresh")
    ahead = remedies.ahead(players, telling, unroll)
    return Game(
        players=players,
        phases=(
            Phase(
                "manifold",
                ("manifold",),
                with_sides(real_and_rebuilt(both), on_manifold),
                microbatches=microbatches,
            ),
            Phase(
                "reach",
                ("gen", "enc"),
                reached(both, first, loss, distance_weight, mode_weight),
                microbatches=microbatches,
            ),
            dataclasses.replace(
                telling,
                loss=with_sides(rebuilt_and_made(both), spreading),
                microbatches=microbatches,
            ),
            Phase(
                "gen",
                ("gen",),
                fooled(
                    second,
                    loss,
                    of_gen,
                    toward_rebuilt(both),
                    ahead=ahead,
                    again=second.make,
                ),
                data="fresh",
                microbatches=microbatches,
            ),
        ),
        memory={
            **memory(first, of_disc),
            **memory(second, of_disc),
            "gen_terms": lambda: start(of_gen),
        },
        sample=second.sample,
        functions=both.functions(),
    )


def rebuilt(both: Encoded, state: GameState, batch: Batch) -> Shown:
    """G(E(x)); nothing moves."""
    code, _ = both.encode(state, batch["sample"])
    return both.decode(state, code), None


def real_and_rebuilt(both: Encoded) -> Sides:
    """x against G(E(x))."""

    def sides(state: GameState, batch: Batch, keys: Keys) -> tuple[Shown, Shown]:
        del keys
        return both.pair.of_data(batch), rebuilt(both, state, batch)

    return sides


def rebuilt_and_made(both: Encoded) -> Sides:
    """G(E(x)) against G(z)."""

    def sides(state: GameState, batch: Batch, keys: Keys) -> tuple[Shown, Shown]:
        return rebuilt(both, state, batch), both.pair.make(state, keys)

    return sides


def toward_rebuilt(both: Encoded) -> Callable[[GameState, Batch, Keys], Attempt]:
    """The generator tries G(z) where G(E(x)) stands for the real."""
    trial = from_prior(both.pair)

    def attempt(state: GameState, batch: Batch, keys: Keys) -> Attempt:
        tried = trial(state, batch, keys)
        # Rebuilt samples stand for the real: constants here, whatever the loss.
        real = jax.lax.stop_gradient(rebuilt(both, state, batch))
        return tried._replace(real=real)

    return attempt


def reached(
    both: Encoded,
    judged: Pair,
    loss: Adversarial,
    distance_weight: Number,
    mode_weight: Number,
) -> Loss:
    """What G(E(x)) owes the data: l1 d(x, G(E(x))) + l2 gen(D(G(E(x)))).

    Args:
        both: generator and encoder.
        judged: the pair whose critic judges the reconstruction.
        loss: its `gen` half.
        distance_weight: l1.
        mode_weight: l2.
    """

    def play(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        del step
        x = batch["sample"]
        code, moved = both.encode(state, x, moving=True)
        again = both.decode(state, code)
        (on_real, _), _ = judged.judge(state, (x, None), keys)
        (on_again, _), _ = judged.judge(state, (again, None), keys)
        costs = {
            "distance": value(distance_weight, state.seen) * distance(x, again),
            "mode": value(mode_weight, state.seen) * loss.gen(on_real, on_again),
        }
        total = costs["distance"].mean() + costs["mode"].mean()
        return total, Aux({**costs, "rebuilt_logit": on_again}, {"enc": moved})

    return play


def distance(x: Samples, y: Samples) -> PerExample:
    """Mean squared difference of the elements of each pair."""
    return jnp.square(x - y).mean(axis=tuple(range(1, x.ndim)))


__all__ = ["manifold_diffusion", "mode_regularized"]
