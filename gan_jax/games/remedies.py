"""Remedies that change how a game is played, whatever its losses are.

packing: Lin et al. 2018 (PacGAN), section 2. looking ahead: Metz et al. 2017 (unrolled
GANs), section 2.2. consensus: Mescheder et al. 2017, section 4.
"""

import dataclasses

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gan_jax import axis, loops, schedules
from gan_jax.games.base import Aux, Batch, Game, GameState, Loss, Phase
from gan_jax.games.update import update
from gan_jax.schedules import Number
from gan_jax.typing import Keys, Samples, Seen, Tree

Packs = Float[Array, "p *packed"]
IN_LINE = 5
"""Imagined updates that are traced one by one. A loop's gradient stores and reads back
all that its turns computed: a fifth slower on CPU; in line each adds 1 to 2 s to
compile."""


def pack(samples: Samples, m: int) -> Packs:
    """[b, ..., c] -> [b / m, ..., m c]: every m neighbours, joined along the last axis.

    Raises:
        ValueError: m does not divide the batch.
    """
    if m == 1:
        return samples
    b, *middle, c = samples.shape
    if b % m:
        raise ValueError(f"a batch of {b} cannot be packed by {m}")
    parts = samples.reshape(b // m, m, *middle, c)
    return jnp.moveaxis(parts, 1, -2).reshape(b // m, *middle, m * c)


def unpack(packed: Packs, m: int) -> Samples:
    """The samples that `pack` joined."""
    if m == 1:
        return packed
    b, *middle, c = packed.shape
    parts = jnp.moveaxis(packed.reshape(b, *middle, m, c // m), -2, 1)
    return parts.reshape(b * m, *middle, c // m)


def look_ahead(
    game: Game, phase: Phase, state: GameState, batch: Batch, keys: Keys, steps: int
) -> GameState:
    """The state after `steps` imagined updates of a phase, differentiable all through.

    The optimiser is part of what is differentiated. All steps see one batch and one
    draw of latents, those of the loss that looks ahead, as in the authors' code.

    Args:
        game: with the players of the phase.
        phase: the critic's.
        state: where to begin; what is traced in it (the generator) gets its gradient.
        batch: of real examples [b, ...].
        keys: of the examples; the first b are used.
        steps: how many.
    """
    if not steps:
        return state
    own = keys[: jax.tree.leaves(batch)[0].shape[0]]
    count = phase.rounds.before(state.step) * phase.repeats

    def body(state: GameState, i: jax.Array) -> tuple[GameState, tuple[()]]:
        return update(game, phase, state, batch, own, count + i)[0], ()

    return loops.scan(body, state, jnp.arange(steps), in_line=IN_LINE)[0]


def check_second_order(game: Game, player: str) -> None:
    """Whether a player's optimiser can be differentiated through at a zero gradient.

    Raises:
        ValueError: its derivative is NaN there, as where a unit is dead: every update
            that looks ahead would be skipped.
    """
    tx = game.players[player].tx
    assert tx is not None

    def step(gradient: jax.Array) -> jax.Array:
        weights = jnp.ones(())
        optimiser = tx(0)
        return optimiser.update(gradient, optimiser.init(weights), weights)[0]  # pyright: ignore

    if not jnp.isfinite(jax.grad(step)(jnp.zeros(()))):
        raise ValueError(
            f"unrolling differentiates through the optimiser of {player}, whose "
            "derivative is NaN where a gradient is zero; give adam eps_root=1e-16"
        )


def with_consensus(weight: Number, losses: dict[str, Loss]) -> dict[str, Loss]:
    """The losses with weight * (1/2) ||v||^2 added to each, v the game's gradient field.

    v joins the gradient of every player's own loss with respect to its own parameters;
    each player descends the sum with respect to its own (eq. 11).

    Args:
        weight: gamma; a number or a function of `seen`.
        losses: by player.
    """

    def half_square(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> jax.Array:
        keys = keys[: jax.tree.leaves(batch)[0].shape[0]]
        total = jnp.zeros(())
        for player, loss in losses.items():

            def own(params: Tree, player: str = player, loss: Loss = loss):
                return loss(with_params(state, player, params), batch, keys, step)[0]

            field = axis.mean(jax.grad(own)(state.players[player].params))
            total += sum(jnp.square(leaf).sum() for leaf in jax.tree.leaves(field))
        return 0.5 * total

    def add(loss: Loss) -> Loss:
        def summed(
            state: GameState, batch: Batch, keys: Keys, step: Seen
        ) -> tuple[jax.Array, Aux]:
            value, aux = loss(state, batch, keys, step)
            term = schedules.value(weight, state.seen) * half_square(
                state, batch, keys, step
            )
            metrics = {**aux.metrics, "consensus": term}
            return value + term, aux._replace(metrics=metrics)

        return summed

    return {player: add(loss) for player, loss in losses.items()}


def with_params(state: GameState, player: str, params: Tree) -> GameState:
    """The state with a player's parameters replaced."""
    own = dataclasses.replace(state.players[player], params=params)
    return dataclasses.replace(state, players={**state.players, player: own})
