"""The one training loop."""

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import jax

from gan_jax import data
from gan_jax.games import base
from gan_jax.run import report
from gan_jax.run.checkpoints import Checkpoints
from gan_jax.run.options import TrainOptions
from gan_jax.run.workdir import Workdir
from gan_jax.training import preview
from gan_jax.training.entry import enter, prepare, restored
from gan_jax.training.logbook import Logbook
from gan_jax.training.signals import Stop
from gan_jax.training.snapshots import Snapshots
from gan_jax.training.step import loader, make_step, many, rounds_per_call
from gan_jax.typing import Tree


def train(config: Mapping[str, Any], path: str | Path) -> None:
    """Train the config's game in a workdir; resume if it holds this run already.

    A run that is killed and started again ends bit-identical to one that was not.
    SIGTERM and Ctrl-C save and return.

    Args:
        config: see `gan_jax.run.assemble`.
        path: the workdir; made when missing.

    Raises:
        BadInput: nothing is half-written then.
    """
    run, workdir = prepare(config), Workdir(path)
    options, mapping, per_round = run.options, run.mapping, run.per_round
    _tell(preview.header(run.config, run.dataset, mapping.count))
    _tell(preview.parameters(run.abstract))
    resuming = enter(workdir, run)
    checkpoints = Checkpoints(
        workdir.checkpoints, options.keep, options.best, options.best_mode
    )
    state, notes = restored(checkpoints, run.abstract) if resuming else (None, {})
    if state is None:
        state = jax.jit(partial(base.init, run.game))(jax.random.key(options.seed))

    step, key = int(state.step), state.key
    rounds = rounds_per_call(run.game, options.steps_per_call)
    play = make_step(run.game, run.feed, options.batch_size, mapping.share)
    call = mapping.compile(many(play, rounds))
    load = loader(run.game, run.feed, key, options.batch_size, rounds, per_round)
    fetched = _calls(load, step // rounds, options.steps // rounds)
    state, arrays = mapping.place(state), mapping.place(run.feed.arrays)

    if jax.process_index() == 0:
        workdir.cut(step)
    log = Logbook(workdir, step, options.steps, notes)
    snapshots = Snapshots(workdir, run.game, run.dataset, options, per_round)
    stop = Stop()

    def save() -> None:
        # The pending sums are fetched first: a term that is not finite stops the run
        # before anything is saved.
        checkpoints.save(step, state, log.notes(), log.latest)

    try:
        if step == 0 and snapshots.due(0):
            snapshots.take(state, 0)
        for examples in fetched:
            state, metrics = call(state, arrays, mapping.feed(examples))
            step += rounds
            log.add(step, metrics)
            last = step == options.steps
            if step % options.log_every == 0 or last:
                log.write(step, step * per_round)
            if snapshots.due(step):
                snapshots.take(state, step)
            leave = stop.asked and step % options.steps_per_call == 0
            if step % options.checkpoint_every == 0 or last or leave:
                save()
            if leave:
                break
        checkpoints.wait()
    finally:
        stop.restore()
        log.close()
        checkpoints.close()
    if jax.process_index() == 0:
        report.draw(workdir)
    _tell(_summary(workdir, step, options, log.wall, stop.asked))


def dry_run(config: Mapping[str, Any]) -> None:
    """Resolve and build everything, print what the run would be, write nothing.

    Raises:
        BadInput: as training would.
    """
    run = prepare(config)
    count, size = run.mapping.count, run.dataset.size
    print(preview.header(run.config, run.dataset, count))
    print(preview.parameters(run.abstract))
    print(preview.memory(run.game, run.abstract, run.feed, run.options, count))
    shown = run.options.steps * run.per_round
    epochs = f", {shown / size:,.1f} epochs" if size else ""
    print(f"steps: {run.options.steps:,} ({shown:,} real images{epochs})")


def _calls(
    load: Callable[[int], Tree] | None, start: int, stop: int
) -> Iterator[Tree | None]:
    """What the host reads for each call still to come; None where it reads nothing."""
    if load is None:
        return (None for _ in range(start, stop))
    return data.prefetch(load, start, stop)


def _tell(text: str) -> None:
    if jax.process_index() == 0:
        print(text, file=sys.stderr)


def _summary(
    workdir: Workdir, step: int, options: TrainOptions, wall: float, stopped: int | None
) -> str:
    if step < options.steps:
        head = f"stopped by signal {stopped}: saved at step {step:,}/{options.steps:,}"
        then = "next: the same command again resumes"
    else:
        head = f"done: {step:,} steps in {wall:,.0f} s"
        then = (
            "next: python -m gan_jax.main --mode=sample "
            f"--workdir={workdir.path} --num=64 --seed=0 --out=grid.png"
        )
    return "\n".join(
        [
            head,
            f"  samples      {workdir.samples}",
            f"  report       {workdir.report}",
            f"  metrics      {workdir.metrics}",
            f"  checkpoints  {workdir.checkpoints}",
            then,
        ]
    )
