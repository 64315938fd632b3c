"""One picture of any kind to uint8 [h, w, c] of a given kind.

Every way of changing size is antialiased (Pillow's bicubic, whose support grows when it
shrinks), as Parmar et al. 2022 ("On Aliased Resizing") ask for.
"""

from typing import Literal

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps

Fit = Literal["crop", "stretch", "pad"]
"""To another aspect ratio: cut at the sides, change proportions, or add black bars."""

Channels = Literal[1, 3, 4]
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_ORIENTATION = 0x0112
_RESIZE = {
    "crop": lambda image, size: ImageOps.fit(image, size, Image.Resampling.BICUBIC),
    "stretch": lambda image, size: image.resize(size, Image.Resampling.BICUBIC),
    "pad": lambda image, size: ImageOps.pad(image, size, Image.Resampling.BICUBIC),
}


def height_width(size: int | tuple[int, int] | None) -> tuple[int, int] | None:
    """(h, w) of a size given as one side of a square, as (h, w), or not at all.

    Raises:
        ValueError: a side that is not positive.
    """
    pair = (size, size) if isinstance(size, int) else size
    if pair is not None and min(pair) < 1:
        raise ValueError(f"size={size!r} must be positive")
    return pair


def seen_size(image: Image.Image) -> tuple[int, int]:
    """(h, w) as a viewer shows the picture, from its header alone."""
    turned = image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
    return image.size if turned else (image.height, image.width)


def decode(
    image: Image.Image,
    channels: Channels,
    size: tuple[int, int] | None = None,
    fit: Fit = "crop",
) -> UInt8[np.ndarray, "h w c"]:
    """Pixels of an opened picture: turned upright, converted, resized.

    Args:
        image: any mode but 32-bit ones; transparency, where `channels` has no place for
            it, is laid over white; of an animation, the first frame.
        channels: 1 grey, 3 RGB, 4 RGBA (opaque where the picture has no alpha).
        size: (h, w); None keeps the picture's own.
        fit: how to reach another aspect ratio.

    Raises:
        ValueError: a mode that has no faithful 8-bit form.
        OSError: broken data.
    """
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "F"):
        raise ValueError(f"{image.mode} pixels of 32 bits")
    if image.mode.startswith("I;16"):  # Pillow would clip, not scale
        levels = np.asarray(image, np.float32) / 257.0
        image = Image.fromarray(np.rint(levels).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        if channels != 4:
            white = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(white, image)
    image = image.convert(_MODES[channels])
    if size is not None and size != (image.height, image.width):
        image = _RESIZE[fit](image, size[::-1])
    return np.asarray(image).reshape(image.height, image.width, channels)
