"""Standing statistics against plain numpy, and the truncation that goes with them."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen

from gan_jax import asks, games, losses, models, nn, optim, rng, sampling
from gan_jax.errors import BadInput
from gan_jax.games import base
from gan_jax.run import Run
from gan_jax.run.sampler import sample_key
from gan_jax.run.workdir import Workdir
from tests.games.facts import CLASSES, FACTS
from tests.games.tables import toy

KEY = jax.random.key(3)
KEYS = rng.at(KEY, jnp.arange(16 * 8)).reshape(16, 8)


@pytest.fixture(scope="module", params=[None, 0.9], ids=["plain", "averaged"])
def standing(request):
    """A conditional game with batch norm, its state, and the compiled function."""
    game = toy(
        gen_norm=nn.batch_norm(),
        facts=CLASSES,
        conditional=asks.class_labels(),
        latents=sampling.truncatable((3,)),
        ema=request.param,
    )
    state = base.init(game, KEY)
    return game, state, jax.jit(game.functions["standing_statistics"])


def statistics(game, state):
    return state.players["gen"].averaged().variables["batch_stats"]["norm0"]


def hidden(game, state, keys, asked=None):
    """The batch that the norm sees, from the weights of the layer before it."""
    filled = asks.filled(game.asks, keys, asked or {})
    prior = sampling.truncatable((3,))
    z = asks.latents_of(prior, rng.stream(keys, "latents"), filled)
    beside = np.concatenate([z, np.eye(3)[np.asarray(filled["label"])]], 1)
    layer = state.players["gen"].averaged().params["dense0"]
    return np.float64(beside) @ np.float64(layer["kernel"]) + layer["bias"]


def test_they_are_the_mean_of_each_batchs_own(standing):
    game, state, function = standing
    found = statistics(game, function(state, KEYS))
    batches = [hidden(game, state, keys) for keys in KEYS]
    for name, numbers in (
        ("mean", [batch.mean(0) for batch in batches]),
        ("var", [batch.var(0) for batch in batches]),
    ):
        np.testing.assert_allclose(
            found[name], np.mean(numbers, 0), rtol=1e-4, atol=1e-5
        )


def test_the_order_of_batches_does_not_matter_and_nothing_else_moves(standing):
    game, state, function = standing
    one, other = function(state, KEYS), function(state, KEYS[::-1])
    jax.tree.map(
        partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-6),
        statistics(game, one),
        statistics(game, other),
    )
    old, new = state.players["gen"], one.players["gen"]
    jax.tree.map(np.testing.assert_array_equal, old.params, new.params)
    jax.tree.map(
        np.testing.assert_array_equal, state.players["disc"], one.players["disc"]
    )
    if old.ema is not None:  # the running ones of training stay as well
        jax.tree.map(np.testing.assert_array_equal, old.variables, new.variables)


def test_they_belong_to_the_truncation_that_is_asked(standing):
    game, state, function = standing
    cut = {"truncation": jnp.full((16, 8), 0.3)}
    found = statistics(game, function(state, KEYS, cut))
    batches = [
        hidden(game, state, keys, {"truncation": jnp.full(8, 0.3)}) for keys in KEYS
    ]
    wanted = np.mean([batch.var(0) for batch in batches], 0)
    np.testing.assert_allclose(found["var"], wanted, rtol=1e-4, atol=1e-6)
    assert (found["var"] < statistics(game, function(state, KEYS))["var"]).all()


def test_the_truncation_that_is_asked_reaches_the_samples(standing):
    game, state, _ = standing
    keys = KEYS[0]
    filled = partial(asks.filled, game.asks, keys)
    plain, same, cut = (
        game.sample(state, keys, filled(asked))
        for asked in ({}, {}, {"truncation": jnp.full(8, 0.1)})
    )
    np.testing.assert_array_equal(plain, same)
    assert (np.abs(plain - cut).max(-1) > 0).all()
    middle = game.sample(state, keys, filled({"truncation": jnp.zeros(8)}))
    label = np.asarray(filled({})["label"])
    np.testing.assert_array_equal(
        middle, middle[np.array([list(label).index(k) for k in label])]
    )  # of a class, all are one


def test_a_run_has_them_for_what_it_is_asked(standing, tmp_path):
    game, state, _ = standing
    gan = Run(Workdir(tmp_path), game, state, {}, CLASSES)
    other = gan.standing(batch=8, truncation=0.3)
    keys = rng.at(sample_key(0), jnp.arange(16 * 8)).reshape(16, 8)
    batches = [
        hidden(game, state, own, {"truncation": jnp.full(8, 0.3)}) for own in keys
    ]
    wanted = np.mean([batch.mean(0) for batch in batches], 0)
    found = statistics(game, other.state)["mean"]
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    samples = [one.sample(3, labels=1, truncation=0.3) for one in (gan, other)]
    assert not np.allclose(*samples)
    with pytest.raises(BadInput, match="cannot be asked for 'hue'"):
        gan.standing(hue=1)


def test_a_generator_without_batch_statistics_is_left_alone():
    game = toy()
    state = base.init(game, KEY)
    after = game.functions["standing_statistics"](state, KEYS)
    jax.tree.map(np.testing.assert_array_equal, state.players, after.players)


class Deaf(linen.Module):
    """Batch statistics of its own kind."""

    @linen.compact
    def __call__(self, z, cond=None, *, train):
        z = linen.BatchNorm(use_running_average=not train)(z)
        return linen.Dense(2)(z)


def test_others_batch_norms_are_refused_by_name():
    modules = {"gen": Deaf(), "disc": models.mlp.Discriminator((4,))}
    game = games.adversarial(
        modules,
        dict.fromkeys(modules, optim.sgd(0.1)),
        FACTS,
        loss=losses.hinge,
        latents=sampling.normal((3,)),
    )
    state = base.init(game, KEY)
    with pytest.raises(ValueError, match="BatchNorm_0/mean does not say"):
        game.functions["standing_statistics"](state, KEYS)
