"""What holds of every generator and discriminator, whatever the family."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import models, resolve
from tests.models.tables import ALL_MODELS

KEY = jax.random.key(0)
COLLECTIONS = ("batch_stats", "spectral", "styles", "magnitudes")
CONSTANT = {"constants"}
"""Drawn once; lies beside the parameters and never moves."""

DEAR = ("biggan", "biggan_deep", "sagan", "resnet", "progan", "stylegan")
"""Families whose networks take seconds each to compile; mlp, dcgan and others are fast."""

each = pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, marks=pytest.mark.slow if name.startswith(DEAR) else ())
        for name, row in ALL_MODELS.items()
    ],
    ids=ALL_MODELS.keys(),
)
discs = pytest.mark.parametrize(
    "row",
    [row for row in ALL_MODELS.values() if row.kind == "disc"],
    ids=[name for name, row in ALL_MODELS.items() if row.kind == "disc"],
)


def inputs(row, batch=3):
    x = jax.random.normal(jax.random.key(1), (batch, *row.shape))
    classes = jax.nn.one_hot(jnp.arange(batch) % 2, 2)
    return x, classes if row.conditional else None


def start(row, dtype=jnp.float32):
    """The module, its input and its variables, initialised under jit."""
    module = row.make(dtype=dtype)
    x, cond = inputs(row)
    init = jax.jit(lambda k, x, cond: module.init(k, x, cond, train=True))
    return module, x, cond, init(KEY, x, cond)


def main_output(row, result):
    return result if row.kind == "gen" else result[0]


def test_every_public_model_is_in_the_table():
    assert {n.split()[0] for n in ALL_MODELS} == set(resolve.catalogue(models))


@each
def test_shape_dtype_and_what_moves(row):
    module, x, cond, variables = start(row)

    @jax.jit
    def modes(variables, x, cond):
        training, moved = module.apply(
            variables, x, cond, train=True, mutable=list(COLLECTIONS)
        )
        still = module.apply(variables, x, cond, train=True)
        evaluated = module.apply(variables, x, cond, train=False)
        told = evaluated
        if cond is not None:
            told = module.apply(variables, x, 1 - cond, train=False)
        return training, still, evaluated, told, moved

    training, still, evaluated, told, moved = modes(variables, x, cond)
    wanted = (3, *row.sample) if row.kind == "gen" else (3,)
    for result in (training, still, evaluated):
        y = main_output(row, result)
        assert y.shape == wanted
        assert y.dtype == jnp.float32
        assert np.isfinite(y).all()
    if row.kind == "gen" and len(row.sample) == 3 and row.bounded:
        assert np.abs(evaluated).max() <= 1
    # Another class is another picture, and another verdict on the same one.
    apart = np.abs(main_output(row, evaluated) - main_output(row, told)).reshape(3, -1)
    assert (apart.max(1) > 1e-5).all() == row.conditional
    if row.kind == "disc":
        features = training[1]["features"]
        assert features.ndim == 2
        assert features.dtype == jnp.float32
    # Nothing but these collections lies beside the parameters, and they all move.
    beside = set(variables) - {"params"} - CONSTANT
    assert beside == set(moved) <= set(COLLECTIONS)
    for name, tree in moved.items():
        for old, new in zip(
            jax.tree.leaves(variables[name]), jax.tree.leaves(tree), strict=True
        ):
            assert name == "spectral" or not np.array_equal(old, new)


@each
def test_bfloat16_computes_with_float32_parameters_and_outputs(row):
    module, x, cond, variables = start(row, jnp.bfloat16)
    exact, *_ = start(row)
    assert {leaf.dtype for leaf in jax.tree.leaves(variables)} == {jnp.dtype("f4")}

    @jax.jit
    def both(variables, x, cond):
        results = (m.apply(variables, x, cond, train=True) for m in (module, exact))
        return [main_output(row, result) for result in results]

    half, full = both(variables, x, cond)
    assert half.dtype == jnp.float32
    assert not np.array_equal(half, full)
    scale = np.abs(full).max()
    np.testing.assert_allclose(half / scale, full / scale, atol=0.1)


@each
def test_jit_does_not_trace_twice(row):
    module, x, cond, variables = start(row)
    traces = []

    @jax.jit
    def apply(variables, x, cond):
        traces.append(1)
        return module.apply(variables, x, cond, train=False)

    apply(variables, x, cond)
    apply(jax.tree.map(lambda leaf: leaf * 0.5, variables), x + 1, cond)
    assert len(traces) == 1


@discs
def test_each_logit_depends_on_its_own_example(row):
    module, x, cond, variables = start(row)

    @jax.jit
    def first(x):
        return jax.grad(lambda x: module.apply(variables, x, cond, train=True)[0][0])(x)

    reach = np.abs(first(x)).reshape(3, -1).max(1)
    assert reach[0] > 0
    assert (reach[1:] > 0).all() == row.couples
    assert row.couples or (reach[1:] == 0).all()
