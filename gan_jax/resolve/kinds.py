"""Kinds: what a component gives, what a slot wants, and whether the two agree.

The kind of a component is the annotation of what it returns, or the class itself. The
kind of a slot is the annotation of the parameter it fills. Both are read off signatures;
nothing is called.
"""

import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar, Union

from beartype import BeartypeConf
from beartype.door import is_bearable

from gan_jax.typing import Kind, Later

Mark = TypeVar("Mark")
_NUMBERS = BeartypeConf(is_pep484_tower=True)  # an int is a fine float
_PLAIN = {
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "a word",
    bytes: "bytes",
    type(None): "None",
}


def hints(target: Callable[..., Any]) -> dict[str, Any]:
    """The annotations of a function's or class's arguments, and of what it returns."""
    sources = [target.__init__, target] if inspect.isclass(target) else [target]
    found: dict[str, Any] = {}
    for source in sources:
        try:
            found |= typing.get_type_hints(source, include_extras=True)
        except (NameError, TypeError, AttributeError):
            continue  # hints that name things not importable here
    return found


def kind_of(component: Callable[..., Any]) -> Any:
    """What a component gives; `Any` where a function does not say."""
    if inspect.isclass(component):
        return component
    return hints(component).get("return", Any)


def suits(kind: Any, slot: Any) -> bool:
    """Whether what is of this kind may stand in a slot of that kind."""
    if Any in (kind, slot):
        return True
    if alternatives := _alternatives(slot):
        return any(suits(kind, one) for one in alternatives)
    if form := later(slot):
        return suits(kind, form[0])
    ours, theirs = _tag(kind), _tag(slot)
    if ours and theirs:
        return ours == theirs
    kind, slot = _bare(kind), _bare(slot)
    if inspect.isclass(kind) and inspect.isclass(slot):
        accepts = theirs.accepts if theirs else None
        return _is_subclass(kind, slot) and (accepts is None or accepts(kind))
    return kind == slot


def fits(value: Any, slot: Any) -> bool:
    """Whether a value itself (a number, a word, a list, what was built) may stand there.

    An int is a fine float; a bool is neither, nor is any inside a list.
    """
    if slot is Any:
        return True
    if alternatives := _alternatives(slot):
        return any(fits(value, one) for one in alternatives)
    slot = _bare(slot)
    origin, args = typing.get_origin(slot), typing.get_args(slot)
    if origin is Literal:
        return any(value == one and type(value) is type(one) for one in args)
    if isinstance(value, bool):
        return slot is bool
    if origin is tuple and isinstance(value, tuple):
        if args[1:] == (...,):
            return all(fits(one, args[0]) for one in value)
        return len(value) == len(args) and all(map(fits, value, args))
    if isinstance(value, Mapping) and (of := each_of(slot)) is not None:
        return all(fits(one, of) for one in value.values())
    try:
        return is_bearable(value, slot, conf=_NUMBERS)
    except Exception:  # a hint beartype cannot judge rejects nothing
        return True


def each_of(slot: Any) -> Any:
    """The kind of each entry where the slot takes a dict of named things, else None."""
    for one in _alternatives(slot) or (slot,):
        origin = typing.get_origin(_bare(one))
        if inspect.isclass(origin) and issubclass(origin, Mapping):
            return typing.get_args(_bare(one))[1]
    return None


def later(slot: Any) -> tuple[Any, tuple[str, ...]] | None:
    """Of a slot that builds for itself: what, and what it gives; None of others."""
    if (mark := _extra(slot, Later)) is None:
        return None
    return typing.get_args(_bare(slot))[-1], mark.given


def words(kind: Any) -> str:
    """A kind in plain words: "a loss", "a whole number", "a list, each a number"."""
    if form := later(kind):
        kind = form[0]
    tag, kind = _tag(kind), _bare(kind)
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if tag:
        return tag.words
    if kind in _PLAIN:
        return _PLAIN[kind]
    if alternatives := _alternatives(kind):
        return _listed([words(one) for one in alternatives])
    if origin is Literal:
        return f"one of {', '.join(map(str, args))}"
    if origin is tuple:
        if args[1:] == (...,):
            return f"a list, each {words(args[0])}"
        each = list(dict.fromkeys(map(words, args)))
        return f"a list of {len(args)}, {'each ' * (len(each) == 1)}{', '.join(each)}"
    if (of := each_of(kind)) is not None:
        return f"dict(NAME=..., ...), each {wanted(of)}"
    if kind is Any:
        return "anything"
    return _class_words(kind) if inspect.isclass(kind) else "a function"


def wanted(slot: Any) -> str:
    """What a slot wants, in plain words: "a number or a schedule dict(name=...)"."""
    alternatives = _alternatives(slot) or (slot,)
    return _listed(
        [
            f"{words(one)} dict(name=...)" if _is_part(one) else words(one)
            for one in alternatives
        ]
    )


def _alternatives(slot: Any) -> tuple[Any, ...]:
    """The members of a union; () of anything else."""
    united = typing.get_origin(slot) in (Union, types.UnionType)
    return typing.get_args(slot) if united else ()


def _tag(kind: Any) -> Kind | None:
    return _extra(kind, Kind)


def _extra(kind: Any, mark: type[Mark]) -> Mark | None:
    """What a kind is annotated with besides its type, of this class."""
    extras = kind.__metadata__ if typing.get_origin(kind) is Annotated else ()
    return next((extra for extra in extras if isinstance(extra, mark)), None)


def _bare(kind: Any) -> Any:
    return typing.get_args(kind)[0] if typing.get_origin(kind) is Annotated else kind


def _is_subclass(kind: type, slot: type) -> bool:
    try:
        return issubclass(kind, slot)
    except TypeError:  # protocols with attributes
        return False


def _is_part(slot: Any) -> bool:
    """Whether it is what components are, not a plain value."""
    kind = _bare(slot)
    if kind is Any:
        return False
    if _tag(slot) or typing.get_origin(kind) in (Callable, typing.Callable):
        return True
    return inspect.isclass(kind) and kind not in _PLAIN and "jaxtyping" not in str(kind)


def _class_words(kind: type) -> str:
    named = getattr(kind, "KIND", None)
    if isinstance(named, Kind):
        return named.words
    if "jaxtyping" in str(kind):
        return "an array"
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", kind.__name__).lower()
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _listed(words: list[str]) -> str:
    *first, last = dict.fromkeys(words)
    return f"{', '.join(first)} or {last}" if first else last
