"""What a table is made of: a base config, and rows that each change a little of it."""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from gan_jax.data import Dataset
from gan_jax.training.ensemble import modes_of

Config = dict[str, Any]


class Metric(NamedTuple):
    """A number that is found at every evaluation.

    Attributes:
        name: as `evaluate` returns it.
        title: of its columns.
        best: `max` or `min`, over the evaluations of one seed.
        scale: what it is multiplied by when printed.
        digits: printed behind the point.
    """

    name: str
    title: str
    best: Callable[..., float]
    scale: float = 1.0
    digits: int = 2


MODES = (
    Metric("modes", "modes", max, digits=1),
    Metric("high_quality", "HQ %", max, 100.0, 1),
    Metric("reverse_kl", "reverse KL", min, digits=3),
)


@dataclass(frozen=True)
class Row:
    """A remedy, or whatever else is compared.

    Attributes:
        name: short, unique in its table.
        title: as printed.
        changes: merged into the table's base config.
        source: the paper, with its equation or section.
        paper: the paper's figures by metric, as printed there.
        absent: why it cannot be run here, where it cannot.
    """

    name: str
    title: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    paper: Mapping[str, str] = field(default_factory=dict)
    absent: str = ""


@dataclass(frozen=True)
class Table:
    """Rows that are trained alike, on the same data, with the same seeds.

    Attributes:
        name: short.
        title: as printed.
        base: config of every row; `train` holds steps, batch and rounds a call.
        rows: in the order printed; the first is what times are relative to.
        evaluate_every: rounds between evaluations.
        seeds: 0, 1, ... up to this many.
        samples: drawn for an evaluation.
        evaluator: from the data set to what evaluates samples.
        metrics: what that returns.
        labels: count -> the classes that samples are asked for, int32 [count], where
            classes matter: what evaluates samples then takes `labels=` besides, None for
            those of a game that cannot be asked.
        failed: whether a seed's last numbers are a failure.
        failure: the same in words.
        scale: share of the steps that is played; below one it is another protocol.
    """

    name: str
    title: str
    base: Config
    rows: tuple[Row, ...]
    evaluate_every: int
    seeds: int = 10
    samples: int = 2500
    evaluator: Callable[[Dataset], Callable[..., Mapping[str, float]]] = modes_of
    metrics: tuple[Metric, ...] = MODES
    labels: Callable[[int], np.ndarray] | None = None
    failed: Callable[[Mapping[str, float]], bool] = lambda last: False
    failure: str = ""
    scale: float = 1.0

    def config(self, row: Row) -> Config:
        """The config of a row."""
        return merge(self.base, row.changes)

    def digest(self, row: Row) -> str:
        """What a row's record must have been made with to be kept."""
        recipe = [self.config(row), self.evaluate_every, self.seeds, self.samples]
        return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:16]

    def shortened(self, scale: float) -> "Table":
        """The table at a share of its steps, under a name of its own."""
        if scale == 1.0:
            return self
        train = self.base["train"]
        call = train.get("steps_per_call", 1)
        steps = max(round(scale * train["steps"] / call), 1) * call
        every = max(round(scale * self.evaluate_every / call), 1) * call
        return dataclasses.replace(
            self,
            name=f"{self.name}@{scale:g}",
            title=f"{self.title}, {steps:,} of {train['steps']:,} rounds",
            base=merge(self.base, {"train": alike(train, steps, every)}),
            evaluate_every=every,
            scale=scale,
        )


@dataclass(frozen=True)
class Experiment:
    """Tables that one command makes.

    Attributes:
        name: of its folder below `experiments/`.
        tables: in the order printed.
    """

    name: str
    tables: tuple[Table, ...]


def alike(train: Mapping[str, Any], steps: int, every: int) -> dict[str, Any]:
    """A `train` group of another length, that logs and saves as often."""
    return {**train, "steps": steps, "log_every": every, "checkpoint_every": steps}


def merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> Config:
    """A config with changes: groups are merged, components (`name=`) replaced."""
    merged = dict(base)
    for key, change in changes.items():
        old = merged.get(key)
        if (
            isinstance(old, Mapping)
            and isinstance(change, Mapping)
            and "name" not in change
        ):
            change = merge(old, change)
        merged[key] = change
    return merged


def misses(modes: int) -> Callable[[Mapping[str, float]], bool]:
    """The failure of a mixture: a mode is missing, or most samples lie off all modes."""
    return lambda last: last["modes"] < modes or last["high_quality"] < 0.5


def missing(modes: int) -> str:
    """`misses` in words."""
    return f"fewer than {modes} modes, or under 50 % of high quality, at the end"
