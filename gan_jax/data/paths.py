"""Paths as users write them, and as messages show them."""

import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gan_jax.errors import BadInput


def expand(path: str | Path) -> Path:
    """The path, with `~` and `~user` replaced.

    Raises:
        BadInput: whose home that is, nobody knows.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise BadInput(f"{shown(path)}: {error}", "write the path out") from error


def shown(path: str | Path) -> str:
    """A path or a name on one line, in characters that can be printed and stored.

    Names of files are bytes: what is no UTF-8 and what would break the line is
    escaped. Any other name is left as it is.
    """
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    breaks = ("Cc", "Zl", "Zp")  # control characters, separators of lines
    return "".join(
        ascii(c)[1:-1] if unicodedata.category(c) in breaks else c for c in text
    )


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turns what the system refuses into one line that names the file.

    Raises:
        BadInput: in place of an OSError.
    """
    try:
        yield
    except OSError as error:
        where = error.filename if isinstance(error.filename, str) else path
        why = error.strerror or str(error)
        raise BadInput(
            f"cannot read {shown(where)}: {why}", "mend or remove it"
        ) from error
