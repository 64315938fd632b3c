"""Bodies of requests, checked: JSON in, or one clear message."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from gan_jax.asks import requested
from gan_jax.bundle import Bundle
from gan_jax.bundle.opening import SAMPLE
from gan_jax.errors import BadInput, brief, shown

FORMATS = ("png", "npz", "json")
OWN = ("num", "seed", "start", "format")
"""Fields of a request beside the asks; `labels` and `truncation` as in Python."""


class Wanted(NamedTuple):
    """A request for samples.

    Attributes:
        num: how many.
        seed: of them.
        start: the first one's place among those of the seed.
        format: of the answer.
        asked: as it was said, by name.
        inputs: of the program, [num, ...].
    """

    num: int
    seed: int
    start: int
    format: str
    asked: dict[str, Any]
    inputs: dict[str, np.ndarray]


def body(content: bytes) -> dict[str, Any]:
    """A JSON object.

    Raises:
        BadInput: it is none.
    """
    try:
        found = json.loads(content or b"{}", parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"the body is no JSON: {brief(str(error), 100)}") from error
    if not isinstance(found, dict):
        raise BadInput(f"the body is {shown(found, 40)}", "wanted a JSON object")
    return found


def wanted(bundle: Bundle, told: Mapping[str, Any], most: int) -> Wanted:
    """A request for samples.

    Args:
        bundle: that is asked.
        told: the body.
        most: samples of one request.

    Raises:
        BadInput: with what is wrong.
    """
    num, seed = _whole(told, "num", 1, 1, most), _whole(told, "seed", 0, 0, 2**32 - 1)
    start = _whole(told, "start", 0, 0, 2**31 - 1 - num)
    form = told.get("format", "png")
    if form not in FORMATS:
        raise BadInput(f"format={shown(form, 40)}", f"wanted {', '.join(FORMATS)}")
    if form == "png" and len(bundle.facts.shape) != 3:
        if "format" in told:
            raise BadInput("points are no pictures", "format=npz or json")
        form = "json"
    asked = {name: x for name, x in told.items() if name not in OWN}
    for name, x in asked.items():
        if isinstance(x, bool | dict):
            raise BadInput(
                f"{name[:40]}={shown(x, 40)}", "wanted a number, or one each"
            )
    names = dict(asked)
    labels, truncation = names.pop("labels", None), names.pop("truncation", None)
    given = requested(bundle.asks, num, seed, labels, truncation, names)
    specs = bundle.signatures[SAMPLE].inputs
    given = {name: x for name, x in given.items() if name in specs}
    places = {"index": np.arange(start, start + num), "seed": np.full(num, seed)}
    given |= {name: x for name, x in places.items() if name in specs}
    return Wanted(num, seed, start, form, asked, bundle.inputs(SAMPLE, given))


def named_inputs(
    bundle: Bundle, name: str, told: Mapping[str, Any], most: int
) -> dict[str, np.ndarray]:
    """The inputs of another program than `sample`.

    Raises:
        BadInput: with what is wrong.
    """
    if name not in bundle.programs:
        raise BadInput(
            f"this model has no function {shown(name, 40)}",
            f"it has {', '.join(bundle.programs)}",
        )
    given = {}
    for key, x in told.items():
        if key == "format":
            continue
        try:
            array = np.asarray(x, np.float64)
        except (ValueError, TypeError, OverflowError) as error:
            raise BadInput(f"{key[:40]}={shown(x, 40)}", "wanted numbers") from error
        if not np.isfinite(array).all() or np.abs(array).max(initial=0) >= 2**32:
            raise BadInput(f"{key[:40]} holds a number out of range")
        if array.ndim and not 1 <= len(array) <= most:
            raise BadInput(f"{key[:40]} has {len(array)} rows", f"1 to {most}")
        given[key] = array
        ask = bundle.asks.get(key)
        below = ask.below if ask is not None and array.size else 0
        if below and not 0 <= array.min() <= array.max() < below:
            raise BadInput(f"{key} is out of range", f"0 to {below - 1}")
    if not any(x.ndim for x in given.values()):
        raise BadInput("no rows", f"give {', '.join(bundle.signatures[name].inputs)}")
    try:
        return bundle.inputs(name, given)
    except (ValueError, OverflowError) as error:
        raise BadInput(brief(str(error), 200)) from error


def _whole(told: Mapping[str, Any], name: str, usual: int, low: int, high: int) -> int:
    x = told.get(name, usual)
    if type(x) is not int or not low <= x <= high:
        raise BadInput(
            f"{name}={shown(x, 40)}", f"wanted a whole number, {low} to {high}"
        )
    return x


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no number")
