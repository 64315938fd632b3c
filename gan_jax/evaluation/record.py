"""Scores as lines: of a table on the screen, of `evaluation.jsonl` in a workdir."""

import json
import os
from pathlib import Path

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
    parts += [p.checkpoint, *(["averaged weights"] if p.ema else []), f"seed {p.seed}"]
    parts += [f"WARNING: {warning}"] if warning else []
    return f"{score.name:22} {number:22} {'; '.join(parts)}"


def append(workdir: Workdir, step: int, score: Score) -> None:
    """Add a score to the workdir's file, on disk before this returns.

    Raises:
        BadInput: the file cannot be written.
    """
    record = {"step": step, **json.loads(score.to_json())}
    path = workdir.path / NAME
    try:
        with path.open("a") as file:
            file.write(json.dumps(record) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written ({error.strerror})", "make the workdir writable"
        ) from error


def cut(workdir: Workdir, step: int) -> None:
    """Drop what was measured while training past a step, and lines torn by a kill.

    What was measured of a checkpoint by command stays.
    """
    path = workdir.path / NAME
    if path.is_file():
        texts = path.read_text(errors="replace").splitlines()
        write(path, "".join(text + "\n" for text in texts if _stays(text, step)))


def _stays(text: str, step: int) -> bool:
    try:
        record = json.loads(text)
        rule = record["protocol"]["checkpoint"]
        return rule != TRAINING or record["step"] <= step
    except (ValueError, KeyError, TypeError):
        return False


def history(workdir: str | Path) -> list[tuple[int, Score]]:
    """Every score measured of a run, with the step of its checkpoint.

    Raises:
        BadInput: a line is no score.
    """
    path = Path(workdir) / NAME
    if not path.is_file():
        return []
    scores = []
    for number, text in enumerate(path.read_text().splitlines(), start=1):
        try:
            record = json.loads(text)
            step = int(record.pop("step"))
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise BadInput(f"{path}, line {number} is no score", "remove it") from error
        scores.append((step, Score.from_json(json.dumps(record))))
    return scores
