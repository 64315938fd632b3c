"""`python -m gan_jax.main --config=configs/wgan_gp.py`: flags, a verb, nothing else."""

# ruff: noqa: E402
import os
import sys

if not __package__:
    # Run as a file: its folder, where a typing.py lies, must not stand before Python's.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

import signal
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from gan_jax.errors import BadInput
from gan_jax.verbs import VERBS, given


class Interrupted(BaseException):
    """A signal came where nothing had begun that would have to be saved.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int):
        self.number = number
        super().__init__(f"interrupted by signal {number}: nothing was begun")


def main(argv: Sequence[str]) -> int:
    """Run a verb; 2, after one line on stderr, for input the user can mend.

    A signal ends it with one line and 128 more than its number; a training is saved.
    """
    _tolerant()
    try:
        _listen()
        verb, command = given(VERBS, __doc__, argv)
        _start(bool(command.flags.distributed))
        verb.run(command)
        sys.stdout.flush()
    except BadInput as error:
        print(f"gan_jax: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except Interrupted as error:
        print(f"gan_jax: {error}", file=sys.stderr)
        return 128 + error.number
    except BrokenPipeError:  # whoever read the output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def run() -> NoReturn:
    """The console script; it finds modules in this folder, as `python -m` does."""
    if not {"", os.getcwd()} & set(sys.path):
        sys.path.insert(0, os.getcwd())
    sys.exit(main(sys.argv[1:]))


def _tolerant() -> None:
    """A name that the terminal cannot show must not undo the work before it."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # pyright: ignore


def _listen() -> None:
    def leave(number: int, frame: FrameType | None) -> None:
        del frame
        raise Interrupted(number)

    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), leave)


def _start(distributed: bool) -> None:
    import jax

    from gan_jax.run.cache import cache_folder

    # What one run compiled, the next of the same config finds: resuming starts at once.
    cache = cache_folder()
    if cache and not jax.config.values.get("jax_compilation_cache_dir"):
        jax.config.update("jax_compilation_cache_dir", str(cache))
    try:
        if distributed:
            jax.distributed.initialize()
        jax.devices()
    except (RuntimeError, ValueError) as error:
        raise BadInput(
            f"JAX finds no device: {error}", "see JAX_PLATFORMS, or leave --distributed"
        ) from error


if __name__ == "__main__":
    run()
