"""Few images: what DiffAugment, ADA and LeCam do for 500 digits, and for 250.

    python -m experiments.few_images.run

The critic can learn so few by heart. FD of the digits classifier's features is taken
against all 5,000 digits, of which the generator saw a tenth or less; authenticity
against those it saw.
"""

import sys
from collections.abc import Mapping

import numpy as np

from experiments.laboratory.command import main
from experiments.laboratory.rows import Experiment, Metric, Row, Table
from gan_jax import data, metrics
from gan_jax.configs import few_images
from gan_jax.data import Dataset, Resident
from gan_jax.metrics import extractors
from gan_jax.training.ensemble import Evaluate

STEPS, EVERY, SAMPLES = 5000, 1000, 2000
METRICS = (
    Metric("fd_digits", "FD-digits", min, digits=1),
    Metric("authenticity", "authentic %", max, 100.0, 1),
)


def against_all(dataset: Dataset) -> Evaluate:
    """FD-digits to all 5,000 digits; authenticity towards those of the data set."""
    look = extractors.digits()

    def pixels(of: Dataset) -> np.ndarray:
        assert isinstance(of.source, Resident)
        return of.source.arrays["sample"]

    everything = metrics.Moments.of(look(pixels(data.mnist5k())).features)
    seen = look(pixels(dataset)).features

    def evaluate(samples: np.ndarray) -> Mapping[str, float]:
        shown = np.asarray(data.to_pixels(np.nan_to_num(samples)))
        features = look(shown).features
        apart = metrics.frechet_between(everything, metrics.Moments.of(features))
        authentic = metrics.authenticity(seen, features)
        return {"fd_digits": apart.value, "authenticity": authentic}

    return evaluate


def base(per_class: int) -> dict:
    """`configs/few_images.py:plain` at half its width."""
    plain = few_images.plain()
    return plain | dict(
        data=dict(name="mnist5k", per_class=per_class),
        models={name: net | dict(width=16) for name, net in plain["models"].items()},
        train=dict(
            steps=STEPS,
            batch_size=64,
            log_every=EVERY,
            checkpoint_every=STEPS,
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


def table(count: int) -> Table:
    return Table(
        name=f"digits{count}",
        title=f"{count} digits: DCGAN of width 16, batch 64, {STEPS:,} rounds",
        base=base(count // 10),
        rows=ROWS,
        evaluate_every=EVERY,
        seeds=3,
        samples=SAMPLES,
        evaluator=against_all,
        metrics=METRICS,
        failed=lambda last: last["authenticity"] < 0.25,
        failure="three of four samples no authentic ones, at the end",
    )


EXPERIMENT = Experiment("few_images", (table(500), table(250)))

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
