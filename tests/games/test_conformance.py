"""What holds of every game, whatever it is."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import games, rng
from gan_jax.asks import filled
from gan_jax.games import base
from gan_jax.games.round import make_round
from tests.games.tables import ALL_GAMES, NOT_GAMES, batches, shape_of

KEY = jax.random.key(1)


def test_every_game_is_in_the_table():
    named = {name.split()[0] for name in ALL_GAMES}
    assert named | NOT_GAMES == set(games.__all__)


def by_cost(names):
    """The bare games in the fast part; in the slow one what was added, and StyleGAN2."""
    return [
        pytest.param(n, marks=pytest.mark.slow) if " " in n or n == "style_based" else n
        for n in names
    ]


@pytest.mark.parametrize("name", by_cost(ALL_GAMES))
def test_conformance(name):
    game = ALL_GAMES[name]()
    play = jax.jit(make_round(game))
    start = base.init(game, KEY)
    state, terms = play(start, batches(game, 0))
    again, _ = play(state, batches(game, 1))
    assert play._cache_size() == 1
    assert jax.tree.structure(again) == jax.tree.structure(start)
    assert jax.tree.map(lambda x: (x.shape, x.dtype), again) == jax.tree.map(
        lambda x: (x.shape, x.dtype), start
    )
    for metric in terms.values():
        assert metric.shape == (3,)
        assert metric[2] == 0
    for player in {name for phase in game.phases for name in phase.players}:
        moved = jax.tree.map(
            lambda a, b: float(jnp.abs(a - b).max()),
            start.players[player].params,
            again.players[player].params,
        )
        assert max(jax.tree.leaves(moved)) > 0
    keys = rng.deal(KEY, 5)
    # What terms, augmentations and choices remember is carried on.
    for name, memory in again.memory.items():
        leaves, before = map(jax.tree.leaves, (memory, start.memory[name]))
        changed = [(a != b).any() for a, b in zip(leaves, before, strict=True)]
        assert any(changed) or not leaves, name
    batch = next(iter(batches(game, 2).values()))
    needed = {
        name: jnp.clip(batch[ask.data][0, :5], -1, 1)
        for name, ask in game.asks.items()
        if ask.drawn is None
    }
    samples = game.sample(again, keys, filled(game.asks, keys, needed))
    assert samples.shape == (5, *shape_of(game))
    # A sample depends on its key alone; near zero, sums of terms of order one round.
    own = filled(game.asks, keys[2:3], {n: x[2:3] for n, x in needed.items()})
    np.testing.assert_allclose(
        game.sample(again, keys[2:3], own)[0], samples[2], rtol=1e-5, atol=1e-6
    )
    assert set(again.memory) == set(game.memory)
    for name, function in game.functions.items():
        assert callable(function), name
    same, _ = play(start, batches(game, 0))
    jax.tree.map(
        np.testing.assert_array_equal,
        same.players["gen"].params,
        state.players["gen"].params,
    )
