"""ADA's geometric transforms: eight affine maps, from where a pixel is to its source.

Karras et al. 2020 (arXiv:2006.06676), appendix B. Lengths are in pixels from the centre
of the picture, x to the right and y down; uniform draws u lie in [0, 1), normal ones n
are standard.
"""

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp

Size = tuple[int, int]
"""Height and width of a picture."""


class Transform(NamedTuple):
    """One transform of the pipe.

    Attributes:
        strength: whose strength it has, in the presets.
        law: of what it draws.
        shape: of what it draws for one picture.
        matrix: (draws [b, *shape], size of a picture) -> [b, k, k].
        share: probability of the strength -> of this transform.
    """

    strength: str
    law: Literal["uniform", "normal"]
    shape: tuple[int, ...]
    matrix: Callable[[jax.Array, Size], jax.Array]
    share: Callable[[jax.Array], jax.Array] = lambda p: p


def matrix(*rows: tuple[jax.Array | float, ...]) -> jax.Array:
    """Matrices [b, k, l] of entries [b], or the same for all."""
    flat = jnp.broadcast_arrays(*(jnp.asarray(x) for row in rows for x in row))
    stacked = jnp.stack([x.astype(float) for x in flat], axis=-1)
    return stacked.reshape(*stacked.shape[:-1], len(rows), -1)


def scaling(x: jax.Array, y: jax.Array | float) -> jax.Array:
    """x and y times factors."""
    return matrix((x, 0.0, 0.0), (0.0, y, 0.0), (0.0, 0.0, 1.0))


def turning(angle: jax.Array) -> jax.Array:
    """From x towards y by an angle in radians."""
    cos, sin = jnp.cos(angle), jnp.sin(angle)
    return matrix((cos, -sin, 0.0), (sin, cos, 0.0), (0.0, 0.0, 1.0))


def shifting(x: jax.Array, y: jax.Array) -> jax.Array:
    """x and y plus so much."""
    return matrix((1.0, 0.0, x), (0.0, 1.0, y), (0.0, 0.0, 1.0))


def _flip(u: jax.Array, size: Size) -> jax.Array:
    return scaling(1 - 2 * jnp.floor(2 * u), 1.0)


def _quarter(u: jax.Array, size: Size) -> jax.Array:
    """Quarter turns without rounding: cosines of 0, 90, 180, 270 degrees are whole."""
    turns = jnp.floor(4 * u)
    cos, sin = jnp.round(jnp.cos(turns * math.pi / 2)), jnp.sin(turns * math.pi / 2)
    sin = jnp.round(sin)
    return matrix((cos, -sin, 0.0), (sin, cos, 0.0), (0.0, 0.0, 1.0))


def _whole_shift(u: jax.Array, size: Size) -> jax.Array:
    part = (2 * u - 1) * 0.125
    return shifting(-jnp.round(part[:, 0] * size[1]), -jnp.round(part[:, 1] * size[0]))


def _scale(n: jax.Array, size: Size) -> jax.Array:
    factor = 2 ** (-0.2 * n)
    return scaling(factor, factor)


def _turn(u: jax.Array, size: Size) -> jax.Array:
    return turning((2 * u - 1) * math.pi)


def _stretch(n: jax.Array, size: Size) -> jax.Array:
    factor = 2 ** (-0.2 * n)
    return scaling(factor, 1 / factor)


def _shift(n: jax.Array, size: Size) -> jax.Array:
    return shifting(-0.125 * n[:, 0] * size[1], -0.125 * n[:, 1] * size[0])


def _either(p: jax.Array) -> jax.Array:
    """Of two turns, each so often that one or both happen with probability p."""
    return 1 - jnp.sqrt(jnp.clip(1 - p, 0, 1))


GEOMETRIC = {
    "xflip": Transform("xflip", "uniform", (), _flip),
    "rotate90": Transform("rotate90", "uniform", (), _quarter),
    "xint": Transform("xint", "uniform", (2,), _whole_shift),
    "scale": Transform("scale", "normal", (), _scale),
    "rotate before": Transform("rotate", "uniform", (), _turn, _either),
    "aniso": Transform("aniso", "normal", (), _stretch),
    "rotate after": Transform("rotate", "uniform", (), _turn, _either),
    "xfrac": Transform("xfrac", "normal", (2,), _shift),
}
"""In order; each map is applied to places before those of the transforms above it."""
