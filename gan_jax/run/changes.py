"""In what a config differs from the one that a run was begun with."""

import json
import os
from collections.abc import Mapping
from typing import Any

FREE = (
    "train.steps",
    "train.devices",
    "train.mapping",
    "train.keep",
    "train.log_every",
    "train.sample_every",
    "train.sample_epochs",
    "eval",
    "weights",
)
"""Fields, and groups, that may change between a run and its continuation: none alters a
weight. Those of `weights` were read when the run began."""
PLACES = ("path", "data_dir")
"""Fields of the data group that say where data lie, not what they are; free, too, as the
content is compared by its digest."""


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The fields in which two configs differ, as `path: old -> new`.

    Both as JSON gives them back. Fields that alter no weight (`FREE`) are passed over, as
    is where the data lie (`PLACES`).
    """
    before, after = _fields(old), _fields(new)
    return [
        f"{path}: {before.get(path, 'absent')!r} -> {after.get(path, 'absent')!r}"
        for path in sorted({*before, *after})
        if not _free(path) and before.get(path) != after.get(path)
    ]


def _free(path: str) -> bool:
    group, *fields = path.split(".")
    if group == "data" and fields and fields[-1] in PLACES:
        return True
    return any(path == free or path.startswith(f"{free}.") for free in FREE)


def placed(node: Any) -> Any:
    """A data group with its places made absolute, so that they hold from any folder."""
    if not isinstance(node, Mapping):
        return node
    return {
        key: os.path.abspath(os.path.expanduser(value))
        if key in PLACES and isinstance(value, str)
        else placed(value)
        for key, value in node.items()
    }


def _fields(node: Any, path: str = "") -> dict[str, Any]:
    if not isinstance(node, Mapping):
        return {path: json.loads(json.dumps(node))}
    fields: dict[str, Any] = {} if node or not path else {path: {}}
    for key, value in node.items():
        fields |= _fields(value, f"{path}.{key}" if path else key)
    return fields
