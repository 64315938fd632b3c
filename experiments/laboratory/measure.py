"""A row's numbers: all seeds trained, and timed beside the table's first row."""

import math
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from experiments.laboratory.rows import Metric, Row, Table
from gan_jax import data, rng
from gan_jax.data import Dataset
from gan_jax.evaluation.evaluator import LABEL
from gan_jax.training import ensemble
from gan_jax.training.ensemble import Ensemble, Evaluate

TURNS = 5
KEPT = 400  # points of a seed that are kept for the figure
PICTURES = 36  # or images


def assemble(table: Table, row: Row) -> Ensemble:
    """The row's seeds, ready to be played."""
    return ensemble.assemble(table.config(row), range(table.seeds))


def measure(
    table: Table, row: Row, first: Ensemble, provenance: dict[str, Any]
) -> tuple[dict[str, Any], np.ndarray, list[list[dict[str, Any]]]]:
    """Train a row.

    Args:
        table: it stands in.
        row: to train.
        first: the table's first row, which times are relative to.
        provenance: of its numbers, see `laboratory.origin`.

    Returns:
        Its record, samples of its median seed, and every line of every seed.
    """
    begun = time.perf_counter()
    whole = first if row is table.rows[0] else assemble(table, row)
    evaluate, asked = _judge(table, whole)
    trained = whole.train(table.evaluate_every, table.samples, evaluate, asked)
    judged = [
        [line for line in lines if table.metrics[0].name in line]
        for lines in trained.lines
    ]
    diverged = [any(map(_skipped, lines)) for lines in trained.lines]
    failed = [
        seed
        for seed, lines, lost in zip(trained.seeds, judged, diverged, strict=True)
        if lost or table.failed(lines[-1])
    ]
    train_seconds = trained.lines[0][-1]["wall"]
    times = pace(whole, first)
    record = {
        "digest": table.digest(row),
        "config": table.config(row),
        "seeds": list(trained.seeds),
        "samples": table.samples,
        "final": {
            m.name: summary([x[-1][m.name] for x in judged]) for m in table.metrics
        },
        "best": {m.name: summary([best(m, x) for x in judged]) for m in table.metrics},
        "failed": failed,
        "diverged": [s for s, d in zip(trained.seeds, diverged, strict=True) if d],
        "trajectory": {
            "step": [line["step"] for line in judged[0]],
            **{m.name: _mean_path(m, judged) for m in table.metrics},
        },
        "seconds": {
            "per_round": times[0],
            "relative": times[0] / times[1],
            "compile": whole.compile_seconds,
            "train": train_seconds,
            "row": round(time.perf_counter() - begun, 1),
        },
        "provenance": provenance,
    }
    middle = median_seed(table.metrics[:2], [lines[-1] for lines in judged])
    return record, kept(trained.samples[middle]), trained.lines


def pace(ours: Ensemble, first: Ensemble) -> tuple[float, float]:
    """Seconds a round (all seeds) of both: medians over turns taken in alternation.

    Of a game that grows it is the mean over all its rounds, each stage timed by itself.
    Compilation and the first call of each are left out.
    """
    parts = [
        (i, whole, stage)
        for i, whole in enumerate((ours, first))
        for stage in shares(whole)
    ]
    groups = [
        whole.grown(whole.start(), stage) if stage else whole.start()
        for _, whole, stage in parts
    ]
    seconds: list[list[float]] = [[] for _ in parts]
    for turn in range(TURNS + 1):
        for i, (_, whole, stage) in enumerate(parts):
            whole.prepared(groups[i], stage)
            begun = time.perf_counter()
            groups[i], _ = jax.block_until_ready(whole.play(groups[i], stage))
            if turn:
                seconds[i].append((time.perf_counter() - begun) / whole.rounds)
    found = [0.0, 0.0]
    for (i, whole, stage), own in zip(parts, seconds, strict=True):
        found[i] += shares(whole)[stage] * statistics.median(own)
    return found[0], found[1]


def shares(whole: Ensemble) -> dict[int, float]:
    """What share of a run's rounds each of its stages is played in."""
    steps = range(0, whole.run.options.steps, whole.rounds)
    counts = Counter(whole.stage(step) for step in steps)
    return {stage: count / len(steps) for stage, count in counts.items()}


def floor(table: Table, dataset: Dataset) -> tuple[dict[str, Any], np.ndarray]:
    """What real samples score in the place of generated ones, and some of them."""
    evaluate, feed = table.evaluator(dataset), data.make_feed(dataset)
    places = jnp.arange(table.samples)
    draw = jax.jit(lambda key: feed.batch(feed.arrays, None, key, places))
    keys = [rng.stream(jax.random.key(seed), "floor") for seed in range(table.seeds)]
    drawn = [jax.device_get(draw(key)) for key in keys]
    samples = [each["sample"] for each in drawn]
    found = [
        evaluate(each["sample"], **({"labels": each["label"]} if table.labels else {}))
        for each in drawn
    ]
    scores = {m.name: summary([each[m.name] for each in found]) for m in table.metrics}
    return scores, kept(samples[0])


def _judge(table: Table, whole: Ensemble) -> tuple[Evaluate, dict[str, np.ndarray]]:
    """What evaluates a row's samples, and what these are asked for."""
    evaluate = table.evaluator(whole.run.dataset)
    if table.labels is None:
        return evaluate, {}
    if LABEL not in whole.run.game.asks:
        return partial(evaluate, labels=None), {}
    labels = table.labels(table.samples)
    return partial(evaluate, labels=labels), {LABEL: labels}


def summary(values: Sequence[float]) -> dict[str, Any]:
    """Mean and standard deviation over the seeds that have the number at all."""
    known = [float(v) for v in values if math.isfinite(v)]
    return {
        "mean": statistics.fmean(known) if known else None,
        "std": statistics.stdev(known) if len(known) > 1 else 0.0,
        "values": [round(float(v), 6) if math.isfinite(v) else None for v in values],
    }


def best(metric: Metric, lines: Sequence[dict[str, Any]]) -> float:
    """The best of a metric over a seed's evaluations."""
    known = [line[metric.name] for line in lines if math.isfinite(line[metric.name])]
    return metric.best(known) if known else math.nan


def median_seed(metrics: Sequence[Metric], lasts: Sequence[dict[str, Any]]) -> int:
    """Index of the seed in the middle, ordered by these metrics in turn, worst first."""

    def rank(i: int) -> list[float]:
        return [(1 if m.best is max else -1) * lasts[i][m.name] for m in metrics]

    return sorted(range(len(lasts)), key=rank)[(len(lasts) - 1) // 2]


def _skipped(line: dict[str, Any]) -> bool:
    return any(value for name, value in line.items() if name.endswith("/skipped"))


def _mean_path(metric: Metric, judged: Sequence[Sequence[dict]]) -> list[float | None]:
    means = [
        summary([line[metric.name] for line in at])["mean"]
        for at in zip(*judged, strict=True)
    ]
    return [None if mean is None else round(mean, 5) for mean in means]


def kept(samples: np.ndarray) -> np.ndarray:
    """The share of samples that is kept for the figure."""
    if samples.ndim == 2:
        return samples[:KEPT].astype(np.float16)
    return np.asarray(data.to_pixels(samples[:PICTURES]))
