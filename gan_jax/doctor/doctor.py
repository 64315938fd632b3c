"""The doctor: lines in, findings out.

`Doctor.see` is fed line by line while training; its state is a function of the lines it
has seen, so that a resumed run's doctor is rebuilt from metrics.jsonl alone.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gan_jax.doctor.critics import NOBODY, Critic, critics
from gan_jax.doctor.finding import Finding, Line, show, titled
from gan_jax.doctor.remedies import Config, remedy
from gan_jax.doctor.symptoms import SYMPTOMS, Evidence, Symptom
from gan_jax.doctor.thresholds import Thresholds
from gan_jax.names import STEP, split


@dataclass
class _Course:
    """How one symptom of one critic went: in how many lines in a row it showed."""

    held: int = 0
    absent: int = 0
    since: int = 0


class Case(NamedTuple):
    """A symptom to be looked for, in whom, and the lines that are looked at.

    Attributes:
        title: the symptom's name, and the critic's where there are several.
        critic: that shows it; of a symptom of the whole game the first one.
    """

    title: str
    name: str
    symptom: Symptom
    critic: Critic
    lines: Sequence[Line]


class Doctor:
    """Watches a training.

    A symptom is reported once, when it has shown in `confirm` lines in a row, and again
    only after `Thresholds.clear` lines in a row did not show it. Where a game has several
    critics, each is judged by itself.

    Args:
        lines: seen already, without a word.
        config: of the run; remedies it has are not prescribed again.
        thresholds: what is judged by.
        symptoms: what is looked for.

    Attributes:
        active: findings that still hold, by title.
        readings: by title, the evidence after the last line; where there was any.
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
        memory = self._thresholds.memory
        self._lines: deque[Line] = deque(maxlen=memory)
        self._logged: deque[frozenset[str]] = deque(maxlen=memory)
        self._critics: tuple[Critic, ...] = (NOBODY,)
        self._own: list[deque[Line]] = [deque(maxlen=memory)]
        self._count = 0
        self._courses: dict[str, _Course] = defaultdict(_Course)
        self.active: dict[str, Finding] = {}
        self.readings: dict[str, Evidence] = {}
        for line in lines:
            self.see(line)

    def see(self, line: Line) -> list[Finding]:
        """Take a line in; what is established by it.

        Args:
            line: of metrics.jsonl.
        """
        self._take({k: v for k, v in line.items() if _is_number(v)})
        found = []
        self.readings = {}
        for case in self._cases():
            if self._count < case.symptom.least(self._thresholds):
                continue
            evidence = case.symptom.measure(case.lines, self._thresholds)
            if evidence is not None:
                self.readings[case.title] = evidence
                found += self._note(case, evidence, int(line[STEP]))
        return found

    def _take(self, line: Line) -> None:
        self._lines.append(line)
        self._logged.append(frozenset(line))
        self._count += 1
        there = critics(set(self._logged)) or (NOBODY,)
        if there == self._critics:
            for critic, own in zip(there, self._own, strict=True):
                own.append(critic.of(line))
            return
        self._critics = there
        self._own = [
            deque(map(critic.of, self._lines), self._lines.maxlen) for critic in there
        ]

    def unjudged(self) -> dict[str, str]:
        """By title, why a symptom could not be judged after the last line."""
        return {
            case.title: self._why_not(case)
            for case in self._cases()
            if case.title not in self.readings
        }

    def _cases(self) -> Iterator[Case]:
        lines, own = list(self._lines), [list(each) for each in self._own]
        several = len(self._critics) > 1
        logged = {split(full)[1] for names in self._logged for full in names}
        for name, symptom in self._symptoms.items():
            if symptom.of and symptom.of not in logged:
                continue
            if not symptom.needs:
                yield Case(name, name, symptom, self._critics[0], lines)
                continue
            for critic, of_critic in zip(self._critics, own, strict=True):
                title = titled(name, critic.phase if several else "")
                yield Case(title, name, symptom, critic, of_critic)

    def _why_not(self, case: Case) -> str:
        symptom, critic = case.symptom, case.critic
        if missing := [name for name in symptom.needs if name not in critic.terms]:
            return f"no {', no '.join(missing)}"
        least = symptom.least(self._thresholds)
        if self._count < least:
            return f"{self._count} lines, {least} are needed"
        return "not enough of its terms are finite" if symptom.needs else "no terms"

    def _note(self, case: Case, evidence: Evidence, step: int) -> list[Finding]:
        title, symptom, course = case.title, case.symptom, self._courses[case.title]
        if not symptom.present(evidence, self._thresholds):
            course.held = 0
            course.absent += 1
            if course.absent >= self._thresholds.clear:
                self.active.pop(title, None)
            return []
        if not course.held:
            course.since = step
        course.held += 1
        course.absent = 0
        if course.held < symptom.confirm or title in self.active:
            return []
        self.active[title] = Finding(
            name=case.name,
            step=step,
            since=course.since,
            severity=symptom.severity,
            evidence=evidence,
            why=symptom.why.format(**evidence),
            remedy=remedy(case.name, self._config, case.critic.phase),
            critic=case.critic.phase if title != case.name else "",
        )
        return [self.active[title]]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


@dataclass(frozen=True)
class Diagnosis:
    """What a whole run's lines tell.

    Attributes:
        findings: in the order they were established.
        active: titles of those that held at the last line.
        readings: the evidence after the last line, by title of what could be judged.
        unjudged: why the others could not be, by title.
        lines: how many there were.
        needed: lines before most can be judged.
    """

    findings: tuple[Finding, ...]
    active: frozenset[str]
    readings: Mapping[str, Evidence]
    unjudged: Mapping[str, str] = field(default_factory=dict)
    lines: int = 0
    needed: int = 0

    @property
    def marks(self) -> list[tuple[int, str]]:
        """Step and title of each finding."""
        return [(finding.step, finding.title) for finding in self.findings]

    @property
    def verdict(self) -> str:
        """In a line, what is to be thought of a run in which nothing was found.

        `healthy` only where all terms were there that symptoms are read from.
        """
        if self.lines < self.needed:
            return f"not judged: {self.lines} lines, {self.needed} are needed"
        if not self.readings:
            return "not judged: the lines hold no terms that symptoms are read from"
        if any(why.startswith("no ") for why in self.unjudged.values()):
            return "no symptom found, but not all could be judged"
        return "healthy"

    def __str__(self) -> str:
        judged = [f"  {title}: {show(e)}" for title, e in self.readings.items()]
        if self.unjudged:
            by_reason: dict[str, list[str]] = {}
            for title, why in self.unjudged.items():
                by_reason.setdefault(why, []).append(title)
            listed = [f"{', '.join(x)} ({why})" for why, x in by_reason.items()]
            judged.append(f"  not judged: {'; '.join(listed)}")
        if not self.findings:
            return "\n".join([self.verdict, *judged])
        told = [
            f"{finding}\n  {'still so' if finding.title in self.active else 'over'} "
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
    thresholds = thresholds or Thresholds()
    doctor, lines = Doctor((), config, thresholds), list(lines)
    findings = tuple(finding for line in lines for finding in doctor.see(line))
    return Diagnosis(
        findings,
        frozenset(doctor.active),
        doctor.readings,
        doctor.unjudged(),
        len(lines),
        thresholds.warmup,
    )
