"""Growing against one size from the beginning, at equally many images.

    python -m experiments.growing.run

The networks of `configs/progan.py:digits32` and `configs/stylegan.py:digits32` at half
their width; 5,000 digits of MNIST, 28 px, in the midst of 32 x 32. Samples are cut back to
28 px for the classifier of digits; those of a stage that is not the last are enlarged.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from experiments.laboratory.command import main
from experiments.laboratory.rows import Experiment, Metric, Row, Table
from gan_jax import data, metrics
from gan_jax.configs import progan, stylegan
from gan_jax.data import Dataset
from gan_jax.data.dataset import Resident
from gan_jax.metrics import extractors

BATCH, STEPS, EVERY = 32, 1200, 200
SAMPLES, MARGIN = 2500, 2
IMAGES = BATCH * STEPS


def seen_by_a_classifier(dataset: Dataset) -> Callable[..., Mapping[str, float]]:
    """Distances to all digits, and overlap, by our own classifier of them."""
    del dataset
    reals, see = data.mnist5k(), extractors.digits()
    assert isinstance(reals.source, Resident)
    real = see(reals.source.arrays["sample"]).features

    def evaluate(samples: np.ndarray) -> Mapping[str, float]:
        cut = samples[:, MARGIN:-MARGIN, MARGIN:-MARGIN]
        fake = see(np.asarray(data.to_pixels(np.nan_to_num(cut)))).features
        overlap = metrics.precision_recall(real, fake)
        return {
            "fd": float(metrics.frechet_distance(real, fake)),
            "precision": overlap.precision,
            "recall": overlap.recall,
        }

    return evaluate


METRICS = (
    Metric("fd", "FD-digits", min, digits=1),
    Metric("precision", "precision", max, digits=3),
    Metric("recall", "recall", max, digits=3),
)


def narrow(config: Mapping[str, Any]) -> dict[str, Any]:
    """A config's networks at half their width, in a run of this length."""
    nets = {
        name: net | dict(widths=tuple(width // 2 for width in net["widths"]))
        for name, net in config["models"].items()
    }
    train = dict(steps=STEPS, batch_size=BATCH, log_every=EVERY, checkpoint_every=STEPS)
    return {**config, "models": nets, "train": train | dict(steps_per_call=1)}


def table(name: str, title: str, fixed: dict, growing: dict, sizes: int) -> Table:
    """Both ways to train the same networks.

    Args:
        name: of the table.
        title: of it.
        fixed: the config at one size.
        growing: the same, growing.
        sizes: that are added; the fades, and what comes before each, take up the first
            three quarters of the images.
    """
    each = 3 * IMAGES // 4 // (2 * sizes)
    grown = growing["game"] | dict(stable=each, fade=each)
    return Table(
        name=name,
        title=f"{title}: {IMAGES:,} images",
        base=narrow(fixed),
        rows=(
            Row("fixed", "32 x 32 from the beginning", {}, "the last stage alone"),
            Row(
                "growing",
                f"growing, {each:,} images a stage",
                dict(game=grown),
                "Karras et al. 2018, section 2",
            ),
        ),
        evaluate_every=EVERY,
        seeds=3,
        samples=SAMPLES,
        evaluator=seen_by_a_classifier,
        metrics=METRICS,
    )


EXPERIMENT = Experiment(
    "growing",
    (
        table(
            "progan",
            "Progressive GAN, 4 x 4 to 32 x 32",
            progan.digits32_fixed(),
            progan.digits32(),
            sizes=3,
        ),
        table(
            "stylegan",
            "StyleGAN, 8 x 8 to 32 x 32",
            stylegan.digits32_fixed(),
            stylegan.digits32(),
            sizes=2,
        ),
    ),
)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
