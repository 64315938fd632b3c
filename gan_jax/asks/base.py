"""What a trained game can be asked for: a class, a picture, less variety.

A game declares its asks; `gan.sample`, pictures while training, evaluation, ensembles
and the command line all read this declaration, and `checked` is the one place where what
a person asked for is held against it.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import rng
from gan_jax.errors import BadInput
from gan_jax.typing import Keys

Asked = Mapping[str, jax.Array | np.ndarray]
"""By the name of the ask, an array [b, *shape]."""


@dataclass(frozen=True)
class Ask:
    """One thing that a trained game can be asked for, example by example.

    Attributes:
        shape: of what is asked for one example; () for a number.
        dtype: `float32`, or `int32` for what is counted.
        drawn: `keys [b] -> [b, *shape]`, what stands there when nobody asks; None where
            it must be given.
        data: the array of the batch that is it for real examples; "" where none is.
        below: bound of integers, which count from 0.
        within: the least and the largest number that may be asked for.
        law: how `drawn` draws, in a word, for the stamp of a score.
        names: of the integers, by which they may be asked for as well.

    Raises:
        ValueError: nothing is drawn and the data hold nothing either, so that nobody
            could draw pictures while training.
    """

    shape: tuple[int, ...] = ()
    dtype: str = "float32"
    drawn: Callable[[Keys], jax.Array] | None = None
    data: str = ""
    below: int = 0
    within: tuple[float, float] | None = None
    law: str = ""
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an ask that nothing answers."""
        if self.drawn is None and not self.data:
            raise ValueError("an ask is drawn, or stands in the data")


def filled(asks: Mapping[str, Ask], keys: Keys, asked: Asked) -> dict[str, Any]:
    """Every ask answered: as asked, else drawn from the examples' keys.

    Args:
        asks: of a game, by name.
        keys: of the examples, [b].
        asked: some of them, each [b, *shape].

    Raises:
        ValueError: one that must be given is not.
    """
    answers: dict[str, Any] = {}
    for name, ask in asks.items():
        if name in asked:
            answers[name] = asked[name]
        elif ask.drawn is None:
            raise ValueError(f"{name} must be given")
        else:
            answers[name] = ask.drawn(rng.stream(keys, "ask", name))
    return answers


def checked(
    asks: Mapping[str, Ask], asked: Mapping[str, Any], num: int
) -> dict[str, np.ndarray]:
    """What a person asked for, as arrays [num, *shape].

    Args:
        asks: of the game, by name.
        asked: by name, one value for all examples or one for each; None as if absent.
        num: of examples.

    Raises:
        BadInput: no such ask, values of another shape, type or range, or one that must
            be given is not.
    """
    given = {name: value for name, value in asked.items() if value is not None}
    for name in given:
        if name not in asks:
            known = ", ".join(asks) or "nothing"
            near = difflib.get_close_matches(name, list(asks), n=1)
            raise BadInput(
                f"this model cannot be asked for {name!r}",
                f"did you mean {near[0]}?" if near else f"it can be asked for {known}",
            )
    for name, ask in asks.items():
        if ask.drawn is None and name not in given:
            raise BadInput(f"this model needs {name} of every sample", f"give {name}")
    return {name: _array(asks[name], name, x, num) for name, x in given.items()}


def _array(ask: Ask, name: str, value: Any, num: int) -> np.ndarray:
    try:
        array = np.asarray(value)
    except ValueError as error:  # rows of different lengths
        raise BadInput(f"{name}: {error}", "give one value, or one for each") from error
    if array.dtype.kind in "US" and ask.names:
        array = _numbered(ask, name, array)
    wanted = jnp.dtype(ask.dtype)
    if array.dtype.kind not in ("iu" if wanted.kind == "i" else "iuf"):
        kind = "whole numbers" if wanted.kind == "i" else "numbers"
        raise BadInput(f"{name}={value!r}", f"wanted {kind}")
    if ask.below and array.size and not 0 <= array.min() <= array.max() < ask.below:
        odd = array[(array < 0) | (array >= ask.below)].flat[0]
        raise BadInput(f"{name}={odd} is out of range", f"0 to {ask.below - 1}")
    if not np.isfinite(array).all():
        raise BadInput(
            f"{name} holds a number that is not finite", "wanted finite ones"
        )
    if ask.within is not None and array.size:
        least, most = ask.within
        odd = array[(array < least) | (array > most)]
        if odd.size:
            raise BadInput(
                f"{name}={odd.flat[0]} is out of range", f"{least:g} to {most:g}"
            )
    array = array.astype(wanted)
    if array.shape == ask.shape:  # one for all: a view, that takes no memory
        array = np.broadcast_to(array, (num, *ask.shape))
    if array.shape != (num, *ask.shape):
        raise BadInput(
            f"{name} has the shape {array.shape}",
            f"wanted {ask.shape or 'one number'} for all, or {(num, *ask.shape)}: one "
            f"for each of {num} samples",
        )
    return array


def _numbered(ask: Ask, name: str, words: np.ndarray) -> np.ndarray:
    """Names of classes as their numbers."""
    places = {word: i for i, word in enumerate(ask.names)}
    for word in words.flat:
        if str(word) not in places:
            near = difflib.get_close_matches(str(word), ask.names, n=3)
            some = ", ".join(near or ask.names[:5])
            raise BadInput(f"{name}={word} is no class", f"there is {some}")
    numbers = [places[str(word)] for word in words.flat]
    return np.asarray(numbers, np.int32).reshape(words.shape)
