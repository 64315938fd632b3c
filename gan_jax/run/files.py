"""Files that are written whole or not at all: a part beside them first, then a rename.

What is unfinished is known, so that a process that must end at once can remove it; of
one that is killed, `Workdir.sweep` removes it later.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PART = ".part"
"""Ends the name of a file that is being written."""

_unfinished: set[Path] = set()


@contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """Where a file is written; it gets its name once that is done, or is removed.

    Args:
        path: of the file.
    """
    part = path.with_name(path.name + PART)
    _unfinished.add(part)
    try:
        yield part
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        _unfinished.discard(part)


@contextmanager
def unfinished_folder(path: Path) -> Iterator[Path]:
    """Where a folder is filled; it gets its name once that is done, or is removed.

    Args:
        path: of the folder, which is not there or empty.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f"{path.name}.", suffix=PART, dir=path.parent))
    _unfinished.add(part)
    try:
        yield part
        part.chmod(0o777 & ~_umask())
        part.rename(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        _unfinished.discard(part)


def _umask() -> int:
    """What new folders may not be, which can only be read by setting it."""
    os.umask(mask := os.umask(0o077))
    return mask


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all."""
    data = content.encode() if isinstance(content, str) else content
    with unfinished(path) as part, part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def discard() -> None:
    """Remove what is unfinished now; for who ends the process."""
    for part in list(_unfinished):
        with suppress(OSError):
            shutil.rmtree(part) if part.is_dir() else part.unlink(missing_ok=True)
