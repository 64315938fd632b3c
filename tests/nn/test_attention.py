"""Self-attention against a plain loop and torch."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn

KEY = jax.random.key(0)
X = jnp.float32(np.random.default_rng(0).normal(size=(2, 4, 6, 16)))


@pytest.fixture(scope="module")
def variables():
    module = nn.SelfAttention(kernel_init=nn.normal(0.5))
    return module.init(KEY, X)


def kernels(variables):
    params = variables["params"]
    return [np.float64(params[n]["kernel"][0, 0]) for n in ("theta", "phi", "g", "o")]


def loop(x, theta, phi, g, o):
    """o of the softmax means, place by place, in float64."""
    h, w, _ = x.shape
    blocks = [x[i : i + 2, j : j + 2] for i in range(0, h, 2) for j in range(0, w, 2)]
    keys = [(block @ phi).max((0, 1)) for block in blocks]
    values = [(block @ g).max((0, 1)) for block in blocks]
    out = np.zeros_like(x)
    for i in range(h):
        for j in range(w):
            scores = np.array([np.dot(x[i, j] @ theta, key) for key in keys])
            weights = np.exp(scores - scores.max())
            weights /= weights.sum()
            out[i, j] = sum(a * v for a, v in zip(weights, values, strict=True)) @ o
    return out


def test_the_start_is_the_identity_and_its_slope_in_gamma_is_o(variables):
    module = nn.SelfAttention()
    np.testing.assert_array_equal(module.apply(variables, X), X)
    tangent = jax.tree.map(jnp.zeros_like, variables)
    tangent["params"]["gamma"] = jnp.float32(1)
    moved = jax.tree.map(lambda v, t: v + t, variables, tangent)
    slope = module.apply(moved, X) - X  # linear in gamma
    expected = [loop(np.float64(x), *kernels(variables)) for x in X]
    np.testing.assert_allclose(slope, expected, rtol=1e-4, atol=1e-4)


def test_it_is_torchs(variables):
    torch = pytest.importorskip("torch", reason="the oracle")
    x = torch.tensor(np.asarray(X).transpose(0, 3, 1, 2), dtype=torch.float64)
    theta, phi, g, o = map(torch.tensor, kernels(variables))

    def conv(x, kernel):
        return torch.einsum("bchw,cd->bdhw", x, kernel)

    def halved(x):
        return torch.nn.functional.max_pool2d(x, 2).flatten(2)

    scores = torch.einsum(
        "bdq,bdk->bqk", conv(x, theta).flatten(2), halved(conv(x, phi))
    )
    seen = torch.einsum("bqk,bdk->bdq", scores.softmax(-1), halved(conv(x, g)))
    wanted = x + 0.7 * conv(seen.reshape(2, 8, 4, 6), o)
    moved = {"params": {**variables["params"], "gamma": jnp.float32(0.7)}}
    y = nn.SelfAttention().apply(moved, X)
    np.testing.assert_allclose(y, wanted.numpy().transpose(0, 2, 3, 1), atol=1e-4)


def test_a_wrap_is_put_around_all_four():
    wrapped = nn.SelfAttention(wrap=nn.spectral_norm())
    found = jax.eval_shape(lambda: wrapped.init(KEY, X))
    assert set(found["spectral"]) == {
        f"{n}_spectral" for n in ("theta", "phi", "g", "o")
    }
    assert set(found["params"]) == {"theta", "phi", "g", "o", "gamma"}


@pytest.mark.parametrize("shape", [(1, 4, 4, 7), (1, 3, 4, 8)])
def test_maps_that_cannot_be(shape):
    with pytest.raises(ValueError, match="8 channels or more and an even size"):
        nn.SelfAttention().init(KEY, jnp.ones(shape))
