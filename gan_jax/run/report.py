"""report.png: how a training went, drawn from metrics.jsonl."""

import io
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from textwrap import wrap
from typing import Any

import numpy as np

from gan_jax import names
from gan_jax.run.workdir import Workdir, write

Panels = Mapping[str, tuple[str, ...]]
"""Title to the metrics drawn in it, by patterns of their names."""
Marks = Sequence[tuple[int, str]]
"""Step and name of what happened there."""
SCORES = "scores"
WIDTH = 9.0
"""Inches."""

PANELS: Panels = {
    SCORES: (f"{names.SCORE}*",),
    "losses": (f"*/{names.LOSS}", f"*/{names.ADVERSARIAL}"),
    # Of generators' phases, which log the logits of fakes too, nothing stands here.
    "critic's logits D(real), D(fake)": (
        f"*/{names.REAL_LOGIT}",
        f"[!g]*/{names.FAKE_LOGIT}",
    ),
    "D(real) - D(fake): Wasserstein estimate of a 1-Lipschitz critic": (
        f"*/{names.WASSERSTEIN}",
    ),
    "gradient norms": (f"*{names.GRAD_NORM}",),
}


def draw(workdir: Workdir, marks: Marks = (), text: str = "") -> None:
    """Write report.png; each metric stands in one panel, the rest in the last.

    Args:
        workdir: its metrics.jsonl is drawn.
        marks: what happened, and at which step; a line in every panel.
        text: below the panels.
    """
    lines = workdir.lines()
    if lines:
        write(workdir.report, render(lines, PANELS, marks, text))


def render(
    lines: list[dict[str, Any]],
    panels: Panels = PANELS,
    marks: Marks = (),
    text: str = "",
) -> bytes:
    """The report as a PNG.

    Args:
        lines: of metrics.jsonl.
        panels: what is drawn where.
        marks: as in `draw`.
        text: as in `draw`.
    """
    from matplotlib.figure import Figure

    left_out = (f"/{names.SKIPPED}", names.SCORE_SPREAD)
    terms = sorted({name for line in lines for name in line if "/" in name})
    terms = [name for name in terms if not name.endswith(left_out)]
    assigned = {
        title: [n for n in terms if any(fnmatchcase(n, p) for p in patterns)]
        for title, patterns in panels.items()
    }
    taken = {name for own in assigned.values() for name in own}
    assigned["penalties and other terms"] = [n for n in terms if n not in taken]
    shown = {title: own for title, own in assigned.items() if own}
    told = [part for line in text.splitlines() for part in wrap(line, 120)]
    # Placed in inches: to let matplotlib find the places doubles the time of drawing.
    below = 0.16 * len(told) + 0.5
    legend = 0.7 + 0.06 * max(len(name) for own in shown.values() for name in own)
    size = WIDTH, 2.6 * len(shown) + below
    figure = Figure(figsize=size, dpi=80)
    figure.text(0.02, 0.1 / size[1], "\n".join(told), fontsize=7, family="monospace")
    axes = figure.subplots(
        len(shown),
        1,
        sharex=True,
        squeeze=False,
        gridspec_kw=dict(
            left=0.6 / WIDTH,
            right=1 - legend / WIDTH,
            top=1 - 0.3 / size[1],
            bottom=below / size[1],
            hspace=0.2,
        ),
    )[:, 0]
    for ax, (title, own) in zip(axes, shown.items(), strict=True):
        for name in own:
            steps, values = _series(lines, name)
            marker = "." if title == SCORES else None
            (curve,) = ax.plot(steps, values, marker=marker, label=name, lw=1)
            _band(ax, lines, name, curve.get_color())
        if title == SCORES:  # a Frechet distance of 100 beside a recall of 0.3
            ax.set_yscale("symlog", linthresh=0.01)
        ax.axhline(0.0, color="0.8", linewidth=0.8, zorder=0)
        for step, _ in marks:
            ax.axvline(step, color="tab:red", linewidth=0.8, linestyle="--", zorder=0)
        ax.set_title(title, fontsize=9)
        ax.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
        ax.tick_params(labelsize=7)
    for step, name in marks:
        axes[0].annotate(
            f" {name}",
            (step, 1.0),
            xycoords=axes[0].get_xaxis_transform(),
            rotation=90,
            va="top",
            fontsize=6,
            color="tab:red",
        )
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
    spread = f"{name}{names.SCORE_SPREAD}"
    both = [(x["step"], x[name], x[spread]) for x in lines if {name, spread} <= {*x}]
    if both:
        at, middle, half = np.array(both).T
        ax.fill_between(
            at, middle - half, middle + half, color=color, alpha=0.2, linewidth=0
        )
