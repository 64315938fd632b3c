"""A whole request for samples, held against what a model can be asked for."""

import abc
from collections.abc import Iterator, Mapping
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


def joined(parts: Iterator[np.ndarray], num: int) -> np.ndarray:
    """Parts of `num` samples as one array; memory is that of these, and of one part."""
    part = next(parts)
    samples, place = np.empty((num, *part.shape[1:]), part.dtype), len(part)
    samples[:place] = part
    for part in parts:
        samples[place : place + len(part)] = part
        place += len(part)
    return samples


class Askable(abc.ABC):
    """What samples are asked of, a run or a bundle: they say what for, and draw.

    Attributes:
        asks: what it can be asked for, by name.
    """

    asks: Mapping[str, Ask]

    @abc.abstractmethod
    def _drawn(
        self, num: int, seed: int, given: Mapping[str, np.ndarray]
    ) -> Iterator[np.ndarray]:
        """The samples of a request as `requested` checked it, some at a time."""

    def sample(
        self,
        num: int,
        seed: int = 0,
        labels: Any = None,
        truncation: Any = None,
        **asked: Any,
    ) -> np.ndarray:
        """New samples; the i-th depends on (seed, i) and on what is asked of it alone.

        Args:
            num: how many.
            seed: of the latents, and of what is not asked; 0 to 2^32 - 1.
            labels: class indices or names, one or [num]: the ask `label`.
            truncation: trade of variety for quality, for models that have it; None asks
                nothing.
            **asked: what else is asked, see `asks`: one value for all, or [num, ...].

        Returns:
            uint8 [num, h, w, c], or float32 [num, 2] for two-dimensional data.

        Raises:
            BadInput: something that the model cannot be asked for, or not so; num below
                1 or absurd; a seed out of range; samples that are not finite.
        """
        given = requested(self.asks, num, seed, labels, truncation, asked)
        return joined(self._drawn(num, seed, given), num)

    def stream(self, num: int, seed: int = 0, **asked: Any) -> Iterator[np.ndarray]:
        """The samples of `sample`, some at a time; arguments and errors are its own."""
        given = requested(self.asks, num, seed, None, None, asked)
        return self._drawn(num, seed, given)
