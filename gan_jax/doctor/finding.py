"""What the doctor says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["warning", "critical"]
Line = Mapping[str, Any]
"""A line of metrics.jsonl: `step`, and terms by `phase/name`."""


@dataclass(frozen=True)
class Finding:
    """Something that went wrong.

    Attributes:
        name: of the symptom.
        step: at which it was established.
        since: step of the first line that showed it.
        severity: `critical` where going on is of no use.
        evidence: the numbers it was judged by.
        why: one sentence.
        remedy: one sentence, with the flags that turn it on.
    """

    name: str
    step: int
    since: int
    severity: Severity
    evidence: Mapping[str, float]
    why: str
    remedy: str

    def __str__(self) -> str:
        return (
            f"step {self.step:,}: {self.name} ({self.severity}): {self.why} "
            f"[{show(self.evidence)}]\n  remedy: {self.remedy}"
        )


def show(evidence: Mapping[str, float]) -> str:
    """Evidence in a line of text."""
    return ", ".join(f"{name} {value:.3g}" for name, value in evidence.items())
