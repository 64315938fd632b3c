"""Measuring a run, or two folders of pictures."""

import inspect
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gan_jax import data, rng
from gan_jax.data import Dataset
from gan_jax.data.dataset import Resident
from gan_jax.data.pictures import Fit
from gan_jax.errors import BadInput
from gan_jax.evaluation import record
from gan_jax.evaluation.evaluator import (
    LABEL,
    Evaluator,
    Report,
    conditions,
    labelled,
    protocol,
    protocol_of,
    silent,
)
from gan_jax.evaluation.kinds import Maker, shuffled
from gan_jax.evaluation.references import examples
from gan_jax.games.density import LOG_WEIGHTS
from gan_jax.metrics import Score
from gan_jax.run import Run, assemble, open_checkpoint
from gan_jax.run.sampler import of_data


def evaluate_run(
    workdir: str | Path,
    metrics: Sequence[str] = (),
    checkpoint: str = "last",
    num: int = 5000,
    seed: int = 0,
    inception: str | None = None,
    report: Report = silent,
    asked: Mapping[str, Any] | None = None,
    place: Mapping[str, Any] | None = None,
    trust: bool = False,
    lpips: str | None = None,
) -> list[Score]:
    """Scores of a trained run against its own data set.

    Args:
        workdir: of the run. Each score is added to its `evaluation.jsonl`, once it was
            reported; where that cannot be written, a line on stderr says so.
        metrics: names in `METRICS`; those usual for the data by default.
        checkpoint: `last` (the newest sound one), `best`, or a step.
        num: samples drawn.
        seed: of the samples, and of their order.
        inception: file of the FID's Inception weights, for `fid`, `kid`, `is`.
        report: called with each score.
        asked: what the samples are asked for, by name, as in `Run.sample`; what is not
            named is drawn, or taken of the data where it must be given.
        place: fields of the config's `data` that have changed since, e.g. `path` of
            pictures that were moved. Their content must be the same.
        trust: whether the config may name modules of other packages; see `open_run`.
        lpips: file of LPIPS's weights, for path lengths in its units.

    Raises:
        BadInput: no run there, no such checkpoint, metric or ask, data that are not
            those of the run, a metric that does not suit them, too few samples, or
            samples that are not finite.
    """
    _check_numbers(num, seed)
    run, rule = open_checkpoint(workdir, checkpoint, trust)
    dataset = its_data(run, place or {}, trust)
    told, functions = labelled(run.asks, dataset), run.game.functions
    evaluator = Evaluator(dataset, metrics, inception, told, functions, lpips)
    evaluator.check(num)
    _check_memory(num, dataset.shape)
    given = {name: x for name, x in (asked or {}).items() if x is not None}
    needed: dict[str, Any] = {**of_data(run.asks, dataset, num)}
    answers: dict[str, Any] = run.asked(num, seed, **needed | given)
    samples = np.empty((0, *dataset.shape), np.uint8)
    if evaluator.looks:
        samples = run.sample(num, seed, **answers)
    stamp = protocol_of(run.state, rule, seed, **conditions(run.asks, given, answers))
    keeper = _Keeper(run, report)
    rest = held_out(run, place or {}, trust) if LOG_WEIGHTS in functions else None
    maker = Maker(run.game, run.state, answers, seed, num, rest)
    labels = answers.get(LABEL) if evaluator.looks else None
    scores = evaluator.measure(samples, stamp, keeper, labels, maker)
    if keeper.error:
        print(f"these scores were not kept: {keeper.error}", file=sys.stderr)
    return scores


def evaluate_folders(
    real: str | Path,
    fake: str | Path,
    metrics: Sequence[str] = (),
    num: int | None = None,
    seed: int = 0,
    inception: str | None = None,
    report: Report = silent,
    size: int | tuple[int, int] | None = None,
    fit: Fit = "crop",
) -> list[Score]:
    """Scores of a folder of pictures against another; no model takes part.

    Args:
        real: folder of pictures, flat or one subfolder a class. Where both have the
            same subfolders, metrics of conditional samples can be asked for.
        fake: the folder that is judged.
        metrics: as in `evaluate_run`.
        num: pictures of `fake` taken, chosen by the seed; all by default.
        seed: of the choice and order of the fakes, and of subsets.
        inception: as in `evaluate_run`.
        report: called with each score.
        size: (h, w), or one side of a square, that the pictures of both are brought to;
            None leaves them as they are.
        fit: to another aspect ratio: `crop`, `stretch` or `pad`.

    Raises:
        BadInput: a folder without pictures, pictures of two sizes, fewer than `num`,
            or as in `evaluate_run`.
    """
    _check_numbers(num, seed)
    reals, fakes = _pictures(real, fake, size, fit)
    if reals.shape != fakes.shape:
        a, b = (" x ".join(map(str, side.shape)) for side in (reals, fakes))
        raise BadInput(
            f"the pictures of {real} are {a}, those of {fake} {b}",
            "bring both to one size with --size=HEIGHT",
        )
    there = fakes.size or 0
    count = there if num is None else num
    if count > there:
        raise BadInput(f"{fake} holds {there} pictures, not {count}", "change --num")
    alike = bool(reals.classes) and reals.classes == fakes.classes
    evaluator = Evaluator(reals, metrics, inception, labelled=alike)
    evaluator.check(count)
    stamp = protocol(
        ema=False,
        batch_norm="unknown",
        labels="unknown",
        checkpoint="folder",
        seed=seed,
        **_fitted(reals, size, fit),
    )
    # Which of them: by the seed. In their own order: files are read fastest so.
    chosen = np.sort(shuffled(there, seed)[:count])
    taken = examples(fakes, chosen)
    labels = taken["label"] if alike else None
    return evaluator.measure(taken["sample"], stamp, report, labels)


class _Keeper:
    """Reports each score, then writes it down; `error` says why that failed, if it did.

    A score is worth more than its line in a file: where the workdir cannot be written,
    all of them are reported none the less.
    """

    def __init__(self, run: Run, report: Report):
        self._run, self._report = run, report
        self.error: BadInput | None = None

    def __call__(self, score: Score, warning: str) -> None:
        self._report(score, warning)
        if self.error is None:
            try:
                record.append(self._run.workdir, int(self._run.state.step), score)
            except BadInput as error:
                self.error = error


def _check_numbers(num: int | None, seed: int) -> None:
    if num is not None and num < 1:
        raise BadInput(f"num={num} samples", "ask for at least one")
    try:
        rng.root(seed)
    except ValueError as error:
        raise BadInput(str(error)) from error


def _check_memory(num: int, shape: tuple[int, ...]) -> None:
    """Refuse more samples than could be held, before the first is drawn."""
    try:
        np.empty((num, *shape), np.uint8)  # costs nothing: no page of it is touched
    except (MemoryError, ValueError) as error:
        raise BadInput(
            f"there is no memory for num={num} samples", "ask for fewer"
        ) from error


def its_data(run: Run, place: Mapping[str, Any], trust: bool) -> Dataset:
    """The data set a run was trained on, opened again.

    Raises:
        BadInput: it is not there, or its content is another.
    """
    config = run.record["config"]
    config = {**config, "data": {**config["data"], **place}}
    dataset = assemble.bind(config, foreign=trust).open_data()
    known = run.record["data"]["digest"]
    if dataset.digest != known:
        where = f" in {config['data']['path']}" if "path" in config["data"] else ""
        raise BadInput(
            f"data set {dataset.name}{where} is not the one that {run.workdir.path} was "
            f"trained on (digest {dataset.digest[:12]}, config.json says {known[:12]})",
            "bring back the data it was trained on, or compare two folders: --real, "
            "--fake",
        )
    return dataset


def held_out(run: Run, place: Mapping[str, Any], trust: bool) -> Dataset | None:
    """The split `test` of the data that a run was trained on the split `train` of.

    None where they have no such splits.
    """
    config = run.record["config"]
    source = getattr(data, str(config["data"]["name"]), None)
    known = inspect.signature(source).parameters if callable(source) else {}
    usual = known["split"].default if "split" in known else None
    if config["data"].get("split", usual) != "train":
        return None
    other = {**config, "data": {**config["data"], **place, "split": "test"}}
    return assemble.bind(other, foreign=trust).open_data()


def _fitted(reals: Dataset, size: Any, fit: Fit) -> dict[str, str]:
    height, width = reals.shape[:2]
    return {} if size is None else {"pictures": f"{height} x {width} by {fit}"}


def _pictures(
    real: str | Path, fake: str | Path, size: Any, fit: Fit
) -> tuple[Dataset, Dataset]:
    """Both folders; 28 x 28 pictures that are all grey as the digits' classifier asks."""
    paths = str(real), str(fake)
    try:
        sets = [data.folder(path, size=size, fit=fit) for path in paths]
        if all(map(_grey_digits, sets)):
            sets = [data.folder(path, size, channels=1, fit=fit) for path in paths]
    except ValueError as error:
        raise BadInput(str(error)) from error
    return sets[0], sets[1]


def _grey_digits(dataset: Dataset) -> bool:
    if dataset.shape[:2] != (28, 28) or not isinstance(dataset.source, Resident):
        return False
    sample = dataset.source.arrays["sample"]
    return bool((sample == sample[..., :1]).all())
