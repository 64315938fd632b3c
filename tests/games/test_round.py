import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import losses, nn, rng, schedules
from gan_jax.games import base
from gan_jax.games.base import Phase
from gan_jax.games.round import make_round
from gan_jax.games.update import update
from tests.games.tables import BATCH, batches, toy

KEY = jax.random.key(5)


def same(a, b):
    return jax.tree.all(jax.tree.map(lambda x, y: bool((x == y).all()), a, b))


def rounds(game, count):
    """States after 0, 1, ... rounds, and the metrics of each."""
    play = jax.jit(make_round(game))
    states, metrics = [base.init(game, KEY)], []
    for i in range(count):
        state, m = play(states[-1], batches(game, seed=i))
        states.append(state)
        metrics.append(m)
    return states, metrics


def lazily(game, name, every):
    phases = tuple(
        dataclasses.replace(phase, rounds=schedules.one_in(every))
        if phase.name == name
        else phase
        for phase in game.phases
    )
    return dataclasses.replace(game, phases=phases)


def test_who_changes_on_which_round():
    states, metrics = rounds(lazily(toy(), "gen", 3), 6)
    for i, (before, after) in enumerate(zip(states, states[1:], strict=False)):
        moved = {
            name: not same(before.players[name].params, after.players[name].params)
            for name in ("gen", "disc")
        }
        assert moved == {"gen": i % 3 == 0, "disc": True}
        assert metrics[i]["gen/loss"][1] == (i % 3 == 0)
        assert metrics[i]["disc/loss"][1] == 1
        assert (after.step, after.seen) == (i + 1, (i + 1) * BATCH)


def test_repeats_count_updates_and_images():
    states, metrics = rounds(toy(n_critic=3), 2)
    assert metrics[0]["disc/loss"][1] == 3
    assert metrics[0]["disc/real_logit"][1] == 3 * BATCH
    assert metrics[0]["gen/loss"][1] == 1
    assert states[2].seen == 2 * 3 * BATCH
    count = states[2].players["disc"].opt_state[0].count
    assert count == 6


def test_extra_generator_steps_draw_aside_and_are_not_seen():
    game = toy(gen_steps=2)
    assert game.slots() == {"real": 1, "fresh": 2}
    states, metrics = rounds(game, 1)
    assert states[1].seen == BATCH
    assert metrics[0]["gen/loss"][1] == 2


def test_slots_share_unless_asked():
    assert toy(n_critic=5).slots() == {"real": 5}
    assert toy(gen_data="fresh").slots() == {"real": 1, "fresh": 1}


@pytest.mark.parametrize("decay", [0.9, schedules.linear(0.5, 1.0, over=4 * BATCH)])
def test_the_average_follows_its_equation(decay):
    states, _ = rounds(toy(ema=decay, gen_norm=nn.batch_norm()), 3)
    expected = states[0].players["gen"].params
    stats = states[0].players["gen"].variables
    for state in states[1:]:
        d = schedules.value(decay, state.seen)
        gen = state.players["gen"]
        expected = jax.tree.map(
            lambda a, x, d=d: d * a + (1 - d) * x, expected, gen.params
        )
        stats = jax.tree.map(
            lambda a, x, d=d: d * a + (1 - d) * x, stats, gen.variables
        )
    average = states[-1].players["gen"].ema
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7),
        average,
        {"params": expected, "variables": stats},
    )
    assert states[-1].players["disc"].ema is None
    assert states[-1].players["gen"].averaged().params is average["params"]


@pytest.mark.slow
def test_repeats_equal_separate_updates():
    """Three repeats on three batches are three updates: scanned or not, same numbers."""
    game = toy(n_critic=3)
    state, data = base.init(game, KEY), batches(game, seed=0)
    after, _ = make_round(game)(state, data)
    disc = game.phases[0]
    for r in range(3):
        batch = jax.tree.map(lambda x, r=r: x[r], data["real"])
        key = rng.stream(state.key, "disc", 0, r)
        state, _ = update(game, disc, state, batch, key, r)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6),
        after.players["disc"].params,
        state.players["disc"].params,
    )


def test_phase_counts_reach_the_loss():
    counts = []

    def spy(state, batch, keys, step):
        counts.append(step)
        params = state.players["disc"].params
        return sum(p.sum() for p in jax.tree.leaves(params)), base.Aux(
            {"count": jnp.asarray(step, jnp.float32)}
        )

    game = toy()
    game = dataclasses.replace(
        game, phases=(Phase("disc", ("disc",), spy, 2, schedules.one_in(3)),)
    )
    state = base.init(game, KEY)
    play = make_round(game)
    sums = []
    for i in range(4):
        state, metrics = play(state, batches(game, seed=i))
        sums.append(metrics["disc/count"].tolist())
    # Plays in rounds 0 and 3, twice each: counts 0, 1 and 2, 3.
    assert sums == [[1, 2, 0], [0, 0, 0], [0, 0, 0], [5, 2, 0]]


@pytest.mark.slow
def test_seeds_can_be_played_all_at_once():
    game = lazily(toy(loss=losses.hinge), "gen", 2)
    play = make_round(game)
    seeds = [base.init(game, jax.random.key(i)) for i in range(3)]
    # The counters stay unbatched, so that a lazy phase stays a branch.
    axes = base.GameState(step=None, seen=None, key=0, players=0, memory=0)
    stacked = jax.tree.map(lambda *x: jnp.stack(x), *seeds)
    stacked = dataclasses.replace(stacked, step=seeds[0].step, seen=seeds[0].seen)
    many = jax.vmap(play, in_axes=(axes, None), out_axes=(axes, 0))
    data = batches(game, seed=0)
    after, _ = many(stacked, data)
    for i, seed in enumerate(seeds):
        alone, _ = play(seed, data)
        jax.tree.map(
            lambda a, b, i=i: np.testing.assert_allclose(a[i], b, rtol=1e-4, atol=1e-6),
            after.players,
            alone.players,
        )
