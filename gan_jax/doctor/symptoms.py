"""The symptoms: each a small pure function of some lines and the thresholds.

A rule returns what it saw, present or not, so that "healthy" can show its evidence too;
None where the lines do not hold the terms it needs. What the terms mean:

- accuracy: share of (real, fake) pairs in which the critic's logit of the real one is
  the larger; 0.5 is a coin, 1 a critic that is never wrong.
- lead: mean logit of reals less that of fakes.
- spread: mean distance of two samples; that of fakes is given in shares of the reals'.

A strong critic alone is no symptom: that of WGAN-GP tells nearly all pairs apart while
everything goes well. What is watched is whether the generator gets anywhere.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gan_jax.doctor.finding import Line, Reading, Severity
from gan_jax.doctor.series import detrended, level, peak, ratio, rhythm, series
from gan_jax.doctor.thresholds import Thresholds

ACCURACY, LEAD = "disc/accuracy", "disc/wasserstein"
REAL_SPREAD, FAKE_SPREAD = "disc/real_spread", "disc/fake_spread"
GEN_GRADIENT = "gen/gen_grad_norm"
SIZES = ("_grad_norm", "/loss", "_logit")

Rule = Callable[[Sequence[Line], Thresholds], Reading | None]


@dataclass(frozen=True)
class Symptom:
    """A way for a training to go wrong.

    Attributes:
        rule: judges lines, the newest last.
        why: a sentence over the evidence, as a format string.
        severity: see `Finding`.
        confirm: lines in a row that must show it.
        warmup: whether the first lines of a run are let pass.
    """

    rule: Rule
    why: str
    severity: Severity = "warning"
    confirm: int = 3
    warmup: bool = True


def discriminator_too_strong(lines: Sequence[Line], t: Thresholds) -> Reading | None:
    """The critic is never wrong, and its lead does not shrink."""
    accuracies, leads = series(lines, ACCURACY), series(lines, LEAD)
    if not len(accuracies) or not len(leads):
        return None
    accuracy = level(accuracies, t.window)
    kept = ratio(level(leads, t.window), peak(leads, t.window))
    return Reading(
        accuracy >= t.sure and kept >= t.lead,
        {"accuracy": accuracy, "lead": level(leads, t.window), "lead_kept": kept},
    )


def vanishing_gradient(lines: Sequence[Line], t: Thresholds) -> Reading | None:
    """The critic is sure and the generator's gradient is a trace of what it was."""
    accuracies, norms = series(lines, ACCURACY), series(lines, GEN_GRADIENT)
    if not len(accuracies) or not len(norms):
        return None
    accuracy = level(accuracies, t.window)
    left = ratio(level(norms, t.window), peak(norms, t.window))
    norm = level(norms, t.window)
    return Reading(
        accuracy >= t.sure and (left <= t.vanished or norm == 0.0),
        {"gradient_left": left, "gen_grad_norm": norm, "accuracy": accuracy},
    )


def generator_too_strong(lines: Sequence[Line], t: Thresholds) -> Reading | None:
    """The critic cannot tell, though fakes are not spread as reals are."""
    accuracies, spreads = series(lines, ACCURACY), _spreads(lines)
    if not len(accuracies) or not len(spreads):
        return None
    accuracy, spread = level(accuracies, t.window), level(spreads, t.window)
    off = abs(np.log(spread)) if spread > 0 else np.inf
    return Reading(
        accuracy <= t.fooled and off >= t.mismatch,
        {"accuracy": accuracy, "spread": spread},
    )


def mode_collapse(lines: Sequence[Line], t: Thresholds) -> Reading | None:
    """Fakes are spread less than reals, and are not on their way out of it."""
    spreads = _spreads(lines)
    if not len(spreads):
        return None
    now, before = level(spreads, t.window), level(spreads, t.window, back=1)
    return Reading(
        now <= t.collapsed and not now > t.rising * before,
        {"spread": now, "spread_before": before},
    )


def oscillation(lines: Sequence[Line], t: Thresholds) -> Reading | None:
    """The critic's lead goes up and down in a rhythm, and far."""
    leads = series(lines, LEAD)[-t.cycle :]
    if len(leads) < t.cycle:
        return None
    swings = detrended(leads)
    repeats, period = rhythm(swings)
    swing = ratio(float(np.std(swings)), float(np.mean(np.abs(leads))))
    return Reading(
        repeats >= t.rhythm and swing >= t.swing,
        {"rhythm": repeats, "swing": swing, "period_in_lines": period},
    )


def divergence(lines: Sequence[Line], t: Thresholds) -> Reading | None:
    """Losses, logits or gradients grow by orders of magnitude."""
    names = sorted(n for n in lines[-1] if "/" in n and n.endswith(SIZES))
    if not names or len(lines) < t.warmup:
        return None
    sizes = {name: np.abs(series(lines, name)) for name in names}
    now = {name: level(x, t.window) for name, x in sizes.items()}
    past = {name: float(np.median(x[: len(x) // 2])) for name, x in sizes.items()}
    growth = {
        name: ratio(now[name], past[name]) for name in names if now[name] >= t.huge
    }
    worst = max(growth, key=lambda n: growth[n], default=max(now, key=lambda n: now[n]))
    grown = ratio(now[worst], past[worst])
    return Reading(
        worst in growth and grown >= t.explosion,
        {f"{worst} grew": grown, worst: now[worst]},
    )


def not_finite(lines: Sequence[Line], t: Thresholds) -> Reading | None:
    """A term is not a finite number, or an update was not made because of one."""
    del t
    terms = {
        name: x
        for name, x in lines[-1].items()
        if "/" in name and isinstance(x, int | float)
    }
    if not terms:
        return None
    skipped = sum(x for name, x in terms.items() if name.endswith("/skipped"))
    broken = [name for name, x in terms.items() if not np.isfinite(x)]
    return Reading(
        bool(broken) or skipped > 0,
        {"terms_not_finite": float(len(broken)), "share_skipped": float(skipped)},
    )


def _spreads(lines: Sequence[Line]) -> np.ndarray:
    """Spread of fakes over spread of reals, a line each."""
    fake, real = series(lines, FAKE_SPREAD), series(lines, REAL_SPREAD)
    if len(fake) != len(real):
        return np.empty(0)
    return fake / np.maximum(real, np.finfo(float).tiny)


SYMPTOMS: dict[str, Symptom] = {
    "not_finite": Symptom(
        not_finite,
        "a loss or a gradient is not finite",
        severity="critical",
        confirm=1,
        warmup=False,
    ),
    "divergence": Symptom(
        divergence,
        "losses, logits or gradients grew by orders of magnitude",
        severity="critical",
        confirm=2,
    ),
    "vanishing_gradient": Symptom(
        vanishing_gradient,
        "the generator is left {gradient_left:.2%} of its largest gradient norm, by a "
        "critic that tells {accuracy:.1%} of all pairs apart",
        severity="critical",
    ),
    "mode_collapse": Symptom(
        mode_collapse,
        "a batch of fakes spreads {spread:.0%} as far as one of reals, and not "
        "increasingly so",
        severity="critical",
    ),
    "discriminator_too_strong": Symptom(
        discriminator_too_strong,
        "the critic tells {accuracy:.1%} of all pairs apart and keeps {lead_kept:.0%} "
        "of its largest lead",
        confirm=10,  # any critic leads at first
    ),
    "generator_too_strong": Symptom(
        generator_too_strong,
        "the critic is right on {accuracy:.0%} of all pairs, no better than a coin, "
        "though fakes spread {spread:.0%} as far as reals",
    ),
    "oscillation": Symptom(
        oscillation,
        "the critic's lead swings with a period of {period_in_lines:.0f} lines, by "
        "{swing:.0%} of its size",
    ),
}
"""By name; most urgent first."""
