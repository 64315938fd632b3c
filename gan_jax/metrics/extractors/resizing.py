"""How pixels are brought to a network's size: part of the number, so each has a name.

Parmar et al. (2022), "On Aliased Resizing and Surprising Subtleties in GAN Evaluation":
the filter alone moves an FID by more than most methods differ. Every filter here is
linear and separable, so a resize is a matrix on each axis, made on the host from the
two sizes and multiplied on the device.
"""

import dataclasses
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

Matrix = Float[np.ndarray, "_ _"]
Filter = Callable[[int, int], Matrix]
"""(size, wanted size) -> [wanted, size]; the rows sum to one."""


@dataclasses.dataclass(frozen=True)
class Preprocessing:
    """Resize, clip to 0..255, then shift and scale.

    Attributes:
        name: what the stamp calls it.
        filter: of the resize.
        side: height and width afterwards; a picture that is not square is squeezed.
        center: pixel value that becomes 0.
        scale: distance from it that becomes 1.
    """

    name: str
    filter: Filter
    side: int
    center: float
    scale: float

    def __call__(
        self, pixels: Float[Array | np.ndarray, "b h w c"]
    ) -> Float[Array, "b _ _ c"]:
        """Pixels of 0 to 255 to what the network reads."""
        rows = jnp.asarray(self.filter(pixels.shape[1], self.side))
        columns = jnp.asarray(self.filter(pixels.shape[2], self.side))
        x = jnp.einsum("oh,bhwc->bowc", rows, pixels)
        x = jnp.einsum("ow,bhwc->bhoc", columns, x)
        return (jnp.clip(x, 0, 255) - self.center) / self.scale


def legacy_bilinear(size: int, wanted: int) -> Matrix:
    """TensorFlow 1's: no antialiasing, the first pixels' *corners* aligned."""
    return _between(
        np.arange(wanted, dtype=np.float32) * np.float32(size / wanted), size
    )


def bilinear(size: int, wanted: int) -> Matrix:
    """PyTorch's: no antialiasing, pixels' centers aligned."""
    step = np.float32(size / wanted)
    places = (np.arange(wanted, dtype=np.float32) + np.float32(0.5)) * step
    return _between(np.maximum(places - np.float32(0.5), 0), size)


def bicubic(size: int, wanted: int) -> Matrix:
    """Pillow's: Keys' cubic with a = -1/2, widened by the shrinking (antialiased)."""
    step = size / wanted
    widening = max(step, 1.0)
    centers = (np.arange(wanted) + 0.5) * step
    reach = 2 * widening
    places = np.arange(size)
    first = np.maximum(np.trunc(centers - reach + 0.5), 0)[:, None]
    last = np.minimum(np.trunc(centers + reach + 0.5), size)[:, None]
    weights = _keys((places + 0.5 - centers[:, None]) / widening)
    weights = np.where((places >= first) & (places < last), weights, 0)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def _between(places: np.ndarray, size: int) -> Matrix:
    """Each row takes from the two pixels around a place, by nearness."""
    low = places.astype(np.int64)
    high = np.minimum(low + 1, size - 1)
    part = places - low.astype(np.float32)
    matrix = np.zeros((len(places), size), np.float32)
    rows = np.arange(len(places))
    np.add.at(matrix, (rows, low), 1 - part)
    np.add.at(matrix, (rows, high), part)
    return matrix


def _keys(x: np.ndarray, a: float = -0.5) -> np.ndarray:
    x = np.abs(x)
    near = ((a + 2) * x - (a + 3)) * x**2 + 1
    far = ((x - 5) * x + 8) * x * a - 4 * a
    return np.where(x < 1, near, np.where(x < 2, far, 0))
