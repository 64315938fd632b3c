"""Waves in the plane, which a picture is made of and can be moved by.

The input of StyleGAN3 (Karras et al. 2021, arXiv:2106.12423, section 3.2 and appendix F):
each channel begins as a sine wave of a fixed frequency and phase. Waves are defined
everywhere, so that they can be shifted by any distance and turned by any angle; the
style decides by how much, and so does whoever asks for it.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.nn.equalised import EqualisedDense

CONSTANTS = "constants"
"""The collection of what is drawn once and never moves."""


class Place(NamedTuple):
    """Where a picture is to lie.

    Attributes:
        shift: [b, 2], to the right and down, in widths and heights of the picture.
        angle: [b], in degrees against the clock, about the middle; turned first.
    """

    shift: Float[Array, "b 2"]
    angle: Float[Array, "b"]


class FourierInput(nn.Module):
    """Waves on a grid, mixed by one matrix.

    Frequencies are even over a disc, whose radius is the cutoff.

    Args:
        features: channels, one wave each.
        size: height and width of the grid.
        rate: its samples a unit.
        cutoff: of the frequencies, in cycles a unit.
        extent: height and width of the picture in units.
        moved: whether the style moves the waves; they lie where they are, without.
    """

    features: int
    size: tuple[int, int]
    rate: int
    cutoff: float
    extent: tuple[float, float] = (1.0, 1.0)
    moved: bool = True

    @nn.compact
    def __call__(
        self, w: Float[Array, "b d"], place: Place | None = None
    ) -> Float[Array, "b _ _ c"]:
        """Maps [b, *size, features], float32.

        Args:
            w: styles.
            place: where the picture is to lie; as learnt, by default.
        """
        frequencies = self._constant("frequencies", self._drawn)
        phases = self._constant(
            "phases",
            lambda key: jax.random.uniform(key, (self.features,)) - 0.5,
        )
        turned, shift = self._asked(place, w)
        if self.moved:
            turned, shift = self._learnt(w, turned, shift)
        phases = phases + jnp.einsum("fd,bd->bf", frequencies, shift)
        frequencies = jnp.einsum("fd,bde->bfe", frequencies, turned)
        y, x = ((jnp.arange(n) + 0.5 - n / 2) / self.rate for n in self.size)
        across = x[:, None] * frequencies[:, None, :, 0] + phases[:, None]
        down = y[:, None] * frequencies[:, None, :, 1]
        # sin(a + b) of every row and column, from the sines of either.
        (sin_a, cos_a), (sin_b, cos_b) = map(_sines, (across, down))
        waves = sin_a[:, None] * cos_b[:, :, None] + cos_a[:, None] * sin_b[:, :, None]
        waves = waves * self._loudness(frequencies)[:, None, None]
        return EqualisedDense(self.features, bias=False, name="mixed")(waves)

    def _constant(self, name: str, draw: Callable[[jax.Array], jax.Array]) -> jax.Array:
        return self.variable(
            CONSTANTS, name, lambda: draw(self.make_rng("params"))
        ).value

    def _drawn(self, key: jax.Array) -> jax.Array:
        """Normal directions, of lengths that make them even over the disc."""
        drawn = jax.random.normal(key, (self.features, 2))
        square = jnp.square(drawn).sum(-1, keepdims=True)
        # exp(-r^2 / 2) is uniform, and its root the radius of a point of the disc.
        return self.cutoff * drawn / jnp.sqrt(square) * jnp.exp(-square / 4)

    def _loudness(self, frequencies: jax.Array) -> jax.Array:
        """[b, features]: what was turned out of the grid's reach is silent.

        A rotation moves nothing there; a grid of just two samples to the shortest wave has
        no room to fade in.
        """
        length, reach = jnp.linalg.norm(frequencies, axis=-1), self.rate / 2
        if self.cutoff >= reach:
            return jnp.ones_like(length)
        return jnp.clip((reach - length) / (reach - self.cutoff), 0, 1)

    def _asked(self, place: Place | None, w: jax.Array) -> tuple[jax.Array, jax.Array]:
        """How the grid turns and shifts, [b, 2, 2] and [b, 2], in units."""
        if place is None:
            count = w.shape[0]
            return jnp.broadcast_to(jnp.eye(2), (count, 2, 2)), jnp.zeros((count, 2))
        height, width = self.extent
        shift = place.shift * jnp.array([width, height])
        # The picture turns one way, its grid the other.
        turned = _rotations(jnp.deg2rad(place.angle))
        return turned, -jnp.einsum("bde,be->bd", turned, shift)

    def _learnt(
        self, w: jax.Array, turned: jax.Array, shift: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        """The same behind what the style says."""
        d = w.shape[-1]
        kernel = self.param("affine_kernel", nn.initializers.zeros, (d, 4))
        start = self.param("affine_bias", lambda _: jnp.array([1.0, 0.0, 0.0, 0.0]))
        t = w.astype(jnp.float32) @ kernel / math.sqrt(d) + start
        t = t / jnp.linalg.norm(t[:, :2], axis=-1, keepdims=True)
        own = _matrices(t[:, 0], t[:, 1])
        return (
            jnp.einsum("bde,bef->bdf", own, turned),
            jnp.einsum("bde,be->bd", own, shift - t[:, 2:]),
        )


def _sines(turns: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jnp.sin(2 * jnp.pi * turns), jnp.cos(2 * jnp.pi * turns)


def _rotations(angle: jax.Array) -> jax.Array:
    return _matrices(jnp.cos(angle), jnp.sin(angle))


def _matrices(cosine: jax.Array, sine: jax.Array) -> jax.Array:
    rows = jnp.stack([cosine, -sine]), jnp.stack([sine, cosine])
    return jnp.moveaxis(jnp.stack(rows), -1, 0)
