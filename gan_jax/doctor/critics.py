"""Which critics a game has, and under which names its lines hold what judges them.

A critic is a phase that logs verdicts (`gan_jax.names`), whatever it is called; a game may
have several. The symptoms read its terms by their bare names, and the gradient norm of
the generator that learns from it as `GEN_GRADIENT`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gan_jax.doctor.finding import Line
from gan_jax.names import (
    ACCURACY,
    FAKE_SPREAD,
    GENERATOR,
    GRAD_NORM,
    REAL_SPREAD,
    STEP,
    WASSERSTEIN,
    grad_norm,
    split,
    term,
)

GEN_GRADIENT = grad_norm(GENERATOR)
VERDICTS = (ACCURACY, WASSERSTEIN, REAL_SPREAD, FAKE_SPREAD)
"""Terms that only a critic's phase logs."""
CRITIC = "disc"
"""How the name of a critic begins whose generator is named alike: disc_b, gen_b."""


@dataclass(frozen=True)
class Critic:
    """A critic of a game.

    Attributes:
        phase: in which it learns.
        terms: by bare name, the full names of what its lines hold.
    """

    phase: str
    terms: Mapping[str, str]

    def of(self, line: Line) -> Line:
        """Its terms of a line, by their bare names, and the step."""
        own = {name: line[full] for name, full in self.terms.items() if full in line}
        return {STEP: line[STEP], **own}


NOBODY = Critic(CRITIC, {})
"""The critic of a game that has none: nothing is logged of it."""


def critics(lines: Iterable[Iterable[str]]) -> tuple[Critic, ...]:
    """The critics that log terms in some lines, given by their names, alphabetically."""
    logged = set().union(*lines)
    phases = sorted({split(full)[0] for full in logged if split(full)[1] in VERDICTS})
    norms = _generators(phases, logged)
    found = []
    for phase in phases:
        full = {name: term(phase, name) for name in VERDICTS}
        full |= {GEN_GRADIENT: norms[phase]} if phase in norms else {}
        own = {name: x for name, x in full.items() if x in logged}
        found.append(Critic(phase, own))
    return tuple(found)


def _generators(phases: Sequence[str], logged: set[str]) -> dict[str, str]:
    """By critic, the gradient norm of its generator; left out where it cannot be told.

    That of disc_b is gen_b's. One critic that is left takes the one that is left, where
    the phase in which a generator learns against its critic bears its own name.
    """
    norms = {
        full
        for full in logged
        if split(full)[1].startswith(GENERATOR) and full.endswith(GRAD_NORM)
    }
    found = {}
    for phase in phases:
        named = GENERATOR + phase.removeprefix(CRITIC)
        norm = term(named, grad_norm(named))
        if phase.startswith(CRITIC) and norm in norms:
            found[phase] = norm
    rest = norms - set(found.values())
    rest = {x for x in rest if grad_norm(split(x)[0]) == split(x)[1]} or rest
    left = [phase for phase in phases if phase not in found]
    if len(left) == len(rest) == 1:
        found[left[0]] = rest.pop()
    return found
