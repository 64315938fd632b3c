"""Remedies that change how a game is played, whatever its losses are.

Looking ahead: Metz et al. 2017 (unrolled GANs), section 2.2. Consensus: Mescheder et al.
2017, section 4. Packing stands in `packs`, all that is added to a loss in `gan_jax.terms`.
"""

from collections.abc import Mapping

import jax
import jax.numpy as jnp

from gan_jax import axis, loops, schedules
from gan_jax.games.base import (
    Aux,
    Batch,
    Game,
    GameState,
    Loss,
    Phase,
    Player,
    with_params,
)
from gan_jax.games.turns import Ahead
from gan_jax.games.update import update
from gan_jax.losses.auxiliary import Matching
from gan_jax.regularizers import Regularizer
from gan_jax.schedules import Number
from gan_jax.terms import Term, Terms, matching, penalty
from gan_jax.typing import Keys, Seen, Tree

IN_LINE = 5
"""Imagined updates that are traced one by one. A loop's gradient stores and reads back
all that its turns computed: a fifth slower on CPU; in line each adds 1 to 2 s to
compile."""


def check_counts(**counts: int) -> None:
    """Whether counts are at least one.

    Raises:
        ValueError: naming the first that is not.
    """
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"{name}={count} must be at least 1")


def disc_terms(
    regularizers: Mapping[str, Regularizer] | None, terms: Mapping[str, Term] | None
) -> Terms:
    """What is added to a critic's loss: penalties, and other terms.

    Raises:
        ValueError: two of one name.
    """
    penalties = {name: penalty(r) for name, r in (regularizers or {}).items()}
    return _joined(penalties, terms or {})


def gen_terms(
    matchings: Mapping[str, Matching] | None, terms: Mapping[str, Term] | None
) -> Terms:
    """What is added to a generator's loss: matchings, and other terms.

    Raises:
        ValueError: two of one name.
    """
    matched = {name: matching(m) for name, m in (matchings or {}).items()}
    return _joined(matched, terms or {})


def _joined(a: Terms, b: Terms) -> Terms:
    if twice := sorted(set(a) & set(b)):
        raise ValueError(f"two terms are called {twice[0]}")
    return {**a, **b}


def ahead(players: Mapping[str, Player], phase: Phase, steps: int) -> Ahead | None:
    """`look_ahead` by so many updates of a critic; None for none.

    Args:
        players: of the game.
        phase: the critic's, on what it would be shown.
        steps: how many.

    Raises:
        ValueError: fewer than none, or an optimiser without a second derivative.
    """
    if steps < 0:
        raise ValueError(f"unroll={steps} must be at least 0")
    if not steps:
        return None
    cast = Game(players=players, phases=())
    for name in phase.players:
        check_second_order(cast, name)
    return lambda state, shown, keys: look_ahead(cast, phase, state, shown, keys, steps)


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
