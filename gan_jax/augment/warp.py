"""Pictures moved by affine maps, band-limited: ADA's way of executing its geometry."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gan_jax.augment import filters
from gan_jax.typing import Images

Maps = Float[Array, "b 3 3"]
EXACT = jax.lax.Precision.HIGHEST
"""Accelerators round the factors of a product to fewer bits unless told."""


def warped(images: Images, maps: Maps) -> Images:
    """Pictures looked up where the maps lead: reflected, doubled, moved, halved.

    Beyond one reflection on every side there is zero. The reflection is made whole,
    where NVlabs' code reflects as far as some picture of the batch needs: so an
    augmented picture does not depend on the others.

    Args:
        images: [b, h, w, c].
        maps: from where a pixel is to where its value is found, in pixels (x, y, 1)
            from the centre of the picture.
    """
    _, height, width, _ = images.shape
    fine = filtered(images, filters.doubled(height), filters.doubled(width))
    y, x = _places(maps, height, width)
    moved = bilinear(fine, y + 1, x + 1)
    return filtered(moved, filters.halved(height), filters.halved(width))


def filtered(
    images: Images, rows: jax.Array | np.ndarray, columns: jax.Array | np.ndarray
) -> Float[Array, "b m n c"]:
    """R X C^T for every channel: [b, h, w, c], [m, h], [n, w] -> [b, m, n, c].

    The matrices may also be one a picture, [b, m, h] and [b, n, w].
    """
    rows, columns = jnp.asarray(rows, images.dtype), jnp.asarray(columns, images.dtype)
    down = "byh" if rows.ndim == 3 else "yh"
    across = "bxw" if columns.ndim == 3 else "xw"
    planes = jnp.moveaxis(images, -1, 1)
    planes = jnp.einsum(f"bchw,{across}->bchx", planes, columns, precision=EXACT)
    planes = jnp.einsum(f"bchx,{down}->bcyx", planes, rows, precision=EXACT)
    return jnp.moveaxis(planes, 1, -1)


def _places(maps: Maps, height: int, width: int) -> tuple[jax.Array, jax.Array]:
    """Rows and columns [b, m, n] of the doubled, reflected picture to look at.

    There a pixel of the picture is two, centred between them: half a pixel of the
    doubled picture lies between the centres of the two.
    """
    y, x = (
        (jnp.arange(2 * (size + 2 * filters.MARGIN)) - 2 * filters.MARGIN + 1) / 2
        - size / 2
        for size in (height, width)
    )
    a = maps[..., None, None]
    down, across = y[:, None], x[None, :]
    found = [
        2 * (a[:, i, 0] * across + a[:, i, 1] * down + a[:, i, 2]) + (3 * size - 2) - 1
        for i, size in ((1, height), (0, width))
    ]
    return found[0], found[1]


def bilinear(
    images: Images, y: Float[Array, "b m n"], x: Float[Array, "b m n"]
) -> Float[Array, "b m n c"]:
    """Pictures between their pixels, by the four around; their borders must be zero.

    Args:
        images: [b, h, w, c], zero in the first row and column and in the last two.
        y: rows [b, m, n]; what lies outside is looked up at the border.
        x: columns [b, m, n].
    """
    b, h, w, c = images.shape
    y, x = jnp.clip(y, 0, h - 2), jnp.clip(x, 0, w - 2)
    top, left = jnp.floor(y), jnp.floor(x)
    down, right = (y - top)[..., None], (x - left)[..., None]
    place = (top * w + left).astype(jnp.int32).reshape(b, -1)
    flat = images.reshape(b, h * w, c)

    def corner(offset: int) -> jax.Array:
        found = jnp.take_along_axis(flat, place[..., None] + offset, axis=1)
        return found.reshape(*y.shape, c)

    above = corner(0) * (1 - right) + corner(1) * right
    below = corner(w) * (1 - right) + corner(w + 1) * right
    return above * (1 - down) + below * down
