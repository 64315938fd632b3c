"""Every ordinary GAN: a generator and a critic, in turn (Goodfellow et al. 2014).

What distinguishes vanilla GAN, WGAN-GP, SN-GAN, R3GAN ... are the values passed in: the
adversarial loss, the penalties, the modules, the remedies, how often who moves. Two
decisions that code bases usually leave in the dark:

- Real and fake pass through the critic in two batches, as in DCGAN: batch statistics
  and minibatch layers never mix them.
- The critic's power iterations (`spectral`) advance once per critic update, on the real
  pass. The fake pass, the penalties and the generator's phase read them.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn

from gan_jax import rng, schedules
from gan_jax.augment import Augment
from gan_jax.augment.base import NOTHING
from gan_jax.games import remedies
from gan_jax.games.base import (
    Aux,
    Batch,
    Game,
    GameState,
    Phase,
    Player,
    apply,
    collections,
)
from gan_jax.losses import Adversarial
from gan_jax.losses.auxiliary import Matching
from gan_jax.optim import Optimiser
from gan_jax.regularizers import Regularizer
from gan_jax.schedules import EVERY_ROUND, Number, Rounds
from gan_jax.typing import Cond, Keys, Latents, Samples, Seen, Variables


def adversarial(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    shape: tuple[int, ...],
    *,
    loss: Adversarial,
    latents: Callable[[Keys], Latents],
    regularizers: Mapping[str, Regularizer] | None = None,
    augment: Augment = NOTHING,
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
        shape: of one example, (h, w, c) or (2,).
        loss: what each side minimises; see `gan_jax.losses`.
        latents: `keys [b] -> z [b, ...]`, the prior.
        regularizers: penalties added to the critic's loss, by name.
        augment: what is done to every sample before the critic sees it.
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
        ValueError: other players than gen and disc, a count out of range, or remedies
            that exclude each other.
    """
    for name, given in (("models", models), ("optim", optim)):
        if set(given) != {"gen", "disc"}:
            raise ValueError(f"{name} must be gen and disc, not {', '.join(given)}")
    counts = dict(n_critic=n_critic, gen_steps=gen_steps, pack=pack, unroll=unroll)
    for name, count in counts.items():
        least = 0 if name == "unroll" else 1
        if count < least:
            raise ValueError(f"{name}={count} must be at least {least}")
    penalties, matchings = dict(regularizers or {}), dict(matching or {})
    seen_shape = (*shape[:-1], pack * shape[-1])
    gen = Player(models["gen"], lambda keys: (latents(keys), None), optim["gen"], ema)
    disc = Player(
        models["disc"], lambda keys: (rng.normal(keys, seen_shape), None), optim["disc"]
    )
    for name, penalty in penalties.items():
        if penalty.per_example and "batch_stats" in collections(disc):
            raise ValueError(
                f"{name} takes the gradient of each logit, but batch normalisation in "
                "disc ties every logit to the whole batch; use layer_norm or none there"
            )
    if consensus is not None and microbatches > 1:
        raise ValueError("consensus needs the gradient of the whole batch at once")

    def generate(
        state: GameState, keys: Keys, moving: tuple[str, ...] = ()
    ) -> tuple[Samples, Variables]:
        z = latents(rng.stream(keys, "latents"))
        return apply(gen, state.players["gen"], z, None, train=True, moving=moving)

    def judge(
        state: GameState, samples: Samples, keys: Keys, moving: tuple[str, ...] = ()
    ) -> tuple[tuple[jax.Array, Any], Variables]:
        own, memory = state.players["disc"], state.memory["augment"]
        shown = augment.apply(memory, samples, keys, state.seen)
        shown = remedies.pack(shown, pack)
        return apply(disc, own, shown, None, train=True, moving=moving)

    def disc_loss(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        shown = {**batch, "fake": generate(state, keys)[0]}
        return told_apart(state, shown, keys, step)

    def told_apart(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        real, fake = batch["sample"], batch["fake"]
        own = tuple(state.players["disc"].variables)
        (real_logits, _), moved = judge(state, real, rng.stream(keys, "real"), own)
        state = with_variables(state, "disc", moved)
        rest = tuple(name for name in own if name != "spectral")
        (fake_logits, _), moved = judge(state, fake, rng.stream(keys, "fake"), rest)
        state = with_variables(state, "disc", moved)

        def critic(packed: Samples) -> jax.Array:
            shown = rng.stream(keys, "penalty")
            return judge(state, remedies.unpack(packed, pack), shown)[0][0]

        terms, memory = {}, {}
        for name, penalty in penalties.items():
            terms[name], memory[name] = penalty.apply(
                state.memory["regularizers"][name],
                critic,
                remedies.pack(real, pack),
                remedies.pack(fake, pack),
                rng.stream(keys[::pack], name),
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
            # Of pairs (real, fake), those it tells apart: 1/2 is guessing.
            "accuracy": (real_logits > fake_logits).astype(float),
            "real_spread": spread(real),
            "fake_spread": spread(fake),
            **terms,
        }
        value = each.mean() + sum(terms.values())
        after = {
            "regularizers": memory,
            "augment": augment.update(state.memory["augment"], real_logits),
        }
        return value, Aux(metrics, {"disc": moved}, after)

    def gen_loss(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        del step
        real = batch["sample"]
        fake, moved = generate(state, keys, tuple(state.players["gen"].variables))
        # Imagined critics all see these samples: one pass back through the generator.
        shown = {**batch, "fake": fake[: len(real)]}
        state = remedies.look_ahead(cast, imagined, state, shown, keys, unroll)
        (fake_logits, fake_out), _ = judge(state, fake, rng.stream(keys, "fake"))
        # Where loss and matching ignore the reals, XLA drops the pass that makes them.
        own = rng.stream(keys[: len(real)], "real")
        (real_logits, real_out), _ = judge(state, real, own)
        each = loss.gen(real_logits, fake_logits)
        terms = {
            name: match(real_out, fake_out, state.seen)
            for name, match in matchings.items()
        }
        metrics = {"adversarial": each, "fake_logit": fake_logits, **terms}
        weight = schedules.value(gen_weight, state.seen)
        return weight * each.mean() + sum(terms.values()), Aux(metrics, {"gen": moved})

    def sample(state: GameState, keys: Keys, cond: Cond) -> Samples:
        z = latents(rng.stream(keys, "latents"))
        return apply(gen, state.players["gen"].averaged(), z, cond, train=False)[0]

    to_minimise = {"disc": disc_loss, "gen": gen_loss}
    if consensus is not None:
        to_minimise = remedies.with_consensus(consensus, to_minimise)
    disc_phase = Phase("disc", ("disc",), to_minimise["disc"], n_critic)
    imagined = dataclasses.replace(disc_phase, loss=told_apart)
    cast = Game(players={"gen": gen, "disc": disc}, phases=())
    if unroll:
        remedies.check_second_order(cast, "disc")
    return dataclasses.replace(
        cast,
        phases=(
            dataclasses.replace(disc_phase, microbatches=microbatches),
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
        memory={
            "regularizers": lambda: {n: r.init() for n, r in penalties.items()},
            "augment": augment.init,
        },
        sample=sample,
    )


def spread(samples: Samples) -> jax.Array:
    """Distance of every second sample to the next: its mean falls as variety is lost.

    Of a single sample there is none.
    """
    pairs = len(samples) // 2 * 2
    gap = jnp.square((samples[:pairs:2] - samples[1:pairs:2]).astype(float))
    return jnp.sqrt(gap.sum(range(1, gap.ndim)))


def with_variables(state: GameState, player: str, variables: Variables) -> GameState:
    """The state with a player's collections replaced."""
    own = dataclasses.replace(state.players[player], variables=variables)
    return dataclasses.replace(state, players={**state.players, player: own})


__all__ = ["adversarial"]
