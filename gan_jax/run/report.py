"""report.png: how a training went, drawn from metrics.jsonl."""

import io
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from gan_jax.run.workdir import Workdir, write

Panels = Mapping[str, tuple[str, ...]]
"""Title to the metrics drawn in it, by patterns of their names."""
SCORES = "scores"

PANELS: Panels = {
    SCORES: ("eval/*",),
    "losses": ("*/loss", "*/adversarial"),
    "critic's logits D(real), D(fake)": ("disc/real_logit", "disc/fake_logit"),
    "D(real) - D(fake): Wasserstein estimate of a 1-Lipschitz critic": (
        "disc/wasserstein",
    ),
    "gradient norms": ("*_grad_norm",),
}


def draw(workdir: Workdir) -> None:
    """Write report.png; each metric stands in one panel, the rest in the last."""
    lines = workdir.lines()
    if lines:
        write(workdir.report, render(lines))


def render(lines: list[dict[str, Any]], panels: Panels = PANELS) -> bytes:
    """The report as a PNG.

    Args:
        lines: of metrics.jsonl.
        panels: what is drawn where.
    """
    from matplotlib.figure import Figure

    names = sorted({name for line in lines for name in line if "/" in name})
    names = [name for name in names if not name.endswith(("/skipped", "/spread"))]
    assigned = {
        title: [n for n in names if any(fnmatchcase(n, p) for p in patterns)]
        for title, patterns in panels.items()
    }
    taken = {name for own in assigned.values() for name in own}
    assigned["penalties and other terms"] = [n for n in names if n not in taken]
    shown = {title: own for title, own in assigned.items() if own}
    figure = Figure(figsize=(9, 2.6 * len(shown)), dpi=80, layout="constrained")
    axes = figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0]
    for ax, (title, own) in zip(axes, shown.items(), strict=True):
        for name in own:
            steps, values = _series(lines, name)
            marker = "." if title == SCORES else None
            (curve,) = ax.plot(steps, values, marker=marker, label=name, lw=1)
            _band(ax, lines, name, curve.get_color())
        if title == SCORES:  # a Frechet distance of 100 beside a recall of 0.3
            ax.set_yscale("symlog", linthresh=0.01)
        ax.axhline(0.0, color="0.8", linewidth=0.8, zorder=0)
        ax.set_title(title, fontsize=9)
        ax.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
        ax.tick_params(labelsize=7)
    axes[-1].set_xlabel("round (generator updates)", fontsize=8)
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()


def _series(
    lines: Iterable[Mapping[str, Any]], name: str
) -> tuple[list[int], list[float]]:
    points = [(line["step"], line[name]) for line in lines if name in line]
    return [p[0] for p in points], [p[1] for p in points]


def _band(ax: Any, lines: list[dict[str, Any]], name: str, color: Any) -> None:
    """Shade a score's spread, where one was measured."""
    spread = f"{name}/spread"
    both = [(x["step"], x[name], x[spread]) for x in lines if {name, spread} <= {*x}]
    if both:
        at, middle, half = np.transpose(both)
        ax.fill_between(
            at, middle - half, middle + half, color=color, alpha=0.2, linewidth=0
        )
