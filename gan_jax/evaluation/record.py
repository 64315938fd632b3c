"""Scores as lines: of a table on the screen, of `evaluation.jsonl` in a workdir.

A kill can tear the last line of the file, and only that one: it is cut away, and said,
before anything is written behind it. A line that is broken elsewhere was not broken by
us; it is named and left for a person to look at.
"""

import json
import os
import sys
from pathlib import Path
from typing import NamedTuple

from gan_jax.errors import BadInput
from gan_jax.metrics import Score
from gan_jax.run import Workdir
from gan_jax.run.workdir import write

NAME = "evaluation.jsonl"
TRAINING = "while training"
"""The rule by which a state was chosen that is measured as the training passes it."""


def line(score: Score, warning: str = "") -> str:
    """A score and how it was measured, for people."""
    p = score.protocol
    number = f"{score.value:.6g}"
    if score.spread is not None:
        number += f" +- {score.spread:.2g}"
    reals = f"{p.n_real:,} of {p.split}" if p.n_real else p.split
    parts = [f"{p.n_fake:,} samples", f"reals: {reals}", f"features: {p.extractor}"]
    parts += [f"pictures {p.pictures}"] if p.pictures != "as they are" else []
    parts += [f"labels {p.labels}"] if p.labels not in ("none", "unknown") else []
    parts += [f"truncation {p.truncation}"] if p.truncation != 1.0 else []
    parts += [p.how] if p.how else []
    parts += [p.checkpoint, *(["averaged weights"] if p.ema else []), f"seed {p.seed}"]
    parts += [f"WARNING: {warning}"] if warning else []
    return f"{score.name:22} {number:22} {'; '.join(parts)}"


def written(step: int, score: Score) -> str:
    """The line of a score, without its end."""
    return json.dumps({"step": step, **json.loads(score.to_json())})


def append(workdir: Workdir, step: int, score: Score) -> None:
    """Add a score to the workdir's file, on disk before this returns.

    Raises:
        BadInput: the file cannot be written.
    """
    path = workdir.path / NAME
    try:
        _end(path)
        with path.open("a") as file:
            file.write(written(step, score) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written ({error.strerror})", "make the workdir writable"
        ) from error


def cut(workdir: Workdir, step: int) -> None:
    """Drop what was measured while training past a step, and a line torn by a kill.

    What was measured of a checkpoint by command stays.

    Raises:
        BadInput: a line is no score.
    """
    path = workdir.path / NAME
    if path.is_file():
        kept = [
            kept.text + "\n"
            for kept in _lines(path)
            if kept.score.protocol.checkpoint != TRAINING or kept.step <= step
        ]
        write(path, "".join(kept))


def history(workdir: str | Path) -> list[tuple[int, Score]]:
    """Every score measured of a run, with the step of its checkpoint.

    Raises:
        BadInput: a line is no score.
    """
    path = Path(workdir).expanduser() / NAME
    if not path.is_file():
        return []
    return [(kept.step, kept.score) for kept in _lines(path)]


def while_training(workdir: Workdir) -> list[str]:
    """The lines of what was measured while training, oldest first.

    Raises:
        BadInput: a line is no score.
    """
    path = workdir.path / NAME
    lines = _lines(path) if path.is_file() else []
    return [x.text for x in lines if x.score.protocol.checkpoint == TRAINING]


class _Line(NamedTuple):
    text: str
    step: int
    score: Score


def _lines(path: Path) -> list[_Line]:
    """The scores of the file; a torn last line is passed over, and said."""
    whole, torn = _parted(path)
    if torn:
        _say_torn(path, "passed over")
    lines = []
    for number, text in enumerate(whole, start=1):
        if not text.strip():
            continue
        try:
            lines.append(_parsed(text))
        except ValueError as error:
            raise BadInput(
                f"{path}, line {number} is no score ({error})", "remove that line"
            ) from error
    return lines


def _parted(path: Path) -> tuple[list[str], str]:
    """Whole lines, and what follows the last of them: "", or a line torn by a kill."""
    *whole, last = path.read_text(errors="replace").split("\n")
    try:
        _parsed(last)
    except ValueError:
        return whole, last
    return [*whole, last], ""  # whole, but for its end


def _parsed(text: str) -> _Line:
    """A line's step and score.

    Raises:
        ValueError: it is no score.
    """
    record = json.loads(text)
    step = record.pop("step", None) if isinstance(record, dict) else None
    if not isinstance(step, int):
        raise ValueError("it has no step")
    try:
        return _Line(text, step, Score.from_json(json.dumps(record)))
    except BadInput as error:
        raise ValueError(error) from error


def _end(path: Path) -> None:
    """See to it that the file ends with a whole line."""
    if not path.is_file() or not path.stat().st_size:
        return
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        if file.read() == b"\n":
            return
    whole, torn = _parted(path)
    if torn:
        _say_torn(path, "cut away")
    write(path, "".join(text + "\n" for text in whole))


def _say_torn(path: Path, what: str) -> None:
    print(f"{path}: the last line is torn and was {what}", file=sys.stderr)
