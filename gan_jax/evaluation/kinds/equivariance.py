"""Whether samples that are asked to move do move as a whole: EQ-T, EQ-T frac, EQ-R.

Karras et al. 2021 (arXiv:2106.12423), section 2 and appendix E, in decibels: every sample
is made twice, as it is and moved, and the second compared with the first, moved here.
Shifts are even between an eighth of the picture to either side, angles over a whole turn.
What is compared is what the generator gives, neither rounded nor cut off.

Departure: the authors move a batch together, of a size that is left open; here it is
`TOGETHER` samples in order.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gan_jax.errors import BadInput
from gan_jax.evaluation.kinds.base import Found, Kind
from gan_jax.evaluation.kinds.evidence import Evidence
from gan_jax.metrics.equivariance import (
    Judged,
    as_if_turned,
    decibels,
    interpolated,
    shifted,
    turned,
)

TOGETHER = 16
"""Samples that are moved alike."""
FARTHEST = 1 / 8
"""Of the picture, either way."""
ROWS = 4
"""Groups that are made at once."""

Draw = Callable[[np.random.Generator, int, int], Any]
"""(random numbers, h, w) -> how a group is moved."""
Ask = Callable[[Any, int, int], Mapping[str, Any]]
"""(how it is moved, h, w) -> what its samples are asked for."""
Compare = Callable[[np.ndarray, np.ndarray, Any], tuple[Judged, Judged]]
"""(samples as they are, samples moved, how) -> what is compared."""


def _whole(draws: np.random.Generator, h: int, w: int) -> tuple[int, int]:
    right, down = _any(draws, h, w)
    return round(right), round(down)


def _any(draws: np.random.Generator, h: int, w: int) -> tuple[float, float]:
    right, down = draws.uniform(-FARTHEST, FARTHEST, 2) * (w, h)
    return float(right), float(down)


def _angle(draws: np.random.Generator, h: int, w: int) -> float:
    del h, w
    return float(draws.uniform(-np.pi, np.pi))


def _translated(how: tuple[float, float], h: int, w: int) -> dict[str, Any]:
    return {"translate": [how[0] / w, how[1] / h]}


def _rotated(how: float, h: int, w: int) -> dict[str, Any]:
    del h, w
    return {"rotate": np.degrees(how)}


def _as_it_is(pictures: np.ndarray) -> Judged:
    return Judged(pictures, np.ones(pictures.shape[1:3], bool))


def _by_whole(still: np.ndarray, moved: np.ndarray, how: Any) -> tuple[Judged, Judged]:
    return shifted(still, *how), _as_it_is(moved)


def _by_any(still: np.ndarray, moved: np.ndarray, how: Any) -> tuple[Judged, Judged]:
    return interpolated(still, *how), _as_it_is(moved)


def _by_angle(still: np.ndarray, moved: np.ndarray, how: Any) -> tuple[Judged, Judged]:
    return turned(still, how), as_if_turned(moved, how)


def _measured(
    evidence: Evidence, name: str, draw: Draw, ask: Ask, compare: Compare
) -> Found:
    maker, count = evidence.model(), len(evidence.samples)
    h, w = evidence.samples.shape[1:3]
    draws = np.random.default_rng((maker.seed, *map(ord, name)))
    squares, compared = 0.0, 0
    for low in range(0, count, ROWS * TOGETHER):
        places = np.arange(low, min(low + ROWS * TOGETHER, count))
        groups = np.split(places, range(TOGETHER, len(places), TOGETHER))
        hows = [draw(draws, h, w) for _ in groups]
        asked: dict[str, list[Any]] = {}
        for group, how in zip(groups, hows, strict=True):
            for ask_name, value in ask(how, h, w).items():
                asked.setdefault(ask_name, []).extend([value] * len(group))
        told = {n: np.asarray(x, np.float32) for n, x in asked.items()}
        still = maker.again(places).astype(np.float64)
        moved = maker.again(places, **told).astype(np.float64)
        for group, how in zip(groups, hows, strict=True):
            own = group - low
            a, b = compare(still[own], moved[own], how)
            both = a.trusted & b.trusted
            difference = (a.pictures - b.pictures)[:, both]
            squares += float(np.square(difference).sum())
            compared += difference.size
    if not compared:
        raise BadInput(f"{name}: no pixel can be judged", "its pictures are too small")
    how = f"moved by {TOGETHER}s, shifts up to {FARTHEST:g}"
    return Found({name: decibels(squares, compared)}, 0, count, "", how)


def _kind(name: str, draw: Draw, ask: Ask, compare: Compare) -> Kind:
    return Kind(
        lambda evidence: _measured(evidence, name, draw, ask, compare),
        (name,),
        about_data=False,
        only="pixels",
        least=lambda dim: 1,
        functions=(),
    )


KINDS: Mapping[str, Kind] = {
    "eq_t": _kind("eq_t", _whole, _translated, _by_whole),
    "eq_t_frac": _kind("eq_t_frac", _any, _translated, _by_any),
    "eq_r": _kind("eq_r", _angle, _rotated, _by_angle),
}
