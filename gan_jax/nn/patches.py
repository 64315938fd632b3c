"""Pictures as tokens: patches, their places, and what tells a Transformer of these."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from gan_jax.nn.rotary import angles
from gan_jax.typing import Images


def places(rows: int, columns: int) -> Int[Array, "t 2"]:
    """Row and column of each token, in raster order."""
    grid = jnp.meshgrid(jnp.arange(rows), jnp.arange(columns), indexing="ij")
    return jnp.stack(grid, axis=-1).reshape(-1, 2)


def sines(rows: int, columns: int, width: int) -> Float[Array, "t d"]:
    """Sines and cosines of a token's place, half of them of its row."""
    angle = angles(places(rows, columns), width)
    return jnp.concatenate([jnp.sin(angle), jnp.cos(angle)], axis=-1)


def cut(x: Images, patch: int) -> tuple[Float[Array, "b t n"], int, int]:
    """Patches [b, t, patch^2 c] in raster order, and their rows and columns.

    A grid that they do not divide is filled up with zeros at its end.
    """
    b, h, w, c = x.shape
    rows, columns = -(-h // patch), -(-w // patch)
    more = ((0, 0), (0, rows * patch - h), (0, columns * patch - w), (0, 0))
    y = jnp.pad(x, more).reshape(b, rows, patch, columns, patch, c)
    return y.swapaxes(2, 3).reshape(b, rows * columns, -1), rows, columns


def joined(
    tokens: Float[Array, "b t n"], rows: int, columns: int, patch: int
) -> Float[Array, "b h w c"]:
    """What `cut` cut."""
    channels = tokens.shape[-1] // patch**2
    y = tokens.reshape(-1, rows, columns, patch, patch, channels)
    return y.swapaxes(2, 3).reshape(-1, rows * patch, columns * patch, channels)
