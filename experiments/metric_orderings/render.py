"""From results to verdicts, and to the table."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.metric_orderings.disturbances import DISTURBANCES
from experiments.metric_orderings.expectations import BLIND, EXPECTED, MUST

SEES, UNEVEN, UNSEEN, FOOLED = "sees", "uneven", "blind", "fooled"
DEVIATIONS = 3.0
"""A score has moved if it is so many deviations of the clean half's from its mean,"""
LEAST = 0.01
"""and by so much of that mean."""
SYMBOLS = {SEES: "sees", UNEVEN: "uneven", UNSEEN: "-", FOOLED: "fooled"}


def verdict(worse: int, clean: Sequence[float], scores: Sequence[float]) -> str:
    """How a metric takes a damage that grows.

    Args:
        worse: +1 where more of the metric is worse, -1 where less is.
        clean: its values of clean halves.
        scores: its values from little damage to much.

    Returns:
        `sees`: at the end worse than clean, and never better after more damage;
        `uneven`: worse at the end, but not in order; `blind`: not moved at the end;
        `fooled`: better than clean at the end.
    """
    moved = worse * (np.asarray(scores) - np.mean(clean))
    noise = max(DEVIATIONS * np.std(clean, ddof=1), LEAST * abs(np.mean(clean)))
    if abs(moved[-1]) <= noise:
        return UNSEEN
    if moved[-1] < 0:
        return FOOLED
    return SEES if moved[0] >= -noise and (np.diff(moved) >= 0).all() else UNEVEN


def verdicts(results: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """By metric and disturbance; what is not defined is left out."""
    found: dict[str, dict[str, str]] = {}
    for metric, expected in EXPECTED.items():
        clean = [scores[metric] for scores in results["clean"]]
        found[metric] = {
            name: verdict(expected.worse, clean, [x[metric] for x in scores])
            for name, scores in results["disturbed"].items()
            if all(metric in x for x in scores)
        }
    return found


def wrong(results: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Where a metric does not see what it must."""
    return [
        (metric, name)
        for metric, row in verdicts(results).items()
        for name, found in row.items()
        if getattr(EXPECTED[metric], name) == MUST and found != SEES
    ]


def render(results: Mapping[str, Any]) -> str:
    """README.md."""
    versions = results["versions"]
    found, failures = verdicts(results), wrong(results)
    owed = [
        (metric, name)
        for metric, row in found.items()
        for name in row
        if getattr(EXPECTED[metric], name) == MUST
    ]
    lines = [
        "# Which damage each metric sees",
        "",
        f"    {results['command']}",
        "",
        f"{results['count']:,} pictures a side of every score, of two halves of the 5,000",
        "embedded MNIST digits; features and classes by the digits' classifier (trained",
        "on 4,500 of the same digits). Written by the command above",
        f"({results['seconds']} s; {results['device']}; jax {versions['jax']}, numpy",
        f"{versions['numpy']}; commit {results['commit']}; seed {results['seed']}).",
        "",
        f"**sees**: the score gets worse with every step, and ends {DEVIATIONS:g}",
        f"deviations of {len(results['clean'])} clean draws, and a hundredth of their",
        "mean, away or more. **uneven**: worse at the end, but not step by step. **-**:",
        "not moved at the end.",
        "**fooled**: *better* than clean. Bold: it must see this, by what the metric",
        "claims, and does not. In brackets: not owed by its definition. What each one",
        "owes was written down first (expectations.py).",
        "",
        "| metric | " + " | ".join(DISTURBANCES) + " | |",
        "|---" * (len(DISTURBANCES) + 2) + "|",
    ]
    for metric, row in found.items():
        cells = [_cell(metric, name, row.get(name)) for name in DISTURBANCES]
        lines.append(f"| {metric} | {' | '.join(cells)} | {EXPECTED[metric].why} |")
    lines += [
        "",
        f"{len(owed) - len(failures)} of {len(owed)} orderings that are owed hold.",
    ]
    if failures:
        lines += ["Wrong:", ""]
        lines += [_failure(results, *failure) for failure in failures]
    lines += ["", "## Scores", "", "Mean and deviation of the clean draws, then"]
    lines += ["; ".join(_strengths(results, name) for name in DISTURBANCES) + ".", ""]
    lines += ["| metric | clean | " + " | ".join(DISTURBANCES) + " |"]
    lines += ["|---" * (len(DISTURBANCES) + 2) + "|"]
    for metric in EXPECTED:
        clean = [scores[metric] for scores in results["clean"]]
        cells = [f"{_short(np.mean(clean))} +- {np.std(clean, ddof=1):.2g}"]
        for scores in results["disturbed"].values():
            cells.append(", ".join(_short(x.get(metric)) for x in scores))
        lines.append(f"| {metric} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(metric: str, name: str, found: str | None) -> str:
    if found is None:
        return "n/a"
    owes = getattr(EXPECTED[metric], name)
    if owes == MUST:
        return SYMBOLS[found] if found == SEES else f"**{found}**"
    return (
        SYMBOLS[found] if owes == BLIND and found == UNSEEN else f"({SYMBOLS[found]})"
    )


def _failure(results: Mapping[str, Any], metric: str, name: str) -> str:
    clean = np.mean([scores[metric] for scores in results["clean"]])
    scores = ", ".join(_short(x[metric]) for x in results["disturbed"][name])
    found = verdicts(results)[metric][name]
    return f"- {metric} on {name}: {found}; clean {_short(clean)}, then {scores}"


def _strengths(results: Mapping[str, Any], name: str) -> str:
    listed = ", ".join(f"{x:g}" for x in results["strengths"][name])
    return f"{name}: {DISTURBANCES[name].reads.format(listed)}"


def _short(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.3g}"
