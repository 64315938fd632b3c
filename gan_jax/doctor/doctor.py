"""The doctor: lines in, findings out.

`Doctor.see` is fed line by line while training; its state is a function of the lines it
has seen, so that a resumed run's doctor is rebuilt from metrics.jsonl alone.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gan_jax.doctor.finding import Finding, Line, show
from gan_jax.doctor.remedies import Config, remedy
from gan_jax.doctor.symptoms import SYMPTOMS, Evidence, Symptom
from gan_jax.doctor.thresholds import Thresholds


class Doctor:
    """Watches a training.

    A symptom is reported once, when it has shown in `confirm` lines in a row, and again
    only after `Thresholds.clear` lines in a row did not show it.

    Args:
        lines: seen already, without a word.
        config: of the run; remedies it has are not prescribed again.
        thresholds: what is judged by.
        symptoms: what is looked for.

    Attributes:
        active: findings that still hold, by symptom.
        readings: by symptom, the evidence after the last line; where there was any.
    """

    def __init__(
        self,
        lines: Iterable[Line] = (),
        config: Config | None = None,
        thresholds: Thresholds | None = None,
        symptoms: Mapping[str, Symptom] = SYMPTOMS,
    ):
        self._config, self._symptoms = config, symptoms
        self._thresholds = thresholds or Thresholds()
        self._lines: deque[Line] = deque(maxlen=self._thresholds.memory)
        self._count = 0
        self._held = dict.fromkeys(symptoms, 0)
        self._absent = dict.fromkeys(symptoms, 0)
        self._since = dict.fromkeys(symptoms, 0)
        self.active: dict[str, Finding] = {}
        self.readings: dict[str, Evidence] = {}
        for line in lines:
            self.see(line)

    def see(self, line: Line) -> list[Finding]:
        """Take a line in; what is established by it.

        Args:
            line: of metrics.jsonl.
        """
        self._lines.append(line)
        self._count += 1
        lines, found = list(self._lines), []
        self.readings = {}
        for name, symptom in self._symptoms.items():
            if symptom.warmup and self._count < self._thresholds.warmup:
                continue
            evidence = symptom.measure(lines, self._thresholds)
            if evidence is not None:
                self.readings[name] = evidence
                found += self._note(name, symptom, evidence, int(line["step"]))
        return found

    def _note(
        self, name: str, symptom: Symptom, evidence: Evidence, step: int
    ) -> list[Finding]:
        if not symptom.present(evidence, self._thresholds):
            self._held[name] = 0
            self._absent[name] += 1
            if self._absent[name] >= self._thresholds.clear:
                self.active.pop(name, None)
            return []
        if not self._held[name]:
            self._since[name] = step
        self._held[name] += 1
        self._absent[name] = 0
        if self._held[name] < symptom.confirm or name in self.active:
            return []
        self.active[name] = Finding(
            name=name,
            step=step,
            since=self._since[name],
            severity=symptom.severity,
            evidence=evidence,
            why=symptom.why.format(**evidence),
            remedy=remedy(name, self._config),
        )
        return [self.active[name]]


class Diagnosis(NamedTuple):
    """What a whole run's lines tell.

    Attributes:
        findings: in the order they were established.
        active: names of those that held at the last line.
        readings: the evidence after the last line, by symptom that could be judged.
    """

    findings: tuple[Finding, ...]
    active: frozenset[str]
    readings: Mapping[str, Evidence]

    @property
    def marks(self) -> list[tuple[int, str]]:
        """Step and name of each finding."""
        return [(finding.step, finding.name) for finding in self.findings]

    def __str__(self) -> str:
        judged = [f"  {name}: {show(e)}" for name, e in self.readings.items()]
        if missing := sorted(set(SYMPTOMS) - set(self.readings)):
            judged.append(
                f"  not judged, for lack of lines or terms: {', '.join(missing)}"
            )
        if not self.findings:
            return "\n".join(["healthy", *judged])
        told = [
            f"{finding}\n  {'still so' if finding.name in self.active else 'over'} "
            "at the last line"
            for finding in self.findings
        ]
        return "\n".join([*told, "at the last line:", *judged])


def diagnose(
    lines: Iterable[Line],
    config: Config | None = None,
    thresholds: Thresholds | None = None,
) -> Diagnosis:
    """What is wrong with a training, from its lines; arguments as in `Doctor`."""
    doctor = Doctor((), config, thresholds)
    findings = tuple(finding for line in lines for finding in doctor.see(line))
    return Diagnosis(findings, frozenset(doctor.active), doctor.readings)
