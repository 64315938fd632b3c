"""The one update: differentiate, average, check, optimise.

Every gradient step of every game goes through `update`. It is itself differentiable, so
a game may call it inside a loss (unrolling).
"""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import optax

from gan_jax import axis, loops, names, rng, tree
from gan_jax.games.base import Batch, Game, GameState, Phase
from gan_jax.typing import AnyKey, Metrics, Seen


def update(
    game: Game, phase: Phase, state: GameState, batch: Batch, key: AnyKey, step: Seen
) -> tuple[GameState, Metrics]:
    """One optimiser step of one phase.

    An update whose loss or gradients are not finite is not made: the state stays as it
    was and `skipped` counts it, with the offending terms beside.

    Args:
        game: its players are asked for their optimisers.
        phase: who learns, from what loss.
        state: before the step.
        batch: this device's examples [b, ...].
        key: the update's own key, dealt out to the examples by global index; or the
            examples' keys.
        step: the phase's own count of updates.

    Returns:
        The state after it, and metrics by `phase/name`, each `[sum, count, broken]`:
        over finite entries, how many there were, and how many entries were not finite.
        They add over repeats, microbatches, devices and fused rounds.
    """
    parts = phase.microbatches
    keys = rng.deal(key, phase.multiple * _examples(batch))

    def share(carry: Any, part: Any) -> tuple[Any, Any]:
        grads, variables, memory = carry
        examples, own = part
        now = _put(state, variables=variables, memory=memory)
        params = {name: state.players[name].params for name in phase.players}
        (value, aux), new = jax.value_and_grad(
            lambda p: phase.loss(_put(now, params=p), examples, own, step),
            has_aux=True,
        )(params)
        moved = {**variables, **dict(aux.variables)}
        carry = (
            jax.tree.map(lambda a, g: a + g / parts, grads, new),
            moved,
            {**memory, **dict(aux.memory)},
        )
        return carry, _tally({names.LOSS: value, **aux.metrics})

    start = (
        {
            n: jax.tree.map(jnp.zeros_like, state.players[n].params)
            for n in phase.players
        },
        {name: player.variables for name, player in state.players.items()},
        state.memory,
    )
    if parts == 1:
        (grads, variables, memory), tallies = share(start, (batch, keys))
    else:
        cut = jax.tree.map(lambda x: _cut(x, parts), (batch, keys))
        (grads, variables, memory), tallies = loops.scan(share, start, cut)
        tallies = jax.tree.map(lambda x: x.sum(0), tallies)
    grads = axis.mean(grads)
    variables = _mean_of_floats(variables)
    tallies = axis.total(tallies)

    ok = tree.finite(grads) & (tallies[names.LOSS][2] == 0)
    players = dict(state.players)
    for name, player in players.items():
        players[name] = dataclasses.replace(player, variables=variables[name])
    for name in phase.players:
        tx = game.players[name].tx
        if tx is None:
            raise ValueError(f"phase {phase.name} trains {name}, which is frozen")
        old = players[name]
        steps, opt_state = tx(state.seen).update(grads[name], old.opt_state, old.params)
        params = optax.apply_updates(old.params, steps)
        players[name] = dataclasses.replace(old, params=params, opt_state=opt_state)
        tallies |= _tally({names.grad_norm(name): optax.global_norm(grads[name])})
    players, memory = tree.select(ok, (players, memory), (state.players, state.memory))
    tallies |= _tally({names.SKIPPED: 1.0 - ok})
    return (
        dataclasses.replace(state, players=players, memory=memory),
        {names.term(phase.name, name): value for name, value in tallies.items()},
    )


def _examples(batch: Batch) -> int:
    return jax.tree.leaves(batch)[0].shape[0]


def _cut(x: jax.Array, parts: int) -> jax.Array:
    if x.shape[0] % parts:
        raise ValueError(f"a batch of {x.shape[0]} cannot be cut into {parts} parts")
    return x.reshape(parts, x.shape[0] // parts, *x.shape[1:])


def _put(
    state: GameState,
    params: dict[str, Any] | None = None,
    variables: dict[str, Any] | None = None,
    memory: Any = None,
) -> GameState:
    players = {
        name: dataclasses.replace(
            player,
            params=(params or {}).get(name, player.params),
            variables=(variables or {}).get(name, player.variables),
        )
        for name, player in state.players.items()
    }
    memory = state.memory if memory is None else memory
    return dataclasses.replace(state, players=players, memory=memory)


def _mean_of_floats(variables: Any) -> Any:
    return jax.tree.map(lambda x: axis.mean(x) if tree.is_float(x) else x, variables)


def _tally(metrics: dict[str, Any]) -> Metrics:
    tallies = {}
    for name, value in metrics.items():
        entries = jax.lax.stop_gradient(jnp.asarray(value, jnp.float32)).reshape(-1)
        fine = jnp.isfinite(entries)
        total = jnp.where(fine, entries, 0.0).sum()
        count = fine.sum(dtype=jnp.float32)
        tallies[name] = jnp.stack([total, count, entries.size - count])
    return tallies
