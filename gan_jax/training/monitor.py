"""Scores taken while training, and whether they still improve.

An evaluation draws the same latents each time, so its scores are a function of the state;
what patience has counted is part of a checkpoint. A resumed run therefore measures, keeps
and ends as one that was never interrupted.
"""

import math
import sys
from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils

from gan_jax.asks import Ask
from gan_jax.evaluation import Evaluator, protocol_of, record
from gan_jax.evaluation.evaluator import LABEL, conditions
from gan_jax.games.base import GameState
from gan_jax.metrics import Score
from gan_jax.names import SCORE
from gan_jax.run.options import EvalOptions, TrainOptions
from gan_jax.run.workdir import Workdir
from gan_jax.training.logbook import chained

Draw = Callable[[int, int], tuple[np.ndarray, Mapping[str, np.ndarray]]]
"""`(num, seed) -> (samples, all that each was asked for)` of a training's state."""


class Monitor:
    """Measures a run when due.

    Args:
        workdir: the scores are added to its `evaluation.jsonl`.
        evaluator: what measures; None where nothing is ever due.
        options: when, and of how many samples.
        train: names the score to watch, `best`.
        asks: of the game.
        notes: `Monitor.notes()` as the checkpoint kept them.
    """

    def __init__(
        self,
        workdir: Workdir,
        evaluator: Evaluator | None,
        options: EvalOptions,
        train: TrainOptions,
        asks: Mapping[str, Ask],
        notes: Mapping[str, Any],
    ):
        self._workdir, self._evaluator, self._options = workdir, evaluator, options
        self._watched = train.best if train.best.startswith(SCORE) else ""
        self._sign = 1 if train.best_mode == "min" else -1
        self._asks = asks
        self._measured: tuple[int, dict[str, float]] = (0, {})
        self._best: float | None = notes.get("best")
        self._best_step: int = notes.get("best_step", 0)
        self._stale: int = notes.get("stale", 0)
        self._chain = self._found(notes)

    def due(self, step: int) -> bool:
        """Whether an evaluation belongs to this step."""
        every = self._options.every
        return every > 0 and step % every == 0

    def measure(self, draw: Draw, state: GameState, step: int) -> None:
        """Take the scores of the state, and write them down.

        Args:
            draw: samples of the state.
            state: for the stamp.
            step: at which it is.

        Raises:
            BadInput: a metric cannot be taken of so few samples.
        """
        assert self._evaluator is not None, "nothing is due without one"
        options = self._options
        samples, asked = draw(options.samples, options.seed)
        told = conditions(self._asks, {}, asked)
        stamp = protocol_of(state, record.TRAINING, options.seed, **told)
        scores = self._evaluator.measure(samples, stamp, labels=asked.get(LABEL))
        for score in scores:
            self._chain = chained([record.written(step, score)], self._chain)
            if jax.process_index() == 0:
                record.append(self._workdir, step, score)
        self._measured = step, _agreed(_scalars(scores))
        self._judge(step)

    def scores(self, step: int) -> dict[str, float]:
        """What was measured at this very step, by name; what is not finite left out."""
        return self._measured[1] if self._measured[0] == step else {}

    def improved(self, step: int) -> bool:
        """Whether the score that is watched became the best at this very step."""
        return step == self._measured[0] == self._best_step > 0

    @property
    def over(self) -> bool:
        """Whether patience has run out."""
        return 0 < self._options.patience <= self._stale

    def notes(self) -> dict[str, Any]:
        """What a checkpoint keeps of it, and a digest of the scores it wrote."""
        return {
            "scores": self._chain,
            "best": self._best,
            "best_step": self._best_step,
            "stale": self._stale,
        }

    def verdict(self) -> str:
        """The best score and where it was, for people; "" where none is watched."""
        if self._best is None:
            return ""
        text = f"{self._watched} {self._best:.6g} at step {self._best_step:,}"
        count = f", none better in {self._stale} evaluations" if self._stale else ""
        return text + count

    def _found(self, notes: Mapping[str, Any]) -> dict[str, Any]:
        """The digest of the scores in the file; says so if others were written."""
        found = chained(record.while_training(self._workdir))
        kept = notes.get("scores", found)
        if kept != found and jax.process_index() == 0:
            print(
                f"{self._workdir.path / record.NAME} is not what was written: it holds "
                f"{found['count']} scores taken while training, of {kept['count']}; "
                "what is there is taken as it is",
                file=sys.stderr,
            )
        return found

    def _judge(self, step: int) -> None:
        if not self._watched:
            return
        value = self._measured[1].get(self._watched)
        better = value is not None and (
            self._best is None or self._sign * value < self._sign * self._best
        )
        if better:
            self._best, self._best_step, self._stale = value, step, 0
        else:
            self._stale += 1


def _scalars(scores: list[Score]) -> dict[str, float]:
    named = {}
    for score in scores:
        named[f"{SCORE}{score.name}"] = score.value
        if score.spread is not None:
            named[f"{SCORE}{score.name}/spread"] = score.spread
    return named


def _agreed(scalars: dict[str, float]) -> dict[str, float]:
    """Those of the first process, in all of them, without what is not finite."""
    values = np.asarray(list(scalars.values()), np.float64)
    if jax.process_count() > 1:  # as bytes: JAX would round them to float32
        sent = multihost_utils.broadcast_one_to_all(values.view(np.uint8))
        values = np.asarray(sent).view(np.float64)
    named = zip(scalars, values.tolist(), strict=True)
    return {name: value for name, value in named if math.isfinite(value)}
