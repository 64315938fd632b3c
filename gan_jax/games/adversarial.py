"""Every ordinary GAN: a generator and a critic, in turn (Goodfellow et al. 2014).

What distinguishes vanilla GAN, WGAN-GP, SN-GAN, R3GAN ... are the values passed in: the
adversarial loss, the terms, the modules, the remedies, how often who moves. This is a
form over `pair` and `turns`; other games fill in their own.
"""

import dataclasses
from collections.abc import Mapping
from functools import partial

from flax import linen as nn

from gan_jax.asks import UNCONDITIONAL, Conditional
from gan_jax.augment import Augment
from gan_jax.augment.base import NOTHING
from gan_jax.data import Facts
from gan_jax.games import remedies
from gan_jax.games.base import Game, Phase
from gan_jax.games.choices import ALL, Choice
from gan_jax.games.pair import check_cast, check_terms, pair
from gan_jax.games.standing import STANDING, standing_statistics
from gan_jax.games.turns import (
    data_and_prior,
    fooled,
    from_prior,
    memory,
    told_apart,
    with_sides,
)
from gan_jax.losses import Adversarial
from gan_jax.losses.auxiliary import Matching
from gan_jax.optim import Optimiser
from gan_jax.regularizers import Regularizer
from gan_jax.schedules import EVERY_ROUND, Number, Rounds
from gan_jax.terms import Term, start
from gan_jax.typing import Prior


def adversarial(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    facts: Facts,
    *,
    loss: Adversarial,
    latents: Prior,
    conditional: Conditional | None = None,
    regularizers: Mapping[str, Regularizer] | None = None,
    disc_terms: Mapping[str, Term] | None = None,
    gen_terms: Mapping[str, Term] | None = None,
    augment: Augment = NOTHING,
    choice: Choice = ALL,
    matching: Mapping[str, Matching] | None = None,
    gen_weight: Number = 1.0,
    n_critic: int = 1,
    gen_steps: int = 1,
    gen_rounds: Rounds = EVERY_ROUND,
    gen_batch: int = 1,
    gen_data: str = "real",
    pack: int = 1,
    unroll: int = 0,
    consensus: Number | None = None,
    ema: Number | None = None,
    microbatches: int = 1,
) -> Game:
    """A game of one generator against one critic.

    Args:
        models: modules `gen` and `disc`.
        optim: their optimisers, under the same names.
        facts: of the data.
        loss: what each side minimises; see `gan_jax.losses`.
        latents: `keys [b] -> z [b, ...]`, the prior.
        conditional: what both sides are told about an example, e.g. `class_labels`.
        regularizers: penalties added to the critic's loss, by name.
        disc_terms: whatever else is added to it, by name; see `gan_jax.terms`.
        gen_terms: what is added to the generator's loss, by name.
        augment: what is done to every sample before the critic sees it.
        choice: what, of all that it makes, the generator learns from; see
            `gan_jax.games.choices`.
        matching: terms on the critic's features added to the generator's loss, by name.
        gen_weight: of the generator's adversarial loss; 0 where matching replaces it.
        n_critic: critic updates a round, each on fresh examples.
        gen_steps: generator updates a round.
        gen_rounds: rounds in which the generator plays; it sleeps in the others.
        gen_batch: generator's batch in multiples of the critic's (2 in WGAN-GP's
            ResNet and in SN-GAN).
        gen_data: where a relativistic generator step finds its real examples: `real`
            shares the critic's, `fresh` draws its own. Other losses ignore them, at no
            cost.
        pack: samples the critic judges at once, joined along their last axis (PacGAN).
        unroll: critic updates the generator looks ahead by (unrolled GAN), exactly:
            through the optimiser.
        consensus: weight of the squared gradient field added to both losses.
        ema: decay per round of the generator's average of weights.
        microbatches: parts a batch is cut into to save memory; equal to the whole
            batch for networks without batch statistics.

    Raises:
        ValueError: other players than gen and disc, a count out of range, networks that
            ignore the condition, or remedies that exclude each other.
    """
    check_cast(models, optim, ("gen", "disc"))
    remedies.check_counts(
        n_critic=n_critic,
        gen_steps=gen_steps,
        gen_batch=gen_batch,
        microbatches=microbatches,
    )
    if consensus is not None and microbatches > 1:
        raise ValueError("consensus needs the gradient of the whole batch at once")
    of_disc = remedies.disc_terms(regularizers, disc_terms)
    of_gen = remedies.gen_terms(matching, gen_terms)
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
    )
    check_terms(cast, of_disc)
    players = {"gen": cast.gen, "disc": cast.disc}
    tell = told_apart(cast, loss, of_disc, cast.make)
    imagined = Phase("disc", ("disc",), tell, n_critic)
    to_minimise = {
        "disc": with_sides(data_and_prior(cast), tell),
        "gen": fooled(
            cast,
            loss,
            of_gen,
            from_prior(cast),
            gen_weight,
            remedies.ahead(players, imagined, unroll),
            cast.make,
        ),
    }
    if consensus is not None:
        to_minimise = remedies.with_consensus(consensus, to_minimise)
    return Game(
        players=players,
        phases=(
            dataclasses.replace(
                imagined, loss=to_minimise["disc"], microbatches=microbatches
            ),
            Phase(
                "gen",
                ("gen",),
                to_minimise["gen"],
                repeats=gen_steps,
                rounds=gen_rounds,
                # `seen` counts what the critic sees: extra generator steps draw aside.
                data="fresh" if gen_steps > n_critic else gen_data,
                multiple=gen_batch,
                microbatches=microbatches,
            ),
        ),
        memory={**memory(cast, of_disc), "gen_terms": lambda: start(of_gen)},
        sample=cast.sample,
        asks=cast.asks,
        functions={
            "latents": cast.drawn,
            "synthesize": cast.synthesize,
            STANDING: partial(standing_statistics, cast),
        },
    )


__all__ = ["adversarial"]
