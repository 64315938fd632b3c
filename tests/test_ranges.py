"""Every number that a builder takes is looked at, by the builder itself."""

import inspect
import math
import typing
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import (
    augment,
    errors,
    games,
    losses,
    models,
    nn,
    optim,
    ranges,
    regularizers,
    resolve,
    sampling,
    schedules,
    terms,
)
from gan_jax.resolve.kinds import hints

ROOMS = [losses, regularizers, augment, optim, schedules, sampling, nn, models]
ROOMS += [terms, games.choices]
NEEDED = {
    "shape": (2,),
    "latents": (2,),
    "learning_rate": 0.1,
    "of": optim.sgd(0.1),
    "max_norm": 1.0,
    "bound": 1.0,
    "factor": 1.0,
    "weight": 1.0,
    "regularizer": regularizers.r1(),
    "kernel": losses.gaussian_kernel(),
    "start": 1.0,
    "end": 0.5,
    "over": 10,
    "peak": 1.0,
    "values": (1.0, 2.0),
    "counts": (3, 2),
    "boundaries": (3,),
    "images": 10.0,
    "per_round": 8,
    "k": 2,
    "period": 10,
    "features": 4,
    "alpha": 2.0,
    "layer": nn.Conv(3),
    "divergence": "kl",
    "wrap": nn.no_wrap(),
    "kernel_init": nn.glorot_uniform(),
}
"""What builders cannot do without, by the name of the argument."""
NEEDED_IN = {terms: {"of": terms.multi_hinge()}, models: {"shape": (16, 16, 1)}}
"""Where a room means something else by that name."""
NEGATIVE = {
    "a",
    "b",
    "c",
    "low",
    "scale",
    "slope",
    "start",
    "end",
    "peak",
    "alpha",
    "margin",
    "offset",
}
"""Numbers that may be below zero somewhere."""
LINEAR = {f"mlp.{name}" for name in models.mlp.__all__}
"""Without a hidden layer they are linear maps."""
NOT_BUILDERS = {
    "Adversarial",
    "Augment",
    "Choice",
    "Moment",
    "Term",
    "Terms",
    "View",
    "added",
    "matching",
    "penalty",
    "start",
    "Divergence",
    "Input",
    "Join",
    "Projection",
    "Likelihood",
    "Regularizer",
    "Rounds",
    "stateless",
    "chain",
    "chained",
}


def kinds_of_number(hint) -> set[Any]:
    hint = (
        typing.get_args(hint)[0]
        if typing.get_origin(hint) is typing.Annotated
        else hint
    )
    members = typing.get_args(hint) if _is_union(hint) else (hint,)
    return {m for m in members if m in (int, float) or _is_tuple_of_numbers(m)}


def _is_tuple_of_numbers(hint):
    entries = typing.get_args(hint) if typing.get_origin(hint) is tuple else ()
    return bool(entries) and entries[0] in (int, float)


def _is_union(hint):
    return typing.get_origin(hint) in (typing.Union, type(int | str))


def cases():
    for room in ROOMS:
        for name in resolve.catalogue(room):
            build = resolve.lookup(name, [room], "x")
            known = hints(build)
            parameters = inspect.signature(build).parameters
            if name in NOT_BUILDERS or _is_function_of_arrays(build):
                continue
            needed = {
                key: {**NEEDED, **NEEDED_IN.get(room, {})}[key]
                for key, p in parameters.items()
                if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
            }
            for key in parameters:
                for kind in kinds_of_number(known.get(key)):
                    for bad in _bad(kind, key):
                        if bad == () and name in LINEAR:
                            continue
                        if key == "attention" and bad in ((), (0,)):
                            continue  # none, or after the first block
                        where = f"{room.__name__}.{name}-{key}={bad}"
                        yield pytest.param(build, needed | {key: bad}, key, id=where)


def _is_function_of_arrays(build):
    return resolve.words(resolve.kind_of(build)).startswith(
        ("an array", "a list", "bytes")
    )


def _bad(kind, key):
    if kind is float:
        return [math.nan, math.inf] + ([] if key in NEGATIVE else [-1.0])
    if kind is int:
        return [-1]
    entries = typing.get_args(kind)
    return [(), (0,), (True,), (-1,)] if entries[0] is int else [(), (math.nan,)]


@pytest.mark.parametrize(("build", "arguments", "key"), cases())
def test_a_number_out_of_its_range_is_refused_by_name(build, arguments, key):
    with pytest.raises(ValueError, match=key):
        build(**arguments)


def test_what_is_missing_scheduled_or_traced_passes():
    schedule = schedules.linear(1.0, 0.0, over=10)
    ranges.at_least(0, a=None, b=schedule, c=jnp.ones(()), d=np.float32(1), e=0)
    jax.jit(lambda x: ranges.above(0, x=x))(-1.0)
    for bad in (-1, True, "1", math.nan, math.inf, 1j, np.float32(-1), [1]):
        with pytest.raises(ValueError, match="a="):
            ranges.at_least(0, a=bad)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (lambda x: ranges.finite(x=x), [-1, 0.0, 1e300], [math.inf, True, "x"]),
        (lambda x: ranges.above(0, x=x), [1, 1e-30], [0, -0.0, -1]),
        (lambda x: ranges.between(0, 2, x=x), [0, 2, 1.5], [-1e-9, 2.1]),
        (lambda x: ranges.decay(x=x), [0, 0.0, 0.999], [1, 1.0, -0.1, True]),
        (lambda x: ranges.whole(x=x), [1, np.int64(3)], [0, 1.0, True, "1"]),
        (lambda x: ranges.whole(0, x=x), [0, 1], [-1, False]),
        (
            lambda x: ranges.sizes(x=x),
            [(1,), [2, 3]],
            [(), 3, (0,), (True,), (1.0,), "a"],
        ),
        (lambda x: ranges.sizes(0, x=x), [(), (1,)], [(0,), None]),
        (lambda x: ranges.each(ranges.above, 0, x=x), [(1, 0.5)], [(), (1, 0), 3]),
    ],
    ids=[
        "finite",
        "above",
        "between",
        "decay",
        "whole",
        "whole0",
        "sizes",
        "sizes0",
        "each",
    ],
)
def test_each_range_holds_its_borders(check, good, bad):
    for value in good:
        check(value)
    for value in bad:
        with pytest.raises(ValueError, match="x.*=.*must be"):
            check(value)


@pytest.mark.parametrize(
    ("node", "rooms", "message"),
    [
        (dict(name="adam", learning_rate=-1.0), [optim], "learning_rate=-1.0 must be"),
        (dict(name="adam", b1=2), [optim], "b1=2 must be at least 0 and below 1"),
        (dict(name="r1", gamma=-10), [regularizers], "gamma=-10"),
        (dict(name="normal", shape=(0,)), [sampling], r"shape=\(0,\)"),
        (dict(name="mlp.Discriminator", widths=(0,)), [models], r"widths=\(0,\)"),
        (dict(name="resnet.Discriminator", widths=()), [models], r"widths=\(\)"),
        (dict(name="dcgan.Discriminator", width=0), [models], "width=0"),
    ],
)
def test_a_config_hears_of_it_with_its_path(node, rooms, message):
    with pytest.raises(errors.BadInput, match=f"config.x: {message}"):
        resolve.bind(node, rooms, "config.x")()


@pytest.mark.parametrize("layer", [nn.nearest, nn.pooled])
def test_layers_that_need_odd_kernels_say_so(layer):
    assert layer(5)
    with pytest.raises(ValueError, match="kernel=4 must be odd"):
        layer(4)


def test_networks_within_networks_and_copies_are_checked_too():
    good = models.mlp.Discriminator(widths=(4,))
    with pytest.raises(ValueError, match="widths"):
        good.clone(widths=(0,))
    assert good.clone(widths=(3,)).widths == (3,)
