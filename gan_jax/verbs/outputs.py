"""Samples as files: one picture of all, an array, or a picture each.

However many there are, they are written as they are drawn.
"""

import io
import itertools
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from gan_jax.errors import BadInput
from gan_jax.run.files import unfinished, write
from gan_jax.sampling import png

MOST_IN_A_GRID = 10_000
"""Pictures that one grid shows; more would be a picture nobody can open."""


def check(out: str, num: int) -> Path:
    """Where samples are to go; looked at before the first is drawn.

    Args:
        out: a file `.png` or `.npz`, or a folder (one that is there, or `DIR/`).
        num: how many.

    Raises:
        BadInput: nothing can be written there, or not so many.
    """
    path = Path(out).expanduser()
    if not out or not path.name:
        raise BadInput(f"--out={out}: no name of a file", "e.g. --out=grid.png")
    try:
        if out.endswith(os.sep) or path.is_dir():
            path.mkdir(parents=True, exist_ok=True)
            return path
        if path.suffix not in (".png", ".npz"):
            raise BadInput(
                f"--out={out}", "wanted FILE.png, FILE.npz, or a folder, DIR/"
            )
        if path.exists() and not path.is_file():
            raise BadInput(f"--out={out} is no regular file", "name another")
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"--out={out}: {error.strerror}", "name another") from error
    if path.suffix == ".png" and num > MOST_IN_A_GRID:
        raise BadInput(
            f"{num:,} samples in one picture", "take --out=DIR/ or --out=FILE.npz"
        )
    return path


def put(path: Path, parts: Iterator[np.ndarray], num: int) -> str:
    """Write samples, some at a time; what was written, in words.

    Args:
        path: from `check`.
        parts: uint8 [n, h, w, c] or float32 [n, 2].
        num: how many in all.

    Raises:
        BadInput: points as pictures, or the disk refuses.
    """
    try:
        if path.is_dir():
            return _pictures(path, parts, num)
        if path.suffix == ".npz":
            _array(path, parts, num)
        else:
            write(path, png(np.concatenate(list(parts))))
        return str(path)
    except OSError as error:
        raise BadInput(f"--out={path}: {error.strerror}", "name another") from error


def _pictures(folder: Path, parts: Iterator[np.ndarray], num: int) -> str:
    digits, count = max(len(str(num - 1)), 5), 0
    for part in parts:
        if part.ndim != 4:
            raise BadInput("points are no pictures", "take --out=FILE.npz")
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
