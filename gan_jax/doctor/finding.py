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
        critic: phase of the critic that shows it, of a game that has several; else "".
    """

    name: str
    step: int
    since: int
    severity: Severity
    evidence: Mapping[str, float]
    why: str
    remedy: str
    critic: str = ""

    @property
    def title(self) -> str:
        """Its name, and the critic's where there are several."""
        return titled(self.name, self.critic)

    def __str__(self) -> str:
        return (
            f"step {self.step:,}: {self.title} ({self.severity}): {self.why} "
            f"[{show(self.evidence)}]\n  remedy: {self.remedy}"
        )


def titled(name: str, critic: str) -> str:
    """A symptom's name, and whose it is: `mode_collapse of disc_b`."""
    return f"{name} of {critic}" if critic else name


def show(evidence: Mapping[str, float]) -> str:
    """Evidence in a line of text."""
    return ", ".join(f"{name} {value:.3g}" for name, value in evidence.items())
