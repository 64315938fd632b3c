"""The stamp on every score: how it was measured, so that unlike is not compared.

The same generator scores an FID of 26, 37 or 54 by protocol alone. Fields of `Protocol`
fall in two: those that *define* the measurement must agree before two scores may be
compared; those that say where one comes from (`PROVENANCE`) may differ, because they
are what a comparison is made across: two seeds, two commits, two devices.
"""

import dataclasses
import json
import math
from typing import Any

from gan_jax.errors import BadInput

PROVENANCE = ("seed", "commit", "device")
YOUNGER = ("order", "pictures", "how")
"""Fields that scores written before these existed do not have: their defaults hold."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Protocol:
    """How a score was measured."""

    extractor: str
    """The network that made the features, e.g. `"inception-2015-12-05"`."""
    weights: str
    """sha256 of its weights."""
    resize: str
    """e.g. `"tf1-bilinear"`, `"bilinear"`, `"none"`."""
    n_real: int
    split: str
    """Which real samples: `"train"`, `"test"`."""
    n_fake: int
    ema: bool
    """Whether the averaged generator was sampled."""
    batch_norm: str
    """`"none"`, `"running"`, `"batch"` or `"standing"` statistics."""
    truncation: float | str = 1.0
    """Psi; `"varied"` where the samples were asked for at several."""
    labels: str = "none"
    """Where the samples' classes come from: `"none"` where they have none, `"as asked"`,
    or how they are drawn: `"uniform"`, `"marginal"`."""
    checkpoint: str = "last"
    """Which checkpoint: `"last"`, or a selection such as `"best of 50 by FID"`."""
    order: str = "as given"
    """How the samples were ordered before parts of them were taken, e.g. the splits of
    the inception score: `"shuffled"`, by the seed."""
    pictures: str = "as they are"
    """What was done to the pictures of both sides first, e.g. `"64 x 64 by crop"`."""
    how: str = ""
    """What else a number depends on, in its metric's own words, e.g. how long the steps
    of a path are."""
    seed: int = 0
    commit: str = ""
    device: str = ""


@dataclasses.dataclass(frozen=True)
class Score:
    """A named number with its spread and its protocol."""

    name: str
    value: float
    spread: float | None
    """A standard deviation, or None where none was measured."""
    protocol: Protocol

    def to_json(self) -> str:
        """One line of strict JSON; a value that is not finite is written as text."""
        record = dataclasses.asdict(self)
        for field in ("value", "spread"):
            number = record[field]
            if number is not None and not math.isfinite(number):
                record[field] = str(number)
        return json.dumps(record, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Score":
        """The score that `to_json` wrote, now or before `YOUNGER` fields existed.

        Raises:
            BadInput: not JSON, fields missing or unknown, or a value that is no number.
        """
        try:
            record = json.loads(text)
        except ValueError as error:
            raise BadInput(f"not a score: {error}") from error
        _check_fields(record, cls, "score")
        _check_fields(record["protocol"], Protocol, "score's protocol", YOUNGER)
        spread = record["spread"]
        try:
            return cls(
                name=str(record["name"]),
                value=float(record["value"]),
                spread=None if spread is None else float(spread),
                protocol=Protocol(**record["protocol"]),
            )
        except (TypeError, ValueError) as error:
            raise BadInput(f"not a score: {error}") from error


def differences(a: Protocol, b: Protocol) -> dict[str, tuple[Any, Any]]:
    """The defining fields in which two protocols differ, with both values."""
    return {
        name: (getattr(a, name), getattr(b, name))
        for name in _names(Protocol)
        if name not in PROVENANCE and getattr(a, name) != getattr(b, name)
    }


def compare(a: Score, b: Score) -> float:
    """How much more b is than a.

    Raises:
        BadInput: they are of two metrics, or their protocols differ; it says where.
    """
    if a.name != b.name:
        raise BadInput(f"{a.name} and {b.name} are two metrics", "compare like to like")
    unlike = differences(a.protocol, b.protocol)
    if unlike:
        listed = ", ".join(f"{k}: {x!r} and {y!r}" for k, (x, y) in unlike.items())
        raise BadInput(
            f"two {a.name} scores were not measured alike ({listed})",
            "measure one of them again by the other's protocol",
        )
    return b.value - a.value


def _names(cls: type) -> list[str]:
    return [field.name for field in dataclasses.fields(cls)]


def _check_fields(
    record: Any, cls: type, what: str, may_lack: tuple[str, ...] = ()
) -> None:
    if not isinstance(record, dict):
        raise BadInput(f"the {what} is {record!r}, not an object")
    missing = set(_names(cls)) - set(record) - set(may_lack)
    odd = missing | set(record) - set(_names(cls))
    if odd:
        raise BadInput(f"the {what} lacks or should not have {', '.join(sorted(odd))}")
