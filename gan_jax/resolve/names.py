"""From names to components: those of the rooms, and those of a user's own packages."""

import difflib
import importlib
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

from gan_jax.errors import BadInput, shown, told
from gan_jax.resolve.kinds import kind_of, suits, words

Component = Callable[..., Any]


def catalogue(room: ModuleType) -> list[str]:
    """Every name that can be looked up in a room, as written in a config."""
    names = []
    for name in _public(room):
        value = getattr(room, name)
        inner = _public(value) if isinstance(value, ModuleType) else ()
        names += [f"{name}.{own}" for own in inner if _descend(value, own)]
        if _is_component(value):
            names.append(name)
    return names


def lookup(name: Any, rooms: Sequence[ModuleType], path: str) -> Component:
    """The public component of that name in the first of the rooms that has it.

    Raises:
        BadInput: none has it; the close names are given.
    """
    for component in _named(name, rooms):
        return component
    raise _unknown(name, rooms, path, Any)


def find(
    name: Any,
    rooms: Sequence[ModuleType],
    path: str,
    kind: Any = Any,
    others: Sequence[ModuleType] = (),
    foreign: bool = False,
) -> Component:
    """The component of that name and kind.

    Args:
        name: as written in a config.
        rooms: where it may come from; the first that has one of the kind.
        path: of the node, for messages.
        kind: what the slot wants.
        others: rooms it may not come from, to say what a misplaced name is.
        foreign: whether `package.module.Name` of another package is imported.

    Raises:
        BadInput: no such name, one of another kind, or a foreign one where those are
            not allowed; then nothing was imported.
    """
    if _is_foreign(name, [*rooms, *others]):
        component = _import(name, rooms, path, kind, foreign)
        found = [component]
    else:
        found = list(_named(name, rooms))
    for component in found:
        if suits(kind_of(component), kind):
            return component
    for component in [*found, *_named(name, others)]:
        raise BadInput(
            f"{path}.name={name!r} is {words(kind_of(component))}, not {words(kind)}",
            _all(_fitting(rooms, kind)),
        )
    raise _unknown(name, rooms, path, kind)


def variant_of(table: Mapping[str, Callable[[], Any]], variant: str) -> Any:
    """The config of a variant, `--config=file.py:variant`, from a file's table.

    Raises:
        BadInput: there is none of that name.
    """
    if variant not in table:
        raise BadInput(
            f"there is no variant {shown(variant)}", close(variant, list(table))
        )
    return table[variant]()


def close(name: str, names: Sequence[str]) -> str:
    """What to try instead of an unknown name: the close ones, or all there are."""
    similar = difflib.get_close_matches(name[:100], names, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(similar)}?" if similar else _all(names)


def _all(names: Sequence[str], most: int = 20) -> str:
    listed = ", ".join(sorted(names)[:most]) or "none"
    return f"there is {listed}{', ...' if len(names) > most else ''}"


def _public(room: ModuleType) -> Sequence[str]:
    return getattr(room, "__all__", ())


def _is_component(value: Any) -> bool:
    """Whether it builds something; an alias such as `Norm` only describes."""
    return callable(value) and typing.get_origin(value) is None


def _descend(room: ModuleType, name: str) -> Component | None:
    found: Any = room
    for part in name.split("."):
        if not isinstance(found, ModuleType) or part not in _public(found):
            return None
        found = getattr(found, part)
    return found if _is_component(found) else None


def _named(name: Any, rooms: Sequence[ModuleType]) -> Iterator[Component]:
    for room in rooms:
        found = _descend(room, name) if isinstance(name, str) else None
        if found is not None:
            yield found


def _fitting(rooms: Sequence[ModuleType], kind: Any) -> list[str]:
    """Names of what builds a kind in these rooms; the class itself is no advice."""
    named = {n: _descend(room, n) for room in rooms for n in catalogue(room)}
    return [
        name
        for name, found in named.items()
        if found is not kind and found and suits(kind_of(found), kind)
    ]


def _unknown(name: Any, rooms: Sequence[ModuleType], path: str, kind: Any) -> BadInput:
    where = " or ".join(room.__name__ for room in rooms)
    return BadInput(
        f"{path}.name={shown(name)} is not in {where}",
        close(str(name), _fitting(rooms, kind)),
    )


def _is_foreign(name: Any, rooms: Sequence[ModuleType]) -> bool:
    """Whether it is `package.module.Name`, and the package no name of ours."""
    if not isinstance(name, str):
        return False
    first, *rest = parts = name.split(".")
    ours = any(first in _public(room) for room in rooms)
    return bool(rest) and not ours and all(part.isidentifier() for part in parts)


def _import(
    name: str, rooms: Sequence[ModuleType], path: str, kind: Any, allowed: bool
) -> Component:
    what = f"{path}.name={shown(name)}"
    if not allowed:
        raise BadInput(
            f"{what} is not in {' or '.join(room.__name__ for room in rooms)}",
            "if it is a component of your own, using it runs its code: allow that with "
            "--trust, gan_jax.load(..., trust=True)",
        )
    home, _, own = name.rpartition(".")
    try:
        module = importlib.import_module(home)
    except ModuleNotFoundError as error:
        if error.name and f"{home}.".startswith(f"{error.name}."):
            names = _fitting(rooms, kind)
            raise BadInput(
                f"{what}: there is no module {error.name}", close(name, names)
            ) from error
        raise _fails(what, home, error) from error
    except (Exception, SystemExit) as error:
        raise _fails(what, home, error) from error
    if not hasattr(module, own):
        raise BadInput(f"{what}: {home} has no {own}", close(own, dir(module)))
    found = getattr(module, own)
    if not _is_component(found):
        raise BadInput(f"{what} is {shown(found)}", "name a class or a function")
    return found


def _fails(what: str, home: str, error: BaseException) -> BadInput:
    """A module of others that cannot be imported; its error may fail to say anything."""
    why = f"{type(error).__name__}: {told(error)}"
    return BadInput(f"{what}: {home} fails: {why}", "mend it")
