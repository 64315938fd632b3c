"""What every metric asks of its features: two axes, finite, enough of them.

A metric that is handed a NaN answers with a NaN, or worse with a number. Here it
answers with the count of bad rows instead.
"""

import numpy as np
from jaxtyping import Array, Float

Features = Float[Array | np.ndarray, "_ _"]
"""One row a sample; numpy or JAX, any float type."""
Probabilities = Float[Array | np.ndarray, "_ _"]
"""One row a sample, one column a class; rows sum to one."""


def as_rows(features: Features, name: str, least: int = 1) -> Float[np.ndarray, "n d"]:
    """Features on the host in their own type, checked.

    Args:
        features: [n, d].
        name: what to call them in messages, e.g. `"fake"`.
        least: how many rows the metric needs.

    Raises:
        ValueError: not [n, d], too few rows, or rows that are not finite.
    """
    rows = np.asarray(features)
    if rows.ndim != 2:
        raise ValueError(f"{name} features have shape {rows.shape}, wanted [n, d]")
    if len(rows) < least:
        raise ValueError(f"{len(rows)} {name} samples, at least {least} are needed")
    if rows.dtype.kind != "f":  # bfloat16 and its kind are no numpy floats
        rows = rows.astype(np.float32)
    bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if bad.size:
        raise ValueError(
            f"{bad.size} of {len(rows)} rows of the {name} features are not finite, "
            f"the first is row {bad[0]}"
        )
    return rows


def as_pair(
    first: Features,
    second: Features,
    least: int = 1,
    names: tuple[str, str] = ("real", "fake"),
) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, "m d"]]:
    """Two sets of features, checked and of one dimension.

    Raises:
        ValueError: as in `as_rows`, or the dimensions differ.
    """
    a, b = as_rows(first, names[0], least), as_rows(second, names[1], least)
    if a.shape[1] != b.shape[1]:
        raise ValueError(
            f"{names[0]} features have {a.shape[1]} dimensions, "
            f"{names[1]} features {b.shape[1]}"
        )
    return a, b
