"""Every extractor that needs no file from the user, held to the conformance."""

import importlib.util
from collections.abc import Callable
from typing import NamedTuple

from gan_jax.metrics import extractors
from gan_jax.metrics.extractors import Extractor
from gan_jax.metrics.extractors.efficientnet_lite import PACKAGE


class Row(NamedTuple):
    make: Callable[[], Extractor]
    side: int = 28
    reason: str = ""
    """Why it is skipped; empty where it is not."""


LITE0 = "" if importlib.util.find_spec(PACKAGE) else f"{PACKAGE} is not installed"

ALL_EXTRACTORS = {
    "digits": Row(lambda: extractors.digits(batch=4)),
    "digits-fashion_mnist": Row(lambda: extractors.digits("fashion_mnist", batch=4)),
    "stacked_digits": Row(lambda: extractors.stacked_digits(batch=4)),
    "random": Row(lambda: extractors.random(dim=5, batch=4)),
    "lite0": Row(lambda: extractors.lite0(batch=4), reason=LITE0),
}

ELSEWHERE = {"Extractor", "Features", "inception", "lpips"}
"""Records; and what has a file of its own to test it with."""
