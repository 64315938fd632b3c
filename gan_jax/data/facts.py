"""What a game may know of its data: a few numbers, and never an example.

They stand in a run's `config.json`, so that a model can be built, loaded and sampled
without its data set.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from gan_jax.errors import BadInput


class Spec(NamedTuple):
    """Of one example of an array, as a loss sees it."""

    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Facts:
    """The form of the examples, and how often each class is drawn.

    Attributes:
        shape: of a sample: (h, w, c), or (2,) for points.
        classes: names of the labels 0, 1, ...; () when unlabelled.
        frequencies: how often each class is drawn, as counts; () where nobody counted.
        arrays: the batch's arrays besides `sample` and `label`.
    """

    shape: tuple[int, ...]
    classes: tuple[str, ...] = ()
    frequencies: tuple[int, ...] = ()
    arrays: Mapping[str, Spec] = field(default_factory=dict, hash=False)

    def to_json(self) -> dict[str, Any]:
        """As lists, dicts, strings and whole numbers."""
        return {
            "shape": list(self.shape),
            "classes": list(self.classes),
            "frequencies": list(self.frequencies),
            "arrays": {
                name: {"shape": list(spec.shape), "dtype": spec.dtype}
                for name, spec in self.arrays.items()
            },
        }

    @classmethod
    def from_json(cls, record: Any) -> "Facts":
        """The facts of a record that may hold other things beside them.

        Args:
            record: as `to_json` made it, or as older runs did, which wrote fewer
                fields: those take their defaults.

        Raises:
            BadInput: a field is missing or is not what it should be.
        """
        if not isinstance(record, Mapping):
            raise _malformed("data", record, "a record")
        if "shape" not in record:
            raise BadInput("data.shape is missing", "restore the record of the data")
        given = {
            f.name: record[f.name] for f in dataclasses.fields(cls) if f.name in record
        }
        facts = cls(
            **{name: _READ[name](f"data.{name}", x) for name, x in given.items()}
        )
        if not facts.shape:
            raise _malformed("data.shape", record["shape"], "a list of sizes")
        if facts.frequencies and len(facts.frequencies) != len(facts.classes):
            raise BadInput(
                f"data.frequencies has {len(facts.frequencies)} numbers for "
                f"{len(facts.classes)} classes",
                "restore the record of the data",
            )
        return facts


def _sizes(path: str, value: Any, least: int = 1) -> tuple[int, ...]:
    """Whole numbers from `least` on."""
    listed = isinstance(value, list | tuple)
    # `type`, not `isinstance`: True is no size.
    if not listed or any(type(x) is not int or x < least for x in value):
        raise _malformed(path, value, f"a list of whole numbers from {least} on")
    return tuple(value)


def _counts(path: str, value: Any) -> tuple[int, ...]:
    return _sizes(path, value, least=0)


def _names(path: str, value: Any) -> tuple[str, ...]:
    listed = isinstance(value, list | tuple)
    if not listed or not all(isinstance(x, str) for x in value):
        raise _malformed(path, value, "a list of names")
    return tuple(value)


def _specs(path: str, value: Any) -> dict[str, Spec]:
    if not isinstance(value, Mapping):
        raise _malformed(path, value, "a record of arrays")
    return {str(name): _spec(f"{path}.{name}", x) for name, x in value.items()}


def _spec(path: str, value: Any) -> Spec:
    if not isinstance(value, Mapping) or not {"shape", "dtype"} <= value.keys():
        raise _malformed(path, value, "a record of shape and dtype")
    dtype = value["dtype"]
    try:
        known = isinstance(dtype, str) and np.dtype(dtype).kind in "biuf"
    except TypeError:
        known = False
    if not known:
        raise _malformed(f"{path}.dtype", dtype, "a type of numbers")
    return Spec(_sizes(f"{path}.shape", value["shape"]), dtype)


_READ: dict[str, Callable[[str, Any], Any]] = {
    "shape": _sizes,
    "classes": _names,
    "frequencies": _counts,
    "arrays": _specs,
}


def _malformed(path: str, value: Any, wanted: str) -> BadInput:
    shown = repr(value)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
    return BadInput(
        f"{path} is {shown}, not {wanted}", "restore the record of the data"
    )
