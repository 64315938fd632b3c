"""What a command line asks of a model: numbers as they are, pictures from a folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import data, rng
from gan_jax.asks import Ask
from gan_jax.errors import BadInput
from gan_jax.evaluation.references import examples


def asked(
    asks: Mapping[str, Ask], values: Mapping[str, Any], num: int | None
) -> tuple[dict[str, Any], int | None]:
    """The values of `--ask.NAME=VALUE`, and how many samples they are for.

    A picture is asked for by a folder: its pictures, in order, made of the wanted size.

    Args:
        asks: of the model.
        values: as given.
        num: samples wanted; None for as many as there are pictures.

    Raises:
        BadInput: the folder has fewer pictures than samples are wanted.
    """
    found = dict(values)
    for name, value in values.items():
        if isinstance(value, str) and name in asks and len(asks[name].shape) == 3:
            found[name] = _pictures(asks[name], name, value, num)
            num = len(found[name])
    return found, num


def _pictures(ask: Ask, name: str, folder: str, num: int | None) -> np.ndarray:
    h, w, c = ask.shape
    if c not in (1, 3, 4):
        raise BadInput(f"--ask.{name}: {c} channels are no picture", "ask from Python")
    opened = data.folder(str(Path(folder)), size=(h, w), channels=c)
    there = opened.size or 0
    count = there if num is None else num
    if count > there:
        raise BadInput(
            f"--ask.{name}={folder} holds {there} pictures, not {count}", "change --num"
        )
    pixels = examples(opened, np.arange(count))["sample"]
    keys = rng.deal(jax.random.key(0), count)
    return np.asarray(data.scale()(jnp.asarray(pixels), keys))
