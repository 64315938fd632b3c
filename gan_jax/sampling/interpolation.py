"""Paths between latents."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from gan_jax.typing import Latents

NO_CIRCLE = 1e-3
"""Sine of the angle below which there is no great circle to follow. The cosine of a
smaller angle is 1 up to rounding in float32, and of opposite ends the formula would make
something between the line and any of the circles."""


def lerp(a: Latents, b: Latents, t: float | Float[Array, "b"]) -> Latents:
    """Straight line from `a` (t = 0) to `b` (t = 1)."""
    t = _per_example(t, a)
    return a + (b - a) * t


def slerp(a: Latents, b: Latents, t: float | Float[Array, "b"]) -> Latents:
    """Great circle from `a` to `b`, at the straight line's length in between.

    For normal latents, whose norms concentrate: the middle of a straight line is
    shorter than anything the generator was trained on (White 2016). Falls back to the
    straight line where the two directions (nearly) agree or oppose each other.
    """
    axes = tuple(range(1, a.ndim))
    t = _per_example(t, a)
    norm_a = jnp.linalg.norm(a.reshape(len(a), -1), axis=1)
    norm_b = jnp.linalg.norm(b.reshape(len(b), -1), axis=1)
    scale = jnp.maximum(norm_a * norm_b, 1e-12)
    cosine = jnp.clip(jnp.sum(a * b, axis=axes) / scale, -1.0, 1.0)
    angle = _per_example(jnp.arccos(cosine), a)
    sine = jnp.sin(angle)
    safe = jnp.where(sine < NO_CIRCLE, 1.0, sine)
    arc = (jnp.sin((1 - t) * angle) * a + jnp.sin(t * angle) * b) / safe
    return jnp.where(sine < NO_CIRCLE, lerp(a, b, t.reshape(-1)), arc)


def _per_example(t: float | Float[Array, "b"], like: Latents) -> Array:
    t = jnp.broadcast_to(jnp.asarray(t, like.dtype), (len(like),))
    return t.reshape(-1, *(1,) * (like.ndim - 1))
