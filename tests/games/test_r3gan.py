"""R3GAN's game: fakes of their reals' classes, own reals for each side, five schedules."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import asks, losses, nn, optim, regularizers, rng, sampling, schedules
from gan_jax.games import base
from gan_jax.games.round import make_round
from tests.games.tables import BATCH, batches, r3gan, told

pytestmark = pytest.mark.slow

KEY = jax.random.key(8)
SHARED = asks.from_reals(asks.class_labels("marginal"))
HEAD = nn.inner_product(4)
GAMMA = 0.1


def game(**kwargs):
    return told(HEAD, condition=SHARED, **r3gan() | kwargs)


def test_both_losses_are_the_paper_s_with_fakes_of_the_classes_of_their_reals():
    """Written out, gradients and all; the penalties at the start of their schedule."""
    played = game()
    slots = batches(played, 0)
    sides = {"real": slots["real"], "fresh": slots["fresh"]}
    # No two neighbours alike: classes of other reals would be seen.
    for i, side in enumerate(sides.values()):
        side["label"] = (jnp.arange(BATCH)[None] + i) % 3

    @jax.jit
    def both(sides):
        state, keys = base.init(played, KEY), rng.deal(KEY, BATCH)
        z = sampling.normal((3,))(rng.stream(keys, "latents"))
        found = {}
        for phase in played.phases:
            batch = jax.tree.map(lambda x: x[0], sides[phase.data])
            cond = jax.nn.one_hot(batch["label"], 3)

            def run(name, x, cond=cond):
                module = played.players[name].module
                params = {"params": state.players[name].params}
                return module.apply(params, x, cond, train=True)

            x, fake = batch["sample"], run("gen", z)
            slopes = [jax.grad(lambda x: run("disc", x)[0].sum())(y) for y in (x, fake)]
            apart = run("disc", x)[0] - run("disc", fake)[0]
            squares = sum(jnp.square(slope).sum(-1) for slope in slopes)
            value, _ = phase.loss(state, batch, keys, 0)
            found[phase.data] = (value, apart, squares)
        return found

    found = both(sides)
    value, apart, squares = map(np.asarray, found["real"])
    expected = np.logaddexp(0, -apart) + GAMMA / 2 * squares
    np.testing.assert_allclose(value, expected.mean(), rtol=1e-5)
    assert GAMMA / 2 * squares.mean() > 1e-3
    value, apart, _ = map(np.asarray, found["fresh"])
    np.testing.assert_allclose(value, np.logaddexp(0, apart).mean(), rtol=1e-5)


def test_a_round_shows_each_side_reals_of_its_own_and_counts_the_critic_s():
    played = game()
    assert played.slots() == {"real": 1, "fresh": 1}
    play = jax.jit(make_round(played))
    slots = batches(played, 0)
    start = base.init(played, KEY)
    state, _ = play(start, slots)
    other = slots | {"fresh": jax.tree.map(lambda x: x[:, ::-1], slots["fresh"])}
    apart, _ = play(start, other)
    assert state.seen == BATCH
    same = jax.tree.map(
        lambda a, b: (a == b).all(), *(s.players["disc"].params for s in (state, apart))
    )
    assert all(jax.tree.leaves(same))
    moved = jax.tree.map(
        lambda a, b: (a != b).any(), *(s.players["gen"].params for s in (state, apart))
    )
    assert any(jax.tree.leaves(moved))


def test_as_many_reals_as_fakes_are_wanted():
    wide = game(loss=losses.hinge, gen_batch=2)
    play, state = make_round(wide), base.init(wide, KEY)
    with pytest.raises(ValueError, match=r"16 samples take .* 8 reals"):
        play(state, batches(wide, 0))


def test_of_a_trained_generator_classes_are_asked_or_drawn_as_ever():
    played = game()
    state, keys = base.init(played, KEY), rng.deal(KEY, 4)
    first, other = (
        played.sample(state, keys, {"label": jnp.full(4, label)}) for label in (0, 2)
    )
    assert (np.abs(first - other).max(-1) > 1e-5).all()
    assert asks.filled(played.asks, keys, {})["label"].shape == (4,)


def cosine(start, end, seen, over):
    share = 0.5 * (1 + math.cos(math.pi * min(seen / over, 1)))
    return end + (start - end) * share


def test_each_number_moves_along_half_a_cosine_and_stays():
    """Rate and b2 by Adam written out, gamma by the penalty, the average by its share."""
    over = 100
    rate, b2, gamma, life = (
        schedules.cosine(*ends, over=over)
        for ends in ((2e-4, 5e-5), (0.9, 0.99), (0.05, 0.005), (0.0, 64.0))
    )
    tx = optim.adam(rate, b1=0.0, b2=b2)
    penalty = regularizers.r1(gamma)
    decay = schedules.half_life(life, per_round=8)
    weights, v = jnp.ones(()), 0.0
    state = tx(0).init(weights)
    x = jnp.ones((1, 1))
    for step, seen in enumerate((0, 25, 50, 100, 1000), 1):
        g = 0.1 * step
        move, state = tx(seen).update(jnp.float32(g), state, weights)
        decay_v = cosine(0.9, 0.99, seen, over)
        v = decay_v * v + (1 - decay_v) * g**2
        root = math.sqrt(v / (1 - decay_v**step)) + 1e-8
        wanted = -cosine(2e-4, 5e-5, seen, over) * g / root
        np.testing.assert_allclose(move, wanted, rtol=1e-5)
        told, _ = penalty.apply((), lambda x: 3 * x[:, 0], x, x, KEY, 0, seen)
        np.testing.assert_allclose(told, cosine(0.05, 0.005, seen, over) / 2 * 9, 1e-5)
        images = cosine(0.0, 64.0, seen, over)
        share = 0.5 ** (8 / images) if images else 0.0
        np.testing.assert_allclose(decay(seen), share, rtol=1e-5, atol=1e-7)


def test_the_average_begins_as_a_copy_and_then_falls_behind():
    played = game(ema=schedules.half_life(schedules.steps((0.0, 8.0), (9,)), BATCH))
    play = jax.jit(make_round(played))
    first, _ = play(base.init(played, KEY), batches(played, 0))
    second, _ = play(first, batches(played, 1))
    old, new = first.players["gen"], second.players["gen"]
    jax.tree.map(np.testing.assert_array_equal, old.ema["params"], old.params)
    jax.tree.map(
        lambda a, b, c: np.testing.assert_allclose(a, (b + c) / 2, atol=1e-6),
        *(new.ema["params"], old.params, new.params),
    )
