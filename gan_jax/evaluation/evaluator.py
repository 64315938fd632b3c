"""The one place where samples become scores.

An evaluator is opened once, which finds every mistake that needs no sample: unknown
metrics, metrics that do not suit the data, weights that are not there. It then measures
as often as it is asked; the reals are described at most once.
"""

import dataclasses
import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from gan_jax.asks import Ask
from gan_jax.data import Dataset
from gan_jax.errors import BadInput
from gan_jax.evaluation import table
from gan_jax.evaluation.kinds import ORDER, Evidence, Found, Maker
from gan_jax.evaluation.references import reference
from gan_jax.games.base import GameState
from gan_jax.metrics import Estimate, Protocol, Score
from gan_jax.names import GENERATOR
from gan_jax.run.provenance import commit, device

LABEL, TRUNCATION = "label", "truncation"
"""Names of the asks that a score's protocol tells of."""
MOST_REALS = 50_000
"""Real samples the moments are taken over, at most."""

Report = Callable[[Score, str], None]
"""Is given each score as it is found, and a warning or ""."""


def silent(score: Score, warning: str) -> None:
    """Report nothing."""
    del score, warning


class Evaluator:
    """Metrics of samples against a data set.

    Args:
        dataset: the reals, opened.
        metrics: names in `METRICS`; those usual for the data by default.
        inception: file of the FID's Inception weights, for `fid`, `kid`, `is`.
        labelled: whether samples will come with labels, of the data set's classes.
        functions: of the game whose model will be at hand, by name; None without one.
        lpips: file of LPIPS's weights, for distances in its units.

    Raises:
        BadInput: no such metric, one that does not suit the data, or whose extractor
            cannot be opened.
    """

    def __init__(
        self,
        dataset: Dataset,
        metrics: Sequence[str] = (),
        inception: str | None = None,
        labelled: bool = False,
        functions: Collection[str] | None = None,
        lpips: str | None = None,
    ):
        self._dataset = dataset
        self._chosen = table.choose(metrics, dataset, labelled, functions)
        names = dict.fromkeys(metric.extractor for metric in self._chosen.values())
        files = table.Files(inception, lpips)
        self._extractors = {name: table.SOURCES[name].open(files) for name in names}
        self._reals = {
            name: functools.cache(partial(reference, dataset, extractor, MOST_REALS))
            for name, extractor in self._extractors.items()
        }

    @property
    def names(self) -> tuple[str, ...]:
        """Of the scores, in the order they are measured."""
        return tuple(
            metric.title(part)
            for metric in self._chosen.values()
            for part in metric.kind.parts
        )

    @property
    def looks(self) -> bool:
        """Whether a metric looks at the samples, or all ask the model alone."""
        return any(metric.kind.samples for metric in self._chosen.values())

    def check(self, count: int) -> None:
        """Refuse so few samples that a metric cannot be taken of them.

        Raises:
            BadInput: naming the metric and how many it takes.
        """
        for name, metric in self._chosen.items():
            least = metric.kind.least(self._extractors[metric.extractor].dim)
            if count < least:
                raise BadInput(
                    f"metric {name}: {count} samples, at least {least} are needed",
                    "take other metrics, or more samples",
                )

    def measure(
        self,
        samples: np.ndarray,
        protocol: Protocol,
        report: Report = silent,
        labels: np.ndarray | None = None,
        maker: Maker | None = None,
    ) -> list[Score]:
        """The scores of samples, a score for each of `names`.

        Args:
            samples: uint8 [n, h, w, c] or float32 [n, 2], in any order: they are
                shuffled by the protocol's seed before a part of them is taken.
            protocol: what the evaluator cannot know: see `protocol_of`.
            report: called with each score.
            labels: int [n], the classes the samples were asked for.
            maker: the model that made them, where one is at hand.

        Raises:
            BadInput: samples or reals that are not finite, other labels than samples,
                or too few samples for a metric.
        """
        _check(samples, labels, len(self._dataset.classes))
        evidence = {
            name: Evidence(
                self._dataset,
                samples,
                extractor,
                self._reals[name],
                protocol.seed,
                labels,
                maker,
            )
            for name, extractor in self._extractors.items()
        }
        scores = []
        for name, metric in self._chosen.items():
            extractor = self._extractors[metric.extractor]
            found = _computed(name, metric, evidence[metric.extractor])
            stamp = dataclasses.replace(
                protocol,
                extractor=extractor.name,
                weights=extractor.weights,
                resize=extractor.resize,
                n_real=found.n_real,
                n_fake=found.n_fake,
                how=found.how,
                split=_split(found.reals or self._dataset)
                if metric.kind.about_data
                else "none",
            )
            for part, value in found.values.items():
                spread = value.std if isinstance(value, Estimate) else None
                scores.append(Score(metric.title(part), float(value), spread, stamp))
                report(scores[-1], found.warning)
        return scores


def protocol_of(
    state: GameState,
    checkpoint: str,
    seed: int,
    labels: str = "none",
    truncation: float | str = 1.0,
) -> Protocol:
    """How a game's samples are measured; what the evaluator knows is left open.

    Args:
        state: of the game; may be abstract.
        checkpoint: by which rule the state was chosen.
        seed: of the samples.
        labels: and `truncation`: see `conditions`.
    """
    gen = [p for name, p in state.players.items() if name.startswith(GENERATOR)]
    return protocol(
        ema=any(p.ema is not None for p in gen),
        batch_norm=(
            "running" if any("batch_stats" in p.variables for p in gen) else "none"
        ),
        truncation=truncation,
        labels=labels,
        checkpoint=checkpoint,
        seed=seed,
    )


def labelled(asks: Mapping[str, Ask], dataset: Dataset) -> bool:
    """Whether samples of a game come with labels, and these are the data set's classes.

    Args:
        asks: of the game, by name.
        dataset: the reals.
    """
    return LABEL in asks and asks[LABEL].below == len(dataset.classes) > 0


def conditions(
    asks: Mapping[str, Ask], given: Mapping[str, Any], asked: Mapping[str, np.ndarray]
) -> dict[str, Any]:
    """What a score's protocol says of what the samples were asked for.

    Args:
        asks: of the game, by name.
        given: what the user asked for, by name.
        asked: every ask answered, [n, ...] by name.

    Returns:
        `labels`: "none" where there are none, "as asked" where the user named them, or
        by which law they are drawn. `truncation`: the one that all samples share, or
        "varied".
    """
    labels, psi = "none", np.unique(asked.get(TRUNCATION, np.ones(1)))
    if LABEL in asks:
        drawn = asks[LABEL].law or "as in the data"
        labels = "as asked" if given.get(LABEL) is not None else drawn
    # Of a float32, the number that was asked for: .7, not .699999988.
    shared = float(str(psi[0])) if len(psi) == 1 else "varied"
    return {"labels": labels, "truncation": shared}


def protocol(**fields: Any) -> Protocol:
    """What all scores of an evaluation have in common, stamped with commit and device."""
    unknown = dict(extractor="", weights="", resize="", n_real=0, split="", n_fake=0)
    return Protocol(
        **unknown, **fields, order=ORDER, commit=commit() or "", device=device()
    )


def _computed(name: str, metric: table.Chosen, evidence: Evidence) -> Found:
    try:
        return metric.kind.compute(evidence)
    except BadInput as error:
        raise BadInput(f"metric {name}: {error.what}", error.todo) from error
    except ValueError as error:
        raise BadInput(
            f"metric {name}: {error}", "take other metrics, or more samples"
        ) from error


def _check(samples: np.ndarray, labels: np.ndarray | None, classes: int) -> None:
    """Refuse what no metric can be taken of."""
    finite = [True]
    if samples.dtype != np.uint8:
        finite = np.isfinite(samples).reshape(len(samples), -1).all(axis=1)
    bad = np.flatnonzero(np.logical_not(finite))
    if bad.size:
        raise BadInput(
            f"{bad.size} of {len(samples)} samples are not finite, the first is "
            f"sample {bad[0]}",
            "the generator has diverged: evaluate an earlier checkpoint",
        )
    if labels is None:
        return
    if np.shape(labels) != (len(samples),):
        raise BadInput(f"{len(samples)} samples with labels {np.shape(labels)}")
    if len(labels) and not 0 <= np.min(labels) <= np.max(labels) < classes:
        raise BadInput(
            f"labels {np.min(labels)} to {np.max(labels)} of samples",
            f"the data have the classes 0 to {classes - 1}",
        )


def _split(dataset: Dataset) -> str:
    """Which reals: their name, and enough of their digest to tell two sets apart."""
    return f"{dataset.name}@{dataset.digest[:12]}"
