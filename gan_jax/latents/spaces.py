"""Where latents are moved: z, the styles w, or styles of each layer, w+."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from gan_jax.errors import BadInput
from gan_jax.latents.trained import Make, Trained

SPACES = ("z", "w", "w+")
"""Latents; one style of all layers (Karras et al. 2019); a style of each (Abdal et al.
2019)."""


@dataclass(frozen=True)
class Space:
    """A space of a trained generator.

    Its points are latents [n, *z], or in w and w+ styles [n, layers, d]. Its vectors, by
    which they are moved, are flat: in w [d], the same for all layers.

    Attributes:
        trained: the generator.
        name: one of `SPACES`.

    Raises:
        BadInput: no such space, or the generator has no styles.
    """

    trained: Trained
    name: str = "z"

    def __post_init__(self) -> None:
        if self.name not in SPACES:
            raise BadInput(f"--space={self.name}", f"wanted {', '.join(SPACES)}")
        if self.name != "z":
            needs_styles(self.trained, f"--space={self.name}")

    def points(self, z: jax.Array, answers: Any) -> jax.Array:
        """Where latents [n, *z] lie, told every ask."""
        if self.name == "z":
            return z
        return self.trained.run.function("map")(z, answers)

    @cached_property
    def make(self) -> Make | None:
        """Points to samples; None for those of latents."""
        if self.name == "z":
            return None
        paint = self.trained.run.function("paint")
        return lambda ws, answers, keys: paint(ws, None, answers, keys)

    def vectors(self, points: Any) -> Float[np.ndarray, "n d"]:
        """Points as flat vectors, float64."""
        flat = np.asarray(points, np.float64)
        flat = flat.mean(1) if self.name == "w" else flat
        return flat.reshape(len(flat), -1)

    def free(self, points: jax.Array) -> jax.Array:
        """What may be chosen of points: in w the mean [n, d] of their layers' styles."""
        return points.mean(1) if self.name == "w" else points

    def fixed(self, free: jax.Array, layers: int) -> jax.Array:
        """Points of what was chosen: `free` the other way round."""
        if self.name != "w":
            return free
        return jnp.broadcast_to(free[:, None], (len(free), layers, free.shape[1]))

    def moved(
        self, points: Any, by: Float[np.ndarray, "*steps d"]
    ) -> Float[np.ndarray, "..."]:
        """Points [n, ...] moved by vectors: [n, steps, ...].

        Args:
            points: of this space.
            by: [n or 1, steps, d].
        """
        points = np.asarray(points)[:, None]
        shape = points.shape[2:]
        if self.name == "w":
            by = np.broadcast_to(by[:, :, None], (*by.shape[:2], *shape))
        return np.asarray(points + by.reshape(*by.shape[:2], *shape), np.float32)


def needs_styles(trained: Trained, what: str) -> None:
    """Refuse a generator that has no styles.

    Raises:
        BadInput: naming the function that it lacks.
    """
    known = trained.run.game.functions
    for name in ("map", "paint"):
        if name not in known:
            raise BadInput(
                f"{what} is of style-based generators: this model has no function "
                f"{name!r}, it has {', '.join(known)}",
                "take another tool or --space=z, or train e.g. configs/stylegan2.py",
            )
