"""Modes of known mixtures that a generator has found.

VEEGAN (Srivastava et al. 2017), section 4.1: a sample is of high quality within three
standard deviations of its nearest centre; a mode is captured if it is nearest to at
least one such sample; 2,500 samples. PacGAN (Lin et al. 2018), section 4.1: reverse KL
from the histogram of those samples over the modes to the uniform one, natural log.
A perfect sampler: 98.89 % high quality in two dimensions (1 - exp(-9/2)), and a
reverse KL of about (K - 1)/2n, not zero.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float, Int

from gan_jax.metrics.features import Features, as_pair

SLICE = 4096


class ModeCoverage(NamedTuple):
    """Modes captured, share of high-quality samples in [0, 1], reverse KL in nats."""

    modes: int
    high_quality: float
    reverse_kl: float
    """NaN if no sample is of high quality."""


class StackedModes(NamedTuple):
    """Of the possible combinations: how many were seen, and KL to the reference."""

    modes: int
    reverse_kl: float


def mode_coverage(
    points: Features, centers: Features, std: float, sigmas: float = 3.0
) -> ModeCoverage:
    """Modes of an equal mixture of isotropic Gaussians that the points cover.

    Args:
        points: [n, d].
        centers: [k, d].
        std: standard deviation of every component, in every coordinate.
        sigmas: how many of them are still of high quality (10 in 1200 dimensions).

    Raises:
        ValueError: unlike dimensions, std or sigmas not positive, rows not finite.
    """
    points, centers = as_pair(points, centers, names=("point", "center"))
    if not std > 0 or not sigmas > 0:
        raise ValueError(f"std={std} and sigmas={sigmas}, wanted positive numbers")
    counts = np.zeros(len(centers), int)
    for start in range(0, len(points), SLICE):
        part = points[start : start + SLICE].astype(np.float64)
        distances = _distances(part, centers.astype(np.float64))
        nearest = distances.argmin(axis=1)
        good = distances.min(axis=1) < sigmas * std
        counts += np.bincount(nearest[good], minlength=len(centers))
    uniform = np.full(len(centers), 1 / len(centers))
    return ModeCoverage(
        modes=int((counts > 0).sum()),
        high_quality=float(counts.sum() / len(points)),
        reverse_kl=_reverse_kl(counts, uniform),
    )


def stacked_mode_coverage(
    digits: Int[Array | np.ndarray, "_ _"],
    classes: int = 10,
    reference: Float[np.ndarray, "_"] | None = None,
) -> StackedModes:
    """Modes of stacked MNIST from the digit predicted for every channel.

    Args:
        digits: [n, channels], each in 0..classes-1; three channels make 1,000 modes.
        classes: digits of a channel.
        reference: probabilities of the modes in the data, the first channel counting
            most; None for PacGAN's uniform one. Ten unequal digits of MNIST make .0043
            of a difference.

    Raises:
        ValueError: digits out of range; a reference of another size, or one that gives
            no probability to a mode that was seen.
    """
    digits = np.asarray(digits)
    if digits.size == 0 or digits.min() < 0 or digits.max() >= classes:
        raise ValueError(f"wanted digits in 0..{classes - 1} of at least one sample")
    total = classes ** digits.shape[1]
    modes = digits @ (classes ** np.arange(digits.shape[1])[::-1])
    counts = np.bincount(modes, minlength=total)
    target = np.full(total, 1 / total) if reference is None else reference
    if target.shape != (total,):
        raise ValueError(f"reference of shape {target.shape} for {total} modes")
    if (target[counts > 0] <= 0).any():
        raise ValueError("the reference gives no probability to a mode that was seen")
    return StackedModes(int((counts > 0).sum()), _reverse_kl(counts, target))


def _distances(points: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """[n, k], a coordinate at a time: exact, and never [n, k, d] in memory."""
    squared = np.zeros((len(points), len(centers)))
    for x, c in zip(points.T, centers.T, strict=True):
        squared += (x[:, None] - c) ** 2
    return np.sqrt(squared)


def _reverse_kl(counts: np.ndarray, reference: np.ndarray) -> float:
    if not counts.sum():
        return float("nan")
    seen = counts > 0
    p = counts[seen] / counts.sum()
    return float((p * np.log(p / reference[seen])).sum())
