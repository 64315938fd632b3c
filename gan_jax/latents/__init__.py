"""What people do with a trained generator's latents: a table of tools, each a picture.

Every tool works on any generator that has the functions it needs, and says which is
missing otherwise.
"""

from gan_jax.latents.inversion import invert, inverted
from gan_jax.latents.neighbours import neighbours
from gan_jax.latents.paths import interpolate, truncate, walk
from gan_jax.latents.reconstruction import reconstruct
from gan_jax.latents.trained import Shown, Trained

TOOLS = {
    "interpolate": interpolate,
    "invert": inverted,
    "neighbours": neighbours,
    "reconstruct": reconstruct,
    "truncate": truncate,
    "walk": walk,
}
"""By the word that `--do` takes: `(trained, rows, steps) -> Shown`."""
OF_REALS = ("invert", "neighbours", "reconstruct")
"""The tools that want the run's data opened."""

__all__ = [
    "OF_REALS",
    "TOOLS",
    "Shown",
    "Trained",
    "interpolate",
    "invert",
    "inverted",
    "neighbours",
    "reconstruct",
    "truncate",
    "walk",
]
