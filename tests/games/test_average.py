"""An average of weights that begins late, as BigGAN's: a copy until then."""

import dataclasses

import jax
import numpy as np

from gan_jax import nn, schedules
from gan_jax.games import base
from tests.games.tables import toy

KEY = jax.random.key(2)


def test_before_its_start_it_is_a_copy_buffers_and_all():
    game = toy(gen_norm=nn.batch_norm(), ema=schedules.steps((0.0, 0.9), (100,)))
    player = game.players["gen"]
    start = base.init(game, KEY).players["gen"]
    moved = dataclasses.replace(
        start,
        params=jax.tree.map(lambda x: x + 1, start.params),
        variables=jax.tree.map(lambda x: x + 1, start.variables),
    )
    new = {"params": moved.params, "variables": moved.variables}
    before = base.average(player, moved, 99)
    jax.tree.map(np.testing.assert_array_equal, before.ema, new)
    after = base.average(player, moved, 100)
    jax.tree.map(
        lambda a, old, x: np.testing.assert_allclose(
            a, 0.9 * old + 0.1 * x, rtol=1e-6, atol=1e-7
        ),
        after.ema,
        start.ema,
        new,
    )
