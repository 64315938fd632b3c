"""Measuring a run, or two folders of pictures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gan_jax import data
from gan_jax.data import Dataset
from gan_jax.data.dataset import Resident
from gan_jax.errors import BadInput
from gan_jax.evaluation import record
from gan_jax.evaluation.evaluator import (
    Evaluator,
    Report,
    protocol,
    protocol_of,
    silent,
)
from gan_jax.evaluation.references import examples
from gan_jax.metrics import Score
from gan_jax.run import Workdir, assemble, open_checkpoint


def evaluate_run(
    workdir: str | Path,
    metrics: Sequence[str] = (),
    checkpoint: str = "last",
    num: int = 5000,
    seed: int = 0,
    inception: str | None = None,
    report: Report = silent,
) -> list[Score]:
    """Scores of a trained run against its own data set.

    Args:
        workdir: of the run. Each score is added to its `evaluation.jsonl`.
        metrics: names in `METRICS`; those usual for the data by default.
        checkpoint: `last` (the newest sound one), `best`, or a step.
        num: samples drawn.
        seed: of the samples.
        inception: file of the FID's Inception weights, for `fid`, `kid`, `is`.
        report: called with each score.

    Raises:
        BadInput: no run there, no such checkpoint or metric, a metric that does not
            suit the data, too few samples.
    """
    config = Workdir(workdir).record()["config"]
    dataset = assemble.bind(config).open_data()
    evaluator = Evaluator(dataset, metrics, inception)
    run, rule = open_checkpoint(workdir, checkpoint)

    def keep(score: Score, warning: str) -> None:
        record.append(run.workdir, int(run.state.step), score)
        report(score, warning)

    return evaluator.measure(
        run.sample(num, seed), protocol_of(run.state, rule, seed), keep
    )


def evaluate_folders(
    real: str | Path,
    fake: str | Path,
    metrics: Sequence[str] = (),
    num: int | None = None,
    seed: int = 0,
    inception: str | None = None,
    report: Report = silent,
) -> list[Score]:
    """Scores of a folder of pictures against another; no model takes part.

    Args:
        real: folder of pictures, flat or one subfolder a class. Where both have the
            same subfolders, metrics of conditional samples can be asked for.
        fake: the folder that is judged.
        metrics: as in `evaluate_run`.
        num: pictures of `fake` taken, the first in natural order; all by default.
        seed: of the kernel distance's subsets.
        inception: as in `evaluate_run`.
        report: called with each score.

    Raises:
        BadInput: a folder without pictures, pictures of two sizes, fewer than `num`,
            or as in `evaluate_run`.
    """
    reals, fakes = _pictures(real, fake)
    if reals.shape != fakes.shape:
        a, b = (" x ".join(map(str, side.shape)) for side in (reals, fakes))
        raise BadInput(
            f"the pictures of {real} are {a}, those of {fake} {b}",
            "resize one of them",
        )
    there = fakes.size or 0
    count = there if num is None else num
    if not 0 < count <= there:
        raise BadInput(f"{fake} holds {there} pictures, not {count}", "change --num")
    labelled = bool(reals.classes) and reals.classes == fakes.classes
    evaluator = Evaluator(reals, metrics, inception, labelled)
    stamp = protocol(
        ema=False,
        batch_norm="unknown",
        labels="unknown",
        checkpoint="folder",
        seed=seed,
    )
    taken = examples(fakes, np.arange(count))
    return evaluator.measure(taken["sample"], stamp, report, taken.get("label"))


def _pictures(real: str | Path, fake: str | Path) -> tuple[Dataset, Dataset]:
    """Both folders; 28 x 28 pictures that are all grey as the digits' classifier asks."""
    sets = [data.folder(str(path)) for path in (real, fake)]
    if all(map(_grey_digits, sets)):
        sets = [data.folder(str(path), channels=1) for path in (real, fake)]
    return sets[0], sets[1]


def _grey_digits(dataset: Dataset) -> bool:
    if dataset.shape[:2] != (28, 28) or not isinstance(dataset.source, Resident):
        return False
    sample = dataset.source.arrays["sample"]
    return bool((sample == sample[..., :1]).all())
