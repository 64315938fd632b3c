"""Which damage each metric sees: known damage to real digits, scored by every metric.

    python -m experiments.metric_orderings.run [--count 1000] [--seed 0]

The 5,000 embedded MNIST digits are cut in two halves: the reals, and the clean half,
which is blurred, made noisy, replaced by noise, robbed of classes, repeated, or mixed
with copies of the reals. What each metric owes is in expectations.py; here it is
measured through `Evaluator`, as `--mode=evaluate` does. Writes results.json and
README.md.
"""

import argparse
import json
import pathlib
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from experiments.metric_orderings.disturbances import (
    DISTURBANCES,
    Digits,
    Sides,
    clean,
    halves,
)
from experiments.metric_orderings.expectations import EXPECTED
from experiments.metric_orderings.render import render
from gan_jax import data
from gan_jax.data.embedded import DIGITS
from gan_jax.errors import BadInput
from gan_jax.evaluation import Evaluator
from gan_jax.evaluation.evaluator import protocol
from gan_jax.run.provenance import provenance

HERE = pathlib.Path(__file__).parent
TOGETHER = (
    *("fd_digits", "fd_infinity_digits", "kd_digits", "is_digits"),
    *("precision_recall", "density_coverage", "authenticity", "ms_ssim"),
    *("classes", "accuracy"),
)
APART = ("intra_fd_digits",)
"""Refused where a class is missing."""
REPEATS = 8
"""Draws of the clean half, to know how far a score moves by itself."""


class Ruler:
    """All metrics against one set of reals."""

    def __init__(self, reference: Digits, seed: int):
        arrays = {"sample": reference.images, "label": reference.labels}
        reals = data.dataset.resident("mnist5k/half", arrays, DIGITS)
        self._evaluators = [
            Evaluator(reals, names, labelled=True) for names in (TOGETHER, APART)
        ]
        self._stamp = protocol(
            ema=False, batch_norm="none", checkpoint="none", labels="own", seed=seed
        )

    def __call__(self, digits: Digits) -> dict[str, float]:
        """The scores; those that are refused are left out."""
        found = {}
        for evaluator in self._evaluators:
            try:
                scores = evaluator.measure(
                    digits.images, self._stamp, labels=digits.labels
                )
            except BadInput:
                continue
            found |= {score.name: score.value for score in scores}
        return {name: found[name] for name in EXPECTED if name in found}


def measure(count: int, seed: int, repeats: int = REPEATS) -> dict[str, Any]:
    """Scores of the clean half, several times, and of every disturbance of it."""
    arrays = data.mnist5k().source.arrays  # type: ignore[union-attr]
    sides = halves(arrays["sample"], arrays["label"])
    ruler = Ruler(sides.reference, seed)
    draws = np.random.default_rng(seed)
    return {
        "clean": [ruler(clean(sides, count, draws)) for _ in range(repeats)],
        "disturbed": {
            name: [ruler(made) for made in _made(name, sides, count, seed)]
            for name in DISTURBANCES
        },
    }


def _made(name: str, sides: Sides, count: int, seed: int) -> Sequence[Digits]:
    """From little to much, each of the same choice of clean digits."""
    row = DISTURBANCES[name]
    return [
        row.make(sides, count, np.random.default_rng(seed), strength)
        for strength in row.strengths
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    flags = parser.parse_args()
    begin = time.perf_counter()
    results = {
        "command": "python -m experiments.metric_orderings.run "
        f"--count {flags.count} --seed {flags.seed}",
        **provenance(),
        "count": flags.count,
        "seed": flags.seed,
        "strengths": {name: row.strengths for name, row in DISTURBANCES.items()},
        **measure(flags.count, flags.seed),
    }
    results["seconds"] = round(time.perf_counter() - begin)
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    text = render(json.loads((HERE / "results.json").read_text()))
    (HERE / "README.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
