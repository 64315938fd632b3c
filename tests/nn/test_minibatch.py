"""Minibatch discrimination against its equation, and over devices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import axis, nn

KEY = jax.random.key(0)
X = np.random.default_rng(0).normal(size=(8, 6))
LAYER = nn.MinibatchDiscrimination(kernels=3, dims=4)
VARIABLES = LAYER.init(KEY, jnp.float32(X))


def equation(x):
    """o_b(x_i) = sum over j != i of exp(-||M_ib - M_jb||_1), in plain loops."""
    tensor = np.asarray(VARIABLES["params"]["tensor"]["kernel"], np.float64)
    m = (x @ tensor).reshape(len(x), 3, 4)
    out = np.zeros((len(x), 3))
    for i in range(len(x)):
        for j in range(len(x)):
            if i != j:
                out[i] += np.exp(-np.abs(m[i] - m[j]).sum(-1))
    return np.concatenate([x, out], axis=1)


def apply(x):
    return LAYER.apply(VARIABLES, x)


def test_the_equation():
    np.testing.assert_allclose(apply(jnp.float32(X)), equation(X), rtol=1e-5, atol=1e-7)


def test_copies_count_one_each_and_a_lone_example_has_none():
    same = jnp.float32(np.repeat(X[:1], 5, axis=0))
    np.testing.assert_allclose(apply(same)[:, 6:], 4.0, rtol=1e-6)
    np.testing.assert_array_equal(apply(same[:1])[:, 6:], 0.0)


@pytest.mark.slow
def test_copies_have_a_finite_gradient():
    """|.| has none at zero: the subgradient must be a number."""
    same = jnp.float32(np.repeat(X[:1], 3, axis=0))
    slope = jax.grad(lambda x: apply(x)[:, 6:].sum())(same)
    np.testing.assert_array_equal(slope, 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("devices", [2, 4])
def test_the_batch_is_that_of_all_devices(devices):
    """Values, and the mean over devices of the gradients of each one's own loss."""
    x, weight = jnp.float32(X), jnp.float32(np.sin(np.arange(8)))

    def loss(variables, x, weight):
        return (weight * LAYER.apply(variables, x)[:, 6:].sum(1)).mean()

    def share(x, weight):
        return apply(x), axis.mean(jax.grad(loss)(VARIABLES, x, weight))

    cut = [a.reshape(devices, -1, *a.shape[1:]) for a in (x, weight)]
    values, slopes = jax.vmap(share, axis_name=axis.NAME)(*cut)
    np.testing.assert_allclose(values.reshape(8, -1), apply(x), rtol=1e-5, atol=1e-7)
    whole = jax.grad(loss)(VARIABLES, x, weight)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a[0], b, rtol=1e-4, atol=1e-7),
        slopes,
        whole,
    )


# --- minibatch deviation ------------------------------------------------------------------


def deviation(x, group, parts):
    """A group after the other, a part after the other."""
    count, channels = len(x), x.shape[-1]
    size = min(group, count)
    stride, width = count // size, channels // parts
    out = np.zeros((*x.shape[:-1], parts))
    for i in range(count):
        own = x[i % stride :: stride]
        for p in range(parts):
            spread = own[..., p * width : (p + 1) * width].std(0)
            out[i, ..., p] = spread.mean()
    return np.concatenate([x, out], -1)


@pytest.mark.parametrize(("group", "parts"), [(2, 1), (3, 2), (4, 4), (99, 1)])
def test_deviation_by_hand(group, parts):
    x = np.random.default_rng(0).normal(size=(12, 3, 2, 4)).astype(np.float32)
    found = nn.MinibatchDeviation(group, parts).apply({}, jnp.asarray(x))
    np.testing.assert_allclose(found, deviation(x, group, parts), rtol=1e-4, atol=1e-5)


def test_deviation_of_copies_has_a_finite_gradient():
    layer = nn.MinibatchDeviation(4)
    slope = jax.grad(lambda x: layer.apply({}, x).sum())(jnp.ones((4, 3)))
    np.testing.assert_allclose(slope, 1)


def test_a_batch_that_groups_do_not_divide_is_refused():
    with pytest.raises(ValueError, match="6 examples of 3 channels cannot be cut"):
        nn.MinibatchDeviation(4).apply({}, jnp.ones((6, 3)))
