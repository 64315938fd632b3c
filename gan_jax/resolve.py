"""The only place where a string becomes code.

A config node is `dict(name="hinge", **kwargs)`; `name` is an attribute path in a room's
namespace (`dcgan.Generator` in `gan_jax.models`). The namespace is the registry: what a
room lists in `__all__` can be named. `bind` checks a node against the real signature
before any data or device is touched, and answers mistakes with the path and the close
names; calling what it returns builds the object.
"""

import difflib
import functools
import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from beartype import BeartypeConf
from beartype.door import is_bearable

from gan_jax.errors import BadInput

_NUMBERS = BeartypeConf(is_pep484_tower=True)  # an int is a fine float
_MISSING = inspect.Parameter.empty


def bind(
    node: Mapping[str, Any],
    rooms: Sequence[ModuleType],
    path: str,
    given: Sequence[str] = (),
) -> Callable[..., Any]:
    """A node, checked and ready to be built.

    Args:
        node: `{"name": ..., **kwargs}`. Kwargs that are nodes themselves, or named
            dicts of nodes, are built too, from the same rooms.
        rooms: where names are looked up, in this order.
        path: where the node stands in the config, for messages.
        given: names of arguments the caller will pass when building, e.g. `shape`,
            known only once data is open. A component need not take them.

    Returns:
        `build(**given)`, which builds the object.

    Raises:
        BadInput: unknown name, unknown, missing or ill-typed argument.
    """
    if not isinstance(node, Mapping) or "name" not in node:
        raise BadInput(f"{path} is {node!r}, not a component", "give it a `name`")
    target = lookup(node["name"], rooms, path)
    kwargs = {key: value for key, value in node.items() if key != "name"}
    parameters = inspect.signature(target).parameters
    # `name` and `parent` are every Flax module's own; no component has such arguments.
    settable = {
        key: p
        for key, p in parameters.items()
        if key not in ("name", "parent")
        and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
    }
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    for key in kwargs:
        if key not in settable and not takes_any:
            raise BadInput(
                f"{path}.{key}: {node['name']} has no such argument",
                close(key, list(settable)),
            )
    for key, parameter in settable.items():
        if key not in (*kwargs, *given) and parameter.default is _MISSING:
            raise BadInput(f"{path}.{key} is missing", f"{node['name']} needs it")
    hints = _hints(target)
    built = {
        key: _argument(value, rooms, f"{path}.{key}", hints.get(key, Any))
        for key, value in kwargs.items()
    }
    return functools.partial(_build, target, built, tuple(settable), path)


def fill(record: type, values: Mapping[str, Any], path: str) -> Any:
    """A config group as a dataclass, its fields checked like arguments.

    Raises:
        BadInput: unknown, missing or ill-typed field, or one the record refuses.
    """
    room = ModuleType(path)
    room.__dict__.update({"__all__": [record.__name__], record.__name__: record})
    return bind({**values, "name": record.__name__}, [room], path)()


def variant_of(table: Mapping[str, Callable[[], Any]], variant: str) -> Any:
    """The config of a variant, `--config=file.py:variant`, from a file's table.

    Raises:
        BadInput: there is none of that name.
    """
    if variant not in table:
        raise BadInput(f"there is no variant {variant!r}", close(variant, list(table)))
    return table[variant]()


def lookup(name: Any, rooms: Sequence[ModuleType], path: str) -> Callable[..., Any]:
    """The public object of that name in the first of the rooms that has it.

    Raises:
        BadInput: none has it; the close names are given.
    """
    for room in rooms:
        found = _descend(room, str(name))
        if found is not None:
            return found
    names = [n for room in rooms for n in catalogue(room)]
    where = " or ".join(room.__name__ for room in rooms)
    raise BadInput(f"{path}.name={name!r} is not in {where}", close(str(name), names))


def catalogue(room: ModuleType) -> list[str]:
    """Every name that can be looked up in a room, as written in a config."""
    names = []
    for name in _public(room):
        value = getattr(room, name)
        if isinstance(value, ModuleType):
            names += [f"{name}.{inner}" for inner in _public(value)]
        elif callable(value):
            names.append(name)
    return names


def _public(room: ModuleType) -> Sequence[str]:
    return getattr(room, "__all__", ())


def _descend(room: ModuleType, name: str) -> Callable[..., Any] | None:
    found: Any = room
    for part in name.split("."):
        if not isinstance(found, ModuleType) or part not in _public(found):
            return None
        found = getattr(found, part)
    return found if callable(found) else None


def _build(
    target: Callable[..., Any],
    kwargs: dict[str, Any],
    settable: tuple[str, ...],
    path: str,
    /,
    **given: Any,
) -> Any:
    offered = {k: v for k, v in given.items() if k in settable and k not in kwargs}
    try:
        return target(**offered, **kwargs)
    except ValueError as error:
        raise BadInput(f"{path}: {error}") from error


def _argument(value: Any, rooms: Sequence[ModuleType], path: str, hint: Any) -> Any:
    if isinstance(value, Mapping):
        if "name" in value:
            value = bind(value, rooms, path)()
        elif all(isinstance(inner, Mapping) for inner in value.values()):
            return {
                key: bind(inner, rooms, f"{path}.{key}")()
                for key, inner in value.items()
            }
    if isinstance(value, list):  # JSON has no tuples
        value = _tuples(value)
    if not _fits(value, hint):
        raise BadInput(
            f"{path}={value!r} has the wrong type", f"wanted {_readable(hint)}"
        )
    return value


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _hints(target: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(target)
    except (NameError, TypeError):  # hints that name things not importable here
        return {}


def _fits(value: Any, hint: Any) -> bool:
    if isinstance(value, bool):  # an int to Python, never to a reader of configs
        return hint is Any or bool in (hint, *typing.get_args(hint))
    try:
        return is_bearable(value, hint, conf=_NUMBERS)
    except Exception:  # a hint beartype cannot judge rejects nothing
        return True


def _readable(hint: Any) -> str:
    if typing.get_origin(hint) is typing.Literal:
        return f"one of {', '.join(map(str, typing.get_args(hint)))}"
    if "Callable" in str(hint):
        return "a component, dict(name=...)"
    return getattr(hint, "__name__", None) or str(hint).replace("typing.", "")


def close(name: str, names: Sequence[str]) -> str:
    """What to try instead of an unknown name: the close ones, or all there are."""
    similar = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if similar:
        return f"did you mean {' or '.join(similar)}?"
    return f"there is {', '.join(sorted(names)) or 'none'}"
