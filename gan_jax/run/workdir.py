"""A run's folder: config.json, checkpoints/, metrics.jsonl, samples/, report.png.

Files are written whole or not at all (a temporary file, then a rename), and a torn last
line of metrics.jsonl, as a kill can leave, is cut away on resume together with every
line past the restored step.
"""

import errno
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from gan_jax.data.paths import expand
from gan_jax.errors import BadInput, shown
from gan_jax.run.files import PART, write

try:
    import fcntl
except ImportError:  # not on this system: two trainings of one workdir go unnoticed
    fcntl = None

RECORD: Mapping[str, tuple[type, Any]] = {
    "config": (dict, None),
    "data": (dict, None),
    "id": (str, ""),
    "arithmetic": (int, 1),
    "x64": (bool, False),
    "weights": (dict, {}),
    "provenance": (dict, {}),
    "sha256": (str, ""),
}
"""What config.json holds: each field's type, and what older runs, which lack it, mean;
None where none does."""
UNFINISHED = ".orbax-checkpoint-tmp"
"""Stands in the name of a checkpoint that is being written."""


class Workdir:
    """The paths and small files of a run.

    Raises:
        BadInput: no folder can be there, or be looked at.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = expand(Path(path))
        try:
            (self.path / "config.json").exists()
        except (OSError, ValueError) as error:  # too long, not allowed, no path at all
            why = getattr(error, "strerror", None) or error
            raise BadInput(f"workdir {self.path}: {why}", "name another") from error
        self.config = self.path / "config.json"
        self.checkpoints = self.path / "checkpoints"
        self.metrics = self.path / "metrics.jsonl"
        self.samples = self.path / "samples"
        self.tensorboard = self.path / "tensorboard"
        self.report = self.path / "report.png"
        self.weights = self.path / "weights"

    def holds_run(self) -> bool:
        """Whether a run was begun here."""
        return self.config.is_file()

    def check_free(self) -> None:
        """Whether a run may begin here.

        Raises:
            BadInput: what a run has left lies here, and its config.json does not; or
                something else lies where that is to be.
        """
        if os.path.lexists(self.config):
            raise BadInput(
                f"{self.config} is no regular file",
                "remove it, or take another --workdir",
            )
        steps = self.checkpoints.is_dir() and any(self.checkpoints.iterdir())
        if steps or (self.metrics.is_file() and self.metrics.stat().st_size):
            raise BadInput(
                f"{self.path} holds what a run has left, and no config.json",
                "restore that, or take another --workdir",
            )

    def create(self, record: Mapping[str, Any]) -> None:
        """Begin a run: make the folder and write config.json.

        Raises:
            BadInput: the folder cannot be written.
        """
        try:
            self.samples.mkdir(parents=True, exist_ok=True)
            signed = {**record, "sha256": _digest(record)}
            write(self.config, json.dumps(signed, indent=2) + "\n")
        except OSError as error:
            raise BadInput(
                f"workdir {self.path} cannot be written ({error.strerror})",
                "choose another with --workdir",
            ) from error

    def record(self) -> dict[str, Any]:
        """What config.json holds: `config`, `data`, `provenance` and more.

        Raises:
            BadInput: no run here, or the file is not what a run writes.
        """
        if not self.holds_run():
            raise BadInput(
                f"{self.path} holds no run (no config.json)",
                "train one first, or point --workdir at a run",
            )
        try:
            record = json.loads(self.config.read_text())
        except OSError as error:
            raise BadInput(
                f"{self.config} cannot be read ({error.strerror})"
            ) from error
        except (ValueError, RecursionError) as error:
            raise BadInput(
                f"{self.config} is damaged ({error})", "restore it"
            ) from error
        for name, (kind, default) in RECORD.items():
            if not isinstance(record, dict) or name not in record and default is None:
                raise BadInput(f"{self.config} is no run's: no {name!r}", "restore it")
            if type(found := record.get(name, default)) is not kind:
                raise BadInput(
                    f"{self.config} is no run's: {name} is {shown(found)}", "restore it"
                )
        return record

    def tell_if_altered(self, record: Mapping[str, Any]) -> None:
        """Say on stderr if config.json is not what a run wrote there.

        A flipped digit in it is a number like any other; by hand, it is meant.
        """
        if record.get("sha256", "") not in ("", _digest(record)):
            print(
                f"{self.config} is not what was written (by hand, or damaged); what is "
                "there is taken as it is",
                file=sys.stderr,
            )

    @contextmanager
    def locked(self, first: bool = True) -> Iterator[None]:
        """Hold the folder for one training alone.

        Args:
            first: whether this is the first process of the training; others do not ask.

        Raises:
            BadInput: another training goes on here, or the folder cannot be written.
        """
        if not first:
            yield
            return
        lock = self.path / ".lock"
        made = [path for path in (lock, self.path) if not path.exists()]
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            file = lock.open("a")
        except OSError as error:
            raise BadInput(
                f"workdir {self.path} cannot be written ({error.strerror})",
                "choose another with --workdir",
            ) from error
        with file:
            if not _held(file, lock):
                raise BadInput(
                    f"another process trains in {self.path}",
                    "wait for it, or take another --workdir",
                )
            try:
                yield
            except BadInput:  # of a run that was refused, nothing stays
                _remove(made)
                raise

    def sweep(self) -> None:
        """Remove what a killed process left unfinished: parts of files, half saves.

        For who holds the folder alone (`locked`).
        """
        for folder in (self.path, self.samples, self.weights):
            for part in folder.glob(f"*{PART}"):
                if part.is_file():
                    part.unlink()
        for unfinished in self.checkpoints.glob(f"*{UNFINISHED}*"):
            shutil.rmtree(unfinished, ignore_errors=True)

    def append(self, line: Mapping[str, Any]) -> None:
        """Add a line to metrics.jsonl, on disk before this returns."""
        with self.metrics.open("a") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def lines(self) -> list[dict[str, Any]]:
        """The lines of metrics.jsonl; one torn by a kill, at its end, is left out.

        Raises:
            BadInput: another line is not what a run writes; it is named.
        """
        return read_lines(self.metrics, "step")[0]

    def cut(self, step: int) -> None:
        """Drop the metrics past a step, so that no step stands in the file twice.

        A torn last line is cut, too, and said.

        Raises:
            BadInput: as `lines`.
        """
        lines, torn = read_lines(self.metrics, "step")
        if torn:
            print(f"{self.metrics}: the torn last line was cut", file=sys.stderr)
        kept = [json.dumps(line) + "\n" for line in lines if line["step"] <= step]
        write(self.metrics, "".join(kept))


def _digest(record: Mapping[str, Any]) -> str:
    """Of what config.json says, but for the digest itself."""
    rest = {name: value for name, value in record.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _held(file: IO[str], lock: Path) -> bool:
    """Whether an opened file is locked for this process, and still the one there."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(file.fileno()), os.stat(lock))
    except (BlockingIOError, FileNotFoundError):
        return False
    except OSError:  # a file system without locks
        return True


def _remove(made: list[Path]) -> None:
    """Remove a file and its folder, where they were made, and the folder is empty."""
    for path in made:
        with suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink()


UNWRITABLE = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EFBIG,
    errno.EIO,
)
"""What a disk says that is full, read-only, somebody else's or broken."""


@contextmanager
def reported(workdir: Workdir) -> Iterator[None]:
    """Turn what a disk says, from however deep below, into one line.

    Raises:
        BadInput: in place of such an error.
    """
    try:
        yield
    except BadInput:
        raise
    except Exception as error:
        reason = _of_disk(error, workdir.path)
        if reason is None:
            raise
        raise BadInput(
            f"workdir {workdir.path} cannot be written ({reason})",
            "the same command resumes from the last sound checkpoint, once it can",
        ) from error


def _of_disk(error: BaseException | None, folder: Path) -> str | None:
    """The disk's own words in an error or in what led to it; libraries wrap them.

    What stands in the way of a file in the folder is named, whatever it is.
    """
    seen: list[BaseException | None] = []
    while error is not None and error not in seen:
        seen.append(error)
        if isinstance(error, OSError) and error.errno in UNWRITABLE:
            return os.strerror(error.errno)
        if isinstance(error, OSError) and str(folder) in str(error.filename):
            return f"{error.strerror}: {error.filename}"
        said = [os.strerror(code) for code in UNWRITABLE]
        if found := next((words for words in said if words in str(error)), None):
            return found
        for inner in getattr(error, "exceptions", ()):
            if found := _of_disk(inner, folder):
                return found
        error = error.__cause__ or error.__context__
    return None


def read_lines(path: Path, number: str) -> tuple[list[dict[str, Any]], bool]:
    """The JSON objects of a file, one a line, and whether its last line is torn.

    Args:
        path: of the file; none there is as good as an empty one.
        number: a field that every line has, a whole number.

    Raises:
        BadInput: a line before the last is none, or the file cannot be read.
    """
    if not path.exists():
        return [], False
    try:
        texts = path.read_text(errors="replace").split("\n")
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror})") from error
    lines = []
    *whole, rest = texts  # what stands behind the last newline was never finished
    for place, text in enumerate(whole, start=1):
        try:
            line = json.loads(text)
            sound = isinstance(line, dict) and type(line.get(number)) is int
        except (ValueError, RecursionError):
            line, sound = text, False
        if not sound:
            if place == len(whole) and not rest:
                return lines, True
            raise BadInput(
                f"{path}, line {place} is none of a run's: {shown(line)}",
                "restore the file, or remove the line",
            )
        lines.append(line)
    return lines, bool(rest)
