import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from gan_jax import optim
from gan_jax.games import base
from gan_jax.games.base import Aux, Game, Phase, Player
from gan_jax.games.update import update

KEY = jax.random.key(3)


class Number(nn.Module):
    """One parameter."""

    @nn.compact
    def __call__(self, *, train):
        return self.param("value", nn.initializers.constant(2.0), ())


def value(state, name):
    return state.players[name].params["value"]


def distance(state, batch, keys, step):
    """The mean of (a - x)^2 / 2 + b^2 over the batch: gradients a - mean(x) and 2 b."""
    each = 0.5 * (value(state, "a") - batch["sample"]) ** 2 + value(state, "b") ** 2
    return each.mean(), Aux({"each": each, "step": jnp.asarray(step)})


def numbers(loss=distance, players=("a", "b"), rates=(0.1, 0.5), parts=1):
    made = {
        name: Player(Number(), lambda keys: (), optim.sgd(rate))
        for name, rate in zip(("a", "b"), rates, strict=True)
    }
    phase = Phase("fit", players, loss, microbatches=parts)
    return Game(made, (phase,)), phase


def play(game, phase, x, step=0, state=None):
    state = base.init(game, KEY) if state is None else state
    batch = {"sample": jnp.asarray(x, jnp.float32)}
    return update(game, phase, state, batch, KEY, step)


def test_each_player_takes_its_own_step_on_the_joint_loss():
    state, metrics = play(*numbers(), [0.0, 1.0, 5.0, 6.0], step=7)
    np.testing.assert_allclose(value(state, "a"), 2 - 0.1 * (2 - 3), rtol=1e-6)
    np.testing.assert_allclose(value(state, "b"), 2 - 0.5 * 4, atol=1e-6)
    each = 0.5 * (2 - np.asarray([0, 1, 5, 6.0])) ** 2 + 4
    np.testing.assert_allclose(metrics["fit/each"], [each.sum(), 4, 0], rtol=1e-6)
    np.testing.assert_allclose(metrics["fit/loss"], [each.mean(), 1, 0], rtol=1e-6)
    np.testing.assert_allclose(metrics["fit/a_grad_norm"], [1, 1, 0], rtol=1e-6)
    np.testing.assert_allclose(metrics["fit/step"], [7, 1, 0])
    np.testing.assert_allclose(metrics["fit/skipped"], [0, 1, 0])


def test_players_not_named_stay():
    state, _ = play(*numbers(players=("b",)), [0.0, 1.0])
    assert value(state, "a") == 2.0
    assert value(state, "b") != 2.0


def test_microbatches_add_up_to_the_batch():
    x = np.linspace(-3, 4, 12)
    whole, all_metrics = play(*numbers(), x)
    for parts in (2, 4):
        cut, metrics = play(*numbers(parts=parts), x)
        np.testing.assert_allclose(value(cut, "a"), value(whole, "a"), rtol=1e-6)
        np.testing.assert_allclose(
            metrics["fit/each"], all_metrics["fit/each"], rtol=1e-6
        )
        assert metrics["fit/loss"][1] == parts
    with pytest.raises(ValueError, match="cannot be cut into 5"):
        play(*numbers(parts=5), x)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_update_that_is_not_finite_is_not_made_and_is_counted(bad):
    game, phase = numbers()
    before = base.init(game, KEY)
    after, metrics = play(game, phase, [0.0, bad, 1.0])
    for name in ("a", "b"):
        assert value(after, name) == value(before, name)
    assert metrics["fit/skipped"][0] == 1
    np.testing.assert_allclose(metrics["fit/each"][1:], [2, 1])
    assert metrics["fit/loss"][2] == 1


def test_a_gradient_that_is_not_finite_is_caught_behind_a_finite_loss():
    def cusp(state, batch, keys, step):
        return jnp.sqrt(value(state, "a") - 2.0), Aux({})

    after, metrics = play(*numbers(cusp, players=("a",)), [0.0])
    assert value(after, "a") == 2.0
    assert metrics["fit/skipped"][0] == 1
    assert metrics["fit/loss"][2] == 0


def test_keys_are_dealt_by_example_and_multiplied():
    seen = {}

    def spy(state, batch, keys, step):
        seen["keys"] = keys
        return value(state, "a") ** 2, Aux({})

    game, phase = numbers(spy, players=("a",))
    play(game, dataclasses.replace(phase, multiple=3), [0.0, 1.0])
    assert seen["keys"].shape == (6,)


def test_a_frozen_player_cannot_be_trained():
    game, phase = numbers()
    frozen = dataclasses.replace(game.players["a"], tx=None)
    game = dataclasses.replace(game, players={**game.players, "a": frozen})
    with pytest.raises(ValueError, match="frozen"):
        play(game, phase, [1.0])


def test_memory_and_variables_move_as_the_loss_says():
    def counting(state, batch, keys, step):
        memory = {"count": state.memory["count"] + 1}
        return value(state, "a") ** 2, Aux({}, memory=memory)

    game, phase = numbers(counting, players=("a",))
    game = dataclasses.replace(game, memory={"count": lambda: jnp.zeros(())})
    state, _ = play(game, phase, [1.0, 2.0])
    assert state.memory["count"] == 1
    state, _ = play(game, dataclasses.replace(phase, microbatches=2), [1.0, 2.0])
    assert state.memory["count"] == 2


def test_it_can_be_differentiated_through():
    """d/db of a's distance after K imagined steps of a, against finite differences."""

    def follow(state, batch, keys, step):
        return (value(state, "a") - value(state, "b") ** 2) ** 2, Aux({})

    with jax.enable_x64(True):
        game, phase = numbers(follow, players=("a",))
        start = base.init(game, jax.random.key(0))

        def after(b):
            own = dataclasses.replace(start.players["b"], params={"value": b})
            state = dataclasses.replace(start, players={**start.players, "b": own})
            for _ in range(3):
                batch = {"sample": jnp.zeros(1)}
                state, _ = update(game, phase, state, batch, jax.random.key(0), 0)
            return value(state, "a") * jnp.sin(b)

        b = jnp.asarray(0.7)
        numeric = (after(b + 1e-5) - after(b - 1e-5)) / 2e-5
        np.testing.assert_allclose(jax.grad(after)(b), numeric, rtol=1e-6)
