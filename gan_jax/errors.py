"""The one kind of error that is the user's to mend."""

from typing import Any


class BadInput(Exception):
    """Input that cannot be used: says what is wrong, where, and what to do.

    `python -m gan_jax.main` prints it as one line and exits with status 2; code that
    calls the library catches it like any exception.

    Args:
        what: what is wrong, naming the place (a config path, a file, a step).
        todo: what the user can do about it.
    """

    def __init__(self, what: str, todo: str = ""):
        self.what, self.todo = what, todo
        super().__init__(f"{what}; {todo}" if todo else what)


def one_line(text: str, most: int = 1500) -> str:
    """A text on one line that a terminal shows as it is, its middle cut if it is long.

    What breaks lines or moves cursors, and bytes that are no UTF-8, is escaped.
    """
    text = " ".join(text.split())
    if len(text) > most:
        text = f"{text[: 2 * most // 3]} ... {text[-most // 4 :]}"
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def brief(text: str, most: int = 60) -> str:
    """A text on one line, and cut where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 3]}..."


def shown(value: Any, most: int = 60) -> str:
    """A value as a message shows it."""
    try:
        return brief(repr(value), most)
    except Exception:  # what a user hands in may refuse even that, or be too deep
        return f"a {type(value).__name__}"


def told(error: BaseException) -> str:
    """What an error says; its name where it says nothing, or even that fails."""
    try:
        return str(error) or type(error).__name__
    except Exception:
        return type(error).__name__
