"""How far a Frechet distance can be trusted: its spread, and its limit.

`frechet_interval`: the delta method. The distance is a smooth functional of the two
distributions; its first-order influence of one fake sample y, with T the optimal
transport map of the fitted Gaussians from fake to real, is
    -2 (m1 - m2)'(y - m2) + (y - m2)'(I - T)(y - m2) - tr((I - T) C2),
and likewise for a real one. The variance of a mean of influences is the squared
deviation of the distance over repeated draws. It vanishes where the distributions agree
(there the distance is second order and the interval too short), and it does not remove
the bias: it is an interval for the distance *at these sample counts*.

`frechet_infinity`: Chong and Forsyth (2020), "Effectively Unbiased FID": the bias is
linear in 1/n, so a line through distances at several n, read at 1/n = 0, has none.
"""

from statistics import NormalDist
from typing import NamedTuple

import jax
import numpy as np

from gan_jax import rng
from gan_jax.metrics.features import Features, as_pair, as_rows
from gan_jax.metrics.frechet import frechet_between
from gan_jax.metrics.moments import Moments


class Interval(NamedTuple):
    """A Frechet distance, its confidence interval and the deviations it comes from."""

    value: float
    low: float
    high: float
    std_real: float
    """Deviation over draws of the real samples."""
    std_fake: float
    """Deviation over draws of the fake samples."""

    def __float__(self) -> float:
        return self.value


class Extrapolation(NamedTuple):
    """A Frechet distance at infinitely many fake samples; `float()` gives `value`."""

    value: float
    slope: float
    """Bias times the number of samples."""
    std: float
    """Standard error of the line's intercept."""

    def __float__(self) -> float:
        return self.value


def frechet_interval(real: Features, fake: Features, level: float = 0.95) -> Interval:
    """Frechet distance with a normal confidence interval.

    Args:
        real: [n, d], n > d.
        fake: [m, d], m > d.
        level: probability that the interval is to cover, in (0, 1).

    Raises:
        ValueError: not more samples than dimensions, unlike dimensions, not finite.
    """
    real, fake = as_pair(real, fake, least=2)
    few = min(len(real), len(fake))
    if few <= real.shape[1]:
        raise ValueError(
            f"{few} samples for {real.shape[1]} dimensions: "
            f"the interval needs more samples than dimensions"
        )
    if not 0 < level < 1:
        raise ValueError(f"level={level}, wanted a probability between 0 and 1")
    p, q = Moments.of(real), Moments.of(fake)
    value = frechet_between(p, q).value
    step = p.mean - q.mean
    std_real = _deviation(real - p.mean, step, _transport(p.covariance, q.covariance))
    std_fake = _deviation(fake - q.mean, -step, _transport(q.covariance, p.covariance))
    half = NormalDist().inv_cdf((1 + level) / 2) * float(np.hypot(std_real, std_fake))
    return Interval(value, max(value - half, 0.0), value + half, std_real, std_fake)


def frechet_infinity(
    real: Features | Moments,
    fake: Features,
    points: int = 15,
    smallest: int = 5000,
    seed: int = 0,
) -> Extrapolation:
    """Frechet distance without the bias that comes from the number of fake samples.

    The bias from the number of real samples stays: use all of them.

    Args:
        real: [n, d], or their moments.
        fake: [m, d].
        points: how many sample counts, evenly spaced from `smallest` to m.
        smallest: the least sample count, >= 2.
        seed: of the random subsets.

    Raises:
        ValueError: `smallest` not below m, fewer than three points, bad features, a seed
            out of range.
    """
    if isinstance(real, Moments):
        reference, fake = real, as_rows(fake, "fake", least=2)
    else:
        real, fake = as_pair(real, fake, least=2)
        reference = Moments.of(real)
    if not 2 <= smallest < len(fake):
        raise ValueError(f"smallest={smallest} with {len(fake)} fake samples")
    if points < 3:
        raise ValueError(f"{points} points cannot show how well the line fits")
    counts = np.linspace(smallest, len(fake), points).astype(int)
    values = []
    for i, count in enumerate(counts):
        key = rng.stream(rng.root(seed), "frechet_infinity", i)
        order = np.asarray(jax.random.permutation(key, len(fake)))
        values.append(frechet_between(reference, Moments.of(fake[order[:count]])).value)
    return _line(1 / counts, np.asarray(values))


def _line(x: np.ndarray, y: np.ndarray) -> Extrapolation:
    centred = x - x.mean()
    slope = (centred @ y) / (centred @ centred)
    value = y.mean() - slope * x.mean()
    residual = y - value - slope * x
    noise = residual @ residual / (len(x) - 2)
    std = np.sqrt(noise * (1 / len(x) + x.mean() ** 2 / (centred @ centred)))
    return Extrapolation(float(value), float(slope), float(std))


def _transport(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Symmetric T with T source T = target."""
    values, vectors = np.linalg.eigh(source)
    values = np.clip(values, np.finfo(float).eps * values[-1], None)
    root = (vectors * np.sqrt(values)) @ vectors.T
    inverse = (vectors / np.sqrt(values)) @ vectors.T
    values, vectors = np.linalg.eigh(root @ target @ root)
    middle = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    return inverse @ middle @ inverse


def _deviation(centred: np.ndarray, step: np.ndarray, transport: np.ndarray) -> float:
    """Standard error of the mean influence; the constant term does not matter."""
    bend = np.eye(len(transport)) - transport
    influence = 2 * centred @ step + ((centred @ bend) * centred).sum(axis=1)
    return float(influence.std(ddof=1) / np.sqrt(len(centred)))
