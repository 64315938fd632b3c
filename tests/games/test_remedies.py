import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen

from gan_jax import (
    augment,
    games,
    losses,
    nn,
    optim,
    regularizers,
    rng,
    sampling,
    schedules,
)
from gan_jax.games import base, packs, remedies
from gan_jax.games.round import make_round
from gan_jax.games.turns import spread
from gan_jax.games.update import update
from tests.games.facts import FACTS
from tests.games.tables import BATCH, batches, toy

KEY = jax.random.key(2)


@pytest.fixture
def x64():
    with jax.enable_x64(True):
        yield


def first_batch(game, seed=0):
    return jax.tree.map(lambda x: x[0], batches(game, seed)["real"])


def loss_of(game, name):
    (phase,) = [phase for phase in game.phases if phase.name == name]
    return phase.loss


@pytest.mark.parametrize("shape", [(6, 2), (6, 3, 4, 2)])
def test_packing_joins_neighbours_along_the_last_axis(shape):
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    packed = packs.pack(jnp.asarray(x), 3)
    expected = np.stack(
        [np.concatenate([x[3 * i + j] for j in range(3)], axis=-1) for i in range(2)]
    )
    np.testing.assert_array_equal(packed, expected)
    np.testing.assert_array_equal(packs.unpack(packed, 3), x)
    assert packs.pack(packed, 1) is packed


def test_a_batch_that_cannot_be_packed_is_refused():
    with pytest.raises(ValueError, match="packed by 4"):
        packs.pack(jnp.zeros((6, 2)), 4)


@pytest.mark.slow
def test_a_packed_critic_judges_packs():
    """Loss of the critic recomputed from its network on hand-made packs."""
    game = toy(loss=losses.hinge, pack=2)
    state, batch = base.init(game, KEY), first_batch(toy())
    keys = rng.deal(KEY, BATCH)
    value, aux = loss_of(game, "disc")(state, batch, keys, 0)
    assert aux.metrics["real_logit"].shape == (BATCH // 2,)
    module, params = game.players["disc"].module, state.players["disc"].params

    def judge(x):
        packs = jnp.asarray(x).reshape(BATCH // 2, 4)
        return np.asarray(module.apply({"params": params}, packs, None, train=True)[0])

    z = sampling.normal((3,))(rng.stream(keys, "latents"))
    gen = {"params": state.players["gen"].params}
    fake = game.players["gen"].module.apply(gen, z, None, train=True)
    expected = np.maximum(1 - judge(batch["sample"]), 0) + np.maximum(
        1 + judge(fake), 0
    )
    np.testing.assert_allclose(value, expected.mean(), rtol=1e-5)


class Net(linen.Module):
    """In whatever precision its input has: the house's networks end in float32."""

    out: int

    @linen.compact
    def __call__(self, x, cond=None, *, train):
        y = linen.Dense(self.out)(linen.softplus(linen.Dense(5)(x)))
        return (y[:, 0], {}) if self.out == 1 else y


@pytest.mark.slow
@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("steps", [1, 3])
def test_unrolling_is_the_gradient_through_the_optimiser(steps):
    """Against central differences of the whole look-ahead, in float64."""
    adam = optim.adam(1e-2, eps_root=1e-16)
    game = games.adversarial(
        {"gen": Net(2), "disc": Net(1)},
        {"gen": adam, "disc": adam},
        FACTS,
        loss=losses.minimax,
        latents=sampling.normal((3,)),
        unroll=steps,
    )
    loss = loss_of(game, "gen")
    state = jax.tree.map(_double, base.init(game, KEY))
    batch = jax.tree.map(_double, first_batch(game))
    # Adam's first step is the sign of the gradient: begin with some history.
    for _ in range(2):
        state, _ = update(game, game.phases[0], state, batch, KEY, 0)
    keys = rng.deal(KEY, BATCH)

    @jax.jit
    def value(params):
        return loss(base.with_params(state, "gen", params), batch, keys, 0)[0]

    def blind(params):
        """The critic's answer to the generator is not differentiated."""
        still = base.with_params(state, "gen", jax.lax.stop_gradient(params))
        ahead = remedies.look_ahead(game, game.phases[0], still, batch, keys, steps)
        ahead = base.with_params(ahead, "gen", params)
        return loss_of(short, "gen")(ahead, batch, keys, 0)[0]

    short = dataclasses.replace(game, phases=_without_unrolling(game, adam))
    params = state.players["gen"].params
    exact = jax.grad(value)(params)
    way = jax.tree.map(
        lambda x: jnp.sin(jnp.arange(x.size) + 1.0).reshape(x.shape), params
    )

    def slope(gradient):
        parts = zip(*map(jax.tree.leaves, (gradient, way)), strict=True)
        return sum((g * w).sum() for g, w in parts)

    step = 1e-5
    ahead, behind = (
        value(jax.tree.map(lambda x, w, s=s: x + s * step * w, params, way))
        for s in (1, -1)
    )
    assert ahead.dtype == jnp.float64
    np.testing.assert_allclose(slope(exact), (ahead - behind) / (2 * step), rtol=1e-6)
    # The imagined critics see the samples that their own phase would make.
    np.testing.assert_allclose(value(params), blind(params), rtol=1e-9)
    # The term that unrolling is about is not small change.
    assert abs(slope(jax.grad(blind)(params)) / slope(exact) - 1) > 1e-3


def _without_unrolling(game, adam):
    models = {name: player.module for name, player in game.players.items()}
    return games.adversarial(
        models,
        dict.fromkeys(models, adam),
        FACTS,
        loss=losses.minimax,
        latents=sampling.normal((3,)),
    ).phases


def _double(x):
    return x.astype(jnp.float64) if x.dtype == jnp.float32 else x


@pytest.mark.slow
def test_looking_ahead_plays_the_critics_own_updates():
    """The imagined critic is the one that K real updates on that batch make."""
    game = toy(rate=optim.adam(1e-2, eps_root=1e-16), unroll=2)
    state, batch = base.init(game, KEY), first_batch(toy())
    keys = rng.deal(KEY, BATCH)
    ahead = remedies.look_ahead(game, game.phases[0], state, batch, keys, 2)
    for i in range(2):
        state, _ = update(game, game.phases[0], state, batch, keys, i)
    for a, b in zip(
        jax.tree.leaves(ahead.players), jax.tree.leaves(state.players), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


@pytest.mark.slow
def test_unrolling_leaves_the_critic_where_its_own_update_put_it():
    plain, ahead = toy(), toy(rate=optim.adam(1e-2, eps_root=1e-16), unroll=3)
    batch = batches(plain, 0)
    a, _ = make_round(plain)(base.init(plain, KEY), batch)
    b, _ = make_round(ahead)(base.init(ahead, KEY), batch)
    jax.tree.map(
        lambda x, y: np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-6),
        a.players["disc"].params,
        b.players["disc"].params,
    )


class Shift(linen.Module):
    """Every sample is the parameter itself."""

    @linen.compact
    def __call__(self, z, cond=None, *, train):
        theta = self.param("theta", linen.initializers.constant(0.5), (2,))
        return 0 * z + theta


class Slope(linen.Module):
    """x . w"""

    @linen.compact
    def __call__(self, x, cond=None, *, train):
        w = self.param("w", linen.initializers.constant(-0.25), (2,))
        return x @ w, {}


@pytest.mark.slow
def test_consensus_is_its_equation_in_the_bilinear_game():
    """v = (theta - mean, -w): each side adds gamma times the gradient of |v|^2 / 2."""
    gamma, rate = 0.3, 0.1
    sgd = optim.sgd(rate)
    game = games.adversarial(
        {"gen": Shift(), "disc": Slope()},
        {"gen": sgd, "disc": sgd},
        FACTS,
        loss=losses.wasserstein,
        latents=sampling.normal((2,)),
        consensus=gamma,
    )
    state, batch = base.init(game, KEY), first_batch(game)
    mean = np.asarray(batch["sample"]).mean(0)
    theta, w = np.full(2, 0.5), np.full(2, -0.25)
    state, metrics = update(game, game.phases[0], state, batch, KEY, 0)
    half = 0.5 * ((theta - mean) ** 2).sum() + 0.5 * (w**2).sum()
    np.testing.assert_allclose(metrics["disc/consensus"][0], gamma * half, rtol=1e-5)
    w = w - rate * (theta - mean + gamma * w)
    np.testing.assert_allclose(state.players["disc"].params["w"], w, rtol=1e-5)
    state, _ = update(game, game.phases[1], state, batch, KEY, 0)
    theta = theta - rate * (-w + gamma * (theta - mean))
    np.testing.assert_allclose(state.players["gen"].params["theta"], theta, rtol=1e-5)


def test_feature_matching_is_the_distance_of_mean_features():
    game = toy(matching={"match": losses.feature_matching(2.0)}, gen_weight=0.0)
    state, batch = base.init(game, KEY), first_batch(game)
    keys = rng.deal(KEY, BATCH)
    value, aux = loss_of(game, "gen")(state, batch, keys, 0)
    disc, gen = game.players["disc"].module, game.players["gen"].module
    z = sampling.normal((3,))(rng.stream(keys, "latents"))
    fake = gen.apply({"params": state.players["gen"].params}, z, None, train=True)
    features = [
        np.asarray(
            disc.apply({"params": state.players["disc"].params}, x, None, train=True)[
                1
            ]["features"]
        ).mean(0)
        for x in (batch["sample"], fake)
    ]
    expected = 2.0 * ((features[0] - features[1]) ** 2).sum()
    np.testing.assert_allclose(value, expected, rtol=1e-4)
    np.testing.assert_allclose(aux.metrics["match"], expected, rtol=1e-4)


@pytest.mark.slow
def test_features_that_are_not_there_are_named():
    game = toy(matching={"match": losses.feature_matching(at="logits")})
    with pytest.raises(ValueError, match="features, not 'logits'"):
        make_round(game)(base.init(game, KEY), batches(game, 0))


def test_noise_reaches_the_critic_and_not_the_samples():
    game = toy(augment=augment.instance_noise(5.0))
    plain = toy()
    state = base.init(game, KEY)
    batch, keys = first_batch(game), rng.deal(KEY, BATCH)
    noisy = loss_of(game, "disc")(state, batch, keys, 0)[1].metrics["real_logit"]
    clean = loss_of(plain, "disc")(base.init(plain, KEY), batch, keys, 0)[1].metrics
    assert jnp.abs(noisy - clean["real_logit"]).max() > 0.1
    np.testing.assert_array_equal(
        game.sample(state, keys, {}), plain.sample(base.init(plain, KEY), keys, {})
    )


def test_the_generator_sleeps_through_bursts():
    game = toy(gen_rounds=schedules.critic_bursts(length=3, first=1, period=2))
    play, state = jax.jit(make_round(game)), base.init(game, KEY)
    played = []
    for i in range(10):
        state, metrics = play(state, batches(game, i))
        played.append(int(metrics["gen/loss"][1]))
        assert metrics["disc/loss"][1] == 1
    # Updates 0, 2, 4 come after three rounds, the odd ones after one.
    assert played == [0, 0, 1, 1, 0, 0, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: toy(
                disc_norm=nn.batch_norm(), regularizers={"r1": regularizers.r1()}
            ),
            "r1 takes the gradient of each logit",
        ),
        (
            lambda: toy(
                disc_norm=nn.batch_norm(),
                regularizers={"lazy": regularizers.every(4, regularizers.r1())},
            ),
            "lazy takes the gradient",
        ),
        (lambda: toy(unroll=1), "eps_root=1e-16"),
        (lambda: toy(unroll=-1), "unroll=-1"),
        (lambda: toy(pack=0), "pack=0"),
        (lambda: toy(consensus=1.0, microbatches=2), "whole batch"),
    ],
)
def test_remedies_that_exclude_each_other_say_so(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_layer_norm_goes_with_a_penalty():
    game = toy(disc_norm=nn.layer_norm(), regularizers={"r1": regularizers.r1()})
    assert dataclasses.asdict(game.phases[0])["name"] == "disc"


def test_spread_is_the_mean_distance_of_two_samples():
    x = jax.random.normal(KEY, (4001, 2))
    measured = spread(x)
    assert measured.shape == (2000,)
    # The distance of two standard normal points in the plane: mean sqrt(pi).
    np.testing.assert_allclose(measured.mean(), np.sqrt(np.pi), rtol=0.03)
