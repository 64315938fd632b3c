"""results.json and samples.npz of an experiment: written after every row."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from experiments.laboratory.rows import Row, Table
from gan_jax.run.workdir import write

LEAF = re.compile(r"\[[^\[\]{}]*\]")
"""A list of plain values, in JSON."""


class Records:
    """What an experiment has measured.

    Args:
        folder: of the experiment.
    """

    def __init__(self, folder: Path):
        self._results, self._samples = folder / "results.json", folder / "samples.npz"
        self._record: dict[str, Any] = {"tables": {}}
        self._kept: dict[str, np.ndarray] = {}
        if self._results.is_file():
            self._record = json.loads(self._results.read_text())
        if self._samples.is_file():
            with np.load(self._samples) as stored:
                self._kept = dict(stored)

    def scales(self, table: Table) -> list[float]:
        """Shares of the steps at which rows of a table were played, the whole first."""
        named = (name.partition("@") for name in self._record["tables"])
        shares = {float(share or 1) for name, _, share in named if name == table.name}
        return sorted(shares, reverse=True)

    def row(self, table: Table, row: Row) -> dict[str, Any] | None:
        """The record of a row, if there is one of this config."""
        found = self._table(table)["rows"].get(row.name)
        return found if found and found["digest"] == table.digest(row) else None

    def samples(self, table: Table, name: str) -> np.ndarray | None:
        """Kept samples of a row, or of the data (`real`)."""
        return self._kept.get(f"{table.name}/{name}")

    def floor(self, table: Table) -> dict[str, Any] | None:
        """What real samples score."""
        return self._table(table)["floor"]

    def put_row(
        self, table: Table, row: Row, record: dict[str, Any], samples: np.ndarray
    ) -> None:
        """Keep a row, on disk before this returns."""
        self._record["tables"].setdefault(table.name, self._table(table))
        self._record["tables"][table.name]["rows"][row.name] = record
        self._kept[f"{table.name}/{row.name}"] = samples
        self._write()

    def put_floor(
        self, table: Table, floor: dict[str, Any], samples: np.ndarray
    ) -> None:
        """Keep what real samples score."""
        self._record["tables"].setdefault(table.name, self._table(table))
        self._record["tables"][table.name]["floor"] = floor
        self._kept[f"{table.name}/real"] = samples
        self._write()

    def _table(self, table: Table) -> dict[str, Any]:
        return self._record["tables"].get(table.name, {"floor": None, "rows": {}})

    def _write(self) -> None:
        self._results.parent.mkdir(parents=True, exist_ok=True)
        part = self._samples.with_suffix(".part.npz")
        np.savez_compressed(part, **self._kept)  # pyright: ignore[reportArgumentType]
        part.replace(self._samples)
        text = json.dumps(self._record, indent=1)
        write(self._results, LEAF.sub(_on_one_line, text) + "\n")


def _on_one_line(found: re.Match[str]) -> str:
    return " ".join(found[0].split())
