"""One picture of any kind to uint8 [h, w, c] of a given kind.

What is opened is decided here, by content: plain rasters that are decoded inside this
process. Pillow alone would hand a PostScript file, whatever its name, to Ghostscript.

Every way of changing size is antialiased (Pillow's bicubic, whose support grows when it
shrinks), as Parmar et al. 2022 ("On Aliased Resizing") ask for.
"""

import functools
import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps

Fit = Literal["crop", "stretch", "pad"]
"""To another aspect ratio: cut at the sides, change proportions, or add black bars."""

Channels = Literal[1, 3, 4]
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_ORIENTATION = 0x0112
_MOST = 2**16 - 1  # pixels a side: what JPEG can say
GIVE_A_SIZE = "give a size: config.data.size=N, or --size=N where folders are compared"
_FORMATS = (
    *("PNG", "JPEG", "MPO", "WEBP", "BMP", "GIF", "TIFF", "PPM"),
    *("JPEG2000", "AVIF", "QOI"),
)
_RESIZE = {
    "crop": lambda image, size: ImageOps.fit(image, size, Image.Resampling.BICUBIC),
    "stretch": lambda image, size: image.resize(size, Image.Resampling.BICUBIC),
    "pad": lambda image, size: ImageOps.pad(image, size, Image.Resampling.BICUBIC),
}


def height_width(size: int | tuple[int, int] | None) -> tuple[int, int] | None:
    """(h, w) of a size given as one side of a square, as (h, w), or not at all.

    Raises:
        ValueError: not one or two whole numbers, from 1 to 65535.
    """
    if size is None:
        return None
    pair = (size, size) if isinstance(size, int) else size
    whole = len(pair) == 2 and all(type(side) is int for side in pair)
    if not whole or not all(1 <= side <= _MOST for side in pair):
        raise ValueError(
            f"size={size!r} must be positive: one or two whole numbers up to {_MOST}"
        )
    return pair


def check_form(channels: int, fit: str, resident_bytes: int = 0) -> None:
    """What sources of pictures are told, before they read anything.

    Raises:
        ValueError: channels, fit or bytes that cannot be.
    """
    if channels not in _MODES:
        raise ValueError(f"channels={channels!r} must be 1, 3 or 4")
    if fit not in _RESIZE:
        raise ValueError(f"fit={fit!r} must be one of {', '.join(_RESIZE)}")
    if resident_bytes < 0:
        raise ValueError(f"resident_bytes={resident_bytes!r} must not be negative")


@functools.cache
def suffixes() -> frozenset[str]:
    """What names of pictures end with, in lower case, e.g. `.png`."""
    known = Image.registered_extensions()
    return frozenset(end for end, form in known.items() if form in _FORMATS)


@functools.cache
def _formats() -> tuple[str, ...]:
    Image.init()  # else those of rarer formats are not known yet
    return tuple(form for form in _FORMATS if form in Image.OPEN)


@contextmanager
def open_picture(file: Path | io.BytesIO) -> Iterator[Image.Image]:
    """Opens a picture of a format that is plainly decoded; the rest is not touched.

    Raises:
        UnidentifiedImageError: any other content.
        OSError: no such file, or none that may be read.
    """
    # Opened here, not by Pillow: files that it maps into memory (uncompressed grey
    # TIFFs) come out scrambled where they are to be turned upright.
    with ExitStack() as stack:
        is_path = isinstance(file, Path)
        stream = stack.enter_context(file.open("rb")) if is_path else file
        yield stack.enter_context(Image.open(stream, formats=_formats()))


def seen_size(image: Image.Image) -> tuple[int, int]:
    """(h, w) as a viewer shows the picture, from its header where that can tell."""
    tiff = image.format == "TIFF"
    # Of a TIFF, Pillow turns pixels and size by itself, unless its EXIF was asked for.
    tags = getattr(image, "tag_v2", {}) if tiff else image.getexif()
    turned = tags.get(_ORIENTATION, 1) in (5, 6, 7, 8)
    if turned and tiff:  # not every version tells the turned size before it has loaded
        image, turned = ImageOps.exif_transpose(image), False
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
