"""Metrics: features, probabilities or points in, numbers out; never a model."""

from gan_jax.metrics import extractors
from gan_jax.metrics.classification import (
    accuracy_by_class,
    classes_covered,
    conditional_accuracy,
    label_entropy,
)
from gan_jax.metrics.diversity import ms_ssim, ms_ssim_diversity
from gan_jax.metrics.estimate import Estimate
from gan_jax.metrics.frechet import (
    Frechet,
    IntraClass,
    frechet_between,
    frechet_distance,
    intra_class_frechet_distance,
)
from gan_jax.metrics.inception_score import (
    fidelity_order,
    inception_score,
    inception_score_from_logits,
)
from gan_jax.metrics.kernel import kernel_distance
from gan_jax.metrics.memorisation import authenticity
from gan_jax.metrics.modes import (
    ModeCoverage,
    StackedModes,
    mode_coverage,
    stacked_mode_coverage,
)
from gan_jax.metrics.moments import Moments
from gan_jax.metrics.neighbours import kth_neighbour_distances, nearest_neighbours
from gan_jax.metrics.path_length import path_lengths, perceptual_path_length
from gan_jax.metrics.precision_recall import (
    PRDC,
    DensityCoverage,
    PrecisionRecall,
    density_coverage,
    prdc,
    precision_recall,
)
from gan_jax.metrics.stamp import Protocol, Score, compare, differences
from gan_jax.metrics.uncertainty import (
    Extrapolation,
    Interval,
    frechet_infinity,
    frechet_interval,
)

__all__ = [
    "PRDC",
    "DensityCoverage",
    "Estimate",
    "Extrapolation",
    "Frechet",
    "Interval",
    "IntraClass",
    "ModeCoverage",
    "Moments",
    "PrecisionRecall",
    "Protocol",
    "Score",
    "StackedModes",
    "accuracy_by_class",
    "authenticity",
    "classes_covered",
    "compare",
    "conditional_accuracy",
    "density_coverage",
    "differences",
    "extractors",
    "fidelity_order",
    "frechet_between",
    "frechet_distance",
    "frechet_infinity",
    "frechet_interval",
    "inception_score",
    "inception_score_from_logits",
    "intra_class_frechet_distance",
    "kernel_distance",
    "kth_neighbour_distances",
    "label_entropy",
    "mode_coverage",
    "ms_ssim",
    "ms_ssim_diversity",
    "nearest_neighbours",
    "path_lengths",
    "perceptual_path_length",
    "precision_recall",
    "prdc",
    "stacked_mode_coverage",
]
