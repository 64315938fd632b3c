"""Games of linear networks, whose losses have gradients by hand."""

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import data, models, optim, rng, sampling
from gan_jax.games import base
from gan_jax.games.update import update

SHAPE, LATENTS, BATCH = (2,), (3,), 8
KEY = jax.random.key(1)
X = np.random.default_rng(0).normal(size=(BATCH, 2)).astype(np.float32)


def play(make, judges, phase, joint=False, **kwargs):
    """One update of a phase by gradient descent at rate 1.

    Returns:
        Weights before, by player (kernel, bias), float64; what the update subtracted,
        likewise; its metrics; the latents it drew.
    """
    judge = models.mlp.JointDiscriminator if joint else models.mlp.Discriminator
    modules = {
        "gen": models.mlp.Generator(SHAPE, ()),
        "enc": models.mlp.Encoder(LATENTS, ()),
        **dict.fromkeys(judges, judge(())),
    }
    game = make(
        modules,
        dict.fromkeys(modules, optim.sgd(1.0)),
        data.Facts(SHAPE),
        latents=sampling.normal(LATENTS),
        **kwargs,
    )
    state = base.init(game, KEY)
    (turn,) = [p for p in game.phases if p.name == phase]
    after, metrics = jax.jit(
        lambda s: update(game, turn, s, {"sample": jnp.asarray(X)}, KEY, 0)
    )(state)
    old, new = weights(state), weights(after)
    steps = {
        name: tuple(a - b for a, b in zip(old[name], new[name], strict=True))
        for name in old
    }
    keys = rng.stream(rng.deal(KEY, BATCH), "latents")
    z = np.asarray(rng.normal(keys, LATENTS), np.float64)
    return old, steps, metrics, z


def weights(state):
    return {
        name: tuple(
            np.asarray(player.params["output"][kind], np.float64)
            for kind in ("kernel", "bias")
        )
        for name, player in state.players.items()
    }


def apply(weight, x):
    return x @ weight[0] + weight[1]


def slopes(x, g):
    """Gradient of a linear layer's kernel and bias, given its input and output's."""
    return x.T @ g, g.sum(0)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softplus(x):
    return np.log1p(np.exp(x))


def check(steps, **expected):
    """The named players moved as expected, and no other moved at all."""
    for name, step in steps.items():
        wanted = expected.get(name, (0.0, 0.0))
        for ours, theirs in zip(step, wanted, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
        moved = max(np.abs(part).max() for part in step)
        assert (moved > 1e-3) == (name in expected)


def changed(a, b):
    return not jax.tree.all(jax.tree.map(lambda x, y: bool((x == y).all()), a, b))


def one_update(game, phase):
    """States before and after one update of a phase."""
    state = base.init(game, KEY)
    (turn,) = [p for p in game.phases if p.name == phase]
    return state, update(game, turn, state, {"sample": jnp.asarray(X)}, KEY, 0)[0]
