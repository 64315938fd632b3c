"""Wavelet filters as matrices: padding, resampling and filtering of a whole axis.

ADA (Karras et al. 2020, arXiv:2006.06676, appendix B) pads by reflection, doubles the
size with the orthogonal wavelet sym6, moves the picture, and halves it again with the
same filter reversed. All three are linear along each axis, so each is one constant
matrix, and a picture is filtered by two products of matrices.
"""

import functools

import numpy as np
from jaxtyping import Float

SYM6 = (
    *(0.015404109327027373, 0.0034907120842174702, -0.11799011114819057),
    *(-0.048311742585633, 0.4910559419267466, 0.787641141030194),
    *(0.3379294217276218, -0.07263752278646252, -0.021060292512300564),
    *(0.04472490177066578, 0.0017677118642428036, -0.007800708325034148),
)
"""Daubechies' least asymmetric wavelet with six vanishing moments; sums to sqrt 2."""
SYM2 = (
    *(-0.12940952255092145, 0.22414386804185735),
    *(0.836516303737469, 0.48296291314469025),
)
"""The same with two; its powers cut the spectrum into octaves."""
BANDS = 4
MARGIN = 3
"""Pixels beyond the picture that halving reads."""
REACH = 21
"""Pixels beyond the picture that a band reads."""

Matrix = Float[np.ndarray, "m n"]


def reflected(size: int, margin: int) -> Matrix:
    """[size + 2 margin, size]: an axis continued by reflection, edges not repeated."""
    places = np.abs(np.arange(-margin, size + margin))
    last = size - 1
    return np.eye(size)[last - np.abs(last - places)]


@functools.cache
def doubled(size: int) -> Matrix:
    """[2 (3 size - 2) + 3, size]: reflected as far as it goes, then doubled by sym6.

    One row of zeros stands before, two behind: whoever looks beyond sees zeros.
    """
    margin = size - 1
    padded = size + 2 * margin
    taps = 2 * _taps(np.arange(2 * padded), np.arange(padded))
    return np.pad(taps @ reflected(size, margin), np.array([[1, 2], [0, 0]]))


@functools.cache
def halved(size: int) -> Matrix:
    """[size, 2 (size + 2 MARGIN)]: halved by sym6 reversed, the margins cut off."""
    places = np.arange(2 * (size + 2 * MARGIN)) - 2 * MARGIN
    return _taps(places, np.arange(size)).T


def _taps(fine: np.ndarray, coarse: np.ndarray) -> Matrix:
    """The filter's weight between places on the doubled axis and on the plain one."""
    filtered = np.asarray(SYM6) / np.sum(SYM6)
    tap = fine[:, None] + 5 - 2 * coarse
    inside = (tap >= 0) & (tap < len(filtered))
    return np.where(inside, filtered[np.clip(tap, 0, len(filtered) - 1)], 0.0)


@functools.cache
def octaves() -> Float[np.ndarray, "4 43"]:
    """Symmetric filters of four bands, the lowest first; together they are a delta.

    With L(z) = H(z) H(1/z) / 2 of sym2 and M(z) = L(-z): the highest band is M(z), below
    it M(z^2) L(z), then M(z^4) L(z^2) L(z), and what is left is L(z^4) L(z^2) L(z).
    """
    low = np.convolve(SYM2, SYM2[::-1]) / 2
    high = low * np.where(np.arange(len(low)) % 2, 1.0, -1.0)
    wide = 2 * REACH + 1
    found = []
    for band in range(BANDS):
        octave = BANDS - 2 - max(band - 1, 0)
        bank = _spread(low if band == 0 else high, octave)
        for lower in range(octave):
            bank = np.convolve(bank, _spread(low, lower))
        found.append(np.pad(bank, (wide - len(bank)) // 2))
    return np.stack(found)


def _spread(taps: np.ndarray, octave: int) -> np.ndarray:
    """F(z^(2^octave)): zeros between the taps."""
    spread = np.zeros((len(taps) - 1) * 2**octave + 1)
    spread[:: 2**octave] = taps
    return spread


@functools.cache
def banded(size: int) -> Float[np.ndarray, "4 n n"]:
    """[4, size, size]: an axis reflected and filtered by each band.

    Raises:
        ValueError: an axis of fewer than 22 pixels, which cannot be reflected so far.
    """
    if size <= REACH:
        raise ValueError(
            f"pictures of {size} pixels are too small for imgfilter, which reflects "
            f"{REACH} pixels: at least {REACH + 1}; take a preset without it"
        )
    padded = reflected(size, REACH)
    rows = np.arange(size)[:, None] + np.arange(2 * REACH + 1)
    return np.einsum("kt,ytx->kyx", octaves(), padded[rows])
