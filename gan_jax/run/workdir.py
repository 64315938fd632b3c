"""A run's folder: config.json, checkpoints/, metrics.jsonl, samples/, report.png.

Files are written whole or not at all (a temporary file, then a rename), and a torn last
line of metrics.jsonl, as a kill can leave, is cut away on resume together with every
line past the restored step.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_jax.errors import BadInput

# Fields that may change between a run and its continuation: none alters a number.
FREE = frozenset(
    {"train.steps", "train.devices", "train.mapping", "train.keep", "eval.patience"}
)


class Workdir:
    """The paths and small files of a run."""

    def __init__(self, path: str | os.PathLike[str]):
        self.path = Path(path)
        self.config = self.path / "config.json"
        self.checkpoints = self.path / "checkpoints"
        self.metrics = self.path / "metrics.jsonl"
        self.samples = self.path / "samples"
        self.tensorboard = self.path / "tensorboard"
        self.report = self.path / "report.png"

    def holds_run(self) -> bool:
        """Whether a run was begun here."""
        return self.config.is_file()

    def create(self, record: Mapping[str, Any]) -> None:
        """Begin a run: make the folder and write config.json.

        Raises:
            BadInput: the folder cannot be written.
        """
        try:
            self.samples.mkdir(parents=True, exist_ok=True)
            write(self.config, json.dumps(record, indent=2) + "\n")
        except OSError as error:
            raise BadInput(
                f"workdir {self.path} cannot be written ({error.strerror})",
                "choose another with --workdir",
            ) from error

    def record(self) -> dict[str, Any]:
        """What config.json holds: `config`, `data`, `provenance`.

        Raises:
            BadInput: no run here, or the file does not parse.
        """
        if not self.holds_run():
            raise BadInput(
                f"{self.path} holds no run (no config.json)",
                "train one first, or point --workdir at a run",
            )
        try:
            return json.loads(self.config.read_text())
        except ValueError as error:
            raise BadInput(
                f"{self.config} is damaged ({error})", "restore it"
            ) from error

    def append(self, line: Mapping[str, Any]) -> None:
        """Add a line to metrics.jsonl, on disk before this returns."""
        with self.metrics.open("a") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def lines(self) -> list[dict[str, Any]]:
        """The sound lines of metrics.jsonl."""
        lines = []
        if self.metrics.is_file():
            for text in self.metrics.read_text(errors="replace").splitlines():
                try:
                    lines.append(json.loads(text))
                except ValueError:
                    break  # torn by a kill: nothing after it counts
        return lines

    def cut(self, step: int) -> None:
        """Drop the metrics past a step, so that no step stands in the file twice."""
        kept = [
            json.dumps(line) + "\n" for line in self.lines() if line["step"] <= step
        ]
        write(self.metrics, "".join(kept))


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(path.name + ".part")
    data = content.encode() if isinstance(content, str) else content
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The fields in which two configs differ, as `path: old -> new`.

    Both as JSON gives them back. Fields that alter no number (`FREE`) are passed over.
    """
    before, after = _fields(old), _fields(new)
    return [
        f"{path}: {before.get(path, 'absent')!r} -> {after.get(path, 'absent')!r}"
        for path in sorted({*before, *after})
        if path not in FREE and before.get(path) != after.get(path)
    ]


def _fields(node: Any, path: str = "") -> dict[str, Any]:
    if not isinstance(node, Mapping):
        return {path: json.loads(json.dumps(node))}
    fields: dict[str, Any] = {} if node or not path else {path: {}}
    for key, value in node.items():
        fields |= _fields(value, f"{path}.{key}" if path else key)
    return fields
