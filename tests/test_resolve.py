import dataclasses
from types import ModuleType
from typing import Literal

import pytest

from gan_jax import games, losses, models, nn, optim, regularizers, resolve, schedules
from gan_jax.errors import BadInput

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
        (
            dict(name="adam", b4=0.1),
            r"o\.b4: adam has no such argument; did you mean b",
        ),
        (dict(name="sgd"), r"o\.learning_rate is missing"),
        (dict(name="adam", b1="high"), r"o\.b1='high' has the wrong type"),
        (dict(name="adam", b1=True), r"o\.b1=True has the wrong type"),
        (dict(learning_rate=1.0), r"not a component"),
        (dict(name="optax"), r"o\.name='optax' is not in"),
        (dict(name="jax.numpy.sum"), r"is not in"),
        (dict(name="_hidden"), r"is not in"),
        (
            dict(name="adam", learning_rate=dict(name="linear", start=1.0, over=3)),
            r"o\.learning_rate\.end is missing",
        ),
        (
            dict(
                name="adam",
                learning_rate=dict(name="steps", values=(1.0,), boundaries=(2,)),
            ),
            r"one value more",
        ),
    ],
)
def test_mistakes_are_answered_with_path_and_remedy(node, message):
    with pytest.raises(BadInput, match=message):
        resolve.bind(node, OPTIM, "o")()


def test_a_refusal_by_the_component_keeps_the_path():
    build = resolve.bind(
        dict(
            name="adversarial",
            loss=dict(name="hinge"),
            latents=dict(name="sgd", learning_rate=0.1),
            n_critic=0,
        ),
        [games, losses, optim],
        "config.game",
        ("models", "optim", "shape"),
    )
    modules = dict(gen=models.mlp.Generator((2,)), disc=models.mlp.Discriminator())
    steppers = dict.fromkeys(("gen", "disc"), optim.sgd(0.1))
    with pytest.raises(BadInput, match=r"config\.game: n_critic=0"):
        build(models=modules, optim=steppers, shape=(2,))


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
        (dict(steps=2.5), r"config\.train\.steps=2.5 has the wrong type; wanted int"),
        (dict(steps=-1), r"config\.train: steps is negative"),
        (dict(steps=1, kind="c"), r"kind='c' has the wrong type; wanted one of a, b"),
    ):
        with pytest.raises(BadInput, match=message):
            resolve.fill(Record, values, "config.train")


def test_every_catalogued_name_can_be_looked_up():
    for room in (models, losses, regularizers, optim, schedules, games):
        names = resolve.catalogue(room)
        assert names
        for name in names:
            assert callable(resolve.lookup(name, [room], "path"))


def test_the_first_room_wins():
    def one():
        return 1

    def two():
        return 2

    rooms = []
    for f in (one, two):
        rooms.append(ModuleType("room"))
        vars(rooms[-1]).update(__all__=["x"], x=f)
    assert resolve.lookup("x", rooms, "p")() == 1


def test_variants():
    table = {"digits": lambda: {"a": 1}, "tiny": dict}
    assert resolve.variant_of(table, "digits") == {"a": 1}
    with pytest.raises(BadInput, match="did you mean tiny"):
        resolve.variant_of(table, "tinny")
