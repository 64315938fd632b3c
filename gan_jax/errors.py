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
