"""The symptoms: for each, what is measured in some lines, and when it is present.

`measure` and `present` are pure functions; a measure is None where the lines do not hold
the terms it needs. What the terms (`gan_jax.names`) mean:

- accuracy: share of (real, fake) pairs in which the critic's logit of the real one is
  the larger; 0.5 is a coin, 1 a critic that is never wrong.
- wasserstein, the lead: mean logit of reals less that of fakes.
- spread: mean distance of two samples; that of fakes, in shares of the reals'.

A strong critic alone is no symptom: that of WGAN-GP tells nearly all pairs apart while
everything goes well. What is watched is whether the generator gets anywhere.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gan_jax.doctor.critics import GEN_GRADIENT
from gan_jax.doctor.finding import Line, Severity
from gan_jax.doctor.series import detrended, level, peak, ratio, series, turns
from gan_jax.doctor.thresholds import Thresholds
from gan_jax.names import (
    ACCURACY,
    ACTIVE,
    FAKE_SPREAD,
    GRAD_NORM,
    KL,
    LOSS,
    REAL_SPREAD,
    SKIPPED,
    WASSERSTEIN,
    split,
    term,
)

LEAD = WASSERSTEIN
SIZES = (GRAD_NORM, term("", LOSS), "_logit")
"""How the names of terms end that must not explode."""

Evidence = Mapping[str, float]
Measure = Callable[[Sequence[Line], Thresholds], Evidence | None]


def _warmup(t: Thresholds) -> int:
    return t.warmup


@dataclass(frozen=True)
class Symptom:
    """A way for a training to go wrong.

    Attributes:
        measure: evidence in lines, the newest last.
        present: whether that is the symptom. A comparison with NaN is false: what
            cannot be measured is not found.
        why: a sentence over the evidence, as a format string.
        of: a term by whose bare name a game is known to be of the sort that can have it;
            "" for all games.
        needs: terms of a critic that it is measured by, under their bare names; lines
            hold these alone then. Without any, it is looked for in all that is logged.
        severity: see `Finding`.
        confirm: lines in a row that must show it.
        least: lines a run must have before it is judged.
    """

    measure: Measure
    present: Callable[[Evidence, Thresholds], bool]
    why: str
    of: str = ""
    needs: tuple[str, ...] = ()
    severity: Severity = "warning"
    confirm: int = 3
    least: Callable[[Thresholds], int] = _warmup


def lead_kept(lines: Sequence[Line], t: Thresholds) -> Evidence | None:
    """How sure the critic is, and its lead in shares of its largest."""
    accuracies, leads = series(lines, ACCURACY), series(lines, LEAD)
    if not len(accuracies) or not len(leads):
        return None
    lead = level(leads, t.window)
    return {
        "accuracy": level(accuracies, t.window),
        "lead": lead,
        "lead_kept": ratio(lead, peak(leads, t.window)),
    }


def pull(lines: Sequence[Line], t: Thresholds) -> Evidence | None:
    """The generator's gradient norm for each unit of the critic's lead.

    A critic's slopes grow with its lead, so the norm alone may stay up while the loss
    hands on less and less of them; what is left of it, by its own history, is shown.
    """
    accuracies, norms = series(lines, ACCURACY), series(lines, GEN_GRADIENT)
    leads = series(lines, LEAD)
    if not len(accuracies) or not len(norms) or not len(leads):
        return None
    norm = level(norms, t.window)
    return {
        "pull": ratio(norm, level(leads, t.window)),
        "gradient_left": ratio(norm, peak(norms, t.window)),
        "accuracy": level(accuracies, t.window),
    }


def blindness(lines: Sequence[Line], t: Thresholds) -> Evidence | None:
    """How sure the critic is, and how differently fakes are spread."""
    accuracies, spreads = series(lines, ACCURACY), _spreads(lines)
    if not len(accuracies) or not len(spreads):
        return None
    spread = level(spreads, t.window)
    return {
        "accuracy": level(accuracies, t.window),
        "spread": spread,
        "mismatch": abs(float(np.log(spread))) if spread > 0 else np.inf,
    }


def variety(lines: Sequence[Line], t: Thresholds) -> Evidence | None:
    """Spread of the fakes now and a window ago."""
    spreads = _spreads(lines)
    if not len(spreads):
        return None
    now, before = level(spreads, t.window), level(spreads, t.window, back=1)
    return {"spread": now, "spread_before": before}


def swings(lines: Sequence[Line], t: Thresholds) -> Evidence | None:
    """How far and how often the critic's lead swings about its own course."""
    every = series(lines, LEAD)
    leads = every[-t.cycle :]
    if len(leads) < t.cycle or not np.isfinite(every).all():
        return None
    residue = detrended(leads)
    # Where both sides have settled, the lead is next to nothing and noise is all of it.
    size = max(np.abs(leads).mean(), t.faint * peak(np.abs(every), t.window))
    number = turns(residue)
    return {
        "swing": ratio(float(np.std(residue)), float(size)),
        "turns": number,
        "period_in_lines": 2 * len(leads) / number if number else np.inf,
    }


def growth(lines: Sequence[Line], t: Thresholds) -> Evidence | None:
    """Of losses, logits and gradients, the one that grew most and is not small."""
    named = sorted(n for n in lines[-1] if "/" in n and n.endswith(SIZES))
    sizes = {name: np.abs(series(lines, name)) for name in named}
    names = [name for name in named if len(sizes[name]) >= t.warmup]
    if not names:
        return None
    now = {name: level(sizes[name], t.window) for name in names}
    past = {
        name: float(np.median(sizes[name][: len(sizes[name]) // 2])) for name in names
    }
    grown = {name: ratio(now[name], past[name]) for name in names}
    large = [name for name in names if now[name] >= t.huge] or names
    worst = max(large, key=lambda name: grown[name])
    return {"growth": grown[worst], "size": now[worst], worst: now[worst]}


def told(lines: Sequence[Line], t: Thresholds) -> Evidence | None:
    """How much the latents of a variational model tell of an example."""
    found = {}
    for name in (ACTIVE, KL):
        full = [n for n in lines[-1] if split(n)[1] == name]
        if not full:
            return None
        found[name] = level(series(lines, full[0]), t.window)
    return found


def broken(lines: Sequence[Line], t: Thresholds) -> Evidence | None:
    """Terms of the last line that are no finite number, and skipped updates."""
    del t
    terms = {name: x for name, x in lines[-1].items() if "/" in name}
    if not terms:
        return None
    skipped = sum(x for name, x in terms.items() if split(name)[1] == SKIPPED)
    odd = sum(not np.isfinite(x) for x in terms.values())
    return {"terms_not_finite": float(odd), "share_skipped": float(skipped)}


def _spreads(lines: Sequence[Line]) -> np.ndarray:
    """Spread of fakes over spread of reals, a line each."""
    both = [line for line in lines if FAKE_SPREAD in line and REAL_SPREAD in line]
    fake, real = series(both, FAKE_SPREAD), series(both, REAL_SPREAD)
    return fake / np.maximum(real, np.finfo(float).tiny)


SYMPTOMS: dict[str, Symptom] = {
    "not_finite": Symptom(
        broken,
        lambda e, t: e["terms_not_finite"] > 0 or e["share_skipped"] > 0,
        "a loss or a gradient is not finite",
        severity="critical",
        confirm=1,
        least=lambda t: 1,
    ),
    "divergence": Symptom(
        growth,
        lambda e, t: e["growth"] >= t.explosion and e["size"] >= t.huge,
        "losses, logits or gradients grew {growth:,.0f} times",
        severity="critical",
        confirm=2,
    ),
    "vanishing_gradient": Symptom(
        pull,
        lambda e, t: e["pull"] <= t.vanished and e["accuracy"] >= t.sure,
        "the critic tells {accuracy:.1%} of all pairs apart, and the generator's "
        "gradient is {pull:.2g} for each unit of its lead",
        needs=(ACCURACY, LEAD, GEN_GRADIENT),
        severity="critical",
    ),
    "mode_collapse": Symptom(
        variety,
        lambda e, t: (
            e["spread"] <= t.collapsed and e["spread"] <= t.rising * e["spread_before"]
        ),
        "fakes spread {spread:.0%} as far as reals, and not increasingly so",
        needs=(FAKE_SPREAD, REAL_SPREAD),
        severity="critical",
    ),
    "posterior_collapse": Symptom(
        told,
        lambda e, t: e[ACTIVE] <= t.used,
        "{active:.0%} of the latents' numbers tell anything of an example, and all of them "
        "{kl:.2g} nats: the decoder leaves them alone",
        of=KL,
        severity="critical",
    ),
    "discriminator_too_strong": Symptom(
        lead_kept,
        lambda e, t: e["accuracy"] >= t.sure and e["lead_kept"] >= t.lead,
        "the critic tells {accuracy:.1%} of all pairs apart and keeps {lead_kept:.0%} "
        "of its largest lead",
        needs=(ACCURACY, LEAD),
        confirm=10,  # any critic leads at first
    ),
    "generator_too_strong": Symptom(
        blindness,
        lambda e, t: e["accuracy"] <= t.fooled and e["mismatch"] >= t.mismatch,
        "the critic is right on {accuracy:.0%} of all pairs, no better than a coin, "
        "though fakes spread {spread:.0%} as far as reals",
        needs=(ACCURACY, FAKE_SPREAD, REAL_SPREAD),
    ),
    "oscillation": Symptom(
        swings,
        lambda e, t: e["swing"] >= t.swing and e["turns"] >= t.turns,
        "the critic's lead swings by {swing:.0%} of its size, with a period of about "
        "{period_in_lines:.0f} lines",
        needs=(LEAD,),
        least=lambda t: max(t.warmup, t.cycle),
    ),
}
"""By name; most urgent first."""
