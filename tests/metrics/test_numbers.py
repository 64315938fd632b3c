"""Numbers that nobody can mean are refused by name, before anything is computed."""

import inspect
from functools import partial

import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import metrics
from tests.metrics.tables import IMAGES, PAIR, PROBABILITIES, REAL


def identity(z, keys):
    del keys
    return z


def path(measure):
    steps = (identity, lambda a, b: ((a - b) ** 2).sum(-1), lambda a, b, t: a + b * t)
    return partial(measure, *steps, jnp.asarray(REAL), jnp.asarray(REAL))


CALLS = {
    "kernel_distance": partial(metrics.kernel_distance, *PAIR, subset_size=9),
    "frechet_infinity": partial(metrics.frechet_infinity, *PAIR, smallest=9),
    "ms_ssim_diversity": partial(metrics.ms_ssim_diversity, jnp.asarray(IMAGES)),
    "path_lengths": path(metrics.path_lengths),
    "perceptual_path_length": path(metrics.perceptual_path_length),
    "classes_covered": partial(metrics.classes_covered, PROBABILITIES),
    "kth_neighbour_distances": partial(metrics.kth_neighbour_distances, REAL, k=1),
    "nearest_neighbours": partial(metrics.nearest_neighbours, *PAIR),
    "precision_recall": partial(metrics.precision_recall, *PAIR),
    "density_coverage": partial(metrics.density_coverage, *PAIR),
    "mode_coverage": partial(metrics.mode_coverage, *PAIR, std=1.0),
    "random": metrics.extractors.random,
}
SEEDED = {
    name
    for name in metrics.__all__
    if inspect.isfunction(getattr(metrics, name))
    and "seed" in inspect.signature(getattr(metrics, name)).parameters
} - {"fidelity_order"}  # NumPy's own seed: another library's permutation


def test_every_seeded_metric_is_tried():
    assert set(CALLS) >= SEEDED


@pytest.mark.parametrize("name", [*sorted(SEEDED), "random"])
@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seeds_that_would_meet_another(name, seed):
    with pytest.raises(ValueError, match=f"seed={seed} must be from 0 to"):
        CALLS[name](seed=seed)


@pytest.mark.parametrize(
    ("name", "wrong", "message"),
    [
        ("kernel_distance", {"subsets": 0}, "0 subsets of 9"),
        ("kernel_distance", {"subsets": -1}, "-1 subsets of 9"),
        ("ms_ssim_diversity", {"pairs": 0}, "0 pairs of 8"),
        ("path_lengths", {"epsilon": 0.0}, r"epsilon=0\.0"),
        ("path_lengths", {"epsilon": np.nan}, "epsilon=nan"),
        ("path_lengths", {"reach": -1.0}, r"reach=-1\.0"),
        ("path_lengths", {"batch_size": 0}, "batch_size=0"),
        ("classes_covered", {"least": 0}, "least=0"),
        ("kth_neighbour_distances", {"block": 0}, "block=0"),
        ("nearest_neighbours", {"block": -5}, "block=-5"),
        ("precision_recall", {"block": 0}, "block=0"),
        ("density_coverage", {"k": 0}, "k=0"),
        ("mode_coverage", {"std": np.nan}, "std=nan"),
        ("mode_coverage", {"sigmas": -3.0}, r"sigmas=-3\.0"),
        ("random", {"batch": 0}, "batch=0"),
    ],
)
def test_counts_and_sizes(name, wrong, message):
    with pytest.raises(ValueError, match=message):
        CALLS[name](**wrong)
