"""Pictures moved as an ideal generator would move them, and what of them can be judged.

Equivariance (Karras et al. 2021, arXiv:2106.12423, appendix E): a generator that is asked
for a moved picture is compared with its own picture, moved here. Each function gives a
picture and where it is to be trusted; the difference there, over all samples, is a
peak signal-to-noise ratio. Pictures are [n, h, w, c] and moved together; shifts are
pixels to the right and down, angles radians against the clock.

Whole pixels are moved exactly (E.1). Parts of pixels are interpolated by Lanczos's window
of three pixels (E.2), which bounds what can be measured at about 50 dB. For rotations
(E.3) both pictures are brought to the frequencies that a square grid and a turned one
have in common: the filter is the convolution of both grids' ideal filters, under that of
both grids' windows; about 40 dB can be measured.
"""

import functools
import math
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

LOBES = 3
"""Pixels that Lanczos's window reaches to either side."""
REACH = 2 * LOBES
"""Pixels that the filter of a rotation reaches to either side."""
FINER = 4
"""Places between two pixels at which that filter is known; linear in between."""
WIDE = 64
"""Pixels to either side over which the two ideal filters are convolved."""

Pictures = Float[np.ndarray, "n h w c"]


class Judged(NamedTuple):
    """Moved pictures.

    Attributes:
        pictures: [n, h, w, c].
        trusted: [h, w], where they do not depend on what lies beyond their edges.
    """

    pictures: Pictures
    trusted: Bool[np.ndarray, "h w"]


def shifted(pictures: Pictures, right: int, down: int) -> Judged:
    """Pictures moved by whole pixels."""
    h, w = pictures.shape[1:3]
    y, x = np.arange(h) - down, np.arange(w) - right
    inside = ((y >= 0) & (y < h))[:, None] & ((x >= 0) & (x < w))
    moved = pictures[:, np.clip(y, 0, h - 1)][:, :, np.clip(x, 0, w - 1)]
    return Judged(moved * inside[..., None], inside)


def interpolated(pictures: Pictures, right: float, down: float) -> Judged:
    """Pictures moved by any distance."""
    rows, seen_y = _lanczos(pictures.shape[1], down)
    columns, seen_x = _lanczos(pictures.shape[2], right)
    moved = np.einsum("ih,nhwc,jw->nijc", rows, pictures, columns, optimize=True)
    return Judged(moved, seen_y[:, None] & seen_x)


def _lanczos(n: int, shift: float) -> tuple[Any, Any]:
    """The interpolation of an axis as a matrix [n, n], and where it is complete."""
    at = np.arange(n) - shift
    first = np.floor(at).astype(int) - LOBES + 1
    places = first[:, None] + np.arange(2 * LOBES)
    away = at[:, None] - places
    taps = np.sinc(away) * np.sinc(away / LOBES)
    taps /= taps.sum(1, keepdims=True)
    inside = (places >= 0) & (places < n)
    matrix = np.zeros((n, n))
    rows = np.broadcast_to(np.arange(n)[:, None], places.shape)
    np.add.at(matrix, (rows[inside], places[inside]), taps[inside])
    return matrix, np.all(inside, axis=1)


def turned(pictures: Pictures, angle: float) -> Judged:
    """Pictures turned about their middle."""
    h, w = pictures.shape[1:3]
    x, y = np.meshgrid(np.arange(w) - (w - 1) / 2, np.arange(h) - (h - 1) / 2)
    # Where each pixel of the result was before: turned the other way.
    from_x = math.cos(angle) * x - math.sin(angle) * y + (w - 1) / 2
    from_y = math.sin(angle) * x + math.cos(angle) * y + (h - 1) / 2
    near_x, near_y = np.floor(from_x).astype(int), np.floor(from_y).astype(int)
    taps = common_filter(angle, FINER) * FINER**2
    moved = np.zeros_like(pictures)
    for i in range(-REACH, REACH + 1):
        for j in range(-REACH, REACH + 1):
            weights = _looked_up(taps, from_y - near_y - i, from_x - near_x - j)
            at_y, at_x = np.clip(near_y + i, 0, h - 1), np.clip(near_x + j, 0, w - 1)
            moved += weights[..., None] * pictures[:, at_y, at_x]
    edge = REACH - 0.5
    inside = (from_x >= edge) & (from_x <= w - 1 - edge)
    inside &= (from_y >= edge) & (from_y <= h - 1 - edge)
    return Judged(moved * inside[..., None], inside)


def as_if_turned(pictures: Pictures, angle: float) -> Judged:
    """Turned pictures, brought to the frequencies that `turned` leaves."""
    h, w = pictures.shape[1:3]
    taps = common_filter(-angle, 1)
    k = len(taps) // 2
    moved, inside = np.zeros_like(pictures), np.zeros((h, w), bool)
    if min(h, w) > 2 * k:
        window = np.lib.stride_tricks.sliding_window_view
        around = window(pictures, taps.shape, (1, 2))
        moved[:, k:-k, k:-k] = np.einsum("nhwcij,ij->nhwc", around, taps)
        inside[k:-k, k:-k] = True
    return Judged(moved, inside)


@functools.lru_cache(maxsize=4)
def common_filter(angle: float, finer: int) -> Float[np.ndarray, "k k"]:
    """The low-pass filter of a pixel grid and of one turned by an angle, together.

    Args:
        angle: in radians.
        finer: places per pixel, along either axis.

    Returns:
        [2 n + 1, 2 n + 1] with n = REACH * finer - 1, the middle first tap at n; the taps
        that a pixel meets add up to 1 / finer^2.
    """
    count = WIDE * finer
    axis = np.arange(1 - count, count) / finer
    x, y = np.meshgrid(axis, axis)
    other_x = math.cos(angle) * x + math.sin(angle) * y
    other_y = math.cos(angle) * y - math.sin(angle) * x
    ideal = _circular(np.sinc(x) * np.sinc(y), np.sinc(other_x) * np.sinc(other_y))
    window = _circular(_bell(x) * _bell(y), _bell(other_x) * _bell(other_y))
    n = REACH * finer - 1
    middle = slice(count - 1 - n, count + n)
    taps = (ideal * window)[middle, middle]
    # A pixel meets one tap in `finer` along each axis; each such set must keep constants.
    for met in np.ndindex(finer, finer):
        own = taps[met[0] :: finer, met[1] :: finer]
        own /= own.sum() * finer**2
    return taps


def _bell(x: np.ndarray) -> np.ndarray:
    return np.where(np.abs(x) < LOBES, np.sinc(x / LOBES), 0.0)


def _circular(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The circular convolution of two kernels, its middle where theirs is."""
    spectrum = np.fft.fft2(np.fft.ifftshift(a)) * np.fft.fft2(np.fft.ifftshift(b))
    return np.fft.fftshift(np.fft.ifft2(spectrum).real)


def _looked_up(taps: np.ndarray, down: np.ndarray, right: np.ndarray) -> np.ndarray:
    """A filter of FINER places a pixel at any distance, linear between two places."""
    n = len(taps) // 2
    taps = np.pad(taps, 2)
    y, x = (np.clip(d * FINER, -n - 1, n + 1) + n + 2 for d in (down, right))
    low_y, low_x = np.floor(y).astype(int), np.floor(x).astype(int)
    part_y, part_x = y - low_y, x - low_x
    upper = taps[low_y, low_x] * (1 - part_x) + taps[low_y, low_x + 1] * part_x
    lower = taps[low_y + 1, low_x] * (1 - part_x) + taps[low_y + 1, low_x + 1] * part_x
    return upper * (1 - part_y) + lower * part_y


def decibels(squares: float, count: float) -> float:
    """Peak signal-to-noise ratio of pictures in [-1, 1]; infinite without a difference.

    Args:
        squares: sum of squared differences.
        count: of numbers that were compared.
    """
    if squares == 0:
        return math.inf
    return 20 * math.log10(2) - 10 * math.log10(squares / count)
