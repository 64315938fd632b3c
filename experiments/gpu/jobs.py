"""What waits for a GPU, in order of value."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SPEED = ("training", "wide", "styles")
"""Comparisons of `experiments/speed`, each a script."""
QUICKLY = ("--repeats", "1", "--threads", "1")


class Job(NamedTuple):
    """A command that is run once.

    Attributes:
        name: of the job, in `done.json`.
        command: after `python`; results go to the folder of all results.
        least: seconds that must be left for it to be begun.
    """

    name: str
    command: tuple[str, ...]
    least: float


def jobs(folder: Path, rows: dict[str, list[str]], tiny: bool = False) -> list[Job]:
    """Every job, the most valuable first.

    Args:
        folder: of the results.
        rows: of each comparison in `SPEED`.
        tiny: one small job of each kind, which shows on any machine that they run.
    """
    if tiny:
        return [
            _speed("training", "ring8_2x64", folder, None, QUICKLY),
            _speed("training", "ring8_2x64", folder, "bfloat16", QUICKLY),
            *_tables("ring8_remedies", "std05", ("vanilla",), folder, "0.002"),
        ]
    return [
        *_speeds("training", rows, folder, None),
        *_speeds("training", rows, folder, "bfloat16", only=("wgan_gp32", "sngan32")),
        *_speeds("styles", rows, folder, None),
        *_speeds("styles", rows, folder, "bfloat16"),
        *_speeds("wide", rows, folder, None),
        *_speeds("wide", rows, folder, "bfloat16"),
        *_tables(
            "stacked_mnist",
            "pacgan",
            ("dcgan", "pacgan2", "pacgan4", "wgan_gp"),
            folder,
        ),
        *_tables("pacgan_table1", "ring", ("gan", "pacgan2", "pacgan3"), folder),
        *_tables("pacgan_table1", "grid", ("gan", "pacgan2", "pacgan3"), folder),
    ]


def _speeds(
    script: str,
    rows: dict[str, list[str]],
    folder: Path,
    dtype: str | None,
    only: tuple[str, ...] = ("",),
) -> Iterator[Job]:
    for row in rows[script]:
        if row.startswith(only):
            yield _speed(script, row, folder, dtype)


def _speed(
    script: str,
    row: str,
    folder: Path,
    dtype: str | None,
    options: tuple[str, ...] = ("--repeats", "5"),
) -> Job:
    half = ("--dtype", dtype) if dtype else ()
    chosen = ("--only", row, "--folder", str(folder))
    command = (f"experiments/speed/{script}.py", *chosen, *half, *options)
    return Job(f"{script}/{row}{f'/{dtype}' if dtype else ''}", command, 90.0)


def _tables(
    experiment: str,
    table: str,
    rows: tuple[str, ...],
    folder: Path,
    scale: str | None = None,
) -> Iterator[Job]:
    share = ("--scale", scale) if scale else ()
    for row in rows:
        command = (
            *("-m", f"experiments.{experiment}.run", "--tables", table, "--rows", row),
            *("--folder", str(folder / experiment)),
            *share,
        )
        yield Job(f"{experiment}/{table}/{row}", command, 300.0)
