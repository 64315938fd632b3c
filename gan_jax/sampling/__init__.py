"""Latents, paths between them, and pictures of what comes out."""

from gan_jax.sampling.interpolation import lerp, slerp
from gan_jax.sampling.latents import normal, truncatable, truncated_normal, uniform
from gan_jax.sampling.pictures import grid, png
from gan_jax.sampling.video import animated

__all__ = [
    "animated",
    "grid",
    "lerp",
    "normal",
    "png",
    "slerp",
    "truncatable",
    "truncated_normal",
    "uniform",
]
