"""A folder of pictures as a data set: flat, or one subfolder a class."""

import hashlib
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, UnidentifiedImageError

from gan_jax.data.dataset import Dataset, Streamed, count, resident
from gan_jax.data.pictures import Channels, Fit, decode, height_width, seen_size
from gan_jax.data.preprocess import Preprocess, scale
from gan_jax.errors import BadInput

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
_HASHED_BYTES = 2**32
_UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,  # Pillow's word for a broken PNG
    UnidentifiedImageError,
    Image.DecompressionBombError,
)


def folder(
    path: str,
    size: int | tuple[int, int] | None = None,
    channels: Channels = 3,
    fit: Fit = "crop",
    resident_bytes: int = 2**30,
    preprocess: Preprocess | None = None,
) -> Dataset:
    """PNG, JPEG and WebP pictures, in natural order (2 before 10), all of one size.

    Args:
        path: a folder that holds pictures (no labels), or a subfolder of pictures for
            each class. Hidden and other files are passed over.
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
    root = Path(path).expanduser()
    files, label, classes = _listing(root)
    target = height_width(size)
    shape = (*(target or _common_size(files)), channels)

    def read(file: Path) -> UInt8[np.ndarray, "h w c"]:
        try:
            with Image.open(file) as image:
                return decode(image, channels, target, fit)
        except _UNREADABLE as error:
            raise _unreadable(file, error) from error

    name, preprocess = root.resolve().name, preprocess or scale()
    if len(files) * int(np.prod(shape)) <= resident_bytes:
        sample = np.empty((len(files), *shape), np.uint8)
        with ThreadPoolExecutor() as threads:
            for i, pixels in enumerate(threads.map(read, files)):
                sample[i] = pixels
        return resident(name, {"sample": sample, **label}, classes, preprocess)

    def fetch(indices: np.ndarray) -> dict[str, np.ndarray]:
        sample = np.stack([read(files[i]) for i in indices])
        return {"sample": sample, **{key: x[indices] for key, x in label.items()}}

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
        source=Streamed(fetch, label.get("label")),
        preprocess=preprocess,
        frequencies=count(label.get("label"), len(classes)),
    )


def _listing(
    root: Path,
) -> tuple[list[Path], dict[str, np.ndarray], tuple[str, ...]]:
    """The pictures in order, their labels if there are any, and the class names."""
    if not root.is_dir():
        raise BadInput(f"{root} is not a folder", "give the path of one with pictures")
    flat = _pictures(root)
    groups = {d.name: _pictures(d) for d in _natural(root.iterdir()) if d.is_dir()}
    named = {name: files for name, files in groups.items() if files}
    if flat and named:
        raise BadInput(
            f"{root} holds pictures ({flat[0].name}) beside subfolders of pictures "
            f"({next(iter(named))})",
            "use one of the two layouts",
        )
    if flat:
        return flat, {}, ()
    if not named:
        raise BadInput(
            f"{root} holds no pictures", f"wanted {' '.join(SUFFIXES)}, or subfolders"
        )
    empty = [name for name in groups.keys() - named.keys() if name[0] != "."]
    if empty:
        raise BadInput(f"{root / min(empty)} holds no pictures", "fill or remove it")
    counts = [len(files) for files in named.values()]
    label = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    return sum(named.values(), []), {"label": label}, tuple(named)


def _pictures(parent: Path) -> list[Path]:
    return _natural(
        file
        for file in parent.iterdir()
        if file.suffix.lower() in SUFFIXES and file.name[0] != "." and file.is_file()
    )


def _natural(paths: Iterable[Path]) -> list[Path]:
    """Sorted so that numbers inside names count as numbers."""

    def rank(path: Path) -> tuple[list[tuple[int, str]], str]:
        parts = re.split(r"(\d+)", path.name.lower(), flags=re.ASCII)
        return [(int(p), "") if p.isdecimal() else (-1, p) for p in parts], path.name

    return sorted(paths, key=rank)


def _common_size(files: list[Path]) -> tuple[int, int]:
    first = _header(files[0])
    for file in files:
        other = _header(file)
        if other != first:
            raise BadInput(
                f"{files[0]} has {first[0]} x {first[1]} pixels (h x w) but "
                f"{file} has {other[0]} x {other[1]}",
                "give a size",
            )
    return first


def _header(file: Path) -> tuple[int, int]:
    try:
        with Image.open(file) as image:
            return seen_size(image)
    except _UNREADABLE as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: Exception) -> BadInput:
    why = "not a picture" if isinstance(error, UnidentifiedImageError) else str(error)
    return BadInput(f"cannot read {file}: {why}", "replace or remove it")


def _digest(root: Path, files: list[Path]) -> str:
    total = hashlib.sha256()
    sizes = [file.stat().st_size for file in files]
    affordable = sum(sizes) <= _HASHED_BYTES
    for file, size in zip(files, sizes, strict=True):
        total.update(f"{file.relative_to(root)} {size}\n".encode())
        if affordable:
            total.update(file.read_bytes())
    return total.hexdigest()
