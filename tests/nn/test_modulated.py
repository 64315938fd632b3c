"""Modulated norms against plain numpy, in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn

KEY = jax.random.key(0)
X = np.random.default_rng(0).normal(3.0, 2.0, (6, 4, 5, 3))
COND = np.eye(3)[[0, 1, 2, 0, 1, 1]]


def normalised():
    return (X - X.mean((0, 1, 2))) / np.sqrt(X.var((0, 1, 2)) + 1e-5)


def over(rows):
    return np.asarray(rows, np.float64)[:, None, None, :]


@pytest.fixture(scope="module")
def told():
    """Output, parameters and what moved, of the norm by class."""
    module = nn.conditional_batch_norm()(name=None, dtype=jnp.float32)
    variables = module.init(KEY, jnp.float32(X), jnp.float32(COND), train=True)
    y, moved = module.apply(
        variables,
        jnp.float32(X),
        jnp.float32(COND),
        train=True,
        mutable=["batch_stats"],
    )
    return module, variables, y, moved


def test_gain_and_bias_are_embeddings_of_the_class(told):
    _, variables, y, _ = told
    params = variables["params"]
    assert params["gain"]["kernel"].shape == params["bias"]["kernel"].shape == (3, 3)
    labels = COND.argmax(1)
    gain = over(params["gain"]["kernel"][labels])
    bias = over(params["bias"]["kernel"][labels])
    np.testing.assert_allclose(y, (1 + gain) * normalised() + bias, atol=2e-5)


def test_statistics_are_those_of_batch_norm(told):
    _, _, _, moved = told
    plain = nn.BatchNorm(scale=False, bias=False)
    variables = plain.init(KEY, jnp.float32(X), train=True)
    _, wanted = plain.apply(
        variables, jnp.float32(X), train=True, mutable=["batch_stats"]
    )
    np.testing.assert_array_equal(
        moved["batch_stats"]["norm"]["mean"], wanted["batch_stats"]["mean"]
    )


def test_a_wrap_divides_gain_and_bias_by_their_largest_singular_value():
    module = nn.conditional_batch_norm(nn.spectral_norm(), nn.normal(0.5))(
        name=None, dtype=jnp.float32
    )
    x, cond = jnp.float32(X), jnp.float32(COND)
    variables = module.init(KEY, x, cond, train=True)
    for name in ("gain", "bias"):
        u = variables["spectral"][f"{name}_spectral"]["u"]
        kernel = np.float64(variables["params"][name]["kernel"])
        left, sizes, right = np.linalg.svd(kernel.T)
        spectral = {"u": jnp.float32(left[:, 0]), "v": jnp.float32(right[0])}
        assert u.shape == spectral["u"].shape
        variables["spectral"][f"{name}_spectral"] = spectral
        variables["params"][name]["unit"] = kernel / sizes[0]
    rows = [
        variables["params"][n].pop("unit")[COND.argmax(1)] for n in ("gain", "bias")
    ]
    wanted = (1 + over(rows[0])) * normalised() + over(rows[1])
    y = module.apply(variables, x, cond, train=True)
    np.testing.assert_allclose(y, wanted, atol=3e-5)


def test_self_modulation_is_a_hidden_layer_of_z():
    module = nn.self_modulated(hidden=4, kernel_init=nn.normal(0.5))(
        name=None, dtype=jnp.float32
    )
    z = np.random.default_rng(1).normal(size=(6, 5))
    variables = module.init(KEY, jnp.float32(X), jnp.float32(z), train=True)
    params = jax.tree.map(np.float64, variables["params"])
    hidden = np.maximum(z @ params["hidden"]["kernel"] + params["hidden"]["bias"], 0)
    gain, bias = (hidden @ params[name]["kernel"] for name in ("gain", "bias"))
    y = module.apply(variables, jnp.float32(X), jnp.float32(z), train=True)
    wanted = (1 + over(gain)) * normalised() + over(bias)
    np.testing.assert_allclose(y, wanted, atol=3e-5)
    assert "bias" in params["hidden"]
    assert "bias" not in params["gain"]
