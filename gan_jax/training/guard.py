"""The doctor at the bedside: says what it finds, and acts where the config asks it to.

What it does is a function of the lines and of the regular checkpoints alone. A run that
is killed anywhere, also in the middle of rolling back, therefore finds, rolls back and
ends as one that was not: it comes upon the same line again, with the same checkpoints.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import jax
from tqdm import tqdm

from gan_jax.doctor import Doctor
from gan_jax.doctor.finding import Line
from gan_jax.run.checkpoints import Checkpoints, Damaged
from gan_jax.run.options import GuardOptions


@dataclass(frozen=True)
class Illness:
    """What made the guard act: the finding, and the first step that showed it."""

    name: str
    since: int


@dataclass(frozen=True)
class Roll:
    """A roll-back: what for, since when that showed, and the step gone back to."""

    name: str
    since: int
    to: int


Rolls = tuple[Roll, ...]


class Guard:
    """Watches the lines of a run.

    Args:
        options: what to act on, and how.
        every: rounds between regular checkpoints.
        config: of the run, for the doctor.
        lines: those up to the step the run starts or resumes at.
        rolls: made before that.
    """

    def __init__(
        self,
        options: GuardOptions,
        every: int,
        config: dict[str, Any],
        lines: Iterable[Line],
        rolls: Rolls,
    ):
        self._options, self._every, self.rolls = options, every, rolls
        self._doctor = Doctor(lines, config)
        self.stopped: Illness | None = None

    def see(self, line: Line) -> Illness | None:
        """Take a line in, say what it shows; the illness to act on, if there is one."""
        found = self._doctor.see(line)
        for finding in found:
            say(str(finding))
        acute = [f for f in found if f.name in self._options.on]
        return Illness(acute[0].name, acute[0].since) if acute else None

    def may_roll(self, illness: Illness) -> bool:
        """Whether it is to roll back for this; notes that it stops where it may not."""
        options = self._options
        wanted = illness.name in options.on and options.act == "roll_back"
        if wanted and len(self.rolls) < options.most:
            return True
        self.stopped = illness
        return False

    def roll(self, illness: Illness, checkpoints: Checkpoints) -> Rolls:
        """Drop what was saved since the illness showed; the roll-backs made by now."""
        checkpoints.wait()
        to = next(
            (
                step
                for step in checkpoints.steps()
                if step < illness.since
                and step % self._every == 0
                and _sound(checkpoints, step)
            ),
            0,
        )
        checkpoints.drop_after(to)
        rolls = (*self.rolls, Roll(illness.name, illness.since, to))
        say(
            f"rolled back to step {to:,}, before {illness.name} showed at step "
            f"{illness.since:,}; steps are now {self._options.factor ** len(rolls):g} "
            f"times as large ({len(rolls)} of {self._options.most})"
        )
        return rolls

    def notes(self) -> list[dict[str, Any]]:
        """What a checkpoint keeps of it; see `noted`."""
        return [asdict(roll) for roll in self.rolls]


def noted(notes: Sequence[dict[str, Any]]) -> Rolls:
    """The roll-backs that `Guard.notes` kept."""
    return tuple(Roll(**note) for note in notes)


def say(text: str) -> None:
    """Tell people, above the progress bar."""
    if jax.process_index() == 0:
        tqdm.write(text, file=sys.stderr)


def _sound(checkpoints: Checkpoints, step: int) -> bool:
    try:
        checkpoints.read(step)
    except Damaged:
        return False
    return True
