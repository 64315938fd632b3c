"""The signals between the layers of StyleGAN3: how they are sampled, what of them is kept.

Karras et al. 2021 (arXiv:2106.12423), section 3 and appendix C. From layer to layer the
cutoff and the stopband rise geometrically; the sampling rate is the power of two that the
stopband just fits into. All frequencies are in cycles, and rates in samples, along one
*unit*, which is as long as `rate` pixels of the picture: the least power of two that its
shorter side fits into. A picture of 32 x 32 is a unit wide, one of 28 x 28 is 7/8 of one.
"""

import math
from typing import NamedTuple

import numpy as np

from gan_jax import ranges
from gan_jax.nn import Filter, kaiser

SMALLEST = 16
"""Pixels of the shorter side."""
SEPARABLE = kaiser()


class Band(NamedTuple):
    """A signal.

    Attributes:
        cutoff: up to which frequencies are kept.
        half_width: of the transition from there to what is dropped.
        rate: samples a unit.
        size: height and width of the map, margins included.
        channels: of the map.
    """

    cutoff: float
    half_width: float
    rate: int
    size: tuple[int, int]
    channels: int


class Step(NamedTuple):
    """What the nonlinearity of a layer does to the grid.

    Attributes:
        up: how much finer the grid is on which it is computed.
        down: how much coarser than that the result is.
        finer: taps of the filter before it.
        coarser: taps of the filter behind it.
        padding: zeros, or where negative samples that are cut off, on the finer grid,
            before and after each axis.
    """

    up: int
    down: int
    finer: np.ndarray
    coarser: np.ndarray
    padding: tuple[tuple[int, int], tuple[int, int]]


class Plan(NamedTuple):
    """The numbers that the layers of a generator follow from.

    Attributes:
        shape: (h, w, c) of the picture.
        layers: before the one to colours.
        critical: of these, the last ones, that sample at twice their cutoff.
        cutoff: of the first.
        stopband: of the first.
        last_stopband: of the last, in cutoffs.
        margin: samples around the picture, on each side.
        channel_base: channels times cutoff, doubled.
        channel_max: channels at most.
    """

    shape: tuple[int, ...]
    layers: int = 14
    critical: int = 2
    cutoff: float = 2.0
    stopband: float = 2**2.1
    last_stopband: float = 2**0.3
    margin: int = 10
    channel_base: int = 32_768
    channel_max: int = 512

    def check(self) -> None:
        """Whether there is such a network.

        Raises:
            ValueError: naming what cannot be.
        """
        ranges.sizes(shape=self.shape)
        if len(self.shape) != 3 or min(self.shape[:2]) < SMALLEST:
            raise ValueError(
                f"shape={self.shape}: pictures (h, w, c) of {SMALLEST} pixels or more"
            )
        ranges.whole(
            num_layers=self.layers,
            margin=self.margin,
            channel_base=self.channel_base,
            channel_max=self.channel_max,
        )
        ranges.whole(0, num_critical=self.critical)
        if self.critical >= self.layers:
            raise ValueError(
                f"num_critical={self.critical} must be below num_layers={self.layers}"
            )
        ranges.above(0, first_cutoff=self.cutoff)
        ranges.above(self.cutoff, first_stopband=self.stopband)
        ranges.above(1, last_stopband=self.last_stopband)
        coarsest = min(self._rates())
        if any(n * coarsest % self.rate for n in self.shape[:2]):
            raise ValueError(
                f"shape={self.shape}: h and w must be divisible by "
                f"{self.rate // coarsest}, or maps of {coarsest} samples along "
                f"{self.rate} pixels do not fit"
            )

    @property
    def rate(self) -> int:
        """Pixels of the picture in a unit."""
        return 1 << (min(self.shape[:2]) - 1).bit_length()

    def bands(self) -> tuple[Band, ...]:
        """What each layer gives, and at last the one to colours."""
        h, w, colours = self.shape
        bands = []
        for i, rate in enumerate(self._rates()):
            cutoff, stopband = self._cutoffs()[i], self._stopbands()[i]
            edge = 2 * self.margin if i < self.layers - 1 else 0
            size = h * rate // self.rate + edge, w * rate // self.rate + edge
            width = min(self.channel_base / 2 / cutoff, self.channel_max)
            channels = colours if i == self.layers else int(np.rint(width))
            half_width = max(stopband, rate / 2) - cutoff
            bands.append(Band(cutoff, half_width, rate, size, channels))
        return tuple(bands)

    def _rates(self) -> list[int]:
        fitting = (min(2 * stopband, self.rate) for stopband in self._stopbands())
        return [2 ** math.ceil(math.log2(rate)) for rate in fitting]

    def _cutoffs(self) -> list[float]:
        return self._rising(self.cutoff, self.rate / 2)

    def _stopbands(self) -> list[float]:
        return self._rising(self.stopband, self.rate / 2 * self.last_stopband)

    def _rising(self, first: float, last: float) -> list[float]:
        """Geometrically, up to the first critical layer."""
        steps = self.layers - self.critical
        return [
            first * (last / first) ** min(i / steps, 1) for i in range(self.layers + 1)
        ]


def step(
    before: Band,
    after: Band,
    kernel: int,
    oversampling: int,
    taps: int,
    coarser: Filter,
) -> Step:
    """The nonlinearity of a layer that takes one signal and gives another.

    Args:
        before: what the layer takes.
        after: what it gives.
        kernel: side of the convolution before, which makes maps that much larger, less 1.
        oversampling: of the nonlinearity, over the higher of the two rates.
        taps: of each filter, on the coarser of its two grids.
        coarser: the filter behind it; the one before is separable.
    """
    rate = oversampling * max(before.rate, after.rate)
    up, down = rate // before.rate, rate // after.rate
    first = SEPARABLE(
        taps * up if up > 1 else 1, before.cutoff, 2 * before.half_width, rate
    )
    second = coarser(
        taps * down if down > 1 else 1, after.cutoff, 2 * after.half_width, rate
    )

    def edges(n: int, m: int) -> tuple[int, int]:
        wanted = (m - 1) * down + 1 + len(first) + len(second) - 2
        total = wanted - (n + kernel - 1) * up
        low = (total + up) // 2  # so that nothing moves by half a sample
        return low, total - low

    rows, columns = zip(before.size, after.size, strict=True)
    return Step(up, down, first, second, (edges(*rows), edges(*columns)))
