"""The one training loop."""

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import jax

from gan_jax import data
from gan_jax.doctor import diagnose
from gan_jax.evaluation import record
from gan_jax.games import base
from gan_jax.run import report
from gan_jax.run.checkpoints import Checkpoints
from gan_jax.run.options import TrainOptions
from gan_jax.run.run import draw, sampler
from gan_jax.run.workdir import Workdir
from gan_jax.training import preview
from gan_jax.training.entry import Prepared, enter, prepare, restored
from gan_jax.training.guard import Guard, Illness, Rolls, noted
from gan_jax.training.logbook import Logbook, NotFinite
from gan_jax.training.monitor import Monitor
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
    _tell(preview.header(run.config, run.dataset, run.mapping.count))
    _tell(preview.parameters(run.abstract))
    rolls = _play(run, workdir, enter(workdir, run))
    while rolls:  # each roll-back is a resumption, with smaller steps
        rolls = _play(run, workdir, True, rolls)


def _play(
    run: Prepared, workdir: Workdir, resuming: bool, rolls: Rolls | None = None
) -> Rolls:
    """Train from the newest checkpoint to the end, or until the guard rolls back.

    Args:
        run: as prepared, at full pace.
        workdir: entered.
        resuming: whether it may hold checkpoints.
        rolls: the roll-backs made by now; None where the checkpoint tells.

    Returns:
        Those to go on with; () once the run has ended.
    """
    options, mapping, per_round = run.options, run.mapping, run.per_round
    checkpoints = Checkpoints(
        workdir.checkpoints,
        options.keep,
        options.best,
        options.best_mode,
        every=options.checkpoint_every if run.guard.act == "roll_back" else 0,
    )
    state, notes = restored(checkpoints, run.abstract) if resuming else (None, {})
    if state is None:
        state = jax.jit(partial(base.init, run.game))(jax.random.key(options.seed))
    if rolls is None:
        rolls = noted(notes.get("rolls", []))
    run = run.slowed(run.guard.factor ** len(rolls)) if rolls else run

    step, key = int(state.step), state.key
    rounds = rounds_per_call(run.game, options.steps_per_call)
    play = make_step(run.game, run.feed, options.batch_size, mapping.share)
    call = mapping.compile(many(play, rounds))
    load = loader(run.game, run.feed, key, options.batch_size, rounds, per_round)
    state, arrays = mapping.place(state), mapping.place(run.feed.arrays)

    if jax.process_index() == 0:
        workdir.cut(step)
        record.cut(workdir, step)
    log = Logbook(workdir, step, options.steps, notes)
    sample = partial(draw, sampler(run.game))
    snapshots = Snapshots(workdir, sample, run.dataset, options, per_round)
    monitor = Monitor(
        workdir, run.evaluator, run.eval, options, sample, notes.get("monitor", {})
    )
    past = [line for line in workdir.lines() if line["step"] <= step]
    every = options.checkpoint_every
    guard = Guard(run.guard, every, run.config, past, rolls)
    end = step if monitor.over else options.steps
    fetched = _calls(load, step // rounds, end // rounds)
    stop = Stop()

    def save() -> None:
        # The pending sums are fetched first: a term that is not finite stops the run
        # before anything is saved.
        kept = {"monitor": monitor.notes(), "rolls": guard.notes(), **log.notes()}
        checkpoints.save(step, state, kept, {**log.latest, **monitor.scores(step)})

    try:
        if step == 0 and snapshots.due(0):
            snapshots.take(state, 0)
        for examples in fetched:
            state, metrics = call(state, arrays, mapping.feed(examples))
            step += rounds
            log.add(step, metrics)
            if monitor.due(step):
                with log.paused():
                    monitor.measure(state, step)
            last = step == options.steps or monitor.over
            if step % options.log_every == 0 or monitor.due(step) or last:
                line = log.write(step, step * per_round, monitor.scores(step))
                if (illness := guard.see(line)) and guard.may_roll(illness):
                    return guard.roll(illness, checkpoints)
            if snapshots.due(step):
                snapshots.take(state, step)
            asked = stop.asked or guard.stopped
            leave = asked and step % options.steps_per_call == 0
            wanted = step % options.checkpoint_every == 0 or monitor.improved(step)
            if wanted or last or leave:
                save()
            if last or leave:
                break
        checkpoints.wait()
    except NotFinite as error:
        illness = Illness("not_finite", error.step)
        if not guard.may_roll(illness):
            raise
        return guard.roll(illness, checkpoints)
    finally:
        stop.restore()
        log.close()
        checkpoints.close()
    if jax.process_index() == 0:
        diagnosis = diagnose(workdir.lines(), run.config)
        report.draw(workdir, diagnosis.marks, str(diagnosis))
    _tell(_summary(workdir, step, options, log.wall, monitor, guard, stop.asked))
    return ()


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
    print(preview.evaluation(run.eval, run.options, run.evaluator))


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
    workdir: Workdir,
    step: int,
    options: TrainOptions,
    wall: float,
    monitor: Monitor,
    guard: Guard,
    stopped: int | None,
) -> str:
    sample = (
        "next: python -m gan_jax.main --mode=sample "
        f"--workdir={workdir.path} --num=64 --seed=0 --out=grid.png"
    )
    if step >= options.steps:
        head, then = f"done: {step:,} steps in {wall:,.0f} s", sample
    elif monitor.over:
        head = f"finished early, at step {step:,}/{options.steps:,}: patience ran out"
        then = f"{sample} --checkpoint=best\n(a larger config.eval.patience trains on)"
    elif guard.stopped:
        head = f"stopped at step {step:,}/{options.steps:,} for {guard.stopped.name}: saved"
        then = "next: the same command again trains on all the same"
    else:
        head = f"stopped by signal {stopped}: saved at step {step:,}/{options.steps:,}"
        then = "next: the same command again resumes"
    best = monitor.verdict()
    return "\n".join(
        [
            head,
            *([f"  best         {best}"] if best else []),
            f"  samples      {workdir.samples}",
            f"  report       {workdir.report}",
            f"  metrics      {workdir.metrics}",
            f"  checkpoints  {workdir.checkpoints}",
            then,
        ]
    )
