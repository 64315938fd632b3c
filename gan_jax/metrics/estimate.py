"""A number with its spread."""

from typing import NamedTuple


class Estimate(NamedTuple):
    """A mean and a standard deviation; `float(estimate)` is the mean.

    What the deviation is taken over (splits, subsets, pairs) is said by the metric.
    """

    mean: float
    std: float

    def __float__(self) -> float:
        return self.mean
