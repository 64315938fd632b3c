"""Batch and layer norm against torch, numpy and themselves over devices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import axis, nn

KEY = jax.random.key(0)
X = jnp.float32(np.random.default_rng(0).normal(3.0, 2.0, (6, 4, 5, 3)))


def test_batch_norm_is_torchs():
    torch = pytest.importorskip("torch", reason="the oracle")
    theirs = torch.nn.BatchNorm2d(3, momentum=0.2, eps=1e-3)
    module = nn.BatchNorm(momentum=0.8, epsilon=1e-3)
    variables = module.init(KEY, X, train=True)
    xt = torch.tensor(np.asarray(X).transpose(0, 3, 1, 2))
    for scale in (1.0, 2.0, 0.5):
        y, moved = module.apply(variables, X * scale, train=True, mutable="batch_stats")
        variables = {**variables, **moved}
        yt = theirs(xt * scale).detach().numpy().transpose(0, 2, 3, 1)
        np.testing.assert_allclose(y, yt, atol=2e-5)
    stats = variables["batch_stats"]
    np.testing.assert_allclose(stats["mean"], theirs.running_mean, rtol=1e-5)
    # torch keeps the sample variance n / (n - 1), we the population's.
    n = X[..., 0].size
    unit = 0.8**3
    ours = (stats["var"] - unit) * n / (n - 1) + unit
    np.testing.assert_allclose(ours, theirs.running_var, rtol=1e-5)
    theirs.running_var.copy_(torch.tensor(np.asarray(stats["var"])))
    y = module.apply(variables, X, train=False)
    yt = theirs.eval()(xt).detach().numpy().transpose(0, 2, 3, 1)
    np.testing.assert_allclose(y, yt, atol=2e-5)


def test_init_leaves_the_statistics_and_immutable_ones_do_not_move():
    module = nn.BatchNorm()
    variables = module.init(KEY, X, train=True)
    np.testing.assert_array_equal(variables["batch_stats"]["mean"], np.zeros(3))
    np.testing.assert_array_equal(variables["batch_stats"]["var"], np.ones(3))
    y = module.apply(variables, X, train=True)  # nothing mutable
    np.testing.assert_allclose(np.mean(y, (0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(np.std(y, (0, 1, 2)), 1, rtol=1e-4)


@pytest.mark.parametrize("sync", [True, False])
def test_sync_gives_the_whole_batchs_statistics(sync):
    module = nn.BatchNorm(sync=sync)
    variables = module.init(KEY, X, train=True)

    def apply(x):
        return module.apply(variables, x, train=True, mutable="batch_stats")

    y, moved = apply(X)
    halves, parts = jax.vmap(apply, axis_name=axis.NAME)(X.reshape(2, 3, 4, 5, 3))
    same = np.allclose(halves.reshape(X.shape), y, atol=2e-5)
    assert same == sync
    if sync:
        for name in ("mean", "var"):
            np.testing.assert_allclose(
                parts["batch_stats"][name][1], moved["batch_stats"][name], rtol=1e-5
            )


def test_variance_survives_a_large_mean():
    x = jnp.float32(1e4 + X)
    _, var = nn.moments(x)
    np.testing.assert_allclose(var, np.float64(x).var((0, 1, 2)), rtol=1e-3)


def test_layer_norm_is_numpys_and_per_example():
    module = nn.LayerNorm()
    variables = module.init(KEY, X)
    scale, bias = np.float32([1.0, 2.0, -1.0]), np.float32([0.1, 0.0, 3.0])
    variables = {"params": {"scale": scale, "bias": bias}}
    x = np.float64(X)
    unit = (x - x.mean((1, 2, 3), keepdims=True)) / np.sqrt(
        x.var((1, 2, 3), keepdims=True) + 1e-5
    )
    y = module.apply(variables, X)
    np.testing.assert_allclose(y, unit * scale + bias, atol=2e-5)
    np.testing.assert_allclose(module.apply(variables, X[:1]), y[:1], atol=1e-6)
