"""What holds of every layer and of every value a model takes."""

import inspect

import flax.linen as linen
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn, tree
from tests.nn import tables

KEY = jax.random.key(0)


def table(rows):
    return pytest.mark.parametrize("row", rows.values(), ids=rows.keys())


def mode(module):
    """`train=True` for the modules that ask for it."""
    asks = "train" in inspect.signature(type(module).__call__).parameters
    return {"train": True} if asks else {}


def test_every_public_name_is_in_a_table():
    values = [tables.NORMS, tables.RESIZERS, tables.WRAPS, tables.INITS]
    values += [tables.CONDITIONAL_NORMS, tables.MINIBATCHES, tables.ACTIVATIONS]
    values += [tables.FILTERS]
    named = {name for rows in values for name in rows}
    more = (tables.LAYERS, tables.HEADS, tables.JOINS)
    named |= {name.split()[0] for rows in more for name in rows}
    named |= tables.FUNCTIONS | tables.KINDS | tables.TESTED_BY_VALUE
    named |= tables.TESTED_BY_NETWORKS | tables.INPUTS
    assert named == set(nn.__all__)


@table(tables.LAYERS)
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
def test_layer(row, dtype):
    module, shape = row
    if isinstance(module, nn.SpectralNorm | nn.WeightNorm | nn.Equalised):
        module = module.clone(layer=module.layer.clone(dtype=dtype))
    else:
        module = module.clone(dtype=dtype)
    x = jax.random.normal(KEY, shape).astype(dtype)
    y, variables = jax.jit(lambda x: module.init_with_output(KEY, x, **mode(module)))(x)
    assert y.shape[:-1] == x.shape[:-1]
    assert y.dtype == dtype
    assert np.isfinite(np.float32(y)).all()
    assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(variables))


@table(tables.NORMS)
def test_norm_is_called_as_models_call_it(row):
    module = row(name=None, dtype=jnp.float32)
    x = jax.random.normal(KEY, (8, 4, 4, 3)) * 3 + 1

    @jax.jit
    def modes(x):
        y, variables = module.init_with_output(KEY, x, None, train=True)
        return y, module.apply(variables, x, None, train=False)

    assert [y.shape for y in modes(x)] == [x.shape, x.shape]


@table(tables.CONDITIONAL_NORMS)
def test_conditional_norm_tells_conditions_apart_and_wants_one(row):
    module = row(name=None, dtype=jnp.float32)
    assert module.couples_batch
    x = jnp.tile(jax.random.normal(KEY, (1, 4, 4, 3)) * 3 + 1, (2, 1, 1, 1))
    cond = jnp.float32([[1, 0], [0, 1]])
    y, variables = module.init_with_output(KEY, x, cond, train=True)
    still = module.apply(variables, x, cond, train=False)
    for told in (y, still):
        assert told.shape == x.shape
        assert np.abs(told[0] - told[1]).max() > 1e-4
    with pytest.raises(ValueError, match="modulated by a condition"):
        module.init(KEY, x, None, train=True)


@table(tables.RESIZERS)
@pytest.mark.parametrize("size", [(4, 4), (4, 6)])
def test_resizer_changes_the_size(row, size):
    layer, factor = row
    module = layer(5, kernel_init=nn.normal(), dtype=jnp.float32, name=None)
    y, variables = jax.eval_shape(module.init_with_output, KEY, jnp.ones((2, *size, 3)))
    assert y.shape == (2, *(int(n * factor) for n in size), 5)
    assert set(variables["params"]) == {"kernel", "bias"}


@table(tables.WRAPS)
def test_wrap_keeps_the_parameters(row):
    class Two(linen.Module):
        @linen.compact
        def __call__(self, x):
            x = row(nn.Conv(4, name="first"))(x)
            return row(linen.Dense(2, name="second"))(x)

    params = Two().init(KEY, jnp.ones((1, 4, 4, 3)))["params"]
    assert set(tree.named_leaves(params)) == {
        "first/kernel",
        "first/bias",
        "second/kernel",
        "second/bias",
    }


@table(tables.MINIBATCHES)
def test_minibatch_layer_appends_features_of_the_whole_batch(row):
    module = row(name=None, dtype=jnp.float32)
    assert module.couples_batch
    x = jax.random.normal(KEY, (4, 3))
    y, variables = module.init_with_output(KEY, x)
    np.testing.assert_array_equal(y[:, :3], x)
    assert y.shape[1] > 3
    slope = jax.grad(lambda x: module.apply(variables, x)[0, 3:].sum())(x)
    assert (np.abs(slope).max(1) > 0).all()


@table(tables.INITS)
def test_initialiser_has_the_stated_deviation(row):
    init, stddev = row
    kernel = init(KEY, (3, 3, 40, 60), jnp.float32)
    np.testing.assert_allclose(np.std(kernel), stddev, rtol=0.03)
    np.testing.assert_allclose(np.mean(kernel), 0.0, atol=0.03 * stddev)


@table(tables.ACTIVATIONS)
def test_activation_at_two_points(row):
    activation, low, high = row
    np.testing.assert_allclose(
        activation(jnp.float32([-1.0, 2.0])), [low, high], rtol=1e-5, atol=1e-6
    )


def test_orthogonal_columns():
    flat = nn.orthogonal(2.0)(KEY, (3, 3, 4, 6), jnp.float32).reshape(-1, 6)
    np.testing.assert_allclose(flat.T @ flat, 4 * np.eye(6), atol=1e-5)
