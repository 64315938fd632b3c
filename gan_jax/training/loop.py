"""The one training loop."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax

from gan_jax import data
from gan_jax.run.opening import template
from gan_jax.run.workdir import Workdir, reported
from gan_jax.training import preview
from gan_jax.training.entry import Prepared, enter, prepare
from gan_jax.training.guard import Illness, Rolls
from gan_jax.training.logbook import NotFinite
from gan_jax.training.program import loader
from gan_jax.training.session import Session, open_session, say
from gan_jax.training.signals import Stop
from gan_jax.typing import Tree


def train(config: Mapping[str, Any], path: str | Path) -> None:
    """Train the config's game in a workdir; resume if it holds this run already.

    A run that is killed and started again ends bit-identical to one that was not.
    SIGTERM, Ctrl-C, SIGHUP and SIGUSR1 save and return.

    Args:
        config: see `gan_jax.run.assemble`.
        path: the workdir; made when missing.

    Raises:
        BadInput: nothing is half-written then.
    """
    workdir = Workdir(path)
    prepared = prepare(config, workdir)  # nothing is begun: a signal may end this
    with Stop() as stop, reported(workdir):
        say(header(prepared))
        say(preview.parameters(template(prepared.game)))
        if stop.asked:
            return say(
                f"stopped by signal {stop.asked} before it began: nothing written"
            )
        first = jax.process_index() == 0
        with workdir.locked(first):
            if first:
                workdir.sweep()
            rolls = _play(prepared, workdir, stop, enter(workdir, prepared))
            while rolls:  # each roll-back is a resumption, with smaller steps
                rolls = _play(prepared, workdir, stop, True, rolls)
    return None


def _play(
    prepared: Prepared,
    workdir: Workdir,
    stop: Stop,
    resuming: bool,
    rolls: Rolls | None = None,
) -> Rolls:
    """Train from the newest checkpoint to the end, or until the guard rolls back.

    Args:
        prepared: the run, as its config says.
        workdir: entered.
        stop: listens for signals.
        resuming: whether the workdir may hold checkpoints.
        rolls: the roll-backs made by now; None where the checkpoint tells.

    Returns:
        Those to go on with; () once the run has ended.
    """
    session = open_session(prepared, workdir, stop, resuming, rolls)
    try:
        if illness := _rounds(session):
            return session.guard.roll(illness, session.checkpoints)
        session.checkpoints.wait()
    except NotFinite as error:
        illness = Illness("not_finite", error.step)
        if not session.guard.may_roll(illness):
            raise
        return session.guard.roll(illness, session.checkpoints)
    finally:
        session.close()
    say(session.told())
    return ()


def _rounds(session: Session) -> Illness | None:
    """Play until the end, or until something is to be rolled back for."""
    prepared, course = session.prepared, session.course
    arrays = prepared.mapping.place(prepared.feed.arrays)
    if session.step == 0 and session.snapshots.due(0):
        session.snapshots.take(session.picture, 0)
    for fetched in _calls(session):
        stage = course.stage(session.step)
        if stage != session.stage:
            session.state = course.grown(session.state, stage)
            session.stage = stage
        with _begun(session):
            session.state, metrics = course.program(stage).call(
                session.state, arrays, prepared.mapping.feed(fetched)
            )
        session.step += course.rounds
        if illness := session.advance(metrics):
            return illness
        if session.last or session.leaving:
            break
    return None


@contextmanager
def _begun(session: Session) -> Iterator[None]:
    """A call; where it is the first of a growing game's stage, how long that took.

    Most of it is compiling, of which the next run of this config finds what the cache
    holds. The line of metrics that such a call falls in tells no speed.
    """
    course, stage = session.course, session.stage
    if session.prepared.game.stages is None or stage in course.begun:
        yield
        return
    began = time.monotonic()
    yield
    jax.block_until_ready(session.state)
    course.begun.add(stage)
    session.log.interrupted()
    seconds = time.monotonic() - began
    say(
        f"stage {stage} from step {session.step:,}: {seconds:.1f} s for its first call, "
        "compiling included"
    )


def dry_run(config: Mapping[str, Any]) -> None:
    """Resolve and build everything, print what the run would be, write nothing.

    Raises:
        BadInput: as training would.
    """
    prepared = prepare(config)
    count, size = prepared.mapping.count, prepared.dataset.size
    options, last = prepared.options, prepared.games[-1]
    print(header(prepared))
    print(preview.parameters(template(last)))
    print(preview.memory(last, template(last), prepared.feed, options, count))
    shown = options.steps * prepared.per_round
    epochs = f", {shown / size:,.1f} epochs" if size else ""
    print(f"steps: {options.steps:,} ({shown:,} real images{epochs})")
    if len(prepared.games) > 1:
        print(f"stages: {len(prepared.games)}; parameters and memory: the last one's")
    print(preview.evaluation(prepared.eval, options, prepared.evaluator))


def header(prepared: Prepared) -> str:
    """The config, the data and the device, for people."""
    return preview.header(prepared.config, prepared.dataset, prepared.mapping.count)


def _calls(session: Session) -> Iterator[Tree | None]:
    """What the host reads for each call still to come; None where it reads nothing."""
    prepared, rounds = session.prepared, session.course.rounds
    end = session.step if session.monitor.over else prepared.options.steps
    start, stop = session.step // rounds, end // rounds
    load = loader(
        prepared.game,
        prepared.feed,
        session.state.key,
        prepared.options.batch_size,
        rounds,
        prepared.per_round,
    )
    if load is None:
        return (None for _ in range(start, stop))
    return data.prefetch(load, start, stop)
