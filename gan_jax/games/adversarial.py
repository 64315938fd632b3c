"""Every ordinary GAN: a generator and a critic, in turn (Goodfellow et al. 2014).

What distinguishes vanilla GAN, WGAN-GP, SN-GAN, R3GAN ... are the values passed in: the
adversarial loss, the penalties, the modules, how often the critic moves. Two decisions
that code bases usually leave in the dark:

- Real and fake pass through the critic in two batches, as in DCGAN: batch statistics
  and minibatch layers never mix them.
- The critic's power iterations (`spectral`) advance once per critic update, on the real
  pass. The fake pass, the penalties and the generator's phase read them.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import jax
from flax import linen as nn

from gan_jax import rng
from gan_jax.games.base import Aux, Batch, Game, GameState, Phase, Player, apply
from gan_jax.losses import Adversarial
from gan_jax.optim import Optimiser
from gan_jax.regularizers import Regularizer
from gan_jax.schedules import Number
from gan_jax.typing import Cond, Keys, Latents, Samples, Seen, Variables


def adversarial(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    shape: tuple[int, ...],
    *,
    loss: Adversarial,
    latents: Callable[[Keys], Latents],
    regularizers: Mapping[str, Regularizer] | None = None,
    n_critic: int = 1,
    gen_steps: int = 1,
    gen_batch: int = 1,
    gen_data: str = "real",
    ema: Number | None = None,
    microbatches: int = 1,
) -> Game:
    """A game of one generator against one critic.

    Args:
        models: modules `gen` and `disc`.
        optim: their optimisers, under the same names.
        shape: of one example, (h, w, c) or (2,).
        loss: what each side minimises; see `gan_jax.losses`.
        latents: `keys [b] -> z [b, ...]`, the prior.
        regularizers: penalties added to the critic's loss, by name.
        n_critic: critic updates a round, each on fresh examples.
        gen_steps: generator updates a round.
        gen_batch: generator's batch in multiples of the critic's (2 in WGAN-GP's
            ResNet and in SN-GAN).
        gen_data: where a relativistic generator step finds its real examples: `real`
            shares the critic's, `fresh` draws its own. Other losses ignore them, at no
            cost.
        ema: decay per round of the generator's average of weights.
        microbatches: parts a batch is cut into to save memory; equal to the whole
            batch for networks without batch statistics.

    Raises:
        ValueError: other players than gen and disc, or a count below one.
    """
    for name, given in (("models", models), ("optim", optim)):
        if set(given) != {"gen", "disc"}:
            raise ValueError(f"{name} must be gen and disc, not {', '.join(given)}")
    for name, count in (("n_critic", n_critic), ("gen_steps", gen_steps)):
        if count < 1:
            raise ValueError(f"{name}={count} must be at least 1")
    penalties = dict(regularizers or {})
    gen = Player(models["gen"], lambda keys: (latents(keys), None), optim["gen"], ema)
    disc = Player(
        models["disc"], lambda keys: (rng.normal(keys, shape), None), optim["disc"]
    )

    def generate(
        state: GameState, keys: Keys, moving: tuple[str, ...] = ()
    ) -> tuple[Samples, Variables]:
        z = latents(rng.stream(keys, "latents"))
        return apply(gen, state.players["gen"], z, None, train=True, moving=moving)

    def judge(
        state: GameState, samples: Samples, moving: tuple[str, ...] = ()
    ) -> tuple[tuple[jax.Array, Any], Variables]:
        own = state.players["disc"]
        return apply(disc, own, samples, None, train=True, moving=moving)

    def disc_loss(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        real, (fake, _) = batch["sample"], generate(state, keys)
        collections = tuple(state.players["disc"].variables)
        (real_logits, _), moved = judge(state, real, collections)
        state = with_variables(state, "disc", moved)
        rest = tuple(name for name in collections if name != "spectral")
        (fake_logits, _), moved = judge(state, fake, rest)
        state = with_variables(state, "disc", moved)

        def critic(samples: Samples) -> jax.Array:
            return judge(state, samples)[0][0]

        terms, memory = {}, {}
        for name, penalty in penalties.items():
            terms[name], memory[name] = penalty.apply(
                state.memory["regularizers"][name],
                critic,
                real,
                fake,
                rng.stream(keys, name),
                step,
                state.seen,
            )
        each = loss.disc(real_logits, fake_logits)
        metrics = {
            "adversarial": each,
            "real_logit": real_logits,
            "fake_logit": fake_logits,
            # The Wasserstein distance's estimate, where the critic is 1-Lipschitz.
            "wasserstein": real_logits - fake_logits,
            **terms,
        }
        value = each.mean() + sum(terms.values())
        return value, Aux(metrics, {"disc": moved}, {"regularizers": memory})

    def gen_loss(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        del step
        collections = tuple(state.players["gen"].variables)
        fake, moved = generate(state, keys, collections)
        fake_logits = judge(state, fake)[0][0]
        # Where the loss ignores the real logits, XLA drops the pass that makes them.
        each = loss.gen(judge(state, batch["sample"])[0][0], fake_logits)
        metrics = {"adversarial": each, "fake_logit": fake_logits}
        return each.mean(), Aux(metrics, {"gen": moved})

    def sample(state: GameState, keys: Keys, cond: Cond) -> Samples:
        z = latents(rng.stream(keys, "latents"))
        return apply(gen, state.players["gen"].averaged(), z, cond, train=False)[0]

    return Game(
        players={"gen": gen, "disc": disc},
        phases=(
            Phase("disc", ("disc",), disc_loss, n_critic, microbatches=microbatches),
            Phase(
                "gen",
                ("gen",),
                gen_loss,
                repeats=gen_steps,
                # `seen` counts what the critic sees: extra generator steps draw aside.
                data="fresh" if gen_steps > n_critic else gen_data,
                multiple=gen_batch,
                microbatches=microbatches,
            ),
        ),
        memory={"regularizers": lambda: {n: r.init() for n, r in penalties.items()}},
        sample=sample,
    )


def with_variables(state: GameState, player: str, variables: Variables) -> GameState:
    """The state with a player's collections replaced."""
    own = dataclasses.replace(state.players[player], variables=variables)
    return dataclasses.replace(state, players={**state.players, player: own})


__all__ = ["adversarial"]
