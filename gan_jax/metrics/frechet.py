"""Frechet distance between Gaussians fitted to features.

Heusel et al. (2017), TTUR, eq. 6: |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)). The
trace of the root is the sum of roots of the eigenvalues of F' C2 F, where F F' = C1:
a symmetric positive product, so no complex square root can appear. F is the Cholesky
factor of whichever covariance has full rank, or else eigenvectors scaled. Of n samples a
covariance has rank n - 1 at most; no more eigenvalues are kept than that, so the
rounding noise of the others, whose root is far larger than itself, stays out.

Called FID only with the features of the 2015 TensorFlow Inception network. The estimate
is biased upward by about c/n: never compare across sample counts.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float, Int

from gan_jax.metrics.features import Features, as_pair
from gan_jax.metrics.moments import Moments

Labels = Int[Array | np.ndarray, "_"]


class Frechet(NamedTuple):
    """A Frechet distance and its two parts; `float()` gives `value`."""

    value: float
    means: float
    covariances: float
    warning: str
    """Empty, or why the value is not to be trusted."""

    def __float__(self) -> float:
        return self.value


class IntraClass(NamedTuple):
    """Mean over classes of the Frechet distance inside each class."""

    value: float
    classes: Mapping[int, float]

    def __float__(self) -> float:
        return self.value


def frechet_distance(real: Features, fake: Features) -> float:
    """Frechet distance between two sets of features.

    Args:
        real: [n, d].
        fake: [m, d].

    Returns:
        The distance in float64 precision, >= 0. With n or m at most d it is defined but
        strongly biased; `frechet_between` says so in its `warning`.

    Raises:
        ValueError: fewer than two samples, unlike dimensions, rows that are not finite.
    """
    real, fake = as_pair(real, fake, least=2)
    return frechet_between(Moments.of(real), Moments.of(fake)).value


def frechet_between(real: Moments, fake: Moments) -> Frechet:
    """Frechet distance between two accumulated streams.

    Raises:
        ValueError: fewer than two samples in a stream, unlike dimensions.
    """
    if real.dimension != fake.dimension:
        raise ValueError(
            f"real features have {real.dimension} dimensions, fake {fake.dimension}"
        )
    step = real.mean - fake.mean
    c1, c2 = real.covariance, fake.covariance
    root = _trace_of_root((c1, _rank(real)), (c2, _rank(fake)))
    means = float(step @ step)
    covariances = float(np.trace(c1) + np.trace(c2) - 2 * root)
    covariances = max(covariances, 0.0)  # rounding alone can make it negative
    few = min(real.count, fake.count)
    warning = (
        f"{few} samples for {real.dimension} dimensions: the covariance is singular "
        f"and the distance far too large"
        if few <= real.dimension
        else ""
    )
    return Frechet(means + covariances, means, covariances, warning)


def intra_class_frechet_distance(
    real: Features, real_labels: Labels, fake: Features, fake_labels: Labels
) -> IntraClass:
    """Mean over classes of the distance between real and fake of the class.

    Miyato and Koyama (2018), projection discriminator, section 4: "intra FID".

    Args:
        real: [n, d].
        real_labels: [n].
        fake: [m, d].
        fake_labels: [m], the labels the samples were asked for.

    Raises:
        ValueError: a class of either side has fewer than two samples on the other.
    """
    real, fake = as_pair(real, fake, least=2)
    real_labels, fake_labels = np.asarray(real_labels), np.asarray(fake_labels)
    if len(real_labels) != len(real) or len(fake_labels) != len(fake):
        raise ValueError(
            f"{len(real)} real samples with {len(real_labels)} labels, "
            f"{len(fake)} fake samples with {len(fake_labels)}"
        )
    classes = np.union1d(real_labels, fake_labels)
    distances = {}
    for label in classes.tolist():
        sides = real[real_labels == label], fake[fake_labels == label]
        if min(map(len, sides)) < 2:
            raise ValueError(
                f"class {label} has {len(sides[0])} real and {len(sides[1])} fake "
                f"samples, at least 2 are needed"
            )
        distances[label] = frechet_distance(*sides)
    return IntraClass(float(np.mean(list(distances.values()))), distances)


def _rank(moments: Moments) -> int:
    return min(moments.dimension, moments.count - 1)


def _trace_of_root(a: tuple[np.ndarray, int], b: tuple[np.ndarray, int]) -> float:
    """tr (C1 C2)^(1/2) of two covariances, each with the rank it can have."""
    low, high = sorted((a, b), key=lambda side: side[1])
    full = high[1] == len(high[0])
    factored, other = (high, low) if full else (low, high)
    factor = _factor(*factored)
    product = factor.T @ other[0] @ factor
    values = np.linalg.eigvalsh((product + product.T) / 2)[-low[1] :]
    return float(np.sqrt(np.clip(values, 0, None)).sum())


def _factor(covariance: np.ndarray, rank: int) -> Float[np.ndarray, "d r"]:
    """F with F F' = covariance, of as many columns as the rank can be."""
    if rank == len(covariance):
        try:
            return np.linalg.cholesky(covariance)
        except np.linalg.LinAlgError:  # a dead feature, a collapsed generator
            pass
    values, vectors = np.linalg.eigh(covariance)
    kept = slice(len(values) - rank, None)
    return vectors[:, kept] * np.sqrt(np.clip(values[kept], 0, None))
