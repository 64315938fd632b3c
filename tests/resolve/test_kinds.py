"""No component stands where one of another kind is wanted, whatever their names."""

import inspect
from typing import Any

import pytest

from gan_jax import data, games, losses, nn, optim, regularizers, resolve
from gan_jax.errors import BadInput
from gan_jax.games.base import Game
from gan_jax.models.roles import Network, role
from gan_jax.resolve.kinds import each_of, hints, suits, wanted, words
from gan_jax.run.assemble import ROOMS
from tests.games.tables import NOT_GAMES
from tests.nn import tables as layers
from tests.resolve.rooms import room

OF_A_KIND = {
    "a game": set(games.__all__) - NOT_GAMES,
    "a choice of what the generator learns from": {"logan", "top_k"},
    "a condition": {"class_labels", "codes", "from_reals"},
    "a head": {name.split()[0] for name in layers.HEADS},
    "a join": {name.split()[0] for name in layers.JOINS},
    "a loss": {
        "f_divergence",
        "hinge",
        "least_squares",
        "minimax",
        "mmd",
        "non_saturating",
        "relativistic_average",
        "relativistic_paired",
        "wasserstein",
    },
    "a divergence": {"alpha_divergence", "weighted_jensen_shannon"},
    "a kernel": {"gaussian_kernel", "rational_quadratic_kernel"},
    "a matching of features": {"feature_matching"},
    "a penalty": set(regularizers.__all__) - {"Regularizer"},
    "an augmentation": {"instance_noise"},
    "a prior of latents": {"normal", "uniform"},
    "a schedule": {"cosine", "exponential", "half_life", "linear", "steps", "warmup"},
    "a choice of rounds": {"critic_bursts", "one_in"},
    "an optimiser": set(optim.__all__),
    "a norm": set(layers.NORMS),
    "a wrap": set(layers.WRAPS),
    "an initialiser": set(layers.INITS),
    "a minibatch layer": set(layers.MINIBATCHES),
    "an activation": set(layers.ACTIVATIONS),
    "a layer that changes the size": set(layers.RESIZERS),
}
"""What a person would call them, written by hand: the other end of the annotations."""

COMPONENTS = [
    (group, name, resolve.lookup(name, rooms[i : i + 1], "x"), rooms)
    for group, rooms in ROOMS.items()
    for i in range(len(rooms))
    for name in resolve.catalogue(rooms[i])
]


@pytest.mark.parametrize("group", ROOMS)
def test_every_name_has_a_kind(group):
    for of, name, component, _ in COMPONENTS:
        if of == group:
            assert resolve.kind_of(component) is not Any, name


@pytest.mark.parametrize("kind", OF_A_KIND)
def test_kinds_are_what_a_person_calls_them(kind):
    called = {
        name for *_, name, c, _ in COMPONENTS if words(resolve.kind_of(c)) == kind
    }
    assert OF_A_KIND[kind] <= called


def slots():
    """Every argument of every component that takes a component of these kinds."""
    for group, name, component, rooms in COMPONENTS:
        known = hints(component)
        for key in inspect.signature(component).parameters:
            slot = known.get(key, Any)
            slot = each_of(slot) or slot
            if any(f"{kind} dict(name=...)" in wanted(slot) for kind in OF_A_KIND):
                yield pytest.param(name, key, slot, rooms, id=f"{group}-{name}-{key}")


@pytest.mark.parametrize(("name", "key", "slot", "rooms"), slots())
def test_a_slot_takes_its_own_kind_and_no_other(name, key, slot, rooms):
    told = wanted(slot)
    wants = {kind for kind in OF_A_KIND if f"{kind} dict(name=...)" in told}
    for _, other, component, _ in COMPONENTS:
        kind = resolve.kind_of(component)
        named = {k for k, names in OF_A_KIND.items() if other in names}
        if words(kind) in named:
            assert suits(kind, slot) == (words(kind) in wants), other


def test_no_component_passes_for_a_mere_function():
    """Slots for functions that no room makes: nothing that is named may stand there."""
    for _, name, component, _ in COMPONENTS:
        known = hints(component)
        for key in inspect.signature(component).parameters:
            slot = known.get(key, Any)
            if wanted(slot) == "a function dict(name=...)":
                for _, other, candidate, _ in COMPONENTS:
                    assert not suits(resolve.kind_of(candidate), slot), (name, other)


@pytest.mark.parametrize(
    ("group", "name", "kind", "message"),
    [
        ("game", "hinge", Game, "is a loss, not a game; there is adversarial"),
        ("game", "r1", Game, "is a penalty, not a game"),
        ("game", "normal", Game, "is a prior of latents, not a game"),
        ("game", "instance_noise", Game, "is an augmentation, not a game"),
        ("optim", "linear", optim.Optimiser, "is a schedule, not an optimiser"),
        ("data", "scale", data.Dataset, "is a preprocessing of pixels, not a data"),
        ("data", "to_pixels", data.Dataset, "is an array, not a data"),
        ("models", "relu", role("gen"), "is an activation, not a generator"),
        ("models", "Norm", role("gen"), "is not in gan_jax.models"),
        ("models", "Identity", role("gen"), "is an identity, not a generator"),
        ("models", "BatchNorm", Network, "is a batch norm, not a network"),
        ("models", "Conv", role("disc"), "is a conv, not a discriminator"),
        ("models", "mlp.Discriminator", role("gen"), "not a generator"),
        ("models", "mlp.Generator", role("disc"), "not a discriminator"),
    ],
)
def test_a_group_takes_its_own_kind_and_no_other(group, name, kind, message):
    given = ("shape", "dtype", "models", "optim", "facts")
    with pytest.raises(BadInput, match=message):
        resolve.bind(dict(name=name), ROOMS[group], "c", given, kind)


@pytest.mark.parametrize(
    ("group", "node", "message"),
    [
        (
            "models",
            dict(name="mlp.Generator", norm=dict(name="nearest")),
            "is a layer that changes the size, not a norm or None; there is batch_norm",
        ),
        (
            "models",
            dict(name="dcgan.Generator", up=dict(name="batch_norm")),
            "is a norm, not a layer that changes the size",
        ),
        (
            "models",
            dict(name="mlp.Generator", activation=dict(name="mlp.Generator")),
            "is a generator, not an activation",
        ),
        (
            "optim",
            dict(name="adam", learning_rate=dict(name="sgd")),
            "is an optimiser, not a number or a schedule; there is cosine",
        ),
    ],
)
def test_nested_nodes_are_refused_before_they_are_looked_into(group, node, message):
    with pytest.raises(BadInput, match=message):
        resolve.bind(node, ROOMS[group], "c", ("shape", "dtype"))


def test_of_two_rooms_that_have_a_name_the_one_of_the_kind_serves():
    def activation() -> nn.Wrap: ...

    def norm() -> nn.Norm: ...

    def outer(norm: nn.Norm | None = None) -> losses.Adversarial: ...

    rooms = [room(outer=outer, x=activation), room(x=norm)]
    bound = resolve.bind(dict(name="outer", norm=dict(name="x")), rooms, "o")
    assert bound.kwargs["norm"].target is norm


def test_a_dict_of_named_things_is_no_node():
    def parts(of: dict[str, losses.Adversarial]) -> losses.Adversarial: ...

    rooms = [room(parts=parts), losses]
    assert resolve.bind(dict(name="parts", of=dict(a=dict(name="hinge"))), rooms, "p")
    one = dict(name="parts", of=dict(name="hinge"))
    with pytest.raises(BadInput, match=r"wanted .*each a loss dict\(name=\.\.\.\)"):
        resolve.bind(one, rooms, "p")
