"""Config files and the command line's changes to them.

A config file is Python with `get_config(variant)` returning an `ml_collections`
ConfigDict. Those of this package are found by their names, others by their paths. Any
field can be set from the command line, also one the file leaves at its default: what
exists is decided by the signatures in `assemble.bind`, not by the file.
"""

import ast
import inspect
import os
import stat
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from ml_collections import ConfigDict

from gan_jax.configs import FOLDER
from gan_jax.errors import BadInput, brief, shown, told
from gan_jax.resolve import close
from gan_jax.run.assemble import OPTIONAL

_DEEPEST = 30
"""Dicts within dicts; a config that holds itself is deeper than any."""


def load(spec: str, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """The config a command line names.

    Args:
        spec: the name of a config of this package (`wgan_gp`) or the path of a file
            (`path/to/file.py`); then, after a colon, the variant.
        overrides: `group.field=value`, values as Python literals, else as words.

    Raises:
        BadInput: no such file, variant or group; the file fails, or gives no config; a
            malformed override.
    """
    path, variant = _find(spec)
    make = _get_config(path)
    given = _arguments(make, path, variant)
    made = _guarded(path, lambda: make(*given))
    config = _guarded(path, lambda: _plain(made, path))
    if not isinstance(config, dict):
        if inspect.iscoroutine(made):  # or Python complains that nobody awaited it
            made.close()
        raise BadInput(
            f"get_config() in {_cut(path)} gives {shown(made)}, not a config",
            "see configs/wgan_gp.py",
        )
    for override in overrides:
        _set(config, override)
    return config


def names() -> list[str]:
    """Of the configs that come with this package."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.stem[0] != "_")


def _find(spec: str) -> tuple[Path, str]:
    """The file and the variant that a command line means; a path may have colons."""
    head, _, tail = spec.rpartition(":")
    for text, variant in ((spec, ""), (head, tail)):
        if text in names():
            return FOLDER / f"{text}.py", variant
        path = Path(os.path.expanduser(text))
        if text and _is(stat.S_ISREG, path):
            return path, variant
    for text in filter(None, (spec, head)):
        if _is(stat.S_ISDIR, Path(os.path.expanduser(text))):
            raise BadInput(f"--config={_cut(text)} is a folder", "name a file in it")
    text = head or spec
    path = Path(os.path.expanduser(text))
    near = []
    if (path.suffix or len(path.parts) > 1) and _is(stat.S_ISDIR, path.parent):
        near = sorted(str(p) for p in path.parent.glob("*.py") if p.stem[0] != "_")
    raise BadInput(
        f"there is no config file {_cut(text) or shown(text)}",
        close(text, [*near, *names()]),
    )


def _is(what: Callable[[int], bool], path: Path) -> bool:
    try:
        return what(os.stat(path).st_mode)
    except PermissionError as error:
        raise _unreadable(path, error) from error
    except (OSError, ValueError):  # not there, or no name a file can have
        return False


def _cut(path: Path | str) -> str:
    return brief(str(path), 200)


def _unreadable(path: Path, error: OSError) -> BadInput:
    return BadInput(f"cannot read {_cut(path)}: {error.strerror}", "may you?")


def _get_config(path: Path) -> Callable[..., Any]:
    """The function of that name in a file, run as a module of its own."""
    if path.suffix != ".py":
        raise BadInput(f"{path} is not Python", "a config file ends in .py")
    try:
        source = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    module = ModuleType(f"gan_jax_config_{path.stem}")
    module.__file__ = str(path)
    # Dataclasses look up the module they are defined in.
    sys.modules[module.__name__] = module
    _guarded(path, lambda: exec(compile(source, str(path), "exec"), module.__dict__))
    make = module.__dict__.get("get_config")
    if not callable(make):
        raise BadInput(f"{path} has no get_config()", "see configs/wgan_gp.py")
    return make


def _arguments(make: Callable[..., Any], path: Path, variant: str) -> list[str]:
    """What get_config is called with."""
    try:
        parameters = list(inspect.signature(make).parameters.values())
    except (ValueError, TypeError):  # builtins need not say
        return [variant] if variant else []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if variant and not parameters:
        raise BadInput(f"{path} has no variants", f"leave out :{variant}")
    if not variant and any(p.default is p.empty for p in parameters if p.kind in kinds):
        raise BadInput(f"{path} has no usual variant", f"--config={path}:VARIANT")
    return [variant] if variant else []


def _guarded(path: Path, call: Callable[[], Any]) -> Any:
    """What a call into a config file gives; whatever it raises, as one line."""
    try:
        return call()
    except BadInput:
        raise
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(path)]
        where = f" in line {lines[-1]}" if lines else ""
        why = brief(f"{type(error).__name__}: {told(error)}", 200)
        raise BadInput(f"{path} fails{where}: {why}", "mend the file") from error


def _plain(value: Any, path: Path, depth: int = 0) -> Any:
    """A config as dicts and what they hold."""
    if depth > _DEEPEST:
        raise BadInput(
            f"the config of {path} is {_DEEPEST} levels deep", "does it hold itself?"
        )
    if isinstance(value, ConfigDict):
        value = value.to_dict()
    if isinstance(value, Mapping):
        return {key: _plain(inner, path, depth + 1) for key, inner in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_plain(inner, path, depth + 1) for inner in value)
    return value


def _set(config: dict[str, Any], override: str) -> None:
    path, equals, text = override.partition("=")
    told = f"--config.{brief(override)}"
    if not equals:
        raise BadInput(f"{told} has no value", f"{told}=VALUE")
    *parents, field = path.split(".")
    node: Any = config
    walked = "config"
    for name in parents:
        # Within a group a component may be added: what the group takes, `bind` knows.
        there = node is config and name not in OPTIONAL
        inner = node.get(name) if there else node.setdefault(name, {})
        if not isinstance(inner, dict):
            groups = [k for k, v in node.items() if isinstance(v, dict)]
            groups += OPTIONAL if node is config else ()
            raise BadInput(
                f"{brief(f'{walked}.{name}')} (in {told}) does not exist",
                close(name, groups),
            )
        node, walked = inner, f"{walked}.{name}"
    old = node.get(field)
    if isinstance(old, dict):
        raise BadInput(
            f"{walked}.{field} is a group of fields",
            f"set one of them: {', '.join(f'{field}.{k}' for k in old)}",
        )
    node[field] = text if isinstance(old, str) else _value(text, told)


def _value(text: str, told: str) -> Any:
    """A Python literal, else the word itself."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError):
        return text
    except (RecursionError, MemoryError) as error:
        raise BadInput(
            f"{told} is too deep to be read", "give a plain value"
        ) from error
