"""The variational autoencoder against closed forms: a KL, a linear model, its bounds."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import asks, data, games, losses, models, nn, optim, rng, sampling
from gan_jax.games import base
from gan_jax.games.autoencoder import divergence, importance
from gan_jax.games.density import LOG_WEIGHTS
from gan_jax.games.round import make_round
from gan_jax.schedules import linear

KEY = jax.random.key(3)
STD, LATENTS, DIM, COUNT = 0.5, 2, 6, 128


def linear_vae(widths=(), rate=None, **kwargs):
    """A linear decoder and encoder of points, with a normal likelihood."""
    modules = {
        "gen": models.mlp.Generator((DIM,), widths),
        "enc": models.mlp.Encoder((2, LATENTS), widths),
    }
    given = dict(latents=sampling.normal((LATENTS,)), likelihood=losses.gaussian(STD))
    facts = kwargs.pop("facts", data.Facts((DIM,)))
    tx = optim.adam(1e-2 if rate is None else rate, b1=0.9)
    return games.variational(
        modules, dict.fromkeys(modules, tx), facts, **given | kwargs
    )


@pytest.fixture(scope="module")
def cloud():
    """Points that lie near a plane."""
    draw = np.random.default_rng(0)
    plane = draw.normal(size=(LATENTS, DIM)) * np.array([[1.5], [0.9]])
    points = draw.normal(size=(COUNT, LATENTS)) @ plane
    return points + STD * draw.normal(size=(COUNT, DIM)) + draw.normal(size=DIM)


@pytest.fixture(scope="module")
def optimum(cloud):
    """Probabilistic PCA (Tipping & Bishop 1999) at this noise: model and log p(x) [n]."""
    middle = cloud.mean(0)
    values, vectors = np.linalg.eigh(np.cov(cloud.T, bias=True))
    top, axes = values[::-1][:LATENTS], vectors[:, ::-1][:, :LATENTS]
    weights = axes * np.sqrt(top - STD**2)
    covariance = weights @ weights.T + STD**2 * np.eye(DIM)
    off = cloud - middle
    inside = np.einsum("ni,ij,nj->n", off, np.linalg.inv(covariance), off)
    log_p = -0.5 * (inside + np.linalg.slogdet(2 * np.pi * covariance)[1])
    return middle, top, weights, log_p


def exact(game, cloud, optimum):
    """The state at that optimum, the encoder being the exact posterior."""
    middle, top, weights, _ = optimum
    state = base.init(game, KEY)
    back = weights / top  # W M^-1, where W'W + s^2 1 is diagonal
    log_var = np.log(STD**2 / top)
    enc = {
        "kernel": np.concatenate([back, np.zeros_like(back)], 1),
        "bias": np.concatenate([-middle @ back, log_var]),
    }
    gen = {"kernel": weights.T, "bias": middle}
    put = {"gen": gen, "enc": enc}
    for name, output in put.items():
        own = {"output": {k: jnp.float32(x) for k, x in output.items()}}
        shapes = jax.tree.map(jnp.shape, own)
        assert shapes == jax.tree.map(jnp.shape, state.players[name].params)
        state = base.with_params(state, name, own)
    return state


def weights_of(game, state, cloud, draws):
    keys = rng.deal(jax.random.key(9), len(cloud))
    batch = {"sample": jnp.float32(cloud)}
    weigh = jax.jit(game.functions[LOG_WEIGHTS])
    return weigh(state, batch, keys, jnp.arange(draws))


def test_at_the_optimum_of_ppca_every_weight_is_the_likelihood(cloud, optimum):
    game = linear_vae()
    found = weights_of(game, exact(game, cloud, optimum), cloud, 4)
    np.testing.assert_allclose(found, np.tile(optimum[3], (4, 1)), atol=1e-4)
    off = linear_vae(likelihood=losses.gaussian(0.4))
    far = weights_of(off, exact(game, cloud, optimum), cloud, 4)
    assert np.abs(far[0] - far[1]).max() > 0.1  # elsewhere they differ


@pytest.fixture(scope="module")
def trained(cloud):
    rounds = 3000
    game = linear_vae(rate=linear(3e-2, 1e-5, over=rounds * COUNT))
    play = make_round(game)
    batch = {"real": {"sample": jnp.float32(cloud)[None]}}

    @jax.jit
    def train(state):
        return jax.lax.scan(
            lambda s, _: (play(s, batch)[0], None), state, None, length=rounds
        )[0]

    return game, train(base.init(game, KEY))


def test_training_reaches_the_optimum_of_ppca(trained, cloud, optimum):
    game, state = trained
    bound = importance(weights_of(game, state, cloud, 1))
    best = optimum[3].mean()
    assert best - 0.02 < float(bound.mean()) < best + 0.002


def test_importance_bounds_rise_with_the_draws(cloud, optimum):
    game = linear_vae()
    state = exact(game, cloud, optimum)
    wide = jax.tree.map(lambda x: x, state.players["enc"].params)
    wide["output"]["bias"] = wide["output"]["bias"].at[LATENTS:].add(1.0)
    state = base.with_params(state, "enc", wide)
    weights = weights_of(game, state, cloud, 4096)
    truth = optimum[3].mean()
    bounds = []
    for k in (1, 4, 16, 64, 4096):
        each = weights.reshape(-1, k, COUNT)  # the mean over all groups of k draws
        bounds.append(float(jax.vmap(importance)(each).mean()))
    assert bounds == sorted(bounds)
    assert truth - bounds[0] > 0.3
    assert abs(bounds[-1] - truth) < 2e-3


def test_kl_against_draws():
    draw = np.random.default_rng(4)
    mean, log_var = draw.normal(size=(2, 3, 5))
    found = divergence(jnp.float32(mean), jnp.float32(log_var))
    std = np.exp(log_var / 2)
    noise = draw.normal(size=(200_000, 3, 5))
    z = mean + std * noise
    ratio = 0.5 * (z**2 - noise**2) - log_var / 2
    off = np.abs(ratio.mean(0) - found)
    assert (off < 4 * ratio.std(0) / np.sqrt(len(z)) + 1e-5).all()
    np.testing.assert_array_equal(divergence(jnp.zeros((1, 2)), jnp.zeros((1, 2))), 0)


def play_once(game, cloud, seen=0, label=None):
    state = jax.jit(partial(base.init, game))(KEY)
    state = dataclasses.replace(state, seen=jnp.int32(seen))
    batch = {"sample": jnp.float32(cloud)} | ({} if label is None else {"label": label})
    keys = rng.deal(KEY, len(cloud))
    phase = game.phases[0]

    @jax.jit
    @partial(jax.value_and_grad, has_aux=True)
    def loss(params):
        now = state
        for name, own in params.items():
            now = base.with_params(now, name, own)
        value, aux = phase.loss(now, batch, keys, 0)
        return value, aux.metrics

    params = {name: player.params for name, player in state.players.items()}
    (value, metrics), slopes = loss(params)
    return value, metrics, slopes


def test_beta_and_its_schedule_weigh_the_kl(cloud):
    for beta, seen, weight in ((4.0, 0, 4.0), (linear(0.0, 1.0, over=100), 25, 0.25)):
        value, metrics, _ = play_once(linear_vae((8,), beta=beta), cloud, seen)
        missed, kl = metrics["reconstruction"].mean(), metrics["kl"].mean()
        np.testing.assert_allclose(value, missed + weight * kl, rtol=1e-5)
        np.testing.assert_allclose(metrics["elbo"].mean(), -missed - kl, rtol=1e-5)
        each = sum(metrics[f"kl_{i:02}"] for i in range(LATENTS))
        np.testing.assert_allclose(each, metrics["kl"], rtol=1e-5)
        assert metrics["beta"] == weight


def test_free_bits_leave_the_kl_without_a_gradient_up_to_there(cloud):
    small = cloud[:16] * 1e-2
    value, metrics, slopes = play_once(linear_vae(free_bits=50.0), small)
    free, _, unweighed = play_once(linear_vae(beta=0.0), small)
    np.testing.assert_allclose(value - free, 50.0 * LATENTS, rtol=1e-4)
    jax.tree.map(
        partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-5), slopes, unweighed
    )
    paid, metrics, _ = play_once(linear_vae(free_bits=1e-6), cloud)
    whole, _, _ = play_once(linear_vae(), cloud)
    assert metrics["active"].all()
    np.testing.assert_allclose(paid, whole, rtol=1e-6)


def test_the_bound_of_one_draw_is_importance_weighting_by_one(cloud):
    """Its expectation is that of the ELBO; of the very draws: log w alone."""
    game = linear_vae((8,), bound="importance", draws=3)
    value, metrics, _ = play_once(game, cloud)
    assert value < play_once(linear_vae((8,), bound="importance"), cloud)[0]
    assert metrics["elbo"].shape == (COUNT,)


THREE = data.Facts((DIM,), ("a", "b", "c"), (1, 1, 1))


def test_a_conditional_one_is_told_the_class_on_both_sides(cloud):
    game = linear_vae((8,), facts=THREE, conditional=asks.class_labels())
    state = base.init(game, KEY)
    keys = rng.deal(KEY, 5)
    draw, encode = jax.jit(game.sample), jax.jit(game.functions["encode"])
    one, two = (draw(state, keys, {"label": jnp.full(5, c)}) for c in (0, 1))
    assert (one != two).any()
    x = jnp.float32(cloud[:5])
    codes = [encode(state, x, {"label": jnp.full(5, c)}) for c in (0, 1)]
    assert (codes[0] != codes[1]).any()
    again = game.functions["decode"](state, codes[0], {"label": jnp.full(5, 0)})
    rebuilt = game.functions["reconstruct"](state, x, {"label": jnp.full(5, 0)})
    np.testing.assert_array_equal(again, rebuilt)
    label = jnp.arange(COUNT) % 3
    assert np.isfinite(play_once(game, cloud, label=label)[0])


def test_the_decoder_has_what_the_likelihood_reads():
    shape = (4, 4, 3)
    modules = {
        "gen": models.mlp.Generator(shape, (5,)),
        "enc": models.mlp.Encoder((2, 2), (5,)),
    }
    tx = dict.fromkeys(modules, optim.adam(1e-3))
    game = games.variational(
        modules,
        tx,
        data.Facts(shape),
        latents=sampling.truncatable((2,)),
        likelihood=losses.discretised_logistic(2),
    )
    assert game.players["gen"].module.shape == (4, 4, 18)
    keys = rng.deal(KEY, 3)
    asked = {"truncation": jnp.zeros(3)}
    samples = jax.jit(game.sample)(base.init(game, KEY), keys, asked)
    assert samples.shape == (3, *shape)
    np.testing.assert_array_equal(samples[0], samples[1])
    squashed = modules | {"gen": models.mlp.Generator(shape, (5,), output=nn.tanh())}
    with pytest.raises(ValueError, match=r"leave models\.gen\.output out"):
        games.variational(
            squashed,
            tx,
            data.Facts(shape),
            latents=sampling.normal((2,)),
            likelihood=losses.bernoulli(),
        )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (dict(latents=sampling.uniform((LATENTS,))), "standard normal prior"),
        (dict(latents=sampling.normal((3,))), r"models\.enc\.latents=\(2, 3\)"),
        (dict(draws=0), "draws"),
        (dict(beta=-1.0), "beta"),
        (dict(bound="importance", beta=2.0), "no KL for beta"),
    ],
)
def test_what_does_not_go_together_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        linear_vae(**wrong)


def test_networks_that_ignore_the_class_are_refused():
    shape = (16, 16, 1)
    modules = {
        "gen": models.dcgan.Generator(shape, 4, join=nn.concatenated()),
        "enc": models.dcgan.Encoder((2, 2), 4),
    }
    with pytest.raises(ValueError, match=r"enc ignores.*models\.enc\.join"):
        games.variational(
            modules,
            dict.fromkeys(modules, optim.adam(1e-3)),
            data.Facts(shape, ("a", "b"), (1, 1)),
            latents=sampling.normal((2,)),
            likelihood=losses.bernoulli(),
            conditional=asks.class_labels(),
        )
