"""Files that are written whole or not at all: a part beside them first, then a rename.

What is unfinished is known, so that a process that must end at once can remove it; of
one that is killed, `Workdir.sweep` removes it later.
"""

import os
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
            part.unlink(missing_ok=True)
