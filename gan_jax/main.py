"""`python -m gan_jax.main --config=configs/wgan_gp.py`: flags, a verb, nothing else."""

# ruff: noqa: E402
import os
import sys

if not __package__:
    # Run as a file: its folder, where a typing.py lies, must not stand before Python's.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

import contextlib
import signal
from collections.abc import Callable, Sequence
from types import FrameType
from typing import NoReturn

from gan_jax import heap
from gan_jax.errors import BadInput, one_line, told
from gan_jax.verbs import VERBS, given

SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1")
"""What ends a command; a training that goes on listens for itself, and saves."""


def main(argv: Sequence[str]) -> int:
    """Run a verb; 2, after one line on stderr, for input the user can mend."""
    return _answered(argv, _Leave())


def run() -> NoReturn:
    """The console script; it finds modules in this folder, as `python -m` does.

    A signal ends it with one line and 128 more than its number; a training is saved.
    """
    if not {"", os.getcwd()} & set(sys.path):
        sys.path.insert(0, os.getcwd())
    heap.keep_freed()
    leave = _Leave()
    leave.listen()
    # What a library meets where it cannot raise, it raises for who waits for it, too.
    sys.unraisablehook = lambda met: None
    status = _answered(sys.argv[1:], leave)
    leave.ignore()  # all is done; Python and its libraries may end in peace
    sys.exit(status)


class _Leave:
    """Makes signals end the process at once, where no training listens.

    No exception is raised for them: what it interrupts (an import, a library in C, a
    clean-up) might swallow it, or tell of it in twenty lines. What is ignored on purpose
    (`nohup`, a shell's background) stays so.

    Attributes:
        last: what is done before the end.
    """

    def __init__(self) -> None:
        self.last: Callable[[], None] = lambda: None
        self._numbers: list[int] = []
        self._leaving = False

    def listen(self) -> None:
        for number in (getattr(signal, n) for n in SIGNALS if hasattr(signal, n)):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._leave)
                self._numbers.append(number)

    def ignore(self) -> None:
        for number in self._numbers:
            signal.signal(number, signal.SIG_IGN)

    def _leave(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self._leaving:
            return
        self._leaving = True
        self.last()
        with contextlib.suppress(Exception):  # it may stand in the middle of a flush
            sys.stdout.flush()
        with contextlib.suppress(OSError):
            os.write(2, f"gan_jax: stopped by signal {int(number)}\n".encode())
        os._exit(128 + number)


def _answered(argv: Sequence[str], leave: _Leave) -> int:
    """The status of a command line, after its line on stderr where it has one."""
    try:
        _tolerant()
        verb, command = given(VERBS, __doc__, argv)
        _start(bool(command.flags.distributed), leave)
        verb.run(command)
        sys.stdout.flush()
    except BadInput as error:
        print(f"gan_jax: {one_line(str(error))}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        _silence()  # whoever read what was said has gone
        return 128 + 13  # as of a program that SIGPIPE ended
    return 0


def _tolerant() -> None:
    """A name that the terminal cannot show must not undo the work before it."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started this
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _silence() -> None:
    """Nothing more is said where nobody reads, nor is that an error at the end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _start(distributed: bool, leave: _Leave) -> None:
    import jax

    from gan_jax.cache import keep_programs
    from gan_jax.run.files import discard

    leave.last = discard

    keep_programs()  # what one run compiled, the next of the same config finds
    try:
        if distributed:
            jax.distributed.initialize()
        jax.devices()
    except Exception as error:  # also assertions, where a platform has no driver
        asked = os.environ.get("JAX_PLATFORMS", "")
        raise BadInput(
            f"JAX finds no device (JAX_PLATFORMS={asked}): {told(error)}",
            "see JAX_PLATFORMS, or leave --distributed",
        ) from error


if __name__ == "__main__":
    run()
