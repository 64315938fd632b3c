"""Terms of some lines as arrays, and what is read off them."""

from collections.abc import Sequence

import numpy as np

from gan_jax.doctor.finding import Line


def series(lines: Sequence[Line], name: str) -> np.ndarray:
    """A term's values [n], float64, over the lines that have it."""
    values = [line[name] for line in lines if name in line]
    return np.array(values, np.float64)


def level(values: np.ndarray, window: int, back: int = 0) -> float:
    """Median of a window, `back` windows before the newest; NaN where there is none."""
    end = len(values) - back * window
    return float(np.median(values[max(end - window, 0) : end])) if end > 0 else np.nan


def peak(values: np.ndarray, window: int) -> float:
    """The largest median of any window, overlapping ones included."""
    if len(values) <= window:
        return level(values, window)
    windows = np.lib.stride_tricks.sliding_window_view(values, window)
    return float(np.median(windows, axis=1).max())


def ratio(a: float, b: float) -> float:
    """a / b; NaN where b is not positive."""
    return a / b if b > 0 else np.nan


def detrended(values: np.ndarray) -> np.ndarray:
    """Values less the straight line through them."""
    x = np.arange(len(values)) - (len(values) - 1) / 2
    slope = (x @ values) / (x @ x)
    return values - values.mean() - slope * x


def turns(values: np.ndarray) -> int:
    """How often a series changes its sign."""
    signs = np.sign(values[values != 0])
    return int((signs[1:] != signs[:-1]).sum())
