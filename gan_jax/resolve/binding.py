"""From nodes to what they build: checked first, built when called."""

import dataclasses
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from gan_jax.errors import BadInput, shown, told
from gan_jax.resolve.kinds import each_of, fits, hints, later, wanted, words
from gan_jax.resolve.names import Component, close, find

_MISSING = inspect.Parameter.empty
_DEEPEST = 30
"""Nodes within nodes; a config that holds itself is deeper than any."""


@dataclass(frozen=True)
class Bound:
    """A node, checked and ready to be built.

    Attributes:
        target: the component.
        kwargs: its arguments; `Bound` where they are nodes themselves.
        settable: names of all arguments it can be given.
        path: where the node stands in the config.
        kind: what the slot wants.
        later: whether the slot is given the node itself, to build it when it likes (see
            `typing.Later`).
    """

    target: Component
    kwargs: Mapping[str, Any]
    settable: frozenset[str]
    path: str
    kind: Any = Any
    later: bool = False

    def __call__(self, **given: Any) -> Any:
        """The object.

        Args:
            **given: what only the caller knows, e.g. `shape`; left out where the
                component does not take it or the node sets it.

        Raises:
            BadInput: the component refuses its arguments, or gives another kind than
                it said.
        """
        kwargs = {key: _built(value) for key, value in self.kwargs.items()}
        left = self.settable - kwargs.keys()
        offered = {key: value for key, value in given.items() if key in left}
        try:
            value = self.target(**offered, **kwargs)
        except BadInput:
            raise
        except (Exception, SystemExit) as error:
            if not (self.foreign or isinstance(error, (ValueError, OverflowError))):
                raise
            kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
            raise BadInput(f"{self.path}: {kind}{told(error)}") from error
        if not fits(value, self.kind):
            raise BadInput(
                f"{self.path} gives {shown(value)}", f"wanted {words(self.kind)}"
            )
        return value

    @property
    def foreign(self) -> bool:
        """Whether it is another package's, or one is inside: its user can mend that."""
        home = getattr(self.target, "__module__", None)
        ours = str(home).partition(".")[0] == __name__.partition(".")[0]
        return not ours or any(inner.foreign for inner in _inside(self.kwargs))

    def rehearse(self) -> None:
        """Build what stands inside the node, to hear early what refuses its numbers.

        Raises:
            BadInput: as when it is built in earnest.
        """
        for value in self.kwargs.values():
            if isinstance(value, Bound) and value.later:
                value.rehearse()
            else:
                _built(value)


def bind(
    node: Any,
    rooms: Sequence[ModuleType],
    path: str,
    given: Sequence[str] = (),
    kind: Any = None,
    foreign: bool = False,
) -> Bound:
    """A node, checked by names, signatures and kinds; nothing is built.

    Args:
        node: `{"name": ..., **kwargs}`. Kwargs that are nodes themselves, or named
            dicts of nodes, are bound too.
        rooms: where names are looked up, in this order; of rooms that have the name,
            the first whose component is of the wanted kind.
        path: where the node stands in the config, for messages.
        given: names of arguments the caller will pass when building, e.g. `shape`,
            known only once data is open. A component need not take them.
        kind: what the node is to be, e.g. `Game`; it must then come from the first
            room. The kinds of the nodes inside are those of the arguments they fill.
        foreign: whether `package.module.Name` may name a component of another package,
            which is then imported. Not for configs that somebody else wrote.

    Raises:
        BadInput: unknown name, a component of another kind, unknown, missing or
            ill-typed argument.
    """
    _check_form(node, path)
    own = len(rooms) if kind is None else 1
    place = _Place(tuple(rooms), foreign)
    return place.bind(node, path, Any if kind is None else kind, given, own)


def fill(record: type, values: Any, path: str) -> Any:
    """A config group as a dataclass, its fields checked like arguments.

    Raises:
        BadInput: unknown, missing or ill-typed field, or one the record refuses.
    """
    values = group(values, path)
    return _Place((), False).arguments(record, values, path, (), "it", record)()


def group(values: Any, path: str) -> Mapping[str, Any]:
    """A group of a config, once it is seen to be a dict with words for keys.

    Raises:
        BadInput: it is not, somewhere inside it is not, or it holds itself.
    """
    if not isinstance(values, Mapping):
        raise BadInput(
            f"{path} is {shown(values)}, not a group of fields",
            "write dict(FIELD=VALUE, ...)",
        )
    _check_form(values, path)
    return values


@dataclass(frozen=True)
class _Place:
    """Where the names of a node and of the nodes inside it are looked up."""

    rooms: tuple[ModuleType, ...]
    foreign: bool

    def bind(
        self, node: Any, path: str, kind: Any, given: Sequence[str], own: int
    ) -> Bound:
        if not isinstance(node, Mapping) or "name" not in node:
            raise BadInput(
                f"{path} is {shown(node)}, without a `name`", f"wanted {wanted(kind)}"
            )
        rooms, others, name = self.rooms[:own], self.rooms[own:], node["name"]
        target = find(name, rooms, path, kind, others, self.foreign)
        values = {key: value for key, value in node.items() if key != "name"}
        return self.arguments(target, values, path, given, name, kind)

    def arguments(
        self,
        target: Component,
        values: Mapping[str, Any],
        path: str,
        given: Sequence[str],
        name: str,
        kind: Any,
    ) -> Bound:
        """Bind a component's arguments, which its signature must know."""
        try:
            parameters = inspect.signature(target).parameters
        except (ValueError, TypeError) as error:
            raise BadInput(
                f"{path}: nobody can say which arguments {name} has",
                "write a function around it",
            ) from error
        # `name` and `parent` are every Flax module's own; no component has such arguments.
        settable = {
            key: p
            for key, p in parameters.items()
            if key not in ("name", "parent")
            and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
        }
        rest = next((k for k, p in parameters.items() if p.kind is p.VAR_KEYWORD), None)
        for key in values:
            if key not in settable and rest is None:
                raise BadInput(
                    f"{path}.{key}: {name} has no such argument",
                    close(key, list(settable)),
                )
        for key, parameter in settable.items():
            if key not in (*values, *given) and parameter.default is _MISSING:
                raise BadInput(f"{path}.{key} is missing", f"{name} needs it")
        known = hints(target)
        kwargs = {
            key: self.argument(
                value,
                f"{path}.{key}",
                known.get(key if key in settable else str(rest), Any),
            )
            for key, value in values.items()
        }
        return Bound(target, kwargs, frozenset(settable), path, kind)

    def argument(self, value: Any, path: str, slot: Any) -> Any:
        """A value as it is, if it fits; a node, or a dict of nodes, bound."""
        if isinstance(value, list):  # JSON has no tuples
            value = _tuples(value)
        if isinstance(value, Mapping):
            each = each_of(slot)
            if "name" in value and each is None:
                built, given = later(slot) or (slot, ())
                bound = self.bind(value, path, built, given, len(self.rooms))
                return dataclasses.replace(bound, later=built is not slot)
            if slot is Any and all(isinstance(one, Mapping) for one in value.values()):
                each = Any
            if each is not None and not isinstance(value.get("name"), str):
                return {
                    key: self.argument(inner, f"{path}.{key}", each)
                    for key, inner in value.items()
                }
        if not fits(value, slot):
            raise BadInput(
                f"{path}={shown(value)} has the wrong type", f"wanted {wanted(slot)}"
            )
        return value


def _built(value: Any) -> Any:
    if isinstance(value, Bound):
        return value if value.later else value()
    if isinstance(value, dict):
        return {key: _built(inner) for key, inner in value.items()}
    return value


def _inside(value: Any) -> Iterator[Bound]:
    """The nodes in what a node is given."""
    if isinstance(value, Bound):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _inside(inner)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _check_form(value: Any, path: str, depth: int = 0) -> None:
    """Refuse what no file could hold: odd keys and values, and what is too deep.

    Raises:
        BadInput: naming where.
    """
    if depth > _DEEPEST:
        raise BadInput(
            f"{path[:60]}... goes {_DEEPEST} levels deep", "does it hold itself?"
        )
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise BadInput(f"{path} has the key {shown(key)}", "keys are words")
            _check_form(inner, f"{path}.{key}", depth + 1)
    elif isinstance(value, (list, tuple)):
        for i, inner in enumerate(value):
            _check_form(inner, f"{path}[{i}]", depth + 1)
    elif value is not None and not isinstance(value, (bool, int, float, str)):
        raise BadInput(
            f"{path} is {shown(value)}",
            "a config holds numbers, words, None, lists and dicts of them",
        )
