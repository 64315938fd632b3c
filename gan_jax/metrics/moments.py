"""Mean and covariance of a stream of features, in float64.

Rows are folded in chunks of a fixed size, whatever the sizes of the batches they came
in, so the result is the same to the last bit for every batch size. Chunks, and the
accumulators of several devices, are joined by the pairwise update of Chan, Golub and
LeVeque (1979), which does not cancel as sums of squares do.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from gan_jax.metrics.features import Features, as_rows

CHUNK = 2048


class _Sums(NamedTuple):
    count: int
    mean: np.ndarray  # [d]
    scatter: np.ndarray  # [d, d], sum of outer products about the mean


class Moments:
    """Accumulates rows; `mean` and `covariance` may be read at any time."""

    def __init__(self, dimension: int):
        self.dimension = dimension
        self._sums = _empty(dimension)
        self._waiting = np.empty((CHUNK, dimension))
        self._filled = 0

    @classmethod
    def of(cls, features: Features, name: str = "given") -> "Moments":
        """The moments of features that are all there. Errors as in `add`."""
        rows = as_rows(features, name)
        moments = cls(rows.shape[1])
        moments._take(rows)
        return moments

    @classmethod
    def restore(
        cls,
        count: int,
        mean: Float[np.ndarray, "d"],
        covariance: Float[np.ndarray, "d d"],
    ) -> "Moments":
        """Moments from stored statistics (unbiased covariance, as `np.cov`)."""
        moments = cls(len(mean))
        scatter = np.asarray(covariance, np.float64) * (count - 1)
        moments._sums = _Sums(count, np.asarray(mean, np.float64), scatter)
        return moments

    def add(self, features: Features) -> None:
        """Take in a batch of any size.

        Args:
            features: [n, dimension].

        Raises:
            ValueError: wrong shape, or rows that are not finite.
        """
        rows = as_rows(features, "given", least=0)
        if rows.shape[1] != self.dimension:
            raise ValueError(
                f"features have {rows.shape[1]} dimensions, "
                f"the moments {self.dimension}"
            )
        self._take(rows)

    def merge(self, other: "Moments") -> "Moments":
        """Moments of both streams together, e.g. of two devices."""
        if other.dimension != self.dimension:
            raise ValueError(
                f"moments of {self.dimension} and of {other.dimension} dimensions"
            )
        merged = Moments(self.dimension)
        merged._sums = _join(self._total(), other._total())
        return merged

    @property
    def count(self) -> int:
        """Rows taken in so far."""
        return self._sums.count + self._filled

    @property
    def mean(self) -> Float[np.ndarray, "d"]:
        """The mean row, float64."""
        return self._total().mean

    @property
    def covariance(self) -> Float[np.ndarray, "d d"]:
        """Unbiased covariance (divided by n - 1), float64.

        Raises:
            ValueError: fewer than two rows.
        """
        total = self._total()
        if total.count < 2:
            raise ValueError(f"{total.count} samples, at least 2 are needed")
        return total.scatter / (total.count - 1)

    def _take(self, rows: np.ndarray) -> None:
        while len(rows):
            taken, rows = np.split(rows, [min(CHUNK - self._filled, len(rows))])
            self._waiting[self._filled : self._filled + len(taken)] = taken
            self._filled += len(taken)
            if self._filled == CHUNK:
                self._sums, self._filled = self._total(), 0

    def _total(self) -> _Sums:
        if not self._filled:
            return self._sums
        return _join(self._sums, _sums_of(self._waiting[: self._filled]))


def _empty(dimension: int) -> _Sums:
    return _Sums(0, np.zeros(dimension), np.zeros((dimension, dimension)))


def _sums_of(rows: np.ndarray) -> _Sums:
    mean = rows.mean(axis=0)
    centred = rows - mean
    return _Sums(len(rows), mean, centred.T @ centred)


def _join(a: _Sums, b: _Sums) -> _Sums:
    if not a.count or not b.count:
        return b if b.count else a
    count = a.count + b.count
    step = b.mean - a.mean
    scatter = a.scatter + b.scatter
    scatter += np.outer(step, step * (a.count * b.count / count))
    return _Sums(count, a.mean + step * (b.count / count), scatter)
