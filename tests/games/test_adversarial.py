from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import (
    data,
    games,
    losses,
    metrics,
    models,
    nn,
    optim,
    regularizers,
    rng,
    sampling,
)
from gan_jax.games import base
from gan_jax.games.round import make_round
from gan_jax.games.update import update
from gan_jax.training.program import fed_round, many
from tests.games.facts import FACTS, SHAPE
from tests.games.tables import BATCH, batches, toy

pytestmark = pytest.mark.optimised

KEY = jax.random.key(1)


def turn(game, state, phase):
    """One update of the phase of that name."""
    (phase,) = [p for p in game.phases if p.name == phase]
    batch = jax.tree.map(lambda x: x[0], batches(game, 0)["real"])
    return update(game, phase, state, batch, KEY, 0)[0]


def changed(a, b):
    return not jax.tree.all(jax.tree.map(lambda x, y: bool((x == y).all()), a, b))


def test_collections_move_in_their_own_phase_only():
    game = toy(gen_norm=nn.batch_norm(), disc_wrap=nn.spectral_norm())
    start = base.init(game, KEY)
    assert set(start.players["disc"].variables) == {"spectral"}
    assert set(start.players["gen"].variables) == {"batch_stats"}
    for phase, other in (("disc", "gen"), ("gen", "disc")):
        after = turn(game, start, phase)
        assert changed(start.players[phase].variables, after.players[phase].variables)
        assert not changed(
            start.players[other].variables, after.players[other].variables
        )
        assert not changed(start.players[other].params, after.players[other].params)


def test_power_iteration_advances_once_an_update():
    """And the fake pass reads what the real pass left."""
    game = toy(disc_wrap=nn.spectral_norm(), rate=0.0)
    start = base.init(game, KEY)
    after = turn(game, start, "disc")
    module, disc = game.players["disc"].module, start.players["disc"]
    _, once = module.apply(
        {"params": disc.params, **disc.variables},
        jnp.ones((1, 2)),
        None,
        train=True,
        mutable=["spectral"],
    )
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6),
        after.players["disc"].variables["spectral"],
        once["spectral"],
    )


def test_losses_are_those_of_the_equation():
    """The critic's loss, recomputed from the networks by hand."""
    game = toy(loss=losses.non_saturating, n_critic=1)
    state = base.init(game, KEY)
    real = batches(game, 0)
    _, terms = make_round(game)(state, real)
    keys = rng.deal(rng.stream(state.key, "disc", 0, 0), BATCH)
    z = rng.normal(rng.stream(keys, "latents"), (3,))

    def run(name, *args):
        player = state.players[name]
        return game.players[name].module.apply(
            {"params": player.params}, *args, train=True
        )

    real = np.asarray(run("disc", real["real"]["sample"][0], None)[0], np.float64)
    fake = np.asarray(run("disc", run("gen", z, None), None)[0], np.float64)
    expected = (np.log1p(np.exp(-real)) + np.log1p(np.exp(fake))).mean()
    np.testing.assert_allclose(terms["disc/loss"][0], expected, rtol=1e-5)
    np.testing.assert_allclose(
        terms["disc/wasserstein"][0], (real - fake).sum(), rtol=1e-4, atol=1e-5
    )


def test_an_unneeded_real_pass_of_the_generator_phase_is_dropped():
    """Only relativistic losses pay for D(real) when the generator moves."""

    def flops(loss):
        # Drawing latents would outweigh networks this small.
        game = toy(loss=loss, latents=lambda keys: jnp.zeros((len(keys), 3)))
        state = jax.eval_shape(lambda k: base.init(game, k), KEY)
        # A batch so large that the passes outweigh the optimiser.
        real = jax.eval_shape(lambda: batches(game, 0, batch=512)["real"])
        batch = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape[1:], x.dtype), real)
        step = jax.jit(partial(update, game, game.phases[1]))
        cost = step.lower(state, batch, KEY, 0).compile().cost_analysis()
        return (cost[0] if isinstance(cost, list) else cost)["flops"]

    assert flops(losses.relativistic_paired) > 1.1 * flops(losses.non_saturating)


def test_wrong_casts_are_refused():
    modules = {"gen": models.mlp.Generator(SHAPE), "critic": models.mlp.Discriminator()}
    steppers = dict.fromkeys(modules, optim.sgd(0.1))
    with pytest.raises(ValueError, match="models must be gen and disc"):
        games.adversarial(
            modules, steppers, FACTS, loss=losses.hinge, latents=sampling.normal((2,))
        )
    for bad in ({"n_critic": 0}, {"gen_steps": 0}):
        with pytest.raises(ValueError, match="must be at least 1"):
            toy(**bad)


@pytest.mark.slow
def test_wgan_gp_learns_a_ring():
    """Catches the sign errors that shapes cannot."""
    ring = data.ring(modes=8, radius=1.0, std=0.05)
    modules = {
        "gen": models.mlp.Generator((2,), (64, 64)),
        "disc": models.mlp.Discriminator((64, 64)),
    }
    game = games.adversarial(
        modules,
        dict.fromkeys(modules, optim.adam(1e-3, 0.5, 0.9)),
        ring.facts,
        loss=losses.wasserstein,
        regularizers={"gp": regularizers.gradient_penalty(0.1)},
        latents=sampling.normal((8,)),
        n_critic=5,
        ema=0.995,
    )
    feed = data.make_feed(ring)
    call = jax.jit(many(fed_round(game, feed, 128, lambda x: x), 500))
    state = base.init(game, KEY)
    for _ in range(6):
        state, _ = call(state, feed.arrays, None)
    points = game.sample(state, rng.deal(KEY, 2000), {})
    coverage = metrics.mode_coverage(
        np.asarray(points), ring.modes.centers, ring.modes.std
    )
    assert coverage.modes == 8
    # Points spread evenly over the square would score 0.14.
    assert coverage.high_quality > 0.3
