"""Halving and doubling feature maps by the binomial filter [1, 3, 3, 1].

Bilinear resampling, as StyleGAN2 (Karras et al. 2020, arXiv:1912.04958) and R3GAN (Huang
et al. 2024, arXiv:2501.05441) have it: the filter is [1, 2, 1], whose tent interpolates,
smeared over the two pixels of a pair. Outside the map there are zeros. Written as sums of
shifted maps, so that it has every derivative and is fused with what stands beside it.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Map = Float[Array, "b _ _ _"]


def fir_upsample(x: Map) -> Map:
    """Twice the size; a constant keeps its value but at the borders.

    Along each axis every pixel becomes two, 3/4 of itself and 1/4 of the neighbour on
    that side.
    """
    return _doubled(_doubled(x, 1), 2)


def fir_downsample(x: Map) -> Map:
    """Half the size: the adjoint of `fir_upsample`, divided by 4.

    Raises:
        ValueError: an odd height or width.
    """
    if x.shape[1] % 2 or x.shape[2] % 2:
        raise ValueError(f"a map of {x.shape[1]} x {x.shape[2]} cannot be halved")
    return _halved(_halved(x, 1), 2)


def _doubled(x: jax.Array, axis: int) -> jax.Array:
    before, after = _shifted(x, axis, 1), _shifted(x, axis, -1)
    both = jnp.stack([3 * x + before, 3 * x + after], axis + 1) / 4
    shape = (*x.shape[:axis], 2 * x.shape[axis], *x.shape[axis + 1 :])
    return both.reshape(shape)


def _halved(x: jax.Array, axis: int) -> jax.Array:
    shape = (*x.shape[:axis], x.shape[axis] // 2, 2, *x.shape[axis + 1 :])
    pairs = x.reshape(shape)
    first, second = (pairs.take(i, axis + 1) for i in (0, 1))
    outer = _shifted(second, axis, 1) + _shifted(first, axis, -1)
    return (3 * (first + second) + outer) / 8


def _shifted(x: jax.Array, axis: int, by: int) -> jax.Array:
    """The map moved by one place along an axis, a zero coming in."""
    pads = [(0, 0, 0)] * x.ndim
    pads[axis] = (by, -by, 0)
    return jax.lax.pad(x, jnp.zeros((), x.dtype), pads)
