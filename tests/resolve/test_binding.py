"""Nodes are checked first, and built when asked."""

import dataclasses
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest

from gan_jax import (
    data,
    games,
    losses,
    models,
    nn,
    optim,
    regularizers,
    resolve,
    schedules,
)
from gan_jax.data import Dataset
from gan_jax.errors import BadInput
from gan_jax.typing import Later
from tests.resolve.rooms import room

OPTIM = [optim, schedules]


def test_builds_with_nested_nodes():
    node = dict(
        name="clip_norm",
        max_norm=1,
        of=dict(
            name="adam",
            learning_rate=dict(name="linear", start=1.0, end=0.0, over=10),
        ),
    )
    transformation = resolve.bind(node, OPTIM, "config.optim.gen")()(0)
    assert transformation.init({"w": 0.0}) is not None


def test_names_reach_into_modules_and_given_values_are_passed():
    build = resolve.bind(
        dict(name="mlp.Generator", widths=[4, 4]), [models, nn], "m", ("shape", "dtype")
    )
    module = build(shape=(2,), dtype="float32")
    assert module == models.mlp.Generator(shape=(2,), widths=(4, 4), dtype="float32")


def test_named_dicts_of_nodes_are_built_each():
    build = resolve.bind(
        dict(
            name="chain",
            r1=dict(name="r1", gamma=1.0),
            r2=dict(name="r2", gamma=1),
        ),
        [regularizers],
        "r",
    )
    assert isinstance(build(), regularizers.Regularizer)


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (dict(name="adm"), r"o\.name='adm' is not in .*did you mean adam"),
        (dict(name=3), r"o\.name=3 is not in .*there is adam"),
        (
            dict(name="adam", b4=0.1),
            r"o\.b4: adam has no such argument; did you mean b",
        ),
        (dict(name="sgd"), r"o\.learning_rate is missing"),
        (dict(name="adam", b1="high"), r"o\.b1='high' has the wrong type"),
        (
            dict(name="adam", learning_rate="fast"),
            r"wanted a number or a schedule dict\(name=\.\.\.\)",
        ),
        (dict(name="adam", b1=True), r"o\.b1=True has the wrong type"),
        (
            dict(name="adam", eps="9" * 300),
            r"o\.eps='9{20,60}\.\.\. has the wrong type",
        ),
        (dict(learning_rate=1.0), r"without a `name`; wanted an optimiser dict"),
        (None, r"o is None, without a `name`"),
        (dict(name="optax"), r"o\.name='optax' is not in"),
        (dict(name="jax.numpy.sum"), r"is not in"),
        (dict(name="_hidden"), r"is not in"),
        (
            dict(name="adam", learning_rate=dict(name="linear", start=1.0, over=3)),
            r"o\.learning_rate\.end is missing",
        ),
        (
            dict(name="clip_norm", max_norm=1, of=dict(nme="adam")),
            "wanted an optimiser",
        ),
    ],
)
def test_mistakes_are_answered_with_path_and_remedy(node, message):
    with pytest.raises(BadInput, match=message):
        resolve.bind(node, OPTIM, "o", kind=optim.Optimiser)


def test_numbers_are_words_and_lists_are_looked_at_whole():
    """A checker that samples one entry of a list would pass most of these at times."""
    widths = (8,) * 40
    for wrong in ((*widths, "8"), (*widths, True), (*widths, 8.5), (*widths, (8,))):
        with pytest.raises(BadInput, match=r"wanted a list, each a whole number"):
            resolve.bind(
                dict(name="mlp.Discriminator", widths=wrong), [models, nn], "m"
            )


def test_a_refusal_keeps_the_path_of_the_nested_node():
    steps = dict(name="steps", values=(1.0,), boundaries=(2,))
    node = dict(
        name="clip_norm", max_norm=1.0, of=dict(name="sgd", learning_rate=steps)
    )
    bound = resolve.bind(node, OPTIM, "o")
    for build in (bound, bound.rehearse):
        with pytest.raises(BadInput, match=r"o\.of\.learning_rate: .*one value more"):
            build()


def test_binding_builds_nothing():
    built = []

    def inner(path: str = "") -> Dataset:
        built.append(path)
        raise OSError("opened")

    def outer(of: Dataset, parts: dict[str, Dataset] | None = None) -> Dataset:
        return of

    rooms = [room(inner=inner, outer=outer)]
    node = dict(name="inner", path="/somewhere")
    bound = resolve.bind(dict(name="outer", of=node, parts=dict(a=node)), rooms, "d")
    assert not built
    with pytest.raises(BadInput, match="OSError: opened"):
        bound()
    assert built == ["/somewhere"]


def test_what_is_built_must_be_what_was_said():
    def lies(value: Any = None):
        return value

    def loss() -> losses.Adversarial:
        return None  # pyright: ignore

    rooms = [room(lies=lies, loss=loss)]
    for name, kind in (("lies", Dataset), ("loss", losses.Adversarial)):
        build = resolve.bind(dict(name=name), rooms, "x", kind=kind)
        with pytest.raises(BadInput, match="x gives None; wanted a"):
            build()


def holds_itself():
    cyclic: list = []
    cyclic += [cyclic, cyclic]
    return cyclic


def holds_itself_by_name():
    cyclic: dict = {}
    cyclic["a"] = cyclic
    return cyclic


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (dict(name="ring", modes=holds_itself()), "does it hold itself"),
        (dict(name="ring", modes=holds_itself_by_name()), "does it hold itself"),
        ({"name": "ring", 3: 4}, "has the key 3; keys are words"),
        (dict(name="ring", modes={None: 1}), r"d\.modes has the key None"),
        (dict(name=["ring"]), r"name=\['ring'\] is not in"),
    ],
    ids=range(5),
)
def test_what_is_no_tree_of_words(node, message):
    with pytest.raises(BadInput, match=message):
        resolve.bind(node, [data], "d")


Made = Annotated[Callable[..., losses.Adversarial], Later(("size",))]


def small(size: int, bound: int = 3) -> losses.Adversarial:
    if bound < 0:
        raise ValueError(f"bound={bound} is negative")
    return losses.hinge if size < bound else losses.wasserstein


def several(of: Made) -> Dataset:
    """What it is given, it makes of two sizes."""
    return [of(size=1), of(size=5)]  # pyright: ignore


def test_a_slot_that_builds_for_itself_is_given_a_checked_node():
    rooms = [room(several=several, small=small), optim]
    node = dict(name="several", of=dict(name="small", bound=2))
    bound = resolve.bind(node, rooms, "config.game")
    inner = bound.kwargs["of"]
    assert inner.later
    assert several(of=inner) == [losses.hinge, losses.wasserstein]
    for wrong, message in (
        (
            dict(name="adam"),
            r"of\.name='adam' is an optimiser, not a loss; there is small",
        ),
        (dict(name="smal"), r"of\.name='smal' is not in .*did you mean small"),
        (dict(name="small", bond=1), r"of\.bond: small has no such argument"),
        (dict(name="small", bound="a"), r"of\.bound='a' has the wrong type"),
        ("small", r"of='small' has the wrong type; wanted a loss dict"),
        (dict(bound=1), r"of=.* has the wrong type; wanted a loss dict"),
    ):
        with pytest.raises(BadInput, match=message):
            resolve.bind(node | dict(of=wrong), rooms, "config.game")
    # What it is made with later is missing where nobody makes it later.
    with pytest.raises(BadInput, match=r"size is missing"):
        resolve.bind(node["of"], rooms, "config.game")


def test_a_node_that_is_built_later_tells_its_place():
    rooms = [room(several=several, small=small)]
    node = dict(name="several", of=dict(name="small", bound=-1))
    bound = resolve.bind(node, rooms, "config.game")
    bound.rehearse()  # its own numbers are looked at when it is made
    with pytest.raises(BadInput, match=r"config\.game\.of: bound=-1 is negative"):
        bound()


@dataclasses.dataclass(frozen=True)
class Record:
    steps: int
    rate: float = 1.0
    kind: Literal["a", "b"] = "a"

    def __post_init__(self):
        if self.steps < 0:
            raise ValueError("steps is negative")


def test_groups_are_filled_like_arguments():
    assert resolve.fill(Record, dict(steps=3, rate=2), "config.train") == Record(3, 2)
    for values, message in (
        (dict(stesp=3), r"config\.train\.stesp.*did you mean steps"),
        (dict(), r"config\.train\.steps is missing"),
        (dict(steps=2.5), r"config\.train\.steps=2.5 .*; wanted a whole number"),
        (dict(steps=-1), r"config\.train: steps is negative"),
        (dict(steps=1, kind="c"), r"kind='c' has the wrong type; wanted one of a, b"),
        (None, r"config\.train is None, not a group of fields"),
        ([], r"config\.train is \[\], not a group of fields"),
        ({1: 2}, r"config\.train has the key 1"),
        (dict(steps=dict(name="x")), r"config\.train\.steps.name='x' is not in"),
    ):
        with pytest.raises(BadInput, match=message):
            resolve.fill(Record, values, "config.train")


def test_every_catalogued_name_can_be_looked_up():
    for rooms in (models, losses, regularizers, optim, schedules, games):
        names = resolve.catalogue(rooms)
        assert names
        for name in names:
            assert callable(resolve.lookup(name, [rooms], "path"))


def test_the_first_room_wins():
    rooms = [room(x=lambda: 1), room(x=lambda: 2)]
    assert resolve.lookup("x", rooms, "p")() == 1


def test_variants():
    table = {"digits": lambda: {"a": 1}, "tiny": dict}
    assert resolve.variant_of(table, "digits") == {"a": 1}
    with pytest.raises(BadInput, match="did you mean tiny"):
        resolve.variant_of(table, "tinny")
