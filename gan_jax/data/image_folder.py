"""A folder of pictures as a data set: flat, or one subfolder a class."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import UnidentifiedImageError

from gan_jax.data.dataset import Dataset, Streamed, count, resident
from gan_jax.data.listing import listing
from gan_jax.data.paths import expand, readable, shown
from gan_jax.data.pictures import (
    GIVE_A_SIZE,
    Channels,
    Fit,
    check_form,
    decode,
    height_width,
    open_picture,
    seen_size,
)
from gan_jax.data.preprocess import Preprocess, scale
from gan_jax.errors import BadInput

_HASHED_BYTES = 2**32


def folder(
    path: str,
    size: int | tuple[int, int] | None = None,
    channels: Channels = 3,
    fit: Fit = "crop",
    resident_bytes: int = 2**30,
    preprocess: Preprocess | None = None,
) -> Dataset:
    """Pictures of any plain format, in natural order (2 before 10), all of one size.

    PNG, JPEG, WebP, BMP, GIF (the first frame), TIFF, PPM, and what else Pillow decodes
    by itself of JPEG 2000, AVIF and QOI.

    Args:
        path: a folder that holds pictures (no labels), or a subfolder of pictures for
            each class. What is hidden is passed over; what else is left out, the
            set's note counts.
        size: (h, w), or one side of a square; None takes the pictures' common size.
        channels: 1 grey, 3 RGB, 4 RGBA; pictures of other kinds are converted.
        fit: how a picture of another aspect ratio gets there: `crop` its middle,
            `stretch`, or `pad` with black.
        resident_bytes: sets no larger than this, decoded, live on the device; larger
            ones are decoded as they are needed.
        preprocess: pixels to floats; the default is `scale()`.

    The digest covers the pixels and labels of a resident set; of a streamed one the
    files' names and bytes, or, beyond 4 GiB of files, their names and sizes.

    Raises:
        BadInput: no such folder, no pictures, an unreadable picture (here, or when it
            is first needed), or, without `size`, two pictures that differ in size.
    """
    target = height_width(size)
    check_form(channels, fit, resident_bytes)
    root = expand(path)
    files, label, classes, note = listing(root)
    shape = (*(target or _common_size(files)), channels)

    def read(file: Path) -> UInt8[np.ndarray, "h w c"]:
        try:
            with open_picture(file) as image:
                return decode(image, channels, target, fit)
        except Exception as error:  # broken pictures raise whatever parsing them raises
            raise _unreadable(file, error) from error

    name, preprocess = shown(root.resolve().name) or "/", preprocess or scale()
    labels = {} if label is None else {"label": label}
    if len(files) * int(np.prod(shape)) <= resident_bytes:
        sample = np.empty((len(files), *shape), np.uint8)
        with ThreadPoolExecutor() as threads:
            for i, pixels in enumerate(threads.map(read, files)):
                sample[i] = pixels
        whole = resident(name, {"sample": sample, **labels}, classes, preprocess)
        return replace(whole, note=note)

    def fetch(indices: np.ndarray) -> dict[str, np.ndarray]:
        sample = np.stack([read(files[i]) for i in indices])
        return {"sample": sample, **{key: x[indices] for key, x in labels.items()}}

    if target is not None:  # headers were not looked at yet
        for file in files:
            _header(file)
    digest = _digest(root, files)
    return Dataset(
        name=name,
        shape=shape,
        classes=classes,
        size=len(files),
        digest=digest,
        source=Streamed(fetch, label),
        preprocess=preprocess,
        frequencies=count(label, len(classes)),
        note=note,
    )


def _common_size(files: list[Path]) -> tuple[int, int]:
    first = _header(files[0])
    for file in files:
        other = _header(file)
        if other != first:
            raise BadInput(
                f"{shown(files[0])} has {first[0]} x {first[1]} pixels (h x w) but "
                f"{shown(file)} has {other[0]} x {other[1]}",
                GIVE_A_SIZE,
            )
    return first


def _header(file: Path) -> tuple[int, int]:
    try:
        with open_picture(file) as image:
            return seen_size(image)
    except Exception as error:  # as above
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: Exception) -> BadInput:
    why = (str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, UnidentifiedImageError):
        why = "not a picture"
    elif isinstance(error, OSError) and error.strerror:
        why = error.strerror
    return BadInput(f"cannot read {shown(file)}: {why}", "replace or remove it")


def _digest(root: Path, files: list[Path]) -> str:
    total = hashlib.sha256()
    with readable(root):
        sizes = [file.stat().st_size for file in files]
        affordable = sum(sizes) <= _HASHED_BYTES
        for file, size in zip(files, sizes, strict=True):
            line = f"{file.relative_to(root)} {size}\n"
            total.update(line.encode("utf-8", "surrogateescape"))  # names are bytes
            if affordable:
                total.update(file.read_bytes())
    return total.hexdigest()
