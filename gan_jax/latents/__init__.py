"""What people do with a trained generator's latents: a table of tools, each a picture.

Every tool works on any generator that has the functions it needs, and says which is
missing otherwise. From Python:

    trained = latents.Trained(gan_jax.load("runs/stylegan2"), seed=3)
    shown = latents.mix(trained, rows=5, steps=6, by="coarse")  # .pictures, .said
    found = latents.find(latents.Space(trained, "w"), "sefa", None, count=4)
"""

from collections.abc import Callable
from typing import NamedTuple

from gan_jax.latents.algebra import (
    Directions,
    linear_classifier,
    mean_difference,
    principal,
    pulled_back,
    sefa,
)
from gan_jax.latents.directions import direction, edit, find, latent_map
from gan_jax.latents.inversion import invert, inverted
from gan_jax.latents.neighbours import neighbours
from gan_jax.latents.paths import interpolate, truncate, walk
from gan_jax.latents.reconstruction import reconstruct
from gan_jax.latents.spaces import Space
from gan_jax.latents.styles import mix, mixed, noise
from gan_jax.latents.trained import Shown, Trained


class Tool(NamedTuple):
    """Something that is done with latents.

    Attributes:
        show: `(trained, rows, steps, **options) -> Shown`.
        options: what else it can be told, by keyword; flags of the same names.
        reals: whether it wants the run's data opened.
    """

    show: Callable[..., Shown]
    options: tuple[str, ...] = ()
    reals: bool = False


TOOLS = {
    "direction": Tool(direction, ("space", "by", "label")),
    "edit": Tool(edit, ("space", "by", "label", "component")),
    "interpolate": Tool(interpolate, ("space",)),
    "invert": Tool(inverted, ("space",), reals=True),
    "mix": Tool(mix, ("by",)),
    "neighbours": Tool(neighbours, reals=True),
    "noise": Tool(noise),
    "reconstruct": Tool(reconstruct, reals=True),
    "truncate": Tool(truncate),
    "walk": Tool(walk),
}
"""By the word that `--do` takes."""

__all__ = [
    "TOOLS",
    "Directions",
    "Shown",
    "Space",
    "Tool",
    "Trained",
    "direction",
    "edit",
    "find",
    "interpolate",
    "invert",
    "inverted",
    "latent_map",
    "linear_classifier",
    "mean_difference",
    "mix",
    "mixed",
    "neighbours",
    "noise",
    "principal",
    "pulled_back",
    "reconstruct",
    "sefa",
    "truncate",
    "walk",
]
