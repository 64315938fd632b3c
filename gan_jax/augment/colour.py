"""ADA's colour transforms: five affine maps of red, green and blue.

Karras et al. 2020 (arXiv:2006.06676), appendix B. Grey is the axis (1, 1, 1) / sqrt 3.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax.augment.geometry import Size, Transform, matrix
from gan_jax.augment.warp import EXACT
from gan_jax.typing import Images

GREY = np.array([[1.0, 1.0, 1.0, 0.0]]) / math.sqrt(3)
LUMA = GREY.T @ GREY
"""The projection on grey, [4, 4]."""
CROSS = np.zeros((4, 4))
CROSS[:3, :3] = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
"""The vector product of grey with a colour."""
ONE, COLOUR, LAST = np.eye(4), np.diag([1.0, 1, 1, 0]), np.diag([0.0, 0, 0, 1])


def _brightness(n: jax.Array, size: Size) -> jax.Array:
    more = 0.2 * n
    rows = [(*np.eye(3)[i], more) for i in range(3)]
    return matrix(*rows, (0.0, 0.0, 0.0, 1.0))


def _contrast(n: jax.Array, size: Size) -> jax.Array:
    factor = 2 ** (0.5 * n)
    return factor[:, None, None] * jnp.asarray(COLOUR) + jnp.asarray(LAST)


def _luma_flip(u: jax.Array, size: Size) -> jax.Array:
    """The mirror image along grey, or the colour itself."""
    return jnp.asarray(ONE) - 2 * jnp.floor(2 * u)[:, None, None] * jnp.asarray(LUMA)


def _hue(u: jax.Array, size: Size) -> jax.Array:
    """A turn about grey (Rodrigues)."""
    angle = ((2 * u - 1) * math.pi)[:, None, None]
    turned = jnp.cos(angle) * jnp.asarray(COLOUR - LUMA)
    return jnp.asarray(LUMA + LAST) + turned + jnp.sin(angle) * jnp.asarray(CROSS)


def _saturation(n: jax.Array, size: Size) -> jax.Array:
    return jnp.asarray(LUMA + LAST) + (2**n)[:, None, None] * jnp.asarray(COLOUR - LUMA)


COLOURS = {
    "brightness": Transform("brightness", "normal", (), _brightness),
    "contrast": Transform("contrast", "normal", (), _contrast),
    "lumaflip": Transform("lumaflip", "uniform", (), _luma_flip),
    "hue": Transform("hue", "uniform", (), _hue),
    "saturation": Transform("saturation", "normal", (), _saturation),
}
"""In order; each map is applied to the colours that those above it give."""
NEEDS_COLOUR = {"hue", "saturation"}
"""What one channel knows nothing of."""


def recoloured(images: Images, maps: jax.Array) -> Images:
    """Pictures [b, h, w, 3] by colour maps [b, 4, 4]; one channel by the mean of rows.

    Raises:
        ValueError: neither one channel nor three.
    """
    maps = maps.astype(images.dtype)
    factors, more = maps[:, :3, :3], maps[:, None, None, :3, 3]
    if images.shape[-1] == 3:
        turned = jnp.einsum("bhwc,bdc->bhwd", images, factors, precision=EXACT)
        return turned + more
    if images.shape[-1] == 1:
        factor = factors.sum(-1).mean(-1)[:, None, None, None]
        return images * factor + more.mean(-1, keepdims=True)
    raise ValueError(
        f"colours of {images.shape[-1]} channels are unknown: there must be 1 or 3; "
        "take the preset bg"
    )
