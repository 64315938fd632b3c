"""What stands around a training: the log, checkpoints, pictures, scores, the guard."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import jax
import numpy as np

from gan_jax.doctor import diagnose
from gan_jax.evaluation import record
from gan_jax.games.base import GameState
from gan_jax.games.stages import game_at
from gan_jax.run import checkpoints, report
from gan_jax.run.checkpoints import Checkpoints
from gan_jax.run.opening import checkpoints_of
from gan_jax.run.sampler import answers, draw, of_data
from gan_jax.run.weights import first
from gan_jax.run.workdir import Workdir
from gan_jax.training.course import Course
from gan_jax.training.entry import Prepared, restored
from gan_jax.training.guard import Guard, Illness, Rolls, noted
from gan_jax.training.logbook import Logbook, NotFinite
from gan_jax.training.monitor import Monitor
from gan_jax.training.signals import Stop
from gan_jax.training.snapshots import Board, Snapshots
from gan_jax.typing import Metrics


@dataclass
class Session:
    """A training between its start (or a resumption, or a roll-back) and its end.

    Attributes:
        prepared: the run, at the pace it is trained with.
        workdir: its folder.
        course: what is played when.
        state: after `step` rounds, on the devices.
        step: rounds played.
        stage: that the state belongs to.
        checkpoints, log, snapshots, monitor, guard: what is kept of it.
        stop: whether somebody asked for the end.
        given: `num -> asked`: what the data must give for that many samples.
    """

    prepared: Prepared
    workdir: Workdir
    course: Course
    state: GameState
    step: int
    stage: int
    checkpoints: Checkpoints
    log: Logbook
    snapshots: Snapshots
    monitor: Monitor
    guard: Guard
    stop: Stop
    given: Callable[[int], dict[str, np.ndarray]]

    def advance(self, metrics: Metrics) -> Illness | None:
        """Keep what is due after a call; the illness to roll back for, if there is one."""
        step, options, monitor = self.step, self.prepared.options, self.monitor
        self.log.add(step, metrics)
        if monitor.due(step):
            with self.log.paused():
                monitor.measure(self.draw, self.state, step)
        if step % options.log_every == 0 or monitor.due(step) or self.last:
            seen = step * self.prepared.per_round
            line = self.log.write(step, seen, monitor.scores(step))
            if (illness := self.guard.see(line)) and self.guard.may_roll(illness):
                return illness
        if self.snapshots.due(step):
            self.snapshots.take(self.picture, step)
        regular = step % options.checkpoint_every == 0 or monitor.improved(step)
        if regular or self.last or self.leaving:
            self.save()
        return None

    @property
    def last(self) -> bool:
        """Whether this was the last round."""
        return self.step == self.prepared.options.steps or self.monitor.over

    @property
    def leaving(self) -> bool:
        """Whether it ends here because somebody, or the guard, asked for it."""
        asked = self.stop.asked or self.guard.stopped
        return bool(asked) and self.step % self.prepared.options.steps_per_call == 0

    def save(self) -> None:
        """Write a checkpoint.

        Raises:
            NotFinite: the pending sums, fetched first, hold a term that is not finite, or
                the state a number (an average whose decay left [0, 1)): the run stops
                before anything is saved.
        """
        notes = {
            "monitor": self.monitor.notes(),
            "rolls": self.guard.notes(),
            "stage": self.stage,
            **self.log.notes(),
        }
        scalars = {**self.log.latest, **self.monitor.scores(self.step)}
        try:
            self.checkpoints.save(self.step, self.state, notes, scalars)
        except checkpoints.NotFinite as error:
            raise NotFinite(
                self.step,
                f"nothing is saved at step {self.step}: {error}",
                "the last checkpoint is sound; see game.ema and the learning rates",
            ) from error

    def draw(self, num: int, seed: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Samples of the state, by the program of its stage, and all that was asked."""
        program, given = self.course.program(self.stage), self.given(num)
        asked = answers(program.game.asks, num, seed, given)
        return draw(program.sample, self.state, num, seed, given), asked

    def picture(self, board: Board) -> np.ndarray:
        """Samples of the state, for a picture."""
        program, (num, seed, asked, places) = self.course.program(self.stage), board
        given = {**self.given(num), **asked}
        return draw(program.sample, self.state, num, seed, given, places)

    def close(self) -> None:
        """Leave files and the terminal in order."""
        self.log.close()
        self.checkpoints.close()

    def told(self) -> str:
        """Draw the report; what became of the training, for people."""
        workdir, step = self.workdir, self.step
        if jax.process_index() == 0:
            diagnosis = diagnose(workdir.lines(), self.prepared.config)
            report.draw(workdir, diagnosis.marks, str(diagnosis))
        best = self.monitor.verdict()
        head, then = self._ending(step, self.prepared.options.steps)
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

    def _ending(self, step: int, steps: int) -> tuple[str, str]:
        sample = (
            "next: python -m gan_jax.main --mode=sample "
            f"--workdir={self.workdir.path} --num=64 --seed=0 --out=grid.png"
        )
        if step >= steps:
            return f"done: {step:,} steps in {self.log.wall:,.0f} s", sample
        if self.monitor.over:
            return (
                f"finished early, at step {step:,}/{steps:,}: patience ran out",
                f"{sample} --checkpoint=best\n"
                "(a larger config.eval.patience trains on)",
            )
        if self.guard.stopped:
            return (
                f"stopped at step {step:,}/{steps:,} for "
                f"{self.guard.stopped.name}: saved",
                "next: the same command again trains on all the same",
            )
        return (
            f"stopped by signal {self.stop.asked}: saved at step {step:,}/{steps:,}",
            "next: the same command again resumes",
        )


def open_session(
    prepared: Prepared,
    workdir: Workdir,
    stop: Stop,
    resuming: bool,
    rolls: Rolls | None = None,
) -> Session:
    """A training, ready to go on from the newest checkpoint, or to begin.

    Args:
        prepared: the run, as its config says.
        workdir: entered.
        stop: listens already.
        resuming: whether the workdir may hold checkpoints.
        rolls: the roll-backs made by now; None where the checkpoint tells.
    """
    options, per_round = prepared.options, prepared.per_round
    every = options.checkpoint_every
    saved = checkpoints_of(
        workdir,
        prepared.game,
        workdir.record(),
        keep=options.keep,
        best=options.best,
        mode=options.best_mode,
        every=every if prepared.guard.act == "roll_back" else 0,
    )
    state, notes = None, {}
    if resuming:
        state, notes = restored(saved, lambda i: game_at(prepared.game, i))
    if state is None:
        state = first(prepared.game, options.seed, prepared.weights)
    if rolls is None:
        rolls = noted(notes.get("rolls", []))
    if rolls:
        prepared = prepared.slowed(prepared.guard.factor ** len(rolls))
    step = int(state.step)
    if jax.process_index() == 0:
        workdir.cut(step)
        record.cut(workdir, step)
    past = [line for line in workdir.lines() if line["step"] <= step]
    asks = prepared.game.asks
    return Session(
        prepared=prepared,
        workdir=workdir,
        course=Course(prepared),
        state=prepared.mapping.place(state),
        step=step,
        stage=int(notes.get("stage", 0)),
        checkpoints=saved,
        log=Logbook(workdir, step, options.steps, notes),
        snapshots=Snapshots(workdir, prepared.dataset, asks, options, per_round),
        monitor=Monitor(
            workdir,
            prepared.evaluator,
            prepared.eval,
            options,
            asks,
            notes.get("monitor", {}),
        ),
        guard=Guard(prepared.guard, every, prepared.config, past, rolls),
        stop=stop,
        given=cache(partial(of_data, asks, prepared.dataset)),
    )


def say(text: str) -> None:
    """Tell people, once however many processes there are."""
    if jax.process_index() == 0:
        print(text, file=sys.stderr)
