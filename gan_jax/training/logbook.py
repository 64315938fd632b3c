"""What is written down while training: terms, events, the bar.

Metrics come from the device as `[sum, count, broken]` per term and round; they are
fetched only when a line is due, so that the device never waits for the host. Sums not
yet written are part of a checkpoint: the lines of a resumed run are those of an
uninterrupted one.
"""

import hashlib
import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import jax
import numpy as np
from tqdm import tqdm

from gan_jax.errors import BadInput
from gan_jax.names import LOSS, SCORE, SKIPPED, WASSERSTEIN, split
from gan_jax.run.workdir import Workdir
from gan_jax.training.events import Events
from gan_jax.typing import Metrics

SHOWN = (LOSS, WASSERSTEIN)


class NotFinite(BadInput):
    """A term was not finite, or an update was skipped because of one.

    Args:
        step: the first at which it was.
        what: and `todo`, as in `BadInput`.
    """

    def __init__(self, step: int, what: str, todo: str = ""):
        super().__init__(what, todo)
        self.step = step


def chained(
    lines: Iterable[str], chain: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """How many lines there are, and a digest of them all.

    Args:
        lines: as text.
        chain: of the lines before them.
    """
    count, digest = chain.get("count", 0), chain.get("sha256", "")
    for line in lines:
        count += 1
        digest = hashlib.sha256((digest + line).encode()).hexdigest()
    return {"count": count, "sha256": digest}


class Logbook:
    """Sums metrics, writes lines, shows progress.

    Args:
        workdir: where lines and TensorBoard events go.
        start: step the run starts or resumes at.
        steps: step it ends at.
        notes: `Logbook.notes()` as the checkpoint kept them.
    """

    def __init__(self, workdir: Workdir, start: int, steps: int, notes: dict[str, Any]):
        self._workdir, self._start, self._steps = workdir, start, steps
        self._sums = {k: np.asarray(v) for k, v in notes.get("pending", {}).items()}
        self.latest: dict[str, float] = notes.get("latest", {})
        self._chain = chained(map(json.dumps, workdir.lines()))
        if notes.get("lines", self._chain) != self._chain:
            print(
                f"{workdir.metrics} is not what was written: it holds "
                f"{self._chain['count']} lines up to step {start:,}, of "
                f"{notes['lines']['count']}; what is there is taken as it is",
                file=sys.stderr,
            )
        self._calls: list[tuple[int, Metrics]] = []
        self._began, self._wall_before = time.monotonic(), notes.get("wall", 0.0)
        self._last: tuple[float, int] | None = None
        self._paused = 0.0
        if jax.process_index() == 0:
            self._events = Events(workdir.tensorboard, start)
        self._bar = tqdm(
            total=steps,
            initial=start,
            unit="step",
            disable=not sys.stderr.isatty(),
            dynamic_ncols=True,
        )

    def add(self, step: int, metrics: Metrics) -> None:
        """Note the metrics of a call (stacked by round) that ended at `step`."""
        self._calls.append((step, metrics))
        self._bar.update(step - self._bar.n)

    def interrupted(self) -> None:
        """Something else took time, e.g. compiling: the next line tells no speed."""
        self._last = None

    def settle(self) -> None:
        """Fetch what was noted and add it up.

        Raises:
            NotFinite: with the step and the terms.
        """
        calls, self._calls = self._calls, []
        for step, metrics in calls:
            fetched = {
                k: np.asarray(v, np.float64) for k, v in jax.device_get(metrics).items()
            }
            rounds = len(next(iter(fetched.values())))
            broken = {k: v[:, 2] for k, v in fetched.items() if v[:, 2].any()}
            skipped = {
                k: v[:, 0]
                for k, v in fetched.items()
                if split(k)[1] == SKIPPED and v[:, 0].any()
            }
            bad = broken or skipped
            if bad:
                first = min(int(np.flatnonzero(v)[0]) for v in bad.values())
                named = sorted(k for k, v in bad.items() if v[first])
                at = step - rounds + first + 1
                raise NotFinite(
                    at,
                    f"training diverged at step {at}: {', '.join(named)} not finite",
                    "the last checkpoint is sound; lower a learning rate, or clip "
                    "gradients: dict(name='clip_norm', max_norm=1.0, of=OPTIMISER)",
                )
            for name, value in fetched.items():
                self._sums[name] = self._sums.get(name, np.zeros(2)) + value[:, :2].sum(
                    0
                )

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What is done within is no training: its time counts in no speed.

        Raises:
            NotFinite: as `settle`.
        """
        self.settle()  # until the device is done with what was asked of it
        began = time.monotonic()
        yield
        self._paused += time.monotonic() - began

    def write(
        self, step: int, seen: int, scores: Mapping[str, float] = MappingProxyType({})
    ) -> dict[str, Any]:
        """Write the line of `step`: means since the last line, and what was measured.

        Args:
            step: that just ended.
            seen: real images shown.
            scores: measured at this step, by name.

        Returns:
            The line.

        Raises:
            NotFinite: as `settle`.
        """
        self.settle()
        means = {
            name: float(total / count)
            for name, (total, count) in sorted(self._sums.items())
            if count
        }
        self._sums = {}
        self.latest = means
        now = time.monotonic() - self._paused
        # The first line holds the compilation: no speed to speak of.
        speed = None
        if self._last is not None:
            speed = (seen - self._last[1]) / (now - self._last[0])
        self._last = (now, seen)
        line: dict[str, Any] = {"step": step, "seen": seen, "wall": round(self.wall, 3)}
        if speed is not None:
            line["images_per_second"] = round(speed, 1)
        terms = {**means, **scores}
        line |= terms
        self._chain = chained([json.dumps(line)], self._chain)
        if jax.process_index() == 0:
            self._workdir.append(line)
            self._events.add(step, terms)
            self._show(step, speed, terms)
        return line

    def notes(self) -> dict[str, Any]:
        """What a checkpoint keeps of the log: sums not yet written, the last line, time,
        and a digest of the lines that were written.

        Raises:
            NotFinite: as `settle`.
        """
        self.settle()
        pending = {name: [float(x) for x in sums] for name, sums in self._sums.items()}
        return {
            "pending": pending,
            "latest": self.latest,
            "wall": self.wall,
            "lines": self._chain,
        }

    @property
    def wall(self) -> float:
        """Seconds trained, earlier parts of the run included."""
        return self._wall_before + time.monotonic() - self._began

    def close(self) -> None:
        """Leave the terminal and the event file in order."""
        self._bar.close()

    def _show(self, step: int, speed: float | None, values: dict[str, float]) -> None:
        terms = {
            name: f"{value:.3g}"
            for name, value in values.items()
            if split(name)[1] in SHOWN or name.startswith(SCORE)
        }
        rate = f"{speed:,.0f} img/s" if speed else ""
        if not self._bar.disable:
            self._bar.set_postfix_str(
                ", ".join([rate, *(f"{k} {v}" for k, v in terms.items())])
            )
            return
        done = max(step - self._start, 1)
        left = (time.monotonic() - self._began) / done * (self._steps - step)
        minutes, seconds = divmod(round(left), 60)
        text = "  ".join(f"{name} {value}" for name, value in terms.items())
        print(
            f"step {step:>7,}/{self._steps:,}  {rate}  "
            f"ETA {minutes}:{seconds:02d}  {text}",
            file=sys.stderr,
        )
