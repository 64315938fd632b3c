"""Entering a run: check everything, then begin or re-enter its workdir."""

import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
from flax.errors import FlaxError

from gan_jax import data
from gan_jax.doctor import SYMPTOMS
from gan_jax.errors import BadInput
from gan_jax.evaluation import Evaluator
from gan_jax.games.base import Game, GameState
from gan_jax.resolve import close
from gan_jax.run import assemble
from gan_jax.run.checkpoints import Checkpoints, unflatten
from gan_jax.run.options import SCORE, EvalOptions, GuardOptions, TrainOptions
from gan_jax.run.provenance import provenance
from gan_jax.run.run import template
from gan_jax.run.workdir import Workdir, differences
from gan_jax.training import devices, preview


@dataclass(frozen=True)
class Prepared:
    """Everything a run is made of, checked.

    Attributes:
        config: as plain JSON values.
        options: its `train` group.
        eval: its `eval` group.
        guard: its `guard` group.
        dataset: opened.
        feed: how the step gets the data.
        game: built for it.
        mapping: how the step will run.
        abstract: the state's structure, shapes and types.
        evaluator: measures samples; None where nothing is to be measured.
        plan: what the game is built by.
    """

    config: dict[str, Any]
    options: TrainOptions
    eval: EvalOptions
    guard: GuardOptions
    dataset: data.Dataset
    feed: data.Feed
    game: Game
    mapping: devices.Mapping
    abstract: GameState
    evaluator: Evaluator | None
    plan: assemble.Plan

    @property
    def per_round(self) -> int:
        """Real images shown in a round."""
        return self.game.slots()["real"] * self.options.batch_size

    def slowed(self, pace: float) -> "Prepared":
        """The same run, every step of every optimiser multiplied by `pace`."""
        return dataclasses.replace(self, game=self.plan.game(self.dataset.shape, pace))


def prepare(config: Mapping[str, Any]) -> Prepared:
    """Check a config in the order of cost: names, devices, data, shapes.

    Raises:
        BadInput: with what is wrong. Nothing was written.
    """
    plan = assemble.bind(config)
    mapping = devices.choose(plan.train)
    dataset = plan.open_data()
    game = plan.game(dataset.shape)
    feed = data.make_feed(dataset)
    try:
        abstract = template(game)
        metrics = preview.metrics(game, abstract, feed, plan.train, mapping.count)
    except (ValueError, TypeError, FlaxError) as error:
        reason = str(error).strip().splitlines()[0]
        raise BadInput(
            f"this game cannot be played on {dataset.name} {dataset.shape}: {reason}",
            "mend config.models or config.game",
        ) from error
    evaluator = None
    if plan.eval.every:
        evaluator = Evaluator(dataset, plan.eval.names, plan.eval.inception or None)
        evaluator.check(plan.eval.samples)
        metrics += [f"{SCORE}{name}" for name in evaluator.names]
    _check_best(plan.train.best, metrics)
    for name in plan.guard.on:
        if name not in SYMPTOMS:
            raise BadInput(
                f"config.guard.on={plan.guard.on!r}: the doctor has no finding {name!r}",
                close(name, list(SYMPTOMS)),
            )
    return Prepared(
        config=json.loads(json.dumps(config)),
        options=plan.train,
        eval=plan.eval,
        guard=plan.guard,
        dataset=dataset,
        feed=feed,
        game=game,
        mapping=mapping,
        abstract=abstract,
        evaluator=evaluator,
        plan=plan,
    )


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


def enter(workdir: Workdir, run: Prepared) -> bool:
    """Begin or re-enter a workdir; whether it holds this run already.

    Raises:
        BadInput: it holds another run, or cannot be written.
    """
    dataset = run.dataset
    if not workdir.holds_run():
        facts = {
            "name": dataset.name,
            "shape": list(dataset.shape),
            "classes": list(dataset.classes),
            "size": dataset.size,
            "digest": dataset.digest,
        }
        if jax.process_index() == 0:
            workdir.create(
                {"config": run.config, "data": facts, "provenance": provenance()}
            )
        return False
    record = workdir.record()
    if changed := differences(record["config"], run.config):
        raise BadInput(
            f"{workdir.path} holds a run of another config ({'; '.join(changed)})",
            "take another --workdir, or the values it was begun with",
        )
    if record["data"]["digest"] != dataset.digest:
        raise BadInput(
            f"the content of data set {dataset.name} changed since "
            f"{workdir.path} was begun",
            "take another --workdir",
        )
    return True


def restored(
    checkpoints: Checkpoints, abstract: GameState
) -> tuple[GameState | None, dict[str, Any]]:
    """The newest sound checkpoint; damaged ones are named and moved aside."""
    step, damaged = checkpoints.newest_sound()
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
    print(f"resuming from step {step:,}", file=sys.stderr)
    return unflatten(flat, abstract), notes
