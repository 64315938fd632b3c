"""From pixels to what networks see, and back: the one place that knows the range.

A `Preprocess` maps uint8 images and one key an example to floats in [-1, 1]; it runs
inside the step. Points are floats already and take no preprocessing. Dequantisation is
that of WGAN-GP (Gulrajani et al. 2017, released CIFAR-10 code).
"""

from collections.abc import Callable
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt8

from gan_jax import rng
from gan_jax.typing import Images, Keys, Kind, Pixels

Preprocess = Annotated[
    Callable[[jax.Array, Keys], jax.Array], Kind("a preprocessing of pixels")
]


def as_is(samples: jax.Array, keys: Keys) -> jax.Array:
    """Samples that need no preprocessing, e.g. points."""
    del keys
    return samples


def scale() -> Preprocess:
    """(x - 127.5) / 127.5: uint8 [b, h, w, c] to float32 in [-1, 1], ends included.

    So written, 0 and 255 become -1 and 1 exactly, also when the compiler fuses.
    """

    def apply(pixels: Pixels, keys: Keys) -> Images:
        del keys
        return (pixels.astype(jnp.float32) - 127.5) / 127.5

    return apply


def dequantize() -> Preprocess:
    """2 (x/256 - 1/2) + U(0, 1/128): uint8 to float32, uniform inside each level."""

    def apply(pixels: Pixels, keys: Keys) -> Images:
        noise = rng.uniform(rng.stream(keys, "dequantize"), pixels.shape[1:])
        return (pixels.astype(jnp.float32) + noise) / 128.0 - 1.0

    return apply


def flip(of: Preprocess | None = None) -> Preprocess:
    """Mirror each image left to right with probability 1/2.

    Args:
        of: what else to do; the default is `scale()`.
    """
    inner = scale() if of is None else of

    def apply(pixels: Pixels, keys: Keys) -> Images:
        heads = rng.uniform(rng.stream(keys, "flip"), ()) < 0.5
        images = inner(pixels, keys)
        return jnp.where(heads[:, None, None, None], images[:, :, ::-1], images)

    return apply


def to_pixels(
    images: Float[Array, "*b h w c"] | Float[np.ndarray, "*b h w c"],
) -> UInt8[np.ndarray, "*b h w c"]:
    """Floats in [-1, 1] to the nearest uint8; what lies outside is clipped."""
    levels = np.rint((np.asarray(images, np.float32) + 1.0) * 127.5)
    return np.clip(levels, 0, 255).astype(np.uint8)
