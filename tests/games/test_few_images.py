"""How games carry what augmentations and terms remember."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import augment, rng, terms
from gan_jax.games import base
from gan_jax.games.round import make_round
from tests.games.tables import BATCH, batches, few

KEY = jax.random.key(6)


@pytest.mark.slow
def test_p_follows_the_logits_that_the_critic_logs_and_is_logged():
    """Two rounds of two updates, packs of two: every picture counts."""
    ada = augment.ada(p=0.5, interval=1, kimg=1.0)
    game = few(augment=ada, pack=2, n_critic=2)
    play = jax.jit(make_round(game))
    state = base.init(game, KEY)
    disc = game.phases[0].loss
    batch = jax.tree.map(lambda x: x[0], batches(game, 0)["real"])
    _, aux = jax.jit(disc)(state, batch, rng.deal(KEY, BATCH), 0)
    share = np.sign(aux.metrics["real_logit"]).mean()
    after = aux.memory["disc_augment"]["p"]
    moved = 0.5 + np.sign(share - 0.6) * BATCH / 1000
    np.testing.assert_allclose(after, moved, rtol=1e-6)
    p, logged = 0.5, []
    for turn in range(2):
        state, metrics = play(state, batches(game, turn))
        logged.append(float(metrics["disc/augment_p"][0]))
        now = float(state.memory["disc_augment"]["p"])
        # Two updates of 8 images: both up, both down, or back where it was.
        steps = round((now - p) / (BATCH / 1000), 3)
        assert steps in (-2, 0, 2)
        p = now
    # The sum over the round's two updates of the p that each saw.
    assert abs(abs(logged[0] - 1) - BATCH / 1000) < 1e-6


def test_the_anchors_are_the_means_of_what_the_critic_said():
    game = few(disc_terms={"lecam": terms.lecam(0.1, decay=0.75)})
    play = jax.jit(make_round(game))
    state, kept = base.init(game, KEY), {}
    for turn in range(3):
        state, metrics = play(state, batches(game, turn))
        for side in ("real", "fake"):
            total, count, _ = metrics[f"disc/{side}_logit"]
            mean = float(total / count)
            kept[side] = 0.75 * kept[side] + 0.25 * mean if turn else mean
    memory = state.memory["disc_terms"]["lecam"]
    for side, expected in kept.items():
        np.testing.assert_allclose(memory[side], expected, rtol=1e-4, atol=1e-6)


def test_an_augmented_sample_passes_its_gradient_to_the_generator():
    """The generator's gradient is that of its loss, augmented alike: by differences."""
    game = few(augment=augment.ada("bg", p=1.0, target=None))
    state, keys = base.init(game, KEY), rng.deal(KEY, BATCH)
    batch = jax.tree.map(lambda x: x[0], batches(game, 0)["real"])
    loss = jax.jit(
        lambda params: game.phases[1].loss(
            base.with_params(state, "gen", params), batch, keys, 0
        )[0]
    )
    params = state.players["gen"].params
    slopes = jax.jit(jax.grad(loss))(params)
    slope = sum(jnp.square(x).sum() for x in jax.tree.leaves(slopes))
    step = 0.02 / float(slope) ** 0.5

    def at(t):
        return loss(jax.tree.map(lambda a, d: a + t * d, params, slopes))

    np.testing.assert_allclose((at(step) - at(-step)) / (2 * step), slope, rtol=0.02)
