"""What a state keeps when its game grows."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data, losses, optim, sampling, tree
from gan_jax.games import base
from gan_jax.games.base import Game, Stages
from gan_jax.games.stages import every_stage, game_at, grow, stage_of
from tests.games.growing import Grower, Judge, growing

KEY = jax.random.key(4)


@pytest.fixture(scope="module")
def game():
    modules = {"gen": Grower(1), "disc": Judge()}
    return growing(
        modules,
        dict.fromkeys(modules, optim.adam(1e-2)),
        data.Facts((2,)),
        loss=losses.non_saturating,
        latents=sampling.normal((3,)),
    )


def test_a_stage_begins_at_its_border(game):
    assert [stage_of(game, seen) for seen in (0, 63, 64, 127, 128, 999)] == [
        *(0, 0, 1, 1, 2, 2)
    ]
    assert len(every_stage(game, 64)) == 1
    assert len(every_stage(game, 65)) == 2
    assert len(every_stage(game, 10**6)) == 3


def test_weights_are_found_by_name_and_the_rest_is_fresh(game):
    old = jax.tree.map(
        lambda x: x + 1 if tree.is_float(x) else x,
        dataclasses.replace(base.init(game, KEY), seen=jnp.asarray(64)),
    )
    after = game_at(game, 1)
    new, fresh = grow(after, old), base.init(after, KEY)
    gen, began = new.players["gen"], fresh.players["gen"]
    for where in ("params", "ema"):
        before = tree.named_leaves(getattr(old.players["gen"], where))
        first = tree.named_leaves(getattr(began, where))
        for name, leaf in tree.named_leaves(getattr(gen, where)).items():
            np.testing.assert_array_equal(leaf, before.get(name, first[name]))
        assert len(before) < len(first)
    moments = tree.named_leaves(gen.opt_state)
    assert all(not np.asarray(x).any() for x in moments.values())
    assert (new.seen, new.step) == (64, old.step)
    np.testing.assert_array_equal(
        new.players["disc"].params["Dense_0"]["kernel"],
        old.players["disc"].params["Dense_0"]["kernel"],
    )


def test_a_new_layer_that_has_not_faded_in_changes_no_sample(game):
    state = base.init(game, KEY)
    state = dataclasses.replace(state, seen=jnp.asarray(64))
    keys = jax.random.split(KEY, 6)
    bigger = game_at(game, 1)
    np.testing.assert_allclose(
        bigger.sample(grow(bigger, state), keys, {}),
        game.sample(state, keys, {}),
        rtol=1e-6,
    )


def test_memory_is_found_by_name_and_shape():
    def of(**memory):
        return Game(players={}, phases=(), memory=memory)

    small = of(mean=lambda: jnp.zeros(3), gone=lambda: jnp.zeros(()))
    large = of(mean=lambda: jnp.zeros(3), more=lambda: jnp.full((2,), 7.0))
    state = dataclasses.replace(
        base.init(small, KEY), memory={"mean": jnp.arange(3.0), "gone": jnp.ones(())}
    )
    memory = grow(large, state).memory
    np.testing.assert_array_equal(memory["mean"], np.arange(3.0))
    np.testing.assert_array_equal(memory["more"], [7, 7])
    other = of(mean=lambda: jnp.zeros(4))
    np.testing.assert_array_equal(grow(other, state).memory["mean"], np.zeros(4))


def test_stages_that_do_not_fit_are_refused(game):
    late = dataclasses.replace(game, stages=Stages(lambda seen: 1, game.stages.at))
    with pytest.raises(ValueError, match="first stage is 1"):
        every_stage(late, 10)

    def hungrier(stage):
        made = game.stages.at(stage)
        phases = (dataclasses.replace(made.phases[0], repeats=stage + 1),)
        return dataclasses.replace(made, phases=phases)

    uneven = dataclasses.replace(game, stages=Stages(game.stages.of, hungrier))
    with pytest.raises(ValueError, match="stage 1 draws"):
        every_stage(uneven, 100)
