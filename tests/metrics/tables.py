"""Every metric of the room: a new one adds a row here and is held to the conformance."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import metrics

D = 6


class Row(NamedTuple):
    call: Callable[..., Any]
    inputs: tuple[np.ndarray, ...]
    pair: bool = False  # two sets of features of one dimension


def _gaussian(seed: int, count: int, shift: float = 0.0) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(shift, 1.0, (count, D))
    return rows.astype(np.float32)


def _lerp(a: jax.Array, b: jax.Array, t: jax.Array) -> jax.Array:
    return a + (b - a) * t


def _squared(a: jax.Array, b: jax.Array) -> jax.Array:
    return ((a - b) ** 2).sum(axis=-1)


def _synthesize(z: jax.Array, keys: jax.Array) -> jax.Array:
    del keys
    return jnp.tanh(z)


def _path(measure: Callable[..., Any]) -> Callable[..., Any]:
    return lambda start, end: measure(
        _synthesize, _squared, _lerp, jnp.asarray(start), jnp.asarray(end)
    )


REAL, FAKE = _gaussian(0, 40), _gaussian(1, 50, 0.5)
LOGITS = 2 * _gaussian(2, 40)
PROBABILITIES = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
LABELS = np.arange(40) % 2
IMAGES = np.tanh(_gaussian(3, 8 * 32 * 32 // D + 1).reshape(-1)[: 8 * 32 * 32])
IMAGES = IMAGES.reshape(8, 32, 32, 1)
PAIR = (REAL, FAKE)

ALL_METRICS = {
    "accuracy_by_class": Row(
        lambda p: list(metrics.accuracy_by_class(p, LABELS).values()),
        (PROBABILITIES,),
    ),
    "authenticity": Row(metrics.authenticity, PAIR, pair=True),
    "classes_covered": Row(metrics.classes_covered, (PROBABILITIES,)),
    "conditional_accuracy": Row(
        lambda p: metrics.conditional_accuracy(p, LABELS), (PROBABILITIES,)
    ),
    "density_coverage": Row(metrics.density_coverage, PAIR, pair=True),
    "frechet_between": Row(
        lambda a, b: metrics.frechet_between(
            metrics.Moments.of(a), metrics.Moments.of(b)
        ),
        PAIR,
        pair=True,
    ),
    "frechet_distance": Row(metrics.frechet_distance, PAIR, pair=True),
    "frechet_infinity": Row(
        lambda a, b: metrics.frechet_infinity(a, b, points=3, smallest=20),
        PAIR,
        pair=True,
    ),
    "frechet_interval": Row(metrics.frechet_interval, PAIR, pair=True),
    "inception_score": Row(metrics.inception_score, (PROBABILITIES,)),
    "inception_score_from_logits": Row(metrics.inception_score_from_logits, (LOGITS,)),
    "intra_class_frechet_distance": Row(
        lambda a, b: float(
            metrics.intra_class_frechet_distance(
                a, np.arange(len(a)) % 2, b, np.arange(len(b)) % 2
            )
        ),
        PAIR,
        pair=True,
    ),
    "kernel_distance": Row(
        lambda a, b: metrics.kernel_distance(a, b, subset_size=30, subsets=3),
        PAIR,
        pair=True,
    ),
    "kth_neighbour_distances": Row(
        lambda a: metrics.kth_neighbour_distances(a, 2), (REAL,)
    ),
    "label_entropy": Row(metrics.label_entropy, (PROBABILITIES,)),
    "mode_coverage": Row(
        lambda points, centers: metrics.mode_coverage(points, centers, std=1.0),
        (FAKE, REAL[:3]),
        pair=True,
    ),
    "ms_ssim": Row(
        lambda images: metrics.ms_ssim(
            jnp.asarray(images[:4]), jnp.asarray(images[4:])
        ),
        (IMAGES,),
    ),
    "ms_ssim_diversity": Row(
        lambda images: metrics.ms_ssim_diversity(jnp.asarray(images), pairs=8),
        (IMAGES,),
    ),
    "nearest_neighbours": Row(metrics.nearest_neighbours, PAIR, pair=True),
    "path_lengths": Row(_path(metrics.path_lengths), (REAL, FAKE[:40])),
    "perceptual_path_length": Row(
        _path(metrics.perceptual_path_length), (REAL, FAKE[:40])
    ),
    "prdc": Row(metrics.prdc, PAIR, pair=True),
    "precision_recall": Row(metrics.precision_recall, PAIR, pair=True),
    "stacked_mode_coverage": Row(
        metrics.stacked_mode_coverage, (np.arange(60).reshape(20, 3) % 10,)
    ),
}

NOT_METRICS = {
    "DensityCoverage",
    "Estimate",
    "Extrapolation",
    "Frechet",
    "Interval",
    "IntraClass",
    "ModeCoverage",
    "Moments",
    "PRDC",
    "PrecisionRecall",
    "Protocol",
    "Score",
    "StackedModes",
    "compare",
    "differences",
    "extractors",
    "fidelity_order",
}
