"""The command line of an experiment: run rows, keep them, render them."""

import argparse
import json
import os
import shlex
import sys
import time
from pathlib import Path

import jax

from experiments.laboratory import measure
from experiments.laboratory.origin import origin
from experiments.laboratory.records import Records
from experiments.laboratory.render import render
from experiments.laboratory.rows import Experiment, Row, Table
from gan_jax import heap
from gan_jax.errors import BadInput
from gan_jax.run.workdir import write


def main(experiment: Experiment, arguments: list[str] | None = None) -> int:
    """Run what is asked for and not there yet; the exit status.

    Args:
        experiment: its tables.
        arguments: of the command line; the process's own by default.
    """
    if arguments is None:
        heap.keep_freed()
        _use_every_core()
    given = sys.argv[1:] if arguments is None else arguments
    flags = _parser(experiment).parse_args(given)
    folder = flags.folder or Path(__file__).parents[1] / experiment.name
    records = Records(folder)
    command = f"python -m experiments.{experiment.name}.run {shlex.join(given)}".strip()
    provenance, begun, status = origin(command), time.monotonic(), 0
    for table, rows in _asked(experiment, flags, records):
        if flags.render:
            break
        try:
            first = measure.assemble(table, table.rows[0])
        except BadInput as error:  # of its data, mostly
            print(f"{table.name}: {error}", file=sys.stderr)
            status = 1
            continue
        if records.floor(table) is None:
            records.put_floor(table, *measure.floor(table, first.run.dataset))
        for row in rows:
            if flags.budget and time.monotonic() - begun > flags.budget:
                print(f"{table.name}/{row.name}: left for another time")
                continue
            try:
                record, samples, lines = measure.measure(table, row, first, provenance)
            except BadInput as error:
                print(f"{table.name}/{row.name}: {error}", file=sys.stderr)
                status = 1
                continue
            records.put_row(table, row, record, samples)
            if flags.lines:
                _write_lines(flags.lines / table.name / row.name, record, lines)
            print(_said(table, row, record), flush=True)
    render(experiment, records, folder)
    return status


def _use_every_core() -> None:
    """A host device for each core, to take seeds of its own (`ensemble.at_once`)."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    if "host_platform_device_count" not in os.environ.get("XLA_FLAGS", ""):
        jax.config.update("jax_num_cpu_devices", cores)


def _parser(experiment: Experiment) -> argparse.ArgumentParser:
    rows = list(dict.fromkeys(r.name for t in experiment.tables for r in t.rows))
    tables = [table.name for table in experiment.tables]
    parser = argparse.ArgumentParser(
        description=f"tables: {', '.join(tables)}; rows: {', '.join(rows)}"
    )
    names = _names_of(rows), _names_of(tables)
    parser.add_argument("--rows", type=names[0], default=rows, help="a,b: only these")
    parser.add_argument("--tables", type=names[1], default=tables, help="only these")
    parser.add_argument("--budget", type=float, help="seconds after which none begins")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the steps")
    parser.add_argument("--again", action="store_true", help="also rows that are there")
    parser.add_argument("--render", action="store_true", help="only tables and figures")
    parser.add_argument("--lines", type=Path, help="folder for every seed's lines")
    parser.add_argument("--folder", type=Path, help="of results; the experiment's own")
    return parser


def _names_of(known: list[str]):
    def names(text: str) -> list[str]:
        chosen = text.split(",")
        if unknown := [name for name in chosen if name not in known]:
            raise argparse.ArgumentTypeError(f"no {', '.join(unknown)} here")
        return chosen

    return names


def _asked(
    experiment: Experiment, flags: argparse.Namespace, records: Records
) -> list[tuple[Table, list[Row]]]:
    asked = []
    for whole in experiment.tables:
        table = whole.shortened(flags.scale)
        rows = [
            row
            for row in table.rows
            if row.name in flags.rows
            and not row.absent
            and (flags.again or records.row(table, row) is None)
        ]
        if whole.name in flags.tables and rows:
            asked.append((table, rows))
    return asked


def _write_lines(folder: Path, record: dict, lines: list[list[dict]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for seed, own in zip(record["seeds"], lines, strict=True):
        text = "".join(json.dumps(line) + "\n" for line in own)
        write(folder / f"seed_{seed}.jsonl", text)


def _said(table: Table, row: Row, record: dict) -> str:
    found = "  ".join(
        f"{m.title} {m.scale * record['final'][m.name]['mean']:.{m.digits}f}"
        for m in table.metrics
        if record["final"][m.name]["mean"] is not None
    )
    return (
        f"{table.name}/{row.name}: {found}  failed {len(record['failed'])}/"
        f"{len(record['seeds'])}  time {record['seconds']['relative']:.2f}  "
        f"({record['seconds']['row']:.0f} s)"
    )
