"""The pictures of a folder in order, their classes, and what was passed over."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gan_jax.data import pictures
from gan_jax.data.paths import readable, shown
from gan_jax.errors import BadInput

_KINDS_TOLD = 5
_SEARCHED = 200
"""Folders looked through for pictures that lie too deep."""


class Listing(NamedTuple):
    """What a folder holds."""

    files: list[Path]
    label: np.ndarray | None
    """int32 [n], or None where the folder is flat."""
    classes: tuple[str, ...]
    note: str
    """What was passed over; mostly empty."""


class _Folder(NamedTuple):
    pictures: list[Path]
    folders: list[Path]
    passed: Counter[str]


def listing(root: Path) -> Listing:
    """Pictures in natural order (2 before 10), class by class.

    What begins with a dot is hidden, here and in the classes' folders. Anything else
    that is no picture is passed over and counted.

    Raises:
        BadInput: no such folder, no pictures in it or in one of its classes, both
            layouts at once, or the system lets nobody read it.
    """
    with readable(root):
        if not root.is_dir():
            raise BadInput(
                f"{shown(root)} is not a folder", "give the path of one with pictures"
            )
        return _listing(root)


def _listing(root: Path) -> Listing:
    here = _look(root)
    groups = {folder: _look(folder) for folder in here.folders}
    named = {folder: group for folder, group in groups.items() if group.pictures}
    passed = here.passed.copy()
    if here.pictures and named:
        raise BadInput(
            f"{shown(root)} holds pictures ({shown(here.pictures[0].name)}) beside "
            f"subfolders of pictures ({shown(next(iter(named)).name)})",
            "use one of the two layouts",
        )
    if here.pictures:
        passed["subfolder"] += len(here.folders)
        return Listing(here.pictures, None, (), _told(passed))
    for folder, group in groups.items():
        if named and not group.pictures:
            raise _without_pictures(folder, group.passed, "fill or remove it")
        passed += group.passed
        passed["subfolder of a class"] += len(group.folders)
    if not named:
        wanted = (
            f"wanted {' '.join(sorted(pictures.suffixes()))}, or subfolders of them"
        )
        raise _without_pictures(root, passed, wanted)
    counts = [len(group.pictures) for group in named.values()]
    return Listing(
        files=[file for group in named.values() for file in group.pictures],
        label=np.repeat(np.arange(len(counts), dtype=np.int32), counts),
        classes=tuple(shown(folder.name) for folder in named),
        note=_told(passed),
    )


def _look(folder: Path) -> _Folder:
    """One folder; links are followed, and those that lead nowhere passed over."""
    found = _Folder([], [], Counter())
    with os.scandir(folder) as entries:
        for entry in entries:
            path = Path(entry.path)
            if entry.name.startswith("."):
                continue
            if _is(entry, "dir"):
                found.folders.append(path)
            elif not _is(entry, "file"):
                found.passed["broken link or special file"] += 1
            elif path.suffix.lower() in pictures.suffixes():
                found.pictures.append(path)
            else:
                found.passed[shown(path.suffix.lower()) or "file without suffix"] += 1
    return _Folder(_natural(found.pictures), _natural(found.folders), found.passed)


def _is(entry: os.DirEntry[str], kind: str) -> bool:
    try:
        return entry.is_dir() if kind == "dir" else entry.is_file()
    except OSError:  # a link that leads to itself, or where nobody may look
        return False


def _natural(paths: Iterable[Path]) -> list[Path]:
    """Sorted so that numbers inside names count as numbers."""

    def rank(path: Path) -> tuple[list[tuple[int, str]], str]:
        parts = re.split(r"(\d+)", path.name.lower(), flags=re.ASCII)
        return [(int(p), "") if p.isdecimal() else (-1, p) for p in parts], path.name

    return sorted(paths, key=rank)


def _told(passed: Counter[str]) -> str:
    """E.g. `passed over: 20 .tga, 3 .txt, 1 subfolder`."""
    kinds = sorted((-count, kind) for kind, count in passed.items() if count)
    words = [f"{-count} {kind}" for count, kind in kinds[:_KINDS_TOLD]]
    others = -sum(count for count, _ in kinds[_KINDS_TOLD:])
    words += [f"{others} others"] if others else []
    return f"passed over: {', '.join(words)}" if words else ""


def _without_pictures(folder: Path, passed: Counter[str], todo: str) -> BadInput:
    what = f"{shown(folder)} holds no pictures"
    deeper = next(_deeper(folder), None)
    if deeper is not None:
        what += f", but {shown(deeper)} lies deeper"
        todo = (
            f"wanted pictures, or a subfolder of pictures for each class: is it "
            f"{shown(deeper.parent.parent)} or {shown(deeper.parent)}?"
        )
    elif any(passed.values()):
        what += f" ({_told(passed)})"
    return BadInput(what, todo)


def _deeper(folder: Path) -> Iterator[Path]:
    """Pictures further down, of a few folders; links are not followed."""
    waiting = [folder]
    for _ in range(_SEARCHED):
        if not waiting:
            return
        try:
            found = _look(waiting.pop(0))
        except OSError:
            continue
        yield from found.pictures
        waiting += [inner for inner in found.folders if not inner.is_symlink()]
