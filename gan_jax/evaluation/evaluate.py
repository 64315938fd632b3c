"""Measuring a run, or two folders of pictures."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from gan_jax import data
from gan_jax.data import Dataset
from gan_jax.data.dataset import Resident
from gan_jax.errors import BadInput
from gan_jax.evaluation import record, table
from gan_jax.evaluation.kinds import Evidence
from gan_jax.evaluation.references import read
from gan_jax.metrics import Estimate, Protocol, Score
from gan_jax.run import Run, Workdir, assemble, open_run
from gan_jax.run.checkpoints import Checkpoints, Damaged
from gan_jax.run.provenance import commit, device

MOST_REALS = 50_000
"""Real samples the moments are taken over, at most."""

Report = Callable[[Score, str], None]
"""Is given each score as it is found, and a warning or ""."""


def silent(score: Score, warning: str) -> None:
    """Report nothing."""
    del score, warning


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
    chosen = table.choose(metrics, dataset)
    run, rule = _opened(workdir, checkpoint)
    player = [p for name, p in run.state.players.items() if name.startswith("gen")]
    protocol = _protocol(
        ema=any(p.ema is not None for p in player),
        batch_norm=(
            "running" if any("batch_stats" in p.variables for p in player) else "none"
        ),
        checkpoint=rule,
        seed=seed,
    )

    def keep(score: Score, warning: str) -> None:
        record.append(run.workdir, int(run.state.step), score)
        report(score, warning)

    def samples() -> np.ndarray:
        return run.sample(num, seed)

    return _measure(chosen, dataset, samples, protocol, inception, keep)


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
        real: folder of pictures, flat or one subfolder a class.
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
    chosen = table.choose(metrics, reals)
    protocol = _protocol(
        ema=False,
        batch_norm="unknown",
        labels="unknown",
        checkpoint="folder",
        seed=seed,
    )
    return _measure(
        chosen,
        reals,
        lambda: read(fakes, np.arange(count)),
        protocol,
        inception,
        report,
    )


def _measure(
    chosen: dict[str, table.Chosen],
    dataset: Dataset,
    samples: Callable[[], np.ndarray],
    protocol: Protocol,
    inception: str | None,
    report: Report,
) -> list[Score]:
    """Everything that can fail cheaply comes before the samples are drawn."""
    names = dict.fromkeys(metric.extractor for metric in chosen.values())
    extractors = {name: table.SOURCES[name].open(inception) for name in names}
    drawn = samples()
    evidence = {
        name: Evidence(dataset, drawn, extractor, MOST_REALS, protocol.seed)
        for name, extractor in extractors.items()
    }
    scores = []
    for name, metric in chosen.items():
        extractor = extractors[metric.extractor]
        try:
            found = metric.kind.compute(evidence[metric.extractor])
        except ValueError as error:
            raise BadInput(f"metric {name}: {error}", "see --num, --metrics") from error
        stamp = dataclasses.replace(
            protocol,
            extractor=extractor.name,
            weights=extractor.weights,
            resize=extractor.resize,
            n_real=found.n_real,
            n_fake=found.n_fake,
            split=_split(dataset) if metric.kind.about_data else "none",
        )
        for part, value in found.values.items():
            spread = value.std if isinstance(value, Estimate) else None
            scores.append(Score(metric.title(part), float(value), spread, stamp))
            report(scores[-1], found.warning)
    return scores


def _split(dataset: Dataset) -> str:
    """Which reals: their name, and enough of their digest to tell two sets apart."""
    return f"{dataset.name}@{dataset.digest[:12]}"


def _protocol(**fields) -> Protocol:
    """What all scores of an evaluation have in common."""
    unknown = dict(extractor="", weights="", resize="", n_real=0, split="", n_fake=0)
    return Protocol(**unknown, **fields, commit=commit() or "", device=device())


def _opened(workdir: str | Path, checkpoint: str) -> tuple[Run, str]:
    """The run at that checkpoint, and by which rule it was taken."""
    try:
        if checkpoint == "last":
            return open_run(workdir), "last"
        if checkpoint == "best":
            step, best = _best(Workdir(workdir))
            return open_run(workdir, step), f"best by {best}"
        if not checkpoint.isdecimal():
            raise BadInput(f"--checkpoint={checkpoint}", "wanted best, last or a step")
        return open_run(workdir, int(checkpoint)), f"step {int(checkpoint)}"
    except Damaged as error:
        raise BadInput(
            f"checkpoint {checkpoint} of {workdir} is damaged ({error})", "take another"
        ) from error


def _best(workdir: Workdir) -> tuple[int, str]:
    train = assemble.bind(workdir.record()["config"]).train
    if not train.best:
        raise BadInput(
            f"{workdir.path} keeps no best checkpoint: its config.train.best is empty",
            "use --checkpoint=last, or a step",
        )
    checkpoints = Checkpoints(
        workdir.checkpoints, train.keep, train.best, train.best_mode
    )
    try:
        step = checkpoints.best_step()
    finally:
        checkpoints.close()
    if step is None:
        raise BadInput(
            f"no checkpoint of {workdir.path} has logged {train.best}",
            "use --checkpoint=last, or a step",
        )
    return step, train.best


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
