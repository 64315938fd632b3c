"""Low-pass filters, designed for a cutoff and a transition band.

As in StyleGAN3 (Karras et al. 2021, arXiv:2106.12423, appendix C.1): an ideal filter cut
off by a Kaiser window, whose shape follows from how wide the transition may be. A filter
is a value, `filter(taps, cutoff, width, rate) -> numbers that add up to one`.
"""

from collections.abc import Callable
from typing import Annotated

import numpy as np

from gan_jax.typing import Kind

Filter = Annotated[Callable[[int, float, float, float], np.ndarray], Kind("a filter")]
"""(taps, cutoff, width of the transition, sampling rate), the last three in one unit of
frequency -> float64 [taps], applied along either axis, or [taps, taps]."""

NODES = 256
"""Of the integral that is a Bessel function; exact in float64 for what filters ask."""


def kaiser() -> Filter:
    """A sinc along each axis: cheap, and square in the plane of frequencies."""
    return _separable


def radial() -> Filter:
    """A jinc, round in the plane of frequencies, so that no direction is special.

    The window stays the separable one.
    """
    return _radial


def _separable(taps: int, cutoff: float, width: float, rate: float) -> np.ndarray:
    at = np.arange(taps) - (taps - 1) / 2
    filtered = np.sinc(2 * cutoff / rate * at) * _window(taps, width, rate)
    return filtered / filtered.sum()


def _radial(taps: int, cutoff: float, width: float, rate: float) -> np.ndarray:
    at = (np.arange(taps) - (taps - 1) / 2) / rate
    r = np.maximum(np.hypot(*np.meshgrid(at, at)), 1e-9 / cutoff)
    window = _window(taps, width, rate)
    filtered = _bessel(2 * np.pi * cutoff * r) / r * np.outer(window, window)
    return filtered / filtered.sum()


def _window(taps: int, width: float, rate: float) -> np.ndarray:
    """Kaiser's window for a transition so wide; his formula for the attenuation."""
    attenuation = 2.285 * (taps - 1) * np.pi * width / (rate / 2) + 7.95
    above = max(attenuation - 21, 0.0)
    if attenuation > 50:
        beta = 0.1102 * (attenuation - 8.7)
    else:
        beta = 0.5842 * above**0.4 + 0.07886 * above
    return np.kaiser(taps, beta)


def _bessel(x: np.ndarray) -> np.ndarray:
    """J_1, as the mean of cos(t - x sin t) over half a turn."""
    t = (np.arange(NODES) + 0.5) * np.pi / NODES
    return np.cos(t - x[..., None] * np.sin(t)).mean(-1)


__all__ = ["Filter", "kaiser", "radial"]
