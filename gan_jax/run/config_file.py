"""Config files and the command line's changes to them.

A config file is Python with `get_config(variant)` returning an `ml_collections`
ConfigDict. Any field can be set from the command line, also one the file leaves at its
default: what exists is decided by the signatures in `assemble.bind`, not by the file.
"""

import ast
import importlib.util
import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ml_collections import ConfigDict

from gan_jax.errors import BadInput
from gan_jax.resolve import close
from gan_jax.run.assemble import OPTIONAL


def load(spec: str, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """The config a command line names.

    Args:
        spec: `path/to/file.py` or `path/to/file.py:variant`.
        overrides: `group.field=value`, values as Python literals, else as words.

    Raises:
        BadInput: no such file, variant or group; the file fails; a malformed override.
    """
    path, _, variant = spec.partition(":")
    make = _get_config(Path(path))
    if variant and not inspect.signature(make).parameters:
        raise BadInput(f"{path} has no variants", f"leave out :{variant}")
    try:
        config = make(variant) if variant else make()
    except BadInput:
        raise
    except Exception as error:
        raise BadInput(f"{spec} fails: {error!r}", "mend the file") from error
    plain = config.to_dict() if isinstance(config, ConfigDict) else dict(config)
    for override in overrides:
        _set(plain, override)
    return plain


def _get_config(path: Path) -> Any:
    if not path.is_file():
        folder = path.parent if path.parent.is_dir() else Path("configs")
        near = sorted(str(p) for p in folder.glob("*.py") if p.stem != "__init__")
        raise BadInput(f"there is no config file {path}", close(str(path), near))
    spec = importlib.util.spec_from_file_location(f"config_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise BadInput(f"{path} is not Python", "a config file ends in .py")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise BadInput(f"{path} fails: {error!r}", "mend the file") from error
    if not callable(getattr(module, "get_config", None)):
        raise BadInput(f"{path} has no get_config()", "see configs/wgan_gp.py")
    return module.get_config


def _set(config: dict[str, Any], override: str) -> None:
    path, equals, text = override.partition("=")
    if not equals:
        raise BadInput(f"--config.{path} has no value", f"--config.{path}=VALUE")
    *parents, field = path.split(".")
    node: Any = config
    walked = "config"
    for name in parents:
        # Within a group a component may be added: what the group takes, `bind` knows.
        there = node is config and name not in OPTIONAL
        inner = node.get(name) if there else node.setdefault(name, {})
        if not isinstance(inner, Mapping):
            groups = [k for k, v in node.items() if isinstance(v, Mapping)]
            groups += OPTIONAL if node is config else ()
            raise BadInput(
                f"{walked}.{name} (in --config.{override}) does not exist",
                close(name, groups),
            )
        node, walked = inner, f"{walked}.{name}"
    old = node.get(field)
    if isinstance(old, Mapping):
        raise BadInput(
            f"{walked}.{field} is a group of fields",
            f"set one of them: {', '.join(f'{field}.{k}' for k in old)}",
        )
    try:
        node[field] = text if isinstance(old, str) else ast.literal_eval(text)
    except (ValueError, SyntaxError):
        node[field] = text
