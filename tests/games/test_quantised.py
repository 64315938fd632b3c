"""VQ-VAE, VQ-GAN, and a Transformer over their codes."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data, games, losses, nn, rng
from gan_jax.asks import filled
from gan_jax.errors import BadInput
from gan_jax.games import base
from gan_jax.games.quantised import balance
from gan_jax.metrics import extractors
from tests.games.likelihoods import coded, tokenised

KEY = jax.random.key(0)
X = jnp.sin(3 * jax.random.normal(jax.random.key(1), (6, 4, 4, 1)))


def test_the_adaptive_weight_is_a_ratio_that_scales_as_its_losses_do():
    """Of a linear last layer, against gradients by hand."""
    numbers = np.random.default_rng(0)
    features, kernel, x, direction = (
        numbers.normal(size=shape) for shape in ((8, 5), (5, 3), (8, 3), (8, 3))
    )

    def last(params):
        return jnp.float32(features) @ params["kernel"] + params["bias"]

    params = {"kernel": jnp.float32(kernel), "bias": jnp.ones(3)}

    def weigh(a, b):
        return balance(
            last,
            params,
            lambda y: a * jnp.abs(y - jnp.float32(x)).mean(),
            lambda y: b * (y * jnp.float32(direction)).mean(),
        )

    off = np.sign(features @ kernel + 1 - x) / x.size
    above = np.linalg.norm(features.T @ off)
    below = np.linalg.norm(features.T @ (direction / x.size))
    first = weigh(1.0, 1.0)
    np.testing.assert_allclose(first, above / (below + 1e-4), rtol=1e-5)
    np.testing.assert_allclose(weigh(3.0, 1.0), 3 * first, rtol=1e-5)
    np.testing.assert_allclose(weigh(1.0, 100.0) * 100, first, rtol=2e-3)
    assert weigh(1.0, 0.0) == min(above / 1e-4, 1e4)


@pytest.fixture(scope="module")
def vq_gan():
    game = coded(games.vq_gan, nn.vector_quantiser(5, 3), begin=100, loss=losses.hinge)
    return game, jax.jit(partial(base.init, game))(KEY)


def turns(game, state, seen):
    """Values, metrics and the size of each player's gradient, before or after."""
    state = dataclasses.replace(state, seen=jnp.int32(seen))
    batch, keys = {"sample": X}, rng.deal(KEY, len(X))

    @jax.jit
    def play(state):
        found = {}
        for phase in game.phases:

            def loss(params, phase=phase):
                now = base.with_params(state, phase.name, params)
                return phase.loss(now, batch, keys, 0)

            own = state.players[phase.name].params
            (value, aux), slope = jax.value_and_grad(loss, has_aux=True)(own)
            found[phase.name] = value, aux.metrics, slope
        return found

    return play(state)


def test_the_critic_joins_when_it_is_to_and_not_before(vq_gan):
    game, state = vq_gan
    early, late = (turns(game, state, seen) for seen in (99, 100))
    assert early["disc"][0] == 0 != late["disc"][0]
    assert max(float(jnp.abs(x).max()) for x in jax.tree.leaves(early["disc"][2])) == 0
    value, metrics, slope = early["gen"]
    alone = metrics["reconstruction"].mean() + metrics["code"].mean()
    np.testing.assert_allclose(value, alone, rtol=1e-5)
    assert metrics["weight"] == 0
    value, metrics, with_it = late["gen"]
    alone = metrics["reconstruction"].mean() + metrics["code"].mean()
    share = float(metrics["weight"])
    assert share > 0
    adversarial = metrics["adversarial"].mean()
    np.testing.assert_allclose(value, alone + share * adversarial, rtol=1e-4)
    # On the last kernel the two gradients are as large as the weight says.
    kernels = [x["output"]["kernel"] for x in (slope, with_it)]
    apart = jnp.linalg.norm(kernels[1] - kernels[0])
    np.testing.assert_allclose(apart / jnp.linalg.norm(kernels[0]), 0.8, rtol=1e-2)


def test_a_sample_is_the_reconstruction_of_the_picture_that_is_asked_for(vq_gan):
    game, state = vq_gan
    keys = rng.deal(KEY, len(X))
    asked = filled(game.asks, keys, {"image": X})
    again = jax.jit(game.sample)(state, keys, asked)
    codes = game.functions["encode"](state, X)
    assert codes.shape == (6, 2, 2)
    np.testing.assert_allclose(game.functions["decode"](state, codes), again, atol=1e-6)
    with pytest.raises(ValueError, match="image must be given"):
        filled(game.asks, keys, {})


def test_a_transformer_over_codes_draws_pictures_of_the_frozen_autoencoder():
    game = tokenised()
    assert game.players["book"].tx is None
    assert game.players["gen"].module.vocabulary == 12
    state = jax.jit(partial(base.init, game))(KEY)
    keys = rng.deal(KEY, 6)
    draw = jax.jit(game.sample)
    samples = draw(state, keys, filled(game.asks, keys, {}))
    tokens = game.functions["tokens"](state, X)
    assert tokens.shape == (6, 4)
    assert samples.shape == X.shape
    # All rows kept: nothing is left to draw but what the codes lose.
    asked = filled(
        game.asks, keys, {"image": jnp.clip(X, -1, 1), "rows": jnp.full(6, 4)}
    )
    whole = draw(state, keys, asked)
    np.testing.assert_allclose(
        whole, game.functions["picture"](state, tokens), atol=1e-5
    )
    with pytest.raises(ValueError, match=r"codes\(\) are those of models\.book"):
        games.codes()({}, data.Facts((4, 4, 1)))


def test_a_perceptual_distance_counts_as_reconstruction_does():
    """Twice the distance of pixels beside it: three times the loss, and the weight."""
    twice = games.Perceptual(lambda x, y: 2 * jnp.abs(x - y).mean((1, 2, 3)))
    found = []
    for perceptual in (None, twice):
        game = coded(
            games.vq_gan, nn.vector_quantiser(5, 3), perceptual=perceptual, weight=0.7
        )
        state = jax.jit(partial(base.init, game))(KEY)
        found.append(turns(game, state, 0)["gen"][1])
    alone, both = found
    np.testing.assert_allclose(
        both["perceptual"], 2 * alone["reconstruction"], rtol=1e-5
    )
    np.testing.assert_allclose(both["weight"], 3 * alone["weight"], rtol=1e-5)


def test_features_of_the_classifier_are_those_that_scores_are_made_of():
    digits = np.asarray(data.mnist5k(split="test").source.arrays["sample"][:6])
    pixels = digits.reshape(2, 3, 28, 28, 1)
    network = extractors.digits()
    units = [np.float64(network(x).features) for x in pixels]
    units = [f / np.linalg.norm(f, axis=1, keepdims=True) for f in units]
    x, y = (jnp.float32(x) / 127.5 - 1 for x in pixels)
    apart = games.digit_features(weight=0.5).apart
    expected = 0.5 * np.square(units[0] - units[1]).sum(1)
    np.testing.assert_allclose(apart(x, y), expected, rtol=1e-4)
    slope = jax.jit(jax.grad(lambda y: apart(x, y).sum()))
    assert np.isfinite(slope(y)).all()
    np.testing.assert_allclose(apart(x, x), 0, atol=1e-6)
    with pytest.raises(BadInput, match="it takes 28 x 28"):
        apart(X, X)


def test_lpips_wants_its_file():
    with pytest.raises(BadInput, match="there are no LPIPS weights"):
        games.lpips("/nowhere")
