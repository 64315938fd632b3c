"""What each metric is for: written down before anything was measured.

`MUST` see, by what the metric claims; `BLIND` by what it is; `OPEN` where its papers
promise nothing.
"""

from collections.abc import Mapping
from typing import NamedTuple

MUST, BLIND, OPEN = "must", "blind", "open"


class Expected(NamedTuple):
    """Of one number: which way is worse (+1: larger), and what it owes."""

    worse: int
    blur: str
    noise: str
    junk: str
    drop: str
    duplicate: str
    memorise: str
    why: str


EXPECTED: Mapping[str, Expected] = {
    "fd_digits": Expected(
        +1,
        MUST,
        MUST,
        MUST,
        MUST,
        MUST,
        BLIND,
        "a distance to the reals rewards copies",
    ),
    "fd_infinity_digits": Expected(
        +1, MUST, MUST, MUST, MUST, MUST, BLIND, "the same, less the bias"
    ),
    "intra_fd_digits": Expected(
        +1, MUST, MUST, MUST, OPEN, MUST, BLIND, "not defined where a class is missing"
    ),
    "kd_digits": Expected(
        +1,
        MUST,
        MUST,
        MUST,
        MUST,
        MUST,
        BLIND,
        "a distance to the reals rewards copies",
    ),
    "is_digits": Expected(
        -1, MUST, MUST, MUST, MUST, BLIND, BLIND, "never looks at the reals"
    ),
    "precision_digits": Expected(
        -1, MUST, MUST, MUST, BLIND, BLIND, BLIND, "asks of each sample if it is real"
    ),
    "recall_digits": Expected(
        -1,
        MUST,
        MUST,
        OPEN,
        MUST,
        MUST,
        BLIND,
        "asks of each real if it could be drawn",
    ),
    "density_digits": Expected(
        -1, MUST, MUST, MUST, BLIND, BLIND, BLIND, "asks of each sample how real it is"
    ),
    "coverage_digits": Expected(
        -1, MUST, MUST, MUST, MUST, MUST, BLIND, "asks of each real if one came near"
    ),
    "authenticity_digits": Expected(
        -1, BLIND, BLIND, BLIND, BLIND, BLIND, MUST, "asks only for copies"
    ),
    "ms_ssim": Expected(
        +1,
        OPEN,
        BLIND,
        BLIND,
        MUST,
        MUST,
        BLIND,
        "noise is unlike noise: it looks varied",
    ),
    "classes_digits": Expected(
        -1, BLIND, BLIND, BLIND, MUST, BLIND, BLIND, "counts the classes"
    ),
    "label_entropy_digits": Expected(
        -1, BLIND, BLIND, OPEN, MUST, BLIND, BLIND, "looks at the shares of the classes"
    ),
    "accuracy": Expected(
        -1, MUST, MUST, MUST, BLIND, BLIND, BLIND, "asks if the label can be read"
    ),
}
