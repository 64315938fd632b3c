"""Samples as files: one picture of all, an array, or a picture each.

However many there are, they are written as they are drawn.
"""

import io
import itertools
import math
import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from gan_jax.data.paths import expand
from gan_jax.errors import BadInput
from gan_jax.run.files import unfinished, write
from gan_jax.sampling import png
from gan_jax.sampling.video import SUFFIXES, animated

MOST_IN_A_GRID = 10_000
"""Pictures that one grid shows; more would be a picture nobody can open."""


PNG_LEAST = 67
"""Bytes of the smallest picture there is."""
DEFLATE_MOST = 1032
"""Times that the format of an .npz makes anything smaller, at best."""


@dataclass(frozen=True)
class Out:
    """Where samples go.

    Attributes:
        path: a file, or a folder.
        folder: whether it is one, with a picture each.
    """

    path: Path
    folder: bool


def check(out: str, num: int) -> Out:
    """Where samples are to go; looked at before the first is drawn. Nothing is made.

    Args:
        out: a file `.png` or `.npz`, or a folder (one that is there, or `DIR/`).
        num: how many.

    Raises:
        BadInput: nothing can be written there, or not so many.
    """
    path = expand(out)
    if not out or not path.name:
        raise BadInput(f"--out={out}: no name of a file", "e.g. --out=grid.png")
    try:
        folder = out.endswith(os.sep) or path.is_dir()
        if not folder and path.suffix not in (".png", ".npz"):
            raise BadInput(
                f"--out={out}", "wanted FILE.png, FILE.npz, or a folder, DIR/"
            )
        if path.exists() and not (path.is_dir() if folder else path.is_file()):
            kind = "folder" if folder else "regular file"
            raise BadInput(f"--out={out} is no {kind}", "name another")
        above = _there(path if folder else path.parent)
    except (OSError, ValueError) as error:
        raise BadInput(f"--out={out}: {_why(error)}", "name another") from error
    effective = os.access in os.supports_effective_ids
    may = os.access(above, os.W_OK | os.X_OK, effective_ids=effective)
    if not above.is_dir() or not may:
        raise BadInput(f"--out={out}: {above} cannot be written", "name another")
    if not folder and path.suffix == ".png" and num > MOST_IN_A_GRID:
        raise BadInput(
            f"{num:,} samples in one picture", "take --out=DIR/ or --out=FILE.npz"
        )
    return Out(path, folder)


def check_shown(out: str, num: int) -> Out:
    """Where a picture of latents, or a film, is to go; errors are those of `check`."""
    if num > MOST_IN_A_GRID:
        raise BadInput(
            f"{num:,} pictures, more than {MOST_IN_A_GRID:,}",
            "ask for fewer rows (--num) or --steps",
        )
    path = Path(out)
    if path.suffix not in SUFFIXES:
        to = check(out, num)
        if to.folder or to.path.suffix != ".png":
            raise BadInput(
                f"--out={out}", f"wanted FILE.png, FILE{' or FILE'.join(SUFFIXES)}"
            )
        return to
    check(str(path.with_suffix(".png")), num)  # a film lies where a picture could
    return Out(expand(out), False)


def show(out: Out, pictures: np.ndarray) -> str:
    """Write rows of pictures, or a film of them; where to.

    Args:
        out: from `check_shown`.
        pictures: uint8 [rows, steps, h, w, c].

    Raises:
        BadInput: the disk refuses; no ffmpeg.
    """
    if out.path.suffix in SUFFIXES:
        content = animated(pictures, out.path)
    else:
        rows, steps = pictures.shape[:2]
        flat = pictures.reshape(rows * steps, *pictures.shape[2:])
        content = png(flat, columns=steps)
    try:
        out.path.parent.mkdir(parents=True, exist_ok=True)
        write(out.path, content)
    except OSError as error:
        raise BadInput(f"--out={out.path}: {_why(error)}", "name another") from error
    return str(out.path)


def check_room(out: Out, num: int, shape: tuple[int, ...]) -> None:
    """Whether so many samples could lie there at all, at their smallest.

    Args:
        out: from `check`.
        num: how many.
        shape: of one.

    Raises:
        BadInput: they could not, or points are wanted as a folder of pictures.
    """
    if out.folder and len(shape) != 3:
        raise BadInput("points are no pictures", "take --out=FILE.npz")
    raw = math.prod(shape) * (1 if len(shape) == 3 else 4)
    least = num * PNG_LEAST if out.folder else num * raw // DEFLATE_MOST
    above = _there(out.path)
    free = shutil.disk_usage(above).free
    if least > free:
        raise BadInput(
            f"{num:,} samples would take {least / 2**30:,.1f} GiB at the very least, and "
            f"{free / 2**30:,.1f} are free in {above}",
            "ask for fewer with --num",
        )


def put(out: Out, parts: Iterator[np.ndarray], num: int) -> str:
    """Write samples, some at a time; what was written, in words.

    Args:
        out: from `check`.
        parts: uint8 [n, h, w, c] or float32 [n, 2].
        num: how many in all.

    Raises:
        BadInput: the disk refuses, or a sample is not finite.
    """
    first = next(parts)  # before a folder is made: it may not be one to write
    parts, path = itertools.chain([first], parts), out.path
    try:
        (path if out.folder else path.parent).mkdir(parents=True, exist_ok=True)
        if out.folder:
            return _pictures(path, parts, num)
        if path.suffix == ".npz":
            _array(path, parts, num)
        else:
            write(path, png(np.concatenate(list(parts))))
        return str(path)
    except OSError as error:
        raise BadInput(f"--out={path}: {_why(error)}", "name another") from error


def _there(path: Path) -> Path:
    """The path, or the nearest above it that is there."""
    return next(p for p in (path, *path.absolute().parents) if p.exists())


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _pictures(folder: Path, parts: Iterator[np.ndarray], num: int) -> str:
    digits, count = max(len(str(num - 1)), 5), 0
    for part in parts:
        for pixels in part:
            content = io.BytesIO()
            grey = pixels.shape[-1] == 1
            Image.fromarray(pixels[..., 0] if grey else pixels).save(content, "PNG")
            write(folder / f"{count:0{digits}d}.png", content.getvalue())
            count += 1
    return f"{folder}{os.sep} ({count:,} pictures)"


def _array(path: Path, parts: Iterator[np.ndarray], num: int) -> None:
    """An .npz with one array, `samples`, written through as it comes."""
    first = next(parts)
    head = {
        "descr": np.lib.format.dtype_to_descr(first.dtype),
        "fortran_order": False,
        "shape": (num, *first.shape[1:]),
    }
    with (
        unfinished(path) as part,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("samples.npy", "w", force_zip64=True) as file,
    ):
        np.lib.format.write_array_header_2_0(file, head)
        for samples in itertools.chain([first], parts):
            file.write(np.ascontiguousarray(samples).tobytes())
