"""Tables in Markdown and figures in PNG, from the records."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.laboratory.readme import fill
from experiments.laboratory.records import Records
from experiments.laboratory.rows import Experiment, Metric, Row, Table
from gan_jax import sampling
from gan_jax.run.workdir import write

COLUMNS = 6


def render(experiment: Experiment, records: Records, folder: Path) -> None:
    """Put the tables into README.md, between its markers, and draw the figures."""
    parts = []
    for table in experiment.tables:
        for scale in records.scales(table) or [1.0]:
            played = table.shortened(scale)
            parts.append(markdown(played, records))
            if drawing := figure(played, records):
                name = f"{played.name.replace('@', '_x')}.png"
                write(folder / name, drawing)
                parts.append(f"![{played.title}]({name})\n")
    fill(folder, "\n".join(parts))


def markdown(table: Table, records: Records) -> str:
    """A table with its rows, the perfect sampler's, and where they come from.

    Of rows that nobody ran, those stand in the table that a paper prints a figure for.
    """
    found = {row.name: records.row(table, row) for row in table.rows}
    shown = [row for row in table.rows if found[row.name] or row.paper]
    lines = [f"### {table.title}", ""]
    if table.scale != 1.0:
        lines += [
            f"**{100 * table.scale:g} % of the steps: not the paper's protocol.**"
        ]
        lines += [""]
    if shown:
        lines += _rows(table, shown, found, records.floor(table))
    if runs := [own for own in found.values() if own]:
        lines += ["", _origin(table, runs)]
    if left := [row for row in table.rows if row not in shown]:
        flags = f"--tables {table.name} --rows {','.join(row.name for row in left)}"
        lines += [*[""][: len(shown)], f"Not run: `{flags}`."]
    return "\n".join(lines) + "\n"


def _rows(
    table: Table,
    shown: Sequence[Row],
    found: Mapping[str, dict[str, Any] | None],
    floor: dict[str, Any] | None,
) -> list[str]:
    printed = [m for m in table.metrics if any(m.name in r.paper for r in shown)]
    heads = ["", *(f"{m.title}, {w}" for m in table.metrics for w in ("end", "best"))]
    heads += ["failed", "time", *(f"paper: {m.title}" for m in printed), "source"]
    lines = [_cells(heads), _cells(["---", *["--:"] * (len(heads) - 2), "---"])]
    if floor:
        ends = [_spread(m, floor[m.name]) for m in table.metrics]
        cells = ["*real samples*", *(c for end in ends for c in (end, ""))]
        lines.append(_cells([*cells, *[""] * (len(heads) - len(cells))]))
    for row in shown:
        own, figures = found[row.name], [row.paper.get(m.name, "") for m in printed]
        cells = [row.absent or "not run"] + [""] * (2 * len(table.metrics) + 1)
        if own:
            cells = [
                _spread(m, own[when][m.name])
                for m in table.metrics
                for when in ("final", "best")
            ]
            cells += [_failures(own), f"{own['seconds']['relative']:.2f}"]
        lines.append(_cells([row.title, *cells, *figures, row.source]))
    return lines


def figure(table: Table, records: Records) -> bytes | None:
    """Samples of every row's median seed in small multiples; None without rows."""
    from matplotlib.figure import Figure

    names = [("real", "real"), *((r.name, r.title) for r in table.rows)]
    kept = [(title, records.samples(table, name)) for name, title in names]
    shown = [(title, samples) for title, samples in kept if samples is not None]
    if len(shown) < 2:
        return None
    columns = min(COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    drawing = Figure(figsize=(1.8 * columns, 2 * rows), dpi=90, layout="constrained")
    axes = drawing.subplots(rows, columns, squeeze=False).ravel()
    reals = shown[0][1]
    for ax, (title, samples) in zip(axes, shown, strict=False):
        ax.set_title(title, fontsize=8)
        _paint(ax, samples, reals)
    for ax in axes:
        ax.set_axis_off()
    out = io.BytesIO()
    drawing.savefig(out, format="png")
    return out.getvalue()


def _paint(ax: Any, samples: np.ndarray, reals: np.ndarray) -> None:
    if samples.ndim == 4:
        ax.imshow(sampling.grid(samples), cmap="gray", vmin=0, vmax=255)
        return
    limit = 1.3 * float(np.abs(reals).max())
    ax.scatter(*reals.T, s=1, c="tab:orange", alpha=0.4, linewidths=0)
    ax.scatter(*samples.T, s=2, c="k", alpha=0.5, linewidths=0)
    ax.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")


def _spread(metric: Metric, found: dict[str, Any]) -> str:
    if found["mean"] is None:
        return "none"
    mean, std = (metric.scale * found[part] for part in ("mean", "std"))
    return f"{mean:.{metric.digits}f} ± {std:.{metric.digits}f}"


def _failures(record: dict[str, Any]) -> str:
    text = f"{len(record['failed'])}/{len(record['seeds'])}"
    lost = len(record["diverged"])
    return f"{text} ({lost} not finite)" if lost else text


def _origin(table: Table, runs: list[dict[str, Any]]) -> str:
    train, first = table.base["train"], runs[0]["provenance"]
    devices = sorted({run["provenance"]["device"] for run in runs})
    commits = sorted({str(run["provenance"]["commit"]) for run in runs})
    dates = sorted({run["provenance"]["date"] for run in runs})
    failure = f"Failed: {table.failure}. " if table.failure else ""
    return (
        f"{train['steps']:,} rounds of batch {train['batch_size']}, {table.seeds} seeds, "
        f"mean ± standard deviation over them; {table.samples:,} samples an evaluation, "
        f"every {table.evaluate_every:,} rounds. {failure}Time: of a round, relative to "
        f"the first row's ({1000 * runs[0]['seconds']['per_round']:.2f} ms for all seeds "
        "together), measured in turns. "
        f"{' or '.join(devices)}, jax {first['versions']['jax']}, commit "
        f"{', '.join(commits)}, {' to '.join(dict.fromkeys((dates[0], dates[-1])))}."
    )


def _cells(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
