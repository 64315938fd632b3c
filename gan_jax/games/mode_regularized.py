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

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn

from gan_jax import rng
from gan_jax.games.base import Aux, Batch, Game, GameState, Phase
from gan_jax.games.encoded import cast, judging
from gan_jax.losses import Adversarial
from gan_jax.optim import Optimiser
from gan_jax.schedules import Number, value
from gan_jax.typing import Keys, Latents, PerExample, Samples, Seen

JUDGES = ("disc", "manifold")


def mode_regularized(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    shape: tuple[int, ...],
    *,
    loss: Adversarial,
    latents: Callable[[Keys], Latents],
    distance_weight: Number = 0.2,
    mode_weight: Number = 0.4,
    n_critic: int = 1,
    ema: Number | None = None,
    microbatches: int = 1,
) -> Game:
    """Reg-GAN: G and E minimise gen(G(z)) + l1 d(x, G(E(x))) + l2 gen(G(E(x))).

    The discriminator tells x from G(z), as ever.

    Args:
        models: modules `gen`, `enc` and `disc`.
        optim: their optimisers, under the same names.
        shape: of one example.
        loss: both halves of the adversarial game; non_saturating in the paper.
        latents: `keys [b] -> z [b, ...]`, the prior; the encoder's codes have its shape.
        distance_weight: l1, of the distance; 0.2 in the paper's MNIST runs.
        mode_weight: l2, of the regulariser that rewards G(E(x)) for looking real; 0.4.
        n_critic: discriminator updates a round.
        ema: decay per round of the generator's average of weights.
        microbatches: parts a batch is cut into to save memory.

    Raises:
        ValueError: other players than these, or codes unlike the prior's latents.
    """
    points = {"disc": lambda keys: (rng.normal(keys, shape),)}
    players = cast(models, optim, latents, points, shape, ema)

    def real_and_generated(state: GameState, batch: Batch, keys: Keys):
        return (batch["sample"],), (players.generate(state, players.prior(keys)),)

    def gen_loss(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        del step
        x = batch["sample"]
        fake, gen_moved = players.run(state, "gen", players.prior(keys), moving=True)
        code, enc_moved = players.run(state, "enc", x, moving=True)
        rebuilt = players.generate(state, code)
        real_logits, fake_logits, rebuilt_logits = (
            players.run(state, "disc", shown)[0][0] for shown in (x, fake, rebuilt)
        )
        terms = {
            "adversarial": loss.gen(real_logits, fake_logits),
            "distance": value(distance_weight, state.seen) * distance(x, rebuilt),
            "mode": value(mode_weight, state.seen)
            * loss.gen(real_logits, rebuilt_logits),
        }
        total = sum(term.mean() for term in terms.values())
        metrics = {**terms, "fake_logit": fake_logits, "rebuilt_logit": rebuilt_logits}
        return jnp.asarray(total), Aux(metrics, {"gen": gen_moved, "enc": enc_moved})

    return Game(
        players=players.players,
        phases=(
            judging(
                players,
                "disc",
                loss,
                real_and_generated,
                repeats=n_critic,
                microbatches=microbatches,
            ),
            Phase("gen", ("gen", "enc"), gen_loss, microbatches=microbatches),
        ),
        sample=players.sample,
    )


def manifold_diffusion(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    shape: tuple[int, ...],
    *,
    loss: Adversarial,
    latents: Callable[[Keys], Latents],
    distance_weight: Number = 1.0,
    mode_weight: Number = 0.1,
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
        shape: of one example.
        loss: both halves of both adversarial games; non_saturating in the paper.
        latents: `keys [b] -> z [b, ...]`, the prior; the encoder's codes have its shape.
        distance_weight: l1, of the distance; 1 in algorithm 1.
        mode_weight: l2, of looking real to D1; the paper's lambda.
        ema: decay per round of the generator's average of weights.
        microbatches: parts a batch is cut into to save memory.

    Raises:
        ValueError: other players than these, or codes unlike the prior's latents.
    """
    points = {name: lambda keys: (rng.normal(keys, shape),) for name in JUDGES}
    players = cast(models, optim, latents, points, shape, ema)

    def rebuild(state: GameState, batch: Batch) -> Samples:
        return players.generate(state, players.encode(state, batch["sample"]))

    def real_and_rebuilt(state: GameState, batch: Batch, keys: Keys):
        del keys
        return (batch["sample"],), (rebuild(state, batch),)

    def rebuilt_and_generated(state: GameState, batch: Batch, keys: Keys):
        generated = players.generate(state, players.prior(keys))
        return (rebuild(state, batch),), (generated,)

    def reach_loss(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        del keys, step
        x = batch["sample"]
        code, moved = players.run(state, "enc", x, moving=True)
        rebuilt = players.generate(state, code)
        real_logits, rebuilt_logits = (
            players.run(state, "manifold", shown)[0][0] for shown in (x, rebuilt)
        )
        terms = {
            "distance": value(distance_weight, state.seen) * distance(x, rebuilt),
            "mode": value(mode_weight, state.seen)
            * loss.gen(real_logits, rebuilt_logits),
        }
        total = terms["distance"].mean() + terms["mode"].mean()
        return total, Aux({**terms, "rebuilt_logit": rebuilt_logits}, {"enc": moved})

    def gen_loss(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        del step
        fake, moved = players.run(state, "gen", players.prior(keys), moving=True)
        # Rebuilt samples stand for the real: constants here, whatever the loss.
        real = jax.lax.stop_gradient(rebuild(state, batch))
        real_logits, fake_logits = (
            players.run(state, "disc", shown)[0][0] for shown in (real, fake)
        )
        each = loss.gen(real_logits, fake_logits)
        return each.mean(), Aux(
            {"adversarial": each, "fake_logit": fake_logits}, {"gen": moved}
        )

    def at(data: str) -> dict[str, Any]:
        return {"data": data, "microbatches": microbatches}

    return Game(
        players=players.players,
        phases=(
            judging(players, "manifold", loss, real_and_rebuilt, **at("real")),
            Phase("reach", ("gen", "enc"), reach_loss, **at("real")),
            judging(players, "disc", loss, rebuilt_and_generated, **at("fresh")),
            Phase("gen", ("gen",), gen_loss, **at("fresh")),
        ),
        sample=players.sample,
    )


def distance(x: Samples, y: Samples) -> PerExample:
    """Mean squared difference of the elements of each pair."""
    return jnp.square(x - y).mean(axis=tuple(range(1, x.ndim)))


__all__ = ["manifold_diffusion", "mode_regularized"]
