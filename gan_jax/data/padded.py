"""Pictures with a margin: a set of one size as one of a larger."""

import dataclasses
from typing import Any

import numpy as np

from gan_jax import ranges
from gan_jax.data.dataset import Arrays, Dataset, Resident, Streamed, recipe_digest
from gan_jax.data.pictures import height_width


def padded(of: Dataset, size: int | tuple[int, int], value: int = 0) -> Dataset:
    """Pictures in the middle of larger ones, e.g. digits of 28 x 28 in 32 x 32.

    Args:
        of: a set of pictures.
        size: of the larger ones, one side of a square or (h, w).
        value: of the margin's pixels, 0 to 255; where one cannot be as wide as the
            other, it is wider at the right and below.

    Raises:
        ValueError: a size below that of the pictures, a value out of range; a set that
            is not of pictures, is endless, or made of several.
    """
    ranges.whole(0, value=value)
    ranges.between(0, 255, value=value)
    wanted = height_width(size)
    if len(of.shape) != 3 or not isinstance(of.source, Resident | Streamed):
        raise ValueError(f"{of.name} cannot be padded: that takes one set of pictures")
    assert wanted is not None
    gaps = [new - old for new, old in zip(wanted, of.shape[:2], strict=True)]
    if min(gaps) < 0:
        raise ValueError(f"size={size} is smaller than the pictures, {of.shape[:2]}")
    edges = [(gap // 2, gap - gap // 2) for gap in gaps]

    def larger(arrays: Arrays) -> Arrays:
        around: Any = ((0, 0), *edges, (0, 0))
        return {
            name: np.pad(x, around, constant_values=value) if name == "sample" else x
            for name, x in arrays.items()
        }

    source = of.source
    if isinstance(source, Resident):
        source = Resident(larger(source.arrays))
    else:
        whole = source.fetch
        source = Streamed(lambda indices: larger(whole(indices)), source.labels)
    return dataclasses.replace(
        of,
        name=f"padded({of.name}, {wanted[0]}x{wanted[1]})",
        shape=(*wanted, of.shape[2]),
        digest=recipe_digest("padded", of=of.digest, size=wanted, value=value),
        source=source,
    )
