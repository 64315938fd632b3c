"""Perceptual path length: how abruptly images change along a path of latents.

Karras et al. (2019), StyleGAN, section 4.1: E d(G(path(t)), G(path(t + eps))) / eps^2,
with eps = 1e-4 and d a squared perceptual distance (LPIPS). Paths are slerp in Z, lerp
in W; for W hand in mapped latents and a synthesis network. What the authors do to
images before the distance (crop of faces, no more than 256 pixels) is `seen_by_metric`.
Images must stay float: one step of eps is far
below one step of uint8, and rounding makes 1147 of 31.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gan_jax import rng
from gan_jax.metrics.estimate import Estimate
from gan_jax.typing import Latents

Synthesize = Callable[..., jax.Array]
"""(latents [b, *z], keys [b]) -> float images: equal keys must give equal noise."""
Distance = Callable[..., jax.Array]
"""(images, images) -> [b]: a squared perceptual distance."""
Path = Callable[..., jax.Array]
"""(start, end, t [b, 1, ...]) -> latents: lerp or slerp."""


def perceptual_path_length(
    synthesize: Synthesize,
    distance: Distance,
    path: Path,
    start: Latents,
    end: Latents,
    reach: float = 1.0,
    epsilon: float = 1e-4,
    trim: tuple[float, float] = (1.0, 99.0),
    batch_size: int = 64,
    seed: int = 0,
) -> Estimate:
    """Mean perceptual path length, the extremes left out.

    Args:
        synthesize, distance, path, start, end, reach, epsilon, batch_size, seed: as in
            `path_lengths`.
        trim: percentiles; lengths below the first and above the second are dropped.

    Returns:
        Mean and standard deviation over the lengths kept.

    Raises:
        ValueError: as in `path_lengths`, or percentiles out of order.
    """
    _check_trim(trim)
    lengths = path_lengths(
        synthesize, distance, path, start, end, reach, epsilon, batch_size, seed
    )
    return trimmed_mean(lengths, trim)


def trimmed_mean(
    lengths: Float[np.ndarray, "b"], trim: tuple[float, float] = (1.0, 99.0)
) -> Estimate:
    """Mean and standard deviation of lengths, the extremes left out.

    Args:
        lengths: of paths.
        trim: percentiles, the lower one taken downwards and the upper one upwards;
            what lies beyond is dropped.

    Raises:
        ValueError: percentiles out of order.
    """
    low, high = _check_trim(trim)
    floor = np.percentile(lengths, low, method="lower")
    ceiling = np.percentile(lengths, high, method="higher")
    kept = lengths[(lengths >= floor) & (lengths <= ceiling)]
    return Estimate(float(kept.mean()), float(kept.std()))


def path_lengths(
    synthesize: Synthesize,
    distance: Distance,
    path: Path,
    start: Latents,
    end: Latents,
    reach: float = 1.0,
    epsilon: float = 1e-4,
    batch_size: int = 64,
    seed: int = 0,
    first: int = 0,
) -> Float[np.ndarray, "b"]:
    """Perceptual length of a small step on each of b paths.

    Args:
        synthesize: latents and per-example keys to float images.
        distance: pairs of images to squared perceptual distances [b].
        path: (start, end, t) to latents; t has the axes of the latents, all but the
            first of size one.
        start: [b, *z].
        end: [b, *z].
        reach: t is uniform on [0, reach): 1 for "full" paths, 0 for "end", where every
            step begins at `start`.
        epsilon: the step.
        batch_size: pairs synthesized at once.
        seed: of t and of the noise, which the two ends of a step share.
        first: the place of the first of these paths among all: t and noise are functions
            of the seed and of a path's place.

    Raises:
        ValueError: unlike latents, images that are not float, lengths not finite, numbers
            out of range.
    """
    if start.shape != end.shape or not len(start):
        raise ValueError(f"paths from {start.shape} to {end.shape}")
    if not epsilon > 0 or not reach >= 0 or batch_size < 1:
        raise ValueError(
            f"steps of epsilon={epsilon} within reach={reach}, "
            f"batch_size={batch_size} at a time"
        )
    key = rng.root(seed)
    found = []
    for low in range(0, len(start), batch_size):
        part = slice(low, min(low + batch_size, len(start)))
        indices = first + jnp.arange(part.start, part.stop)
        t = rng.uniform(rng.at(rng.stream(key, "t"), indices), (), 0.0, 1.0) * reach
        t = t.reshape(-1, *[1] * (start.ndim - 1))
        noise = rng.at(rng.stream(key, "noise"), indices)
        ends = (
            synthesize(path(start[part], end[part], at), noise)
            for at in (t, t + epsilon)
        )
        found.append(np.asarray(distance(*map(_float, ends)), np.float64))
    lengths = np.concatenate(found) / epsilon**2
    if not np.isfinite(lengths).all():
        raise ValueError(f"{(~np.isfinite(lengths)).sum()} lengths are not finite")
    return lengths


def seen_by_metric(
    images: Float[Array, "b h w c"], crop: bool = False, side: int = 256
) -> Float[Array, "b _ _ c"]:
    """Images as the authors hand them to the distance: pixels of 0 to 255, not rounded.

    Nothing is cut off at 0 and 255. Images more than twice as large as `side` are made
    smaller by the mean of squares, by the whole number of times that `side` is in their
    shorter side; what is left over at the far edges is not seen.

    Args:
        images: in [-1, 1].
        crop: whether only the middle of a face is seen: from 3/8 to 7/8 of the height
            and from 1/4 to 3/4 of the width.
        side: see above.

    Raises:
        ValueError: side below 1.
    """
    if side < 1:
        raise ValueError(f"side={side} must be at least 1")
    h, w = images.shape[1:3]
    times = max(min(h, w) // side, 1)
    if crop:
        images = images[:, h // 8 * 3 : h // 8 * 7, w // 8 * 2 : w // 8 * 6]
        h, w = images.shape[1:3]
    h, w = h // times, w // times
    parts = images[:, : h * times, : w * times].reshape(
        len(images), h, times, w, times, -1
    )
    return (parts.mean((2, 4)) + 1) * 127.5


def _check_trim(trim: tuple[float, float]) -> tuple[float, float]:
    low, high = trim
    if not 0 <= low < high <= 100:
        raise ValueError(f"trim={trim}, wanted rising percentiles in 0..100")
    return low, high


def _float(images: Array) -> Array:
    if not jnp.issubdtype(images.dtype, jnp.floating):
        raise ValueError(
            f"images are {images.dtype}: steps of a path are lost unless they are float"
        )
    return images
