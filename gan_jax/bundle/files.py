"""The files of a bundle: what they are called, and that they are what was written."""

import hashlib
import json
from pathlib import Path
from typing import Any

from gan_jax.data.paths import expand, readable
from gan_jax.errors import BadInput

CARD, README, PICTURE = "card.json", "README.md", "picture.png"
WEIGHTS, EXAMPLE = "weights.safetensors", "example.npz"
PROGRAM, ONNX = ".stablehlo", ".onnx"
"""How the names of programs end; they begin with that of the function."""
VERSION = 1
"""Of what a bundle holds; a later one is refused."""


def is_bundle(path: str | Path) -> bool:
    """Whether a bundle lies in this folder."""
    try:
        folder = expand(path)
        return (folder / CARD).is_file() and not (folder / "config.json").exists()
    except (BadInput, OSError, ValueError):
        return False


def read_card(path: str | Path) -> dict[str, Any]:
    """The card of a bundle.

    Raises:
        BadInput: it cannot be read, or is none of a bundle this code knows.
    """
    file = expand(path) / CARD
    with readable(file):
        text = file.read_text(errors="replace")
    try:
        card = json.loads(text)
        version = card["gan_jax_bundle"]
        known = {"format", "asks", "data", "functions", "files"} <= card.keys()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(f"{file} is no card of a bundle", "export it again") from error
    if type(version) is not int or version > VERSION or not known:
        raise BadInput(
            f"{file} is of another version ({version!r})", "use a newer gan_jax"
        )
    return card


def read(folder: Path, name: str, card: dict[str, Any]) -> bytes:
    """A file of a bundle, verified.

    Raises:
        BadInput: it is missing, or not what the card says.
    """
    with readable(folder / name):
        content = (folder / name).read_bytes()
    if hashlib.sha256(content).hexdigest() != card["files"].get(name):
        raise BadInput(
            f"{folder / name} is not what the card says", "export or copy it again"
        )
    return content
