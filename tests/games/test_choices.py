"""Top-k against sorting, LOGAN against its closed form on a linear critic."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import axis, games, rng, sampling
from gan_jax.games import base, choices
from gan_jax.games.pair import pair
from tests.games.tables import BATCH, batches, encoded, toy

KEY = jax.random.key(4)
LOGITS = jax.random.normal(KEY, (10,))
LOSSES = jnp.arange(10.0) ** 2
KEYS = rng.deal(KEY, 6)
SLOPE = np.array([0.3, -0.2, 0.6], np.float32)


@pytest.mark.parametrize(
    ("seen", "k"), [(0, 10), (99, 10), (100, 8), (200, 6), (300, 5), (9000, 3)]
)
def test_top_k_is_the_mean_over_the_k_most_real(seen, k):
    choice = games.top_k(gamma=0.8, nu=0.39, epoch=100)
    chosen = np.argsort(-np.asarray(LOGITS))[:k]
    found = choice.weigh(LOSSES, LOGITS, seen)
    np.testing.assert_allclose(
        found.mean(), np.asarray(LOSSES)[chosen].mean(), rtol=1e-6
    )
    assert set(np.flatnonzero(found)) == set(chosen) - {0}


def test_equal_logits_are_as_many_as_others_and_one_is_the_least():
    choice = games.top_k(gamma=0.0, nu=0.0, epoch=1)
    found = choice.weigh(LOSSES + 1, jnp.zeros(10), 5)
    assert (found != 0).sum() == 1
    half = games.top_k(gamma=0.0, nu=0.5, epoch=1)
    assert (half.weigh(LOSSES + 1, jnp.zeros(10), 5) != 0).sum() == 5


def test_top_k_is_of_all_devices():
    choice = games.top_k(gamma=0.0, nu=0.5, epoch=1)
    parts = [x.reshape(2, 5) for x in (LOSSES, LOGITS)]
    apart = jax.vmap(lambda a, b: choice.weigh(a, b, 7), axis_name=axis.NAME)(*parts)
    whole = choice.weigh(LOSSES, LOGITS, 7)
    np.testing.assert_allclose(apart.reshape(-1), whole, rtol=1e-6)


def test_top_k_wants_a_loss_a_sample():
    with pytest.raises(ValueError, match="a loss for each sample"):
        games.top_k().weigh(jnp.zeros(()), LOGITS, 0)


def judged(z):
    return z @ SLOPE


def test_logan_on_a_linear_critic():
    z = jax.random.uniform(KEY, (6, 3), minval=-1.0)
    moved, costs = games.logan(rate=1.0, bound=9.0).latents(judged, z, KEYS, 0)
    dz = 0.9 * SLOPE / (0.1 + (SLOPE**2).sum())
    np.testing.assert_allclose(moved, z + dz, rtol=1e-5)
    np.testing.assert_allclose(costs["transport"], 0.1 * (dz**2).sum(), rtol=1e-5)
    twice, costs = games.logan(rate=1.0, bound=9.0, steps=2).latents(judged, z, KEYS, 0)
    np.testing.assert_allclose(twice, z + 2 * dz, rtol=1e-5)
    np.testing.assert_allclose(costs["transport"], 0.2 * (dz**2).sum(), rtol=1e-5)


def test_logan_moves_whole_latents_within_their_bound():
    z = jax.random.uniform(KEY, (2000, 3), minval=-1.0)
    keys = rng.deal(KEY, 2000)
    moved, _ = jax.jit(lambda: games.logan().latents(judged, z, keys, 0))()
    stayed = np.asarray(moved == z)
    assert (stayed.all(1) == stayed.any(1)).all() or abs(moved).max() == 1
    assert stayed.all(1).mean() == pytest.approx(0.2, abs=0.03)
    assert abs(moved).max() <= 1


@pytest.mark.slow
def test_both_turns_see_the_moved_latents_and_the_generator_pays():
    choice = games.logan(rate=1.0)
    prior = sampling.uniform((3,))
    plain, moved = toy(latents=prior), toy(latents=prior, choice=choice)
    state = base.init(moved, KEY)
    keys = rng.deal(KEY, BATCH)
    gen, disc = moved.players["gen"], moved.players["disc"]

    def make(z):
        return base.apply(gen, state.players["gen"], z, None, train=True)[0]

    @jax.jit
    def logit(z):
        shown = make(z), None
        return base.apply(disc, state.players["disc"], *shown, train=True)[0][0]

    z = prior(rng.stream(keys, "latents"))
    slope = jax.jit(jax.grad(lambda z: logit(z).sum()))(z)
    dz = 0.9 * slope / (0.1 + (slope**2).sum(1, keepdims=True))
    better = jnp.clip(z + dz, -1, 1)
    batch = jax.tree.map(lambda x: x[0], batches(moved, 0)["real"])
    for phase in moved.phases:
        _, aux = jax.jit(phase.loss)(state, batch, keys, 0)
        np.testing.assert_allclose(aux.metrics["fake_logit"], logit(better), rtol=1e-5)
    paid = 0.1 * (dz**2).sum(1)
    np.testing.assert_allclose(aux.metrics["transport"], paid, rtol=1e-4)
    # Sampling moves them, too, unless told not to; a decoder of latents never does.
    found = jax.jit(lambda: moved.sample(state, keys, {}))()
    np.testing.assert_allclose(found, make(better), rtol=1e-4, atol=1e-6)
    left = toy(latents=prior, choice=games.logan(rate=1.0, sampling=False))
    np.testing.assert_array_equal(
        left.sample(state, keys, {}), plain.sample(state, keys, {})
    )
    np.testing.assert_array_equal(
        moved.functions["synthesize"](state, z, {}), plain.sample(state, keys, {})
    )


def test_the_critic_learns_through_the_move():
    """Its loss is differentiated with the latents as a function of its weights."""
    prior = sampling.uniform((3,))
    game = toy(latents=prior, choice=games.logan(rate=1.0))
    state, keys = base.init(game, KEY), rng.deal(KEY, BATCH)
    batch = jax.tree.map(lambda x: x[0], batches(game, 0)["real"])
    loss = jax.jit(
        lambda params: game.phases[0].loss(
            base.with_params(state, "disc", params), batch, keys, 0
        )[0]
    )
    params = state.players["disc"].params
    direction = jax.tree.map(jnp.ones_like, params)
    slopes = jax.jit(jax.grad(loss))(params)
    slope = sum(x.sum() for x in jax.tree.leaves(slopes))
    step = 1e-2

    def at(t):
        return loss(jax.tree.map(lambda a, d: a + t * d, params, direction))

    np.testing.assert_allclose((at(step) - at(-step)) / (2 * step), slope, rtol=0.02)


def test_veegan_takes_no_choice_that_moves_latents():
    with pytest.raises(ValueError, match="none may move"):
        encoded(games.veegan, choice=games.logan())


def test_a_pair_without_a_choice_is_what_it_was():
    game = toy()
    cast = pair(
        {name: player.module for name, player in game.players.items()},
        dict.fromkeys(("gen", "disc"), lambda seen: None),
        (2,),
        latents=sampling.normal((3,)),
    )
    assert cast.choice is choices.ALL
    z, cond, costs = cast.begin(base.init(game, KEY), KEYS)
    np.testing.assert_array_equal(z, cast.prior(KEYS))
    assert cond is None
    assert costs == {}
