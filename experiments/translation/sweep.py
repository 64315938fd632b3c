"""A picture of what is glued to the pixels: samples asked to move, in parts of a pixel.

After figure 1 of StyleGAN3 (Karras et al. 2021, arXiv:2106.12423).
"""

from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from gan_jax.latents import Trained
from gan_jax.latents.trained import pixels
from gan_jax.run import open_run
from gan_jax.run.files import write
from gan_jax.sampling import png

SAMPLES, POSITIONS = 4, 5
FARTHEST = 1 / 8
"""Of the width, to either side, as EQ-T moves pictures."""
LARGER = 4
"""Times that pixels are repeated; a slice has as many shifts as a picture then has rows."""


def draw(workdir: Path, out: Path) -> None:
    """Samples at a few positions, and at the end of each row a slice over time.

    The slice is one row of pixels, the middle one of the picture, for every shift from
    left to right: what moves with the picture is drawn as slanted stripes, what is glued
    to the pixels as upright ones.
    """
    moved = swept(Trained(open_run(workdir)))
    write(out, png(laid_out(moved), columns=POSITIONS + 1))


def swept(trained: Trained) -> UInt8[np.ndarray, "samples shifts h w c"]:
    """Samples 0, 1, ... for each of many shifts along the width."""
    h = trained.run.facts.shape[0]
    shifts = np.linspace(-FARTHEST, FARTHEST, LARGER * h)
    which = np.arange(SAMPLES).repeat(len(shifts))
    across = np.tile(shifts, SAMPLES)
    told = {name: x[which] for name, x in trained.answers(SAMPLES).items()}
    told["translate"] = np.stack([across, np.zeros_like(across)], -1).astype(np.float32)
    z = trained.latents(SAMPLES)[which]
    made = pixels(trained.images(z, told, trained.keys(SAMPLES)[which]))
    return made.reshape(SAMPLES, len(shifts), *made.shape[1:])


def laid_out(
    moved: UInt8[np.ndarray, "samples shifts h w c"],
) -> UInt8[np.ndarray, "n H W c"]:
    """The pictures of a grid, row by row: positions, then the slice."""
    shifts, h = moved.shape[1:3]
    shown = moved[:, np.linspace(0, shifts - 1, POSITIONS).round().astype(int)]
    large = shown.repeat(LARGER, axis=2).repeat(LARGER, axis=3)
    slices = moved[:, :, h // 2].repeat(LARGER, axis=2)
    both = np.concatenate([large, slices[:, None]], axis=1)
    return both.reshape(-1, *both.shape[2:])
