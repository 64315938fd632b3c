"""A whole request for samples, held against what a model can be asked for."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from gan_jax import rng
from gan_jax.asks.base import Ask, checked
from gan_jax.errors import BadInput

CHUNK = 64
"""Samples drawn a call, always: the same seed gives the same bytes for any number."""
MOST = 2**31
"""Samples of a seed that can be told apart by an int32."""


def requested(
    asks: Mapping[str, Ask],
    num: int,
    seed: int = 0,
    labels: Any = None,
    truncation: Any = None,
    asked: Mapping[str, Any] | None = None,
) -> dict[str, np.ndarray]:
    """What is asked of `num` samples, as arrays [num, *shape].

    Args:
        asks: of the model, by name.
        num: how many.
        seed: of what is not asked; 0 to 2^32 - 1.
        labels: the ask `label`.
        truncation: the ask of this name; 1.0 asks nothing of a model that has none.
        asked: what else is asked, by name, one value for all or [num, ...].

    Raises:
        BadInput: something that the model cannot be asked for, or not so; num below 1 or
            absurd; a seed out of range.
    """
    given = dict(asked or {})
    if num < 1:
        raise BadInput(f"num={num} samples", "ask for at least one")
    if num >= MOST:
        raise BadInput(f"num={num} samples", f"ask for fewer than {MOST:,}")
    if not 0 <= seed < rng.SEEDS:
        raise BadInput(f"seed={seed}", "wanted 0 to 2^32 - 1")
    if labels is not None:
        given = {"label": labels, **given}
    # 1.0 leaves things as they are for a model that cannot be asked; others know best.
    whole = np.ndim(truncation) == 0 and truncation == 1.0
    if truncation is not None and not (whole and "truncation" not in asks):
        given = {"truncation": truncation, **given}
    return checked(asks, given, num)


def filled_up(part: np.ndarray) -> np.ndarray:
    """A chunk, the last one of a request made as long as all by repetition."""
    return np.concatenate([part, part[-1:].repeat(CHUNK - len(part), 0)])
