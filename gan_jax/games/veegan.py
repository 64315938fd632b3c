"""VEEGAN (Srivastava et al. 2017, arXiv:1705.07761).

A reconstructor p(z | x) = N(F(x), s^2), F being the player `enc`, maps samples back to the
prior. If it undoes G on every latent and maps the data onto the prior, G has lost no mode.
The discriminator judges pairs (x, z) and so learns the logarithm of p(z | x) p(x) over
p(z) q(x | z). The codes of the data it is shown are draws (algorithm 1), not means: of 254
latents two coordinates tell next to nothing, their means lie at 0, and whoever sees those
beside draws of the prior tells the two apart by length alone.

The paper's discriminator is high on *generated* pairs; ours, as everywhere in this
house, on real ones, so the signs of its logits are the opposite of the paper's:

    L_D = E softplus(-D(x, F(x) + s n)) + E softplus(D(G(z), z)),   n ~ N(0, 1)
    L_GF = -E D(G(z), z) + 1/2 E ||z - F(G(z))||^2

The second term of L_GF is -log p(z | G(z)) up to a constant, at s = 1 as in the authors'
notebook.
"""

import dataclasses
from collections.abc import Mapping

import jax.numpy as jnp
from flax import linen as nn

from gan_jax import losses, rng
from gan_jax.augment import Augment
from gan_jax.augment.base import NOTHING
from gan_jax.data import Facts
from gan_jax.games import remedies
from gan_jax.games.base import Batch, Game, GameState, Phase, apply
from gan_jax.games.choices import ALL, Choice
from gan_jax.games.encoded import encoded
from gan_jax.games.pair import Shown, check_cast, check_terms, pair
from gan_jax.games.turns import Attempt, fooled, memory, told_apart, with_sides
from gan_jax.losses import Adversarial
from gan_jax.losses.auxiliary import Matching
from gan_jax.optim import Optimiser
from gan_jax.regularizers import Regularizer
from gan_jax.schedules import Number, value
from gan_jax.terms import Term, start
from gan_jax.typing import Keys, Prior

LOSS = Adversarial(losses.non_saturating.disc, losses.wasserstein.gen)
"""Cross entropy for the discriminator; the generator's side is linear in the logit."""


def veegan(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    facts: Facts,
    *,
    latents: Prior,
    code_std: float = 1.0,
    reconstruction_weight: Number = 0.5,
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
    """A generator, a reconstructor of its latents, and a judge of pairs.

    Args:
        models: modules `gen`, `enc` and `disc`, the last called `(x, z, cond, *,
            train)`; see `mlp.JointDiscriminator`.
        optim: their optimisers, under the same names.
        facts: of the data.
        latents: `keys [b] -> z [b, ...]`, the prior; the encoder's codes have its shape.
        code_std: s, the spread of the reconstructor's codes of the data.
        reconstruction_weight: of ||z - F(G(z))||^2, the sum over a latent's elements.
        regularizers: this and what follows as in `adversarial`. A penalty takes the
            gradient with respect to the sample; the critic is told the reals' codes, or
            the fakes' latents where the penalty looks at fakes.
        disc_terms: added to the discriminator's loss.
        gen_terms: added to the generator's loss.
        augment: of samples; latents are left alone.
        choice: of the pairs that the generator learns from; none that moves latents,
            which the discriminator is told.
        matching: of the discriminator's features.
        n_critic: discriminator updates a round.
        pack: pairs judged at once.
        unroll: discriminator updates looked ahead by.
        ema: decay per round of the generator's average of weights.
        microbatches: parts a batch is cut into to save memory.

    Raises:
        ValueError: other players than these, codes unlike the prior's latents, a
            negative `code_std`, a choice that moves latents, or as `adversarial`.
    """
    check_cast(models, optim, ("gen", "enc", "disc"))
    remedies.check_counts(n_critic=n_critic, microbatches=microbatches)
    if code_std < 0:
        raise ValueError(f"code_std={code_std} is negative")
    if choice.latents is not None:
        raise ValueError(
            "choice: veegan's discriminator is told latents; none may move"
        )
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
        # What the discriminator is told about a sample is its latent.
        told=lambda x, z: (x, z, None),
        fakes_cond=latents,
    )
    check_terms(cast, of_disc)
    both = encoded(cast, models, optim, facts.shape)

    def coded(state: GameState, batch: Batch, keys: Keys) -> Shown:
        code, _ = both.encode(state, batch["sample"])
        noise = rng.normal(rng.stream(keys, "code"), code.shape[1:])
        return batch["sample"], code + code_std * noise

    def sides(state: GameState, batch: Batch, keys: Keys) -> tuple[Shown, Shown]:
        made, _ = cast.make(state, keys)
        return coded(state, batch, keys), (made, cast.prior(keys))

    def attempt(state: GameState, batch: Batch, keys: Keys) -> Attempt:
        z = cast.prior(keys)
        own = state.players["gen"]
        moving = tuple(own.variables)
        made, gen_moved = apply(cast.gen, own, z, None, train=True, moving=moving)
        code, enc_moved = both.encode(state, made, moving=True)
        missed = jnp.square(z - code).sum(axis=tuple(range(1, z.ndim)))
        weighted = value(reconstruction_weight, state.seen) * missed
        return Attempt(
            real=coded(state, batch, keys),
            fake=(made, z),
            moved={"gen": gen_moved, "enc": enc_moved},
            costs={"reconstruction": weighted},
        )

    players = {"gen": cast.gen, "enc": both.enc, "disc": cast.disc}
    tell = told_apart(cast, LOSS, of_disc)
    telling = Phase("disc", ("disc",), tell, n_critic)
    ahead = remedies.ahead(players, telling, unroll)
    fool = fooled(cast, LOSS, of_gen, attempt, ahead=ahead)
    return Game(
        players=players,
        phases=(
            dataclasses.replace(
                telling, loss=with_sides(sides, tell), microbatches=microbatches
            ),
            Phase("gen", ("gen", "enc"), fool, microbatches=microbatches),
        ),
        memory={**memory(cast, of_disc), "gen_terms": lambda: start(of_gen)},
        sample=cast.sample,
        functions=both.functions(),
    )


__all__ = ["veegan"]
