"""Runs a command line as the program would, in a worker that may hang or die."""

import contextlib
import io
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from experiments.bad_input.inputs import Input

LIMIT = 90.0
"""Seconds that an answer may take."""
ANSWERED, ACCEPTED = "refused in one line", "accepted"
STOPPED = "begun, stopped in one line"
"""A training whose numbers were no longer finite: its last sound step is kept."""
DIVERGED = ("gan_jax: training diverged", "gan_jax: nothing is saved at step")
FAULTS = (
    "hang",
    "death",
    "traceback",
    "status",
    "no one line",
    "left behind",
    "accepted what is bad",
    "refused what is good",
)


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        status: the exit status; None where there was none.
        said: on stderr.
        left: paths of the world that are there now, or differ, and should not.
        seconds: it took.
    """

    status: int | None
    said: str
    left: tuple[str, ...]
    seconds: float


def verdict(given: Input, answer: Answer) -> str:
    """`ANSWERED`, `ACCEPTED`, `STOPPED`, or what is wrong: one of `FAULTS`."""
    said = answer.said.splitlines()
    if answer.seconds >= LIMIT:
        return "hang"
    if "Traceback (most recent call last)" in answer.said:
        return "traceback"
    if answer.status is None or answer.status < 0:
        return "death"
    if answer.status not in (0, 2):
        return "status"
    if answer.left:
        begun = given.chatty and said[-1:] and said[-1].startswith(DIVERGED)
        return STOPPED if begun else "left behind"
    if answer.status == 0:
        return ACCEPTED if given.expect != "bad" else "accepted what is bad"
    *before, last = said or [""]
    one = last.startswith("gan_jax: ") and last.isprintable() and len(last) <= 1500
    if not one or any(line.startswith("gan_jax: ") for line in before):
        return "no one line"
    if before and not given.chatty:
        return "no one line"
    return ANSWERED if given.expect != "good" else "refused what is good"


def picture(world: Path) -> dict[str, tuple[Any, ...]]:
    """Every path of the world, with what tells that it changed."""
    found = {}
    for folder, folders, files in os.walk(world):
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            about = os.lstat(path)
            whole = not os.path.isdir(path)
            stamp = (about.st_size, about.st_mtime_ns) if whole else ()
            found[os.path.relpath(path, world)] = (about.st_mode, *stamp)
    return found


class Bench:
    """A world, and a worker in it that answers command lines one by one.

    Args:
        world: built.
    """

    def __init__(self, world: Path):
        self.world = world
        self._runs = Path(tempfile.mkdtemp(prefix="runs_"))
        shutil.copytree(world / "runs", self._runs / "runs", symlinks=True)
        self._worker: multiprocessing.Process | None = None
        self._pipe: Any = None

    def ask(self, given: Input, process: bool = False) -> Answer:
        """The answer to an input, in the worker, or in a process of its own."""
        scratch = self.world / "scratch"
        scratch.mkdir()
        for name, text in given.files.items():
            content = self._placed(text).encode("utf-8", "surrogateescape")
            (scratch / name).write_bytes(content)
        words = [self._placed(word) for word in given.words]
        before, began = picture(self.world), time.monotonic()
        run = self._subprocess if process else self._in_worker
        status, said = run(words, scratch)
        seconds = time.monotonic() - began
        after = picture(self.world)
        left = self._left(before, after, status)
        shutil.rmtree(scratch)
        if before != after:
            self._restore(after.keys() - before.keys())
        return Answer(status, said, left, seconds)

    def close(self) -> None:
        """End the worker."""
        self._end()
        shutil.rmtree(self._runs)

    def _placed(self, text: str) -> str:
        return text.replace("@W", str(self.world))

    def _left(
        self, before: dict[str, Any], after: dict[str, Any], status: int | None
    ) -> tuple[str, ...]:
        """What a refusal changed; or what even an acceptance must not leave."""
        new = [k for k in {*before, *after} if before.get(k) != after.get(k)]
        if status == 0:
            new = [k for k in new if k.endswith(".part") or k not in after]
        caches = ("__pycache__", "home/.cache")
        return tuple(sorted(k for k in new if not any(c in k for c in caches)))

    def _restore(self, new: Iterable[str]) -> None:
        for path in sorted((self.world / name for name in new), reverse=True):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        shutil.rmtree(self.world / "runs")
        shutil.copytree(self._runs / "runs", self.world / "runs", symlinks=True)

    def _in_worker(self, words: list[str], scratch: Path) -> tuple[int | None, str]:
        if self._worker is None:
            ours, theirs = multiprocessing.get_context("fork").Pipe()
            self._worker = multiprocessing.get_context("fork").Process(  # pyright: ignore
                target=_serve, args=(theirs, str(self.world / "home")), daemon=True
            )
            self._worker.start()
            theirs.close()
            self._pipe = ours
            # The first training of a process compiles: that is nobody's fault.
            ours.send(([f"--config={self.world}/points.py", "--dry-run"], str(scratch)))
            ours.poll(5 * LIMIT)
            ours.recv()
        self._pipe.send((words, str(scratch)))
        try:
            if self._pipe.poll(LIMIT):
                return self._pipe.recv()
        except (EOFError, ConnectionError):
            pass
        self._end()
        return None, ""

    def _subprocess(self, words: list[str], scratch: Path) -> tuple[int | None, str]:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "gan_jax.main", *words],
                cwd=scratch,
                env={**os.environ, "HOME": str(self.world / "home")},
                capture_output=True,
                timeout=LIMIT,
            )
        except subprocess.TimeoutExpired:
            return None, ""
        return done.returncode, done.stderr.decode(errors="backslashreplace")

    def _end(self) -> None:
        if self._worker is not None and self._worker.pid:
            os.kill(self._worker.pid, signal.SIGKILL)
            self._worker.join()
        self._worker = None


def _serve(pipe: Connection, home: str) -> None:
    """Answer command lines until the pipe closes."""
    os.environ["HOME"] = home
    from gan_jax.main import main

    # Should memory run out after all, this process goes, and no other.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    while True:
        try:
            words, scratch = pipe.recv()
        except EOFError:
            return
        os.chdir(scratch)
        with _captured() as said:
            try:
                status = main(words)
            except SystemExit as error:
                status = error.code if isinstance(error.code, int) else 1
            except BaseException:
                traceback.print_exc()
                status = 1
        os.chdir("/")
        pipe.send((status, said()))


@contextlib.contextmanager
def _captured() -> Iterator[Any]:
    """Take what is written to the descriptors 1 and 2, also by libraries in C."""
    with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as out:
        kept = os.dup(1), os.dup(2)
        own = sys.stdout, sys.stderr
        os.dup2(out.fileno(), 1)
        os.dup2(file.fileno(), 2)
        sys.stdout = io.TextIOWrapper(os.fdopen(os.dup(1), "wb"), write_through=True)
        sys.stderr = io.TextIOWrapper(os.fdopen(os.dup(2), "wb"), write_through=True)
        text: list[str] = []
        try:
            yield lambda: text[0]
        finally:
            for stream in (sys.stdout, sys.stderr):  # others may hold on to them
                with contextlib.suppress(OSError, ValueError):
                    stream.flush()
            sys.stdout, sys.stderr = own
            for number, descriptor in enumerate(kept, start=1):
                os.dup2(descriptor, number)
                os.close(descriptor)
            file.seek(0)
            text.append(file.read().decode(errors="backslashreplace"))
