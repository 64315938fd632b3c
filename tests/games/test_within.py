"""Games on latents and on levels: what the inner game is shown, and what comes out."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import augment, data, games, losses, models, optim, rng, sampling, terms
from gan_jax.games import base
from gan_jax.games.within import within
from gan_jax.terms import Moment, View
from tests.games.latents import GREYS, LEVELS, latent_levels
from tests.games.styles import growing

KEY = jax.random.key(0)
X = jnp.tanh(jax.random.normal(jax.random.key(1), (4, 4, 4, 1)))
KEYS = rng.deal(KEY, 4)


@pytest.fixture(scope="module")
def played():
    game = latent_levels()
    return game, jax.jit(partial(base.init, game))(KEY)


def test_the_frozen_players_are_there_and_never_learn(played):
    game, state = played
    assert set(game.players) == {"gen", "disc", "encoder", "decoder"}
    assert game.players["encoder"].tx is game.players["decoder"].tx is None
    assert {name for phase in game.phases for name in phase.players} == {"gen", "disc"}
    assert state.players["decoder"].opt_state == ()


def test_reals_are_latents_of_the_posterior_once_for_each_level(played):
    """Mean of the encoder and its variance, over many draws of one picture."""
    game, state = played
    space = games.posterior(GREYS, scale=2.0)(
        {name: game.players[name].module for name in ("encoder", "decoder")},
        data.Facts((4, 4, 1)),
    )
    assert space.shape == (2, 2, 3)
    many = jnp.broadcast_to(X[:1], (3000, *X.shape[1:]))
    z = jax.jit(space.enter)(state, many, rng.deal(KEY, 3000))
    own = state.players["encoder"]
    code = game.players["encoder"].module.apply({"params": own.params}, X, train=False)
    mean, std = code[0, 0] / 2, jnp.exp(0.5 * code[0, 1]) / 2
    np.testing.assert_allclose(z.mean(0), mean, atol=5 * std.max() / 3000**0.5)
    np.testing.assert_allclose(z.std(0), std, rtol=0.1)


def test_a_sample_is_the_last_level_decoded(played):
    game, state = played
    asked = {"label": jnp.int32([0, 1, 0, 1])}
    found = jax.jit(game.sample)(state, KEYS, asked)
    z = game.functions["latents"](state, KEYS, asked)
    own, frozen = state.players["gen"].averaged(), state.players["decoder"]
    cond = jax.nn.one_hot(asked["label"], 2)
    made = game.players["gen"].module.apply(
        {"params": own.params}, z, cond, train=False
    )
    assert made.shape == (4, 2, 2, LEVELS * 3)
    logits = game.players["decoder"].module.apply(
        {"params": frozen.params}, 2.0 * made[..., -3:], train=False
    )
    np.testing.assert_allclose(found, 2 * jax.nn.sigmoid(logits) - 1, atol=1e-5)
    again = game.functions["synthesize"](state, z, asked)
    np.testing.assert_allclose(again, found, atol=1e-5)


def test_the_inner_game_is_shown_the_reals_copied():
    seen = []

    def watching(memory, samples, keys, now):
        seen.append(samples)
        return samples

    spy = augment.instance_noise(0.0)._replace(apply=watching)
    modules = {
        "gen": models.gat.Generator((4, 4, 1), 8, 2, 2, levels=2),
        "disc": models.gat.Discriminator(8, 1, 2, levels=2),
    }
    inner = partial(
        games.adversarial,
        loss=losses.hinge,
        latents=sampling.normal((3,)),
        augment=spy,
    )
    game = games.multi_level(
        modules,
        dict.fromkeys(modules, optim.adam(1e-2)),
        data.Facts((4, 4, 1)),
        of=inner,
        levels=2,
    )
    state = base.init(game, KEY)
    seen.clear()
    game.phases[0].loss(state, {"sample": X}, KEYS, 0)
    assert len(seen) == 2
    np.testing.assert_array_equal(seen[0], jnp.concatenate([X, X], -1))


def test_level_noise_keeps_each_level_s_share():
    z = jnp.full((5000, 1, 2, 4), 3.0)
    noise = augment.level_noise((0.8, 0.1))
    found = noise.apply((), z, rng.deal(KEY, 5000), 0)
    np.testing.assert_allclose(found.mean(0)[..., :2], 0.6, atol=0.06)
    np.testing.assert_allclose(found.std(0)[..., :2], 0.8, rtol=0.05)
    np.testing.assert_allclose(found.mean(0)[..., 2:], 2.7, atol=0.01)
    np.testing.assert_allclose(found.std(0)[..., 2:], 0.1, rtol=0.05)
    with pytest.raises(ValueError, match="3 channels are not those of 2 levels"):
        noise.apply((), z[..., :3], rng.deal(KEY, 5000), 0)
    with pytest.raises(ValueError, match=r"shares\[0\]=1.5"):
        augment.level_noise((1.5,))


def test_agreement_is_the_distance_to_the_last_level_which_stays():
    draw = np.random.default_rng(0)
    x = draw.normal(size=(4, 3, 2, 6))

    def value(x):
        view = View(x, None, jnp.zeros(4), {}, lambda *_: (jnp.zeros(4), {}), KEYS)
        term = terms.level_agreement(levels=3, weight=0.5)
        return term.apply((), view, view, Moment(KEYS, 0, 0))[0].mean()

    parts = np.split(x, 3, axis=-1)
    gaps = [np.square(part - parts[2]).mean() for part in parts[:2]]
    np.testing.assert_allclose(value(jnp.float32(x)), 0.5 * np.mean(gaps), rtol=1e-5)
    slope = jax.grad(value)(jnp.float32(x))
    assert (slope[..., 4:] == 0).all()
    assert (slope[..., :4] != 0).all()


def test_games_that_do_not_fit_are_refused():
    form = partial(games.progressive, of=games.adversarial)
    with pytest.raises(ValueError, match="levels are of pictures"):
        games.multi_level({}, {}, data.Facts((2,)), of=form)
    with pytest.raises(ValueError, match="grow the whole game instead"):
        within(growing(), lambda s, x, k: x, lambda s, x: x)
    space = games.posterior(GREYS)
    with pytest.raises(ValueError, match=r"posterior\(\) wants models.encoder"):
        space({}, data.Facts((4, 4, 1)))
    flat = models.mlp.Encoder((5,), (4,))
    decoder = models.kl.Generator((4, 4, 1), (4, 4))
    with pytest.raises(ValueError, match=r"mean and variance .* shape \(2, \*z\)"):
        space({"encoder": flat, "decoder": decoder}, data.Facts((4, 4, 1)))
