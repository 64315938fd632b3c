"""Group, instance and weight normalisation against torch."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen

from gan_jax import nn

KEY = jax.random.key(0)
X = jnp.float32(np.random.default_rng(0).normal(3.0, 2.0, (3, 4, 5, 6)))
CHANNELS_FIRST = np.asarray(X).transpose(0, 3, 1, 2)


def last(x):
    return x.detach().numpy().transpose(0, 2, 3, 1)


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
def test_group_norm_is_torchs(groups):
    torch = pytest.importorskip("torch", reason="the oracle")
    scale, bias = np.float32(np.random.default_rng(1).normal(size=(2, 6)))
    theirs = torch.nn.GroupNorm(groups, 6, eps=1e-3)
    theirs.weight.data, theirs.bias.data = torch.tensor(scale), torch.tensor(bias)
    module = nn.group_norm(groups, epsilon=1e-3)(name=None, dtype=jnp.float32)
    variables = {"params": {"scale": scale, "bias": bias}}
    y = module.apply(variables, X, None, train=True)
    np.testing.assert_allclose(y, last(theirs(torch.tensor(CHANNELS_FIRST))), atol=2e-5)


@pytest.mark.parametrize("affine", [False, True])
def test_instance_norm_is_torchs(affine):
    torch = pytest.importorskip("torch", reason="the oracle")
    theirs = torch.nn.InstanceNorm2d(6, affine=affine)
    module = nn.instance_norm(affine=affine)(name=None, dtype=jnp.float32)
    variables = module.init(KEY, X, None, train=True)
    assert bool(variables) == affine
    y = module.apply(variables, X, None, train=True)
    np.testing.assert_allclose(y, last(theirs(torch.tensor(CHANNELS_FIRST))), atol=2e-5)


@pytest.mark.parametrize(
    ("groups", "shape", "told"),
    [(4, (2, 3, 3, 6), "must divide 6"), (None, (2, 6), "one number each")],
)
def test_groups_that_cannot_be(groups, shape, told):
    with pytest.raises(ValueError, match=told):
        nn.GroupNorm(groups).init(KEY, jnp.ones(shape))


def test_weight_norm_is_torchs():
    torch = pytest.importorskip("torch", reason="the oracle")
    theirs = torch.nn.Conv2d(6, 5, 3, padding=1)
    kernel = theirs.weight.detach().numpy().transpose(2, 3, 1, 0)
    bias = theirs.bias.detach().numpy()
    theirs = torch.nn.utils.parametrizations.weight_norm(theirs)
    gain = np.float32(np.random.default_rng(2).normal(size=5))
    theirs.parametrizations.weight.original0.data = torch.tensor(
        gain.reshape(5, 1, 1, 1)
    )

    class One(linen.Module):
        @linen.compact
        def __call__(self, x):
            return nn.weight_norm()(nn.Conv(5, name="conv"))(x)

    variables = One().init(KEY, X)
    start = np.sqrt(np.square(variables["params"]["conv"]["kernel"]).sum((0, 1, 2)))
    np.testing.assert_allclose(variables["params"]["conv_weight"]["scale"], start)
    params = {"conv": {"kernel": kernel, "bias": bias}, "conv_weight": {"scale": gain}}
    y = One().apply({"params": params}, X)
    np.testing.assert_allclose(y, last(theirs(torch.tensor(CHANNELS_FIRST))), atol=2e-5)


def test_weights_of_unit_length_without_a_scale():
    layer = nn.WeightNorm(linen.Dense(4, use_bias=False), scale=False)
    x = np.float32(np.random.default_rng(3).normal(size=(2, 3)))
    y, variables = layer.init_with_output(KEY, x)
    kernel = np.float64(jax.tree.leaves(variables["params"])[0])
    np.testing.assert_allclose(
        y, x @ (kernel / np.linalg.norm(kernel, axis=0)), rtol=1e-5
    )
