"""How a game is told classes, on digits: what each way gives for equal time.

    python -m experiments.conditional_digits.run
    python -m experiments.conditional_digits.run --tables skewed

5,000 digits of MNIST, 28 px, DCGAN of width 16 with spectral norm and hinge.
"""

import math
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.laboratory.command import main
from experiments.laboratory.rows import Experiment, Metric, Row, Table
from gan_jax import data, metrics
from gan_jax.data import Dataset
from gan_jax.data.dataset import Resident
from gan_jax.metrics import extractors

STEPS = 4000
SAMPLES = 5000
CLASSES = 10
JOIN = dict(name="concatenated")
WRAP = dict(name="spectral_norm")


def seen_by_a_classifier(dataset: Dataset):
    """Distances, overlap and accuracy by our own classifier of digits.

    The reals are all 5,000 digits, whatever the table trains on: of a skewed set, too,
    every class is asked for as often as the others.
    """
    del dataset
    reals, see = data.mnist5k(), extractors.digits()
    assert isinstance(reals.source, Resident)
    arrays = reals.source.arrays
    real = see(arrays["sample"]).features

    def evaluate(
        samples: np.ndarray, labels: np.ndarray | None = None
    ) -> Mapping[str, float]:
        said = see(np.asarray(data.to_pixels(np.nan_to_num(samples))))
        fake, rows = said.features, said.probabilities
        assert rows is not None
        overlap = metrics.precision_recall(real, fake)
        found = {
            "fd": float(metrics.frechet_distance(real, fake)),
            "precision": overlap.precision,
            "recall": overlap.recall,
            "intra_fd": math.nan,
            "accuracy": math.nan,
            "worst": math.nan,
        }
        if labels is None:
            return found
        intra = metrics.intra_class_frechet_distance(
            real, arrays["label"], fake, labels
        )
        each = metrics.accuracy_by_class(rows, labels)
        return found | {
            "intra_fd": intra.value,
            "accuracy": metrics.conditional_accuracy(rows, labels),
            "worst": min(each.values()),
        }

    return evaluate


def evenly(count: int) -> np.ndarray:
    """Every class as often as the others."""
    return np.arange(count, dtype=np.int32) % CLASSES


METRICS = (
    Metric("fd", "FD-digits", min),
    Metric("intra_fd", "intra-class FD", min),
    Metric("accuracy", "accuracy %", max, 100.0, 1),
    Metric("worst", "worst class %", max, 100.0, 1),
    Metric("precision", "precision", max, digits=3),
    Metric("recall", "recall", max, digits=3),
)


def adam() -> dict[str, Any]:
    return dict(name="adam", learning_rate=2e-4, b1=0.5, b2=0.999)


def gen(**more: Any) -> dict[str, Any]:
    return dict(name="dcgan.Generator", width=16, **more)


def disc(**more: Any) -> dict[str, Any]:
    return dict(name="dcgan.Discriminator", width=16, wrap=WRAP, **more)


BASE = dict(
    data=dict(name="mnist5k"),
    models=dict(gen=gen(), disc=disc()),
    game=dict(
        name="adversarial",
        loss=dict(name="hinge"),
        latents=dict(name="normal", shape=(64,)),
        ema=0.995,
    ),
    optim=dict(gen=adam(), disc=adam()),
    train=dict(
        steps=STEPS,
        batch_size=64,
        steps_per_call=1,
        log_every=STEPS // 4,
        checkpoint_every=STEPS,
    ),
)


def told(critic: Mapping[str, Any], **terms: Any) -> dict[str, Any]:
    """A game that is told classes, by the generator's latent and a critic's way."""
    return dict(
        models=dict(gen=gen(join=JOIN), disc=disc(**critic)),
        game=dict(conditional=dict(name="class_labels"), **terms),
    )


def classified(gen_weight: float) -> dict[str, Any]:
    """AC-GAN's terms: reals for the critic, fakes for the generator."""
    term = dict(name="auxiliary_classifier")
    return dict(
        disc_terms=dict(classes=term | dict(on="real", weight=1.0)),
        gen_terms=dict(classes=term | dict(on="fake", weight=gen_weight)),
    )


CONCAT = told(dict(join=JOIN))
PROJECTED = told(dict(head=dict(name="projection")))
ROWS = (
    Row("unconditional", "unconditional", {}, "Miyato et al. 2018"),
    Row("concat", "concatenation", CONCAT, "Mirza & Osindero 2014"),
    Row(
        "concat_late",
        "concatenation half-way in D",
        told(dict(join=JOIN | dict(at="features"))),
        "Reed et al. 2016",
    ),
    Row(
        "acgan",
        "AC-GAN",
        told(dict(head=dict(name="auxiliary_classifier")), **classified(0.1)),
        "Odena et al. 2017; weights of Gulrajani et al. 2017",
    ),
    # The generator of this row joins the class to z; a conditional norm in its place is
    # `norm=dict(name="conditional_batch_norm")` of the generator without `join`.
    Row("projection", "projection", PROJECTED, "Miyato & Koyama 2018"),
    Row(
        "projection_bfloat16",
        "projection, computed in bfloat16",
        PROJECTED | dict(train=dict(precision="bfloat16")),
        "parameters, averages and optimisers stay float32",
    ),
)
TAIL = dict(name="skewed", of=dict(name="mnist5k"), imbalance=10.0)


def table(name: str, title: str, rows: tuple[Row, ...], base: dict[str, Any]) -> Table:
    return Table(
        name=name,
        title=title,
        base=base,
        rows=rows,
        evaluate_every=STEPS // 4,
        seeds=3,
        samples=SAMPLES,
        evaluator=seen_by_a_classifier,
        metrics=METRICS,
        labels=evenly,
    )


EXPERIMENT = Experiment(
    "conditional_digits",
    (
        table("digits", "5,000 digits, 500 a class", ROWS, BASE),
        table(
            "skewed",
            "A long tail: 500 zeros to 50 nines; judged by digits of equal share",
            (
                Row("as_it_is", "the data's order", CONCAT, "Mirza & Osindero 2014"),
                Row(
                    "balanced",
                    "balanced order",
                    CONCAT | dict(data=dict(name="balanced", of=TAIL)),
                    "every class as often as the others",
                ),
            ),
            BASE | dict(data=TAIL),
        ),
    ),
)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
