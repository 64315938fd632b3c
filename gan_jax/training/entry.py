"""Entering a run: check everything, then begin or re-enter its workdir."""

import dataclasses
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
from flax.errors import FlaxError
from jax.experimental import multihost_utils

from gan_jax import data
from gan_jax.doctor import SYMPTOMS
from gan_jax.errors import BadInput, told
from gan_jax.evaluation import Evaluator
from gan_jax.evaluation.evaluator import labelled
from gan_jax.games.base import Game, GameState
from gan_jax.games.stages import every_stage
from gan_jax.names import SCORE
from gan_jax.resolve import close
from gan_jax.run import assemble, identity, weights
from gan_jax.run.changes import differences, placed
from gan_jax.run.checkpoints import OF_ANOTHER_RUN, Checkpoints, Damaged, unflatten
from gan_jax.run.opening import open_checkpoint, template
from gan_jax.run.options import (
    EvalOptions,
    GuardOptions,
    TrainOptions,
    WeightsOptions,
)
from gan_jax.run.provenance import provenance
from gan_jax.run.workdir import Workdir
from gan_jax.training import devices, limits, preview

_UNFIT = (ValueError, TypeError, ArithmeticError, MemoryError, FlaxError)
"""What tracing raises where pieces do not fit, or numbers are absurd. Others' components
may raise anything else: that is for their author to mend, too."""


@dataclass(frozen=True)
class Prepared:
    """Everything a run is made of, checked.

    Attributes:
        config: as plain JSON values.
        options: its `train` group.
        eval: its `eval` group.
        guard: its `guard` group.
        dataset: opened.
        feed: how a round gets the data.
        game: built for it.
        games: of every stage it goes through; only itself where it does not grow.
        mapping: how a round will run on the devices.
        evaluator: measures samples; None where nothing is to be measured.
        plan: what the game is built by.
        weights: by player, the leaves it begins with where not at random.
    """

    config: dict[str, Any]
    options: TrainOptions
    eval: EvalOptions
    guard: GuardOptions
    dataset: data.Dataset
    feed: data.Feed
    game: Game
    games: Sequence[Game]
    mapping: devices.Mapping
    evaluator: Evaluator | None
    plan: assemble.Plan
    weights: Mapping[str, weights.Flat]

    @property
    def per_round(self) -> int:
        """Real images shown in a round."""
        return self.game.slots()["real"] * self.options.batch_size

    def slowed(self, factor: float) -> "Prepared":
        """The same run, every step of every optimiser multiplied by `factor`."""
        game = self.plan.game(self.dataset.facts, factor)
        games = every_stage(game, self.options.steps * self.per_round)
        return dataclasses.replace(self, game=game, games=games)


def prepare(config: Mapping[str, Any], workdir: Workdir | None = None) -> Prepared:
    """Check a config in the order of cost: names, devices, data, shapes.

    Args:
        config: see `gan_jax.run.assemble`.
        workdir: where it is to be trained; weights that it holds already are not read
            again from where they came from.

    Raises:
        BadInput: with what is wrong. Nothing was written.
    """
    plan = assemble.bind(config, foreign=True)
    plan.rehearse()
    mapping = devices.choose(plan.train)
    dataset = plan.open_data()
    limits.check_examples(plan.train, dataset)
    game = plan.game(dataset.facts)
    feed = data.make_feed(dataset)
    limits.check_counts(plan.train, plan.eval, dataset, game.slots())
    games, metrics = _traced(plan, game, dataset, feed, mapping.count)
    evaluator = _evaluator(plan, game, dataset)
    if evaluator is not None:
        metrics += [f"{SCORE}{name}" for name in evaluator.names]
    _check_best(plan.train.best, metrics)
    for name in plan.guard.on:
        if name not in SYMPTOMS:
            raise BadInput(
                f"config.guard.on={plan.guard.on!r}: the doctor has no finding {name!r}",
                close(name, list(SYMPTOMS)),
            )
    return Prepared(
        config=json.loads(json.dumps({**config, "data": placed(config["data"])})),
        options=plan.train,
        eval=plan.eval,
        guard=plan.guard,
        dataset=dataset,
        feed=feed,
        game=game,
        games=games,
        mapping=mapping,
        evaluator=evaluator,
        plan=plan,
        weights=_weights(plan, game, workdir),
    )


def _traced(
    plan: assemble.Plan, game: Game, dataset: data.Dataset, feed: data.Feed, count: int
) -> tuple[Sequence[Game], list[str]]:
    """The games of every stage, and the names of what they log, all by tracing.

    Raises:
        BadInput: the pieces do not fit together, or into this machine.
    """
    names: list[str] = []
    try:
        seen = plan.train.steps * game.slots()["real"] * plan.train.batch_size
        games = every_stage(game, seen)
        states = [template(stage) for stage in games]
        limits.check_state(states)
        for stage, state in zip(games, states, strict=True):
            names += preview.metrics(stage, state, feed, plan.train, count)
    except BadInput:
        raise
    except Exception as error:
        if not (isinstance(error, _UNFIT) or plan.foreign):
            raise
        reason = told(error).strip().splitlines()[0]
        raise BadInput(
            f"this game cannot be played on {dataset.name} {dataset.shape}: {reason}",
            "mend config.models or config.game",
        ) from error
    return games, names


def _evaluator(
    plan: assemble.Plan, game: Game, dataset: data.Dataset
) -> Evaluator | None:
    """What measures while training; None where nothing is to be measured."""
    if not plan.eval.every:
        return None
    own = plan.eval
    told = labelled(game.asks, dataset)
    evaluator = Evaluator(dataset, own.names, own.inception or None, told)
    evaluator.check(own.samples)
    return evaluator


def _weights(
    plan: assemble.Plan, game: Game, workdir: Workdir | None
) -> dict[str, weights.Flat]:
    """What players begin with: as the workdir keeps it, else from where the config says."""
    begun, like = workdir is not None and workdir.holds_run(), template(game)
    found = {}
    for name, options in plan.weights.items():
        if begun:
            assert workdir is not None
            file = workdir.weights / f"{name}.safetensors"
            source = str(file)
            leaves, _ = weights.read(file)
        else:
            leaves, source = _source(name, options)
        where = f"config.weights.{name}"
        weights.check(leaves, like.players[name], where, source)
        found[name] = leaves
    return found


def _source(name: str, options: WeightsOptions) -> tuple[weights.Flat, str]:
    if options.file:
        file = Path(options.file).expanduser()
        return weights.read(file)[0], str(file)
    theirs = options.player or name
    run, _ = open_checkpoint(options.workdir, options.checkpoint)
    if theirs not in run.state.players:
        raise BadInput(
            f"config.weights.{name}: {options.workdir} has no player {theirs!r}",
            close(theirs, list(run.state.players)),
        )
    player = run.state.players[theirs]
    leaves = weights.flat(player.averaged() if options.averaged else player)
    return jax.device_get(leaves), f"{theirs} of {options.workdir}"


def _check_best(best: str, names: Sequence[str]) -> None:
    if not best or best in names:
        return
    if best.startswith(SCORE) and not any(name.startswith(SCORE) for name in names):
        raise BadInput(
            f"config.train.best={best!r}, but nothing is evaluated while training",
            "set config.eval.every",
        )
    raise BadInput(
        f"config.train.best={best!r} is no metric of this run", close(best, names)
    )


def enter(workdir: Workdir, prepared: Prepared) -> bool:
    """Begin or re-enter a workdir; whether it holds this run already.

    Raises:
        BadInput: it holds another run, cannot be written, or this code would give the
            rest of the run other numbers.
    """
    dataset, first = prepared.dataset, jax.process_index() == 0
    begun = workdir.holds_run()
    multihost_utils.sync_global_devices("all have looked, none has written")
    if not begun:
        workdir.check_free()
        about = {
            "name": dataset.name,
            **dataset.facts.to_json(),
            "size": dataset.size,
            "digest": dataset.digest,
        }
        if first:
            workdir.create(
                {
                    "config": prepared.config,
                    "data": about,
                    **identity.new(),
                    "weights": _kept(workdir, prepared),
                    "provenance": provenance(),
                }
            )
        multihost_utils.sync_global_devices("the first has written, all may read")
        return False
    record = workdir.record()
    if changed := differences(record["config"], prepared.config):
        raise BadInput(
            f"{workdir.path} holds a run of another config ({'; '.join(changed)})",
            "take another --workdir, or the values it was begun with",
        )
    if record["data"].get("digest") != dataset.digest:
        raise BadInput(
            f"the content of data set {dataset.name} changed since "
            f"{workdir.path} was begun",
            "take another --workdir",
        )
    identity.check_precision(record, str(workdir.path))
    identity.check_arithmetic(
        record, prepared.game, prepared.mapping.count, str(workdir.path)
    )
    if first:
        workdir.tell_if_altered(record)
        if record["config"] != prepared.config:
            workdir.create({**record, "config": prepared.config})
    return True


def _kept(workdir: Workdir, prepared: Prepared) -> dict[str, Any]:
    """Write what players begin with; its digests, and where it came from."""
    return {
        name: {
            "sha256": weights.keep(workdir.weights / f"{name}.safetensors", leaves),
            "from": dataclasses.asdict(prepared.plan.weights[name]),
        }
        for name, leaves in prepared.weights.items()
    }


def restored(
    checkpoints: Checkpoints, game_of: Callable[[int], Game]
) -> tuple[GameState | None, dict[str, Any]]:
    """The newest sound checkpoint; damaged ones are named and moved aside.

    Args:
        checkpoints: of the run.
        game_of: stage -> its game.

    Raises:
        BadInput: the checkpoint is sound, and not of this game; or all of them belong
            to another run: then it may be config.json that is not this run's.
    """
    step, damaged = checkpoints.newest_sound()
    if step is None and set(damaged.values()) == {OF_ANOTHER_RUN}:
        raise BadInput(
            f"the checkpoints in {checkpoints.folder} are of another run than "
            "config.json says",
            "restore config.json, or take another --workdir",
        )
    for bad, why in damaged.items():
        print(
            f"checkpoint {bad} is damaged ({why}); moved to "
            f"{checkpoints.set_aside(bad)}",
            file=sys.stderr,
        )
    if step is None:
        print("no sound checkpoint: starting from the beginning", file=sys.stderr)
        return None, {}
    flat, notes = checkpoints.read(step)
    try:
        state = unflatten(flat, template(game_of(int(notes.get("stage", 0)))))
    except Damaged as error:
        raise BadInput(
            f"checkpoint {step} is not of this game ({error})",
            "take another --workdir, or the config it was begun with",
        ) from error
    print(f"resuming from step {step:,}", file=sys.stderr)
    return state, notes
