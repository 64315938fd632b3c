"""Few images: what DiffAugment, ADA and LeCam do for 500 digits, 250, and 500 emoji.

    python -m experiments.few_images.run

The critic can learn so few by heart. FD of the digits classifier's features is taken
against all 5,000 digits, of which the generator saw a tenth or less, that of Lite0's
against all 3,786 emoji; authenticity against those it saw. `emoji.py` says where the
emoji come from.
"""

import dataclasses
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from experiments.few_images import emoji
from experiments.laboratory.command import main
from experiments.laboratory.rows import Experiment, Metric, Row, Table
from gan_jax import data, metrics
from gan_jax.configs import few_images
from gan_jax.data import Dataset, Resident
from gan_jax.metrics import extractors
from gan_jax.training.ensemble import Evaluate

EVERY, SAMPLES = 1000, 2000
AUTHENTIC = Metric("authenticity", "authentic %", max, 100.0, 1)
SIDE = 32


def digits(dataset: Dataset) -> Evaluate:
    """FD-digits to all 5,000 digits; authenticity towards those of the data set."""
    return against(data.mnist5k(), dataset, extractors.digits(), "fd_digits")


def pictures(dataset: Dataset) -> Evaluate:
    """FD-lite0 to all emoji; authenticity towards those of the data set."""
    everything = data.folder(str(emoji.ALL), size=SIDE)
    return against(everything, dataset, extractors.lite0(), "fd_lite0")


def against(
    whole: Dataset, dataset: Dataset, look: extractors.Extractor, name: str
) -> Evaluate:
    """A Frechet distance to a whole set, authenticity towards what is trained on."""

    def pixels(of: Dataset) -> np.ndarray:
        assert isinstance(of.source, Resident)
        return of.source.arrays["sample"]

    everything = metrics.Moments.of(look(pixels(whole)).features)
    seen = look(pixels(dataset)).features

    def evaluate(samples: np.ndarray) -> Mapping[str, float]:
        shown = np.asarray(data.to_pixels(np.nan_to_num(samples)))
        features = look(shown).features
        apart = metrics.frechet_between(everything, metrics.Moments.of(features))
        authentic = metrics.authenticity(seen, features)
        return {name: apart.value, "authenticity": authentic}

    return evaluate


def base(source: Mapping[str, Any], steps: int) -> dict[str, Any]:
    """`configs/few_images.py:plain` at half its width, of other data."""
    plain = few_images.plain()
    return plain | dict(
        data=dict(source),
        models={name: net | dict(width=16) for name, net in plain["models"].items()},
        train=dict(
            steps=steps,
            batch_size=64,
            log_every=EVERY,
            checkpoint_every=steps,
            steps_per_call=1,
        ),
    )


def of(variant: dict) -> dict:
    """What a variant of the config adds to the plain game."""
    plain = few_images.plain()["game"]
    game = variant["game"]
    return dict(game={key: game[key] for key in game if game[key] != plain.get(key)})


ROWS = (
    Row("plain", "plain", {}, "Miyato et al. 2018"),
    Row(
        "diffaugment",
        "DiffAugment",
        of(few_images.diffaugment()),
        "Zhao et al. 2020, section 3",
    ),
    Row("ada", "ADA", of(few_images.digits500()), "Karras et al. 2020, section 3"),
    Row(
        "ada_lecam",
        "ADA + LeCam",
        of(few_images.ada_lecam()),
        "Tseng et al. 2021, eq. 4",
    ),
)


def table(
    name: str,
    what: str,
    source: Mapping[str, Any],
    distance: Metric,
    evaluator: Callable[[Dataset], Evaluate],
    steps: int,
) -> Table:
    return Table(
        name=name,
        title=f"{what}: DCGAN of width 16, batch 64, {steps:,} rounds",
        base=base(source, steps),
        rows=ROWS,
        evaluate_every=EVERY,
        seeds=3,
        samples=SAMPLES,
        evaluator=evaluator,
        metrics=(distance, AUTHENTIC),
        failed=lambda last: last["authenticity"] < 0.25,
        failure="three of four samples no authentic ones, at the end",
    )


def of_digits(count: int, steps: int) -> Table:
    source = dict(name="mnist5k", per_class=count // 10)
    distance = Metric("fd_digits", "FD-digits", min, digits=1)
    name, what = f"digits{count}", f"{count} digits"
    return table(name, what, source, distance, digits, steps)


EMOJI = dataclasses.replace(
    table(
        f"emoji{emoji.COUNT}",
        f"{emoji.COUNT} emoji, {SIDE} px",
        dict(name="folder", path=str(emoji.FEW), size=SIDE),
        Metric("fd_lite0", "FD-lite0", min, digits=1),
        pictures,
        2500,
    ),
    evaluate_every=2500,  # Lite0 looks at 224 px, and takes its time
    samples=1000,
)
EXPERIMENT = Experiment(
    "few_images", (of_digits(500, 5000), of_digits(250, 3000), EMOJI)
)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
