"""Samples as pictures a person can look at: image grids, scatter plots."""

import io
import math

import numpy as np
from jaxtyping import UInt8
from PIL import Image


def grid(
    images: UInt8[np.ndarray, "n h w c"], columns: int | None = None, gap: int = 1
) -> UInt8[np.ndarray, "H W c"]:
    """Images laid out in rows, as square as they come.

    Args:
        images: uint8.
        columns: images a row; by default the square root of their number, rounded up.
        gap: grey pixels between neighbours.
    """
    n, h, w, c = images.shape
    columns = min(columns or math.ceil(math.sqrt(n)), n)
    rows = math.ceil(n / columns)
    canvas = np.full((rows * (h + gap) - gap, columns * (w + gap) - gap, c), 64, "u1")
    for i, image in enumerate(images):
        y, x = i // columns * (h + gap), i % columns * (w + gap)
        canvas[y : y + h, x : x + w] = image
    return canvas


def png(
    samples: np.ndarray, real: np.ndarray | None = None, columns: int | None = None
) -> bytes:
    """A PNG of samples: a grid of uint8 images, or a scatter plot of float points [n, 2].

    Args:
        samples: uint8 [n, h, w, c] or float [n, 2].
        real: with points, real ones drawn underneath.
        columns: with images, how many a row; see `grid`.
    """
    out = io.BytesIO()
    if samples.ndim == 4:
        canvas = grid(samples, columns)
        small = max(canvas.shape[:2]) < 512
        picture = Image.fromarray(canvas[..., 0] if canvas.shape[2] == 1 else canvas)
        if small:
            scale = 512 // max(canvas.shape[:2])
            size = (canvas.shape[1] * scale, canvas.shape[0] * scale)
            picture = picture.resize(size, Image.Resampling.NEAREST)
        picture.save(out, "PNG", optimize=True)
    else:
        _scatter(out, samples, real)
    return out.getvalue()


def _scatter(out: io.BytesIO, points: np.ndarray, real: np.ndarray | None) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 4), dpi=96)
    ax = figure.add_axes((0.1, 0.07, 0.87, 0.9))
    for cloud, colour, label in ((real, "tab:orange", "real"), (points, "k", "fake")):
        if cloud is not None:
            ax.plot(*cloud.T, "o", ms=2.2, mew=0, c=colour, alpha=0.6, label=label)
    ax.set_aspect("equal")
    ax.legend(loc="upper right", fontsize=7, markerscale=2)
    figure.savefig(out, format="png")
