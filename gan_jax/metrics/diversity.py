"""Diversity of images as multi-scale structural similarity of random pairs.

Wang, Simoncelli and Bovik (2003), "Multiscale Structural Similarity", eq. 7, for one
pair; Odena et al. (2017), AC-GAN, section 4.3, for the mean over random pairs of a
class: the *lower*, the more diverse; compare it with that of real images.

Departures, as in common code: negative contrast terms count as zero, so that the
fractional powers stay real; where an image is smaller than the window, window and sigma
shrink with it, so that five scales can be taken of 16 pixels and more. Of a few pixels
a scale says little: `fitting_weights` leaves out those coarser than what AC-GAN's
pictures of 128 pixels end with.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, UInt8

from gan_jax import rng
from gan_jax.metrics.estimate import Estimate
from gan_jax.typing import Images, PerExample

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
WINDOW, SIGMA = 11, 1.5
K1, K2 = 0.01, 0.03
BATCH = 32
COARSEST = 7
"""Pixels that the coarsest of the scales of `fitting_weights` has at least."""


def fitting_weights(height: int, width: int) -> tuple[float, ...]:
    """The scales that suit pictures of this size: 5 from 112 pixels on, 3 at 28.

    Returns:
        Their exponents, finest first, brought to the sum of one.
    """
    sides = [min(height, width) >> scale for scale in range(len(WEIGHTS))]
    fit = WEIGHTS[: max(1, sum(side >= COARSEST for side in sides))]
    return tuple(weight / sum(fit) for weight in fit)


def ms_ssim(
    first: Images, second: Images, weights: tuple[float, ...] = WEIGHTS
) -> PerExample:
    """Multi-scale structural similarity of pairs of images.

    Args:
        first: [b, h, w, c] in [-1, 1].
        second: likewise.
        weights: exponent of every scale, finest first; their number is the number of
            scales.

    Returns:
        [b], 1 for equal images; the mean over channels.

    Raises:
        ValueError: unlike shapes, or images too small for so many scales.
    """
    if first.shape != second.shape:
        raise ValueError(f"pairs of shapes {first.shape} and {second.shape}")
    least = 2 ** (len(weights) - 1)
    if min(first.shape[1:3]) < least:
        raise ValueError(
            f"{len(weights)} scales need images of {least} pixels, "
            f"not {first.shape[1]} x {first.shape[2]}"
        )
    # Luminance is a ratio, so the zero point matters: black is 0, white is 1.
    return _ms_ssim((first + 1) / 2, (second + 1) / 2, weights)


def ms_ssim_diversity(
    images: Images | UInt8[np.ndarray, "n h w c"],
    pairs: int = 100,
    seed: int = 0,
    weights: tuple[float, ...] = WEIGHTS,
) -> Estimate:
    """Mean MS-SSIM over random pairs of different images: low where they differ.

    Args:
        images: [n, h, w, c] in [-1, 1], or uint8 pixels, n >= 2; of one class, in the
            AC-GAN protocol.
        pairs: how many pairs are drawn, independently.
        seed: of the pairs.
        weights: exponents of the scales, as in `ms_ssim`.

    Returns:
        Mean and standard deviation over the pairs.

    Raises:
        ValueError: fewer than two images, images too small, no pair, a seed out of range.
    """
    count = len(images)
    if count < 2 or pairs < 1:
        raise ValueError(f"{pairs} pairs of {count} images")
    key = rng.stream(rng.root(seed), "ms_ssim_diversity")
    drawn = (-(-pairs // BATCH), BATCH)  # whole batches: one compilation
    first = np.asarray(jax.random.randint(rng.stream(key, "first"), drawn, 0, count))
    step = np.asarray(jax.random.randint(rng.stream(key, "step"), drawn, 1, count))
    values = [
        np.asarray(ms_ssim(_signed(images[i]), _signed(images[j]), weights))
        for i, j in zip(first, (first + step) % count, strict=True)
    ]
    joined = np.concatenate(values)[:pairs].astype(np.float64)
    return Estimate(float(joined.mean()), float(joined.std()))


def _signed(images: jax.Array | np.ndarray) -> jax.Array:
    """Pixels as floats in [-1, 1]; such floats as they are."""
    if images.dtype == np.uint8:
        return (jnp.asarray(images, jnp.float32) - 127.5) / 127.5
    return jnp.asarray(images)


@functools.partial(jax.jit, static_argnums=2)
def _ms_ssim(x: jax.Array, y: jax.Array, weights: tuple[float, ...]) -> jax.Array:
    product = jnp.ones(())
    for weight in weights[:-1]:
        contrast = _comparisons(x, y)[1].mean(axis=(1, 2))
        product *= jnp.maximum(contrast, 0) ** weight
        x, y = _halved(x), _halved(y)
    luminance, contrast = _comparisons(x, y)  # luminance at the coarsest scale only
    similarity = (luminance * contrast).mean(axis=(1, 2))
    return (product * jnp.maximum(similarity, 0) ** weights[-1]).mean(axis=-1)


def _comparisons(x: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Luminance, and contrast times structure, at every place of the window."""
    mean_x, mean_y = _blurred(x), _blurred(y)
    squares = mean_x**2 + mean_y**2
    product = mean_x * mean_y
    variances = _blurred(x**2 + y**2) - squares
    covariance = _blurred(x * y) - product
    luminance = (2 * product + K1**2) / (squares + K1**2)
    return luminance, (2 * covariance + K2**2) / (variances + K2**2)


def _blurred(x: jax.Array) -> jax.Array:
    """Gaussian mean over the window where it fits, as two products with a band."""
    rows, columns = (_band(x.shape[axis]) for axis in (1, 2))
    return jnp.einsum("ih,bhwc,jw->bijc", rows, x, columns, precision="highest")


def _band(size: int) -> Float[np.ndarray, "i n"]:
    width = min(WINDOW, size)
    sigma = SIGMA * width / WINDOW
    taps = np.exp(-0.5 * ((np.arange(width) - (width - 1) / 2) / sigma) ** 2)
    band = np.zeros((size - width + 1, size), np.float32)
    for i, row in enumerate(band):
        row[i : i + width] = taps / taps.sum()
    return band


def _halved(x: jax.Array) -> jax.Array:
    """Mean of 2 x 2 pixels; an odd last row or column is left out."""
    b, h, w, c = x.shape
    even = x[:, : h // 2 * 2, : w // 2 * 2]
    return even.reshape(b, h // 2, 2, w // 2, 2, c).mean(axis=(2, 4))
