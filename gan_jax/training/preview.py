"""What a run will be, before it is: parameters, memory, steps."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from clu import parameter_overview

from gan_jax import rng, tree
from gan_jax.data import Dataset, Feed
from gan_jax.evaluation import Evaluator
from gan_jax.games.base import Game, GameState
from gan_jax.games.update import update
from gan_jax.names import SCORE
from gan_jax.run.options import EvalOptions, TrainOptions


def header(config: Mapping[str, Any], dataset: Dataset, count: int) -> str:
    """The resolved config, the data and the device, as text."""
    device = jax.devices()[0]
    size = f"{dataset.size:,} examples" if dataset.size else "endless"
    return "\n".join(
        [
            f"config: {json.dumps(config)}",
            f"data: {dataset.name} {dataset.shape}, {size}",
            *([f"data: {dataset.note}"] if dataset.note else []),
            f"device: {count} x {device.device_kind} ({device.platform}), "
            f"jax {jax.__version__}",
        ]
    )


def parameters(state: GameState) -> str:
    """The parameter tables of all players; the state may be abstract."""
    parts = []
    for name, player in state.players.items():
        table = parameter_overview.get_parameter_overview(
            player.params, include_stats=False
        )
        parts.append(f"{name}: {tree.count(player.params):,} parameters\n{table}")
    return "\n".join(parts)


def evaluation(
    options: EvalOptions, train: TrainOptions, evaluator: Evaluator | None
) -> str:
    """What will be measured while training, and when that ends it."""
    if evaluator is None:
        return "evaluation while training: none"
    text = (
        f"evaluation: every {options.every:,} rounds, {options.samples:,} samples: "
        + ", ".join(evaluator.names)
    )
    if train.best.startswith(SCORE):
        text += f"; best by {train.best} ({train.best_mode})"
    if options.patience:
        text += f"; ends after {options.patience} evaluations without a better one"
    return text


def metrics(
    game: Game, state: GameState, feed: Feed, options: TrainOptions, count: int
) -> list[str]:
    """Names of the metrics of a round, by tracing each phase; computes nothing.

    Raises:
        ValueError, TypeError, FlaxError: the pieces do not fit together.
    """
    batch = _abstract_batch(feed, options.batch_size // count)
    names = []
    for phase in game.phases:
        traced = jax.eval_shape(
            partial(update, game, phase), state, batch, state.key, 0
        )
        names += traced[1]
    return names


def memory(
    game: Game, state: GameState, feed: Feed, options: TrainOptions, count: int
) -> str:
    """An estimate of a device's memory, each phase's working space compiled for.

    Args:
        game: what is played.
        state: abstract will do.
        feed: its resident arrays count.
        options: the batch size.
        count: devices that share the batch.
    """
    held, resident = tree.nbytes(state), tree.nbytes(feed.arrays)
    b = options.batch_size // count
    batch = _abstract_batch(feed, b)
    work = {}
    for phase in game.phases:
        step = jax.jit(partial(update, game, phase), donate_argnums=0)
        analysis = step.lower(state, batch, state.key, 0).compile().memory_analysis()
        work[phase.name] = getattr(analysis, "temp_size_in_bytes", 0)
    total = held + resident + max(work.values())
    spaces = ", ".join(f"{name} phase {_mb(size)}" for name, size in work.items())
    return (
        f"memory per device: about {_mb(total)} (state {_mb(held)}, "
        f"resident data {_mb(resident)}, working space: {spaces})"
    )


def _abstract_batch(feed: Feed, b: int) -> Any:
    key = jax.random.key(0)
    positions = jnp.zeros((b,), jnp.int32)
    fetched = None
    if feed.fetch is not None:
        fetched = feed.fetch(rng.stream(key, "data"), jax.device_get(positions))
    return jax.eval_shape(feed.batch, feed.arrays, fetched, key, positions)


def _mb(size: int) -> str:
    return f"{size / 2**20:,.1f} MiB"
