"""Heads and joins: what they say, and to what a condition finds its way."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn, traces, tree
from gan_jax.typing import Codes
from tests.nn import tables

KEY = jax.random.key(0)
FEATURES = jax.random.normal(jax.random.key(1), (4, 6))
CLASSES = jax.nn.one_hot(jnp.asarray([0, 1, 2, 0]), 3)
UNWRAPPED = ("mapped_projection", "unit_product")
"""Their layers are equalised, or of length one, and take no wrap."""
CODES = Codes((CLASSES,), jnp.ones((4, 2)))


def made(head, wrap=None):
    return head(wrap=wrap or nn.no_wrap(), kernel_init=nn.normal(0.5), name=None)


def told(name):
    return CODES if name.startswith("codes") else CLASSES


@pytest.mark.parametrize("name", tables.HEADS)
def test_a_head_says_what_it_should_and_hears_what_it_may(name):
    head, shapes = tables.HEADS[name]
    module = made(head)
    (logits, said), variables = module.init_with_output(KEY, FEATURES, told(name))
    assert logits.shape == (4,)
    assert {key: x.shape[1:] for key, x in said.items()} == shapes
    assert all(len(x) == 4 for x in said.values())

    def verdict(cond):
        return module.apply(variables, FEATURES, cond)[0]

    hears = name in ("projection", "inner_product", *UNWRAPPED)
    assert traces.depends(verdict, told(name)) == hears


@pytest.mark.parametrize(
    "name",
    [name for name in tables.HEADS if name not in UNWRAPPED],
)
def test_the_wrap_is_put_around_every_layer(name):
    head, _ = tables.HEADS[name]
    module = made(head, nn.spectral_norm())
    variables = module.init(KEY, FEATURES, told(name))
    kernels = [k for k in tree.named_leaves(variables["params"]) if "kernel" in k]
    vectors = [k for k in tree.named_leaves(variables["spectral"]) if k.endswith("u")]
    assert len(kernels) == len(vectors) >= 1


@pytest.mark.parametrize(
    "name", [name for name in tables.HEADS if name.split()[0] != "rotation"]
)
def test_a_head_without_its_condition_says_so(name):
    head, _ = tables.HEADS[name]
    with pytest.raises(ValueError, match=r"needs|reads"):
        made(head).init(KEY, FEATURES, None)


def test_projection_by_hand():
    """psi(h) + <e(y), h>: without e the plain verdict, and its slope by e(y) is h."""
    module = made(nn.projection())
    variables = module.init(KEY, FEATURES, CLASSES)
    params = variables["params"]
    own, table = params["output"], params["embedding"]["kernel"]
    plain = FEATURES @ own["kernel"][:, 0] + own["bias"]
    expected = plain + (CLASSES @ table * FEATURES).sum(-1)
    np.testing.assert_allclose(
        module.apply(variables, FEATURES, CLASSES)[0], expected, rtol=1e-5
    )

    def first(table):
        given = {"params": {**params, "embedding": {"kernel": table}}}
        return module.apply(given, FEATURES, CLASSES)[0][1]

    np.testing.assert_allclose(first(jnp.zeros_like(table)), plain[1], rtol=1e-6)
    slope = jax.grad(first)(table)
    np.testing.assert_allclose(slope[1], FEATURES[1], rtol=1e-6)
    np.testing.assert_array_equal(slope[0], 0)


def test_inner_product_by_hand():
    """<W h, e(y)>, the embedding as much smaller to begin with as the sum is long."""
    module = made(nn.inner_product(400))
    variables = module.init(KEY, FEATURES, CLASSES)
    ours, table = (variables["params"][k]["kernel"] for k in ("output", "embedding"))
    expected = ((FEATURES @ ours) * (CLASSES @ table)).sum(-1)
    found = module.apply(variables, FEATURES, CLASSES)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    np.testing.assert_allclose(np.std(ours), 0.5, rtol=0.05)
    np.testing.assert_allclose(np.std(table), 0.5 / 20, rtol=0.05)


def test_contrastive_embeddings_have_length_one_and_a_slope_at_zero():
    module = made(nn.contrastive(5))
    variables = module.init(KEY, FEATURES, CLASSES)
    said = module.apply(variables, FEATURES, CLASSES)[1]
    for x in said.values():
        np.testing.assert_allclose((x**2).sum(-1), 1, rtol=1e-5)
    np.testing.assert_array_equal(said["proxy"][0], said["proxy"][3])

    def total(features):
        return module.apply(variables, features, CLASSES)[1]["embedding"].sum()

    assert np.isfinite(jax.grad(total)(jnp.zeros((4, 6)))).all()


def test_the_fake_class_s_lead_is_the_verdict():
    module = made(nn.fake_class())
    logits, said = module.init_with_output(KEY, FEATURES, CLASSES)[0]
    margins = np.asarray(said["margins"])
    np.testing.assert_allclose(logits, margins[:, :3].max(1) - margins[:, 3], rtol=1e-6)


@pytest.mark.parametrize("name", tables.JOINS)
@pytest.mark.parametrize("shape", [(4, 6), (4, 5, 7, 2)])
def test_a_join_stands_last_and_everywhere(name, shape):
    join, more = tables.JOINS[name]
    h = jnp.ones(shape)
    layer = join.layer(wrap=nn.no_wrap(), dtype=jnp.float32, name=None)
    y, variables = layer.init_with_output(KEY, h, CLASSES)
    assert y.shape == (*shape[:-1], shape[-1] + more)
    np.testing.assert_array_equal(y[..., : shape[-1]], h)
    added = CLASSES
    if variables:
        added = CLASSES @ variables["params"]["embedding"]["kernel"]
    flat = y[..., shape[-1] :].reshape(4, -1, more)
    np.testing.assert_allclose(
        flat, np.repeat(np.asarray(added)[:, None], flat.shape[1], 1), rtol=1e-6
    )


def test_a_join_takes_a_tree_of_vectors_and_nothing_else():
    layer = nn.concatenated().layer(wrap=nn.no_wrap(), dtype=jnp.float32, name=None)
    y = layer.apply({}, jnp.zeros((4, 1)), CODES)
    np.testing.assert_array_equal(y[:, 1:4], CLASSES)
    np.testing.assert_array_equal(y[:, 4:], 1)
    with pytest.raises(ValueError, match="needs a condition"):
        layer.apply({}, jnp.zeros((4, 1)), None)
    with pytest.raises(ValueError, match="joins vectors"):
        layer.apply({}, jnp.zeros((4, 1)), jnp.zeros((4, 2, 2, 1)))


def test_mapped_projection_by_hand():
    """<W h, f(y)> / sqrt(d), f eight layers of their own rate on a unit embedding."""
    module = made(nn.mapped_projection())
    variables = module.init(KEY, FEATURES, CLASSES)
    params = jax.tree.map(np.float64, variables["params"])
    f = CLASSES @ params["mapping"]["embedding"]["kernel"] / np.sqrt(3)
    f = f / np.sqrt(np.square(f).mean(-1, keepdims=True) + 1e-8)
    for i in range(8):
        kernel = params["mapping"][f"dense{i}"]["kernel"]
        f = f @ kernel * (0.01 / np.sqrt(6))
        f = np.where(f > 0, f, 0.2 * f) * np.sqrt(2)
    said = FEATURES @ params["output"]["kernel"] / np.sqrt(6)
    expected = (said * f).sum(-1) / np.sqrt(6)
    found = module.apply(variables, FEATURES, CLASSES)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert len(params["mapping"]) == 9


def test_unit_product_by_hand():
    """<W h, e(y)> / sqrt(d), weights of any length made one of length one."""
    module = made(nn.unit_product(5))
    variables = module.init(KEY, FEATURES, CLASSES)
    w, e = (3 * variables["params"][k]["kernel"] for k in ("output", "embedding"))
    scaled = {"params": {"output": {"kernel": w}, "embedding": {"kernel": e}}}
    w, e = (x / np.linalg.norm(x, axis=0) for x in (w, e))
    expected = (FEATURES @ w * (CLASSES @ e * np.sqrt(3))).sum(-1) / np.sqrt(5)
    found = module.apply(scaled, FEATURES, CLASSES)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
