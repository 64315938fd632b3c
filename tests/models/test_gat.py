"""GAT's networks: levels apart against one masked attention, patches, sizes."""

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn
from gan_jax.models import gat
from gan_jax.nn.attention import attended
from gan_jax.nn.patches import cut, joined, places
from gan_jax.nn.rotary import angles

KEY = jax.random.key(0)
CRITIC = gat.Discriminator(8, 2, 2, patch=2, levels=3, head=nn.projection())


def shaken(variables):
    """Every number moved, so that nothing is zero by its beginning."""
    draw = np.random.default_rng(0)
    return jax.tree.map(lambda x: x + 0.3 * draw.normal(size=x.shape), variables)


@pytest.fixture(scope="module")
def critic():
    x = jax.random.normal(KEY, (4, 3, 5, 6))
    cond = jax.nn.one_hot(jnp.arange(4) % 2, 2)
    params = jax.jit(lambda: CRITIC.init(KEY, x, cond, train=True))()
    return x, cond, shaken(params)


def test_no_level_of_a_critic_sees_another(critic):
    x, cond, params = critic

    @jax.jit
    def slopes(x):
        def scales(x):
            return CRITIC.apply(params, x, cond, train=True)[1]["scales"].sum(0)

        return jax.jacrev(scales)(x)

    slope = np.abs(slopes(x)).sum((1, 2, 3)).reshape(3, 3, 2).sum(-1)
    assert (np.diag(slope) > 1e-3).all()
    assert (slope[~np.eye(3, dtype=bool)] == 0).all()


def test_apart_is_one_attention_over_all_tokens_with_a_mask_of_blocks():
    draw = np.random.default_rng(1)
    levels, t, d = 3, 4, 8
    h = jnp.float32(draw.normal(size=(levels, t, d)))
    block, told = gat.Block(2, jnp.float32), [jnp.full((1, 1, d), 0.5)] * 4
    angle = angles(places(2, 2), d // 2)
    params = shaken(jax.jit(block.init)(KEY, h, told, angle))
    apart = block.apply(params, h, told, angle).reshape(levels * t, d)
    mask = np.kron(np.eye(levels), np.ones((t, t))).astype(bool)
    mask = jnp.asarray(mask)
    joint = h.reshape(1, levels * t, d)
    whole = block.apply(params, joint, told, jnp.tile(angle, (levels, 1)), mask)[0]
    np.testing.assert_allclose(apart, whole, atol=2e-6)


def test_the_logit_is_the_sum_of_those_of_the_levels(critic):
    x, cond, params = critic
    logits, out = CRITIC.apply(params, x, cond, train=False)
    assert out["scales"].shape == (4, 3)
    np.testing.assert_allclose(logits, out["scales"].sum(1), rtol=1e-5)


def test_attention_is_that_of_a_loop_in_float64():
    draw = np.random.default_rng(2)
    q, k, v = draw.normal(size=(3, 2, 3, 5, 4))
    seen = draw.random((5, 5)) < 0.6
    np.fill_diagonal(seen, True)
    expected = np.zeros_like(q)
    for b, h, n in np.ndindex(2, 3, 5):
        score = np.exp(k[b, h] @ q[b, h, n] / 2) * seen[n]
        expected[b, h, n] = score @ v[b, h] / score.sum()
    found = attended(*(jnp.float32(x) for x in (q, k, v)), jnp.asarray(seen))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_patches_come_back_whatever_the_size():
    x = jax.random.normal(KEY, (2, 3, 5, 4))
    tokens, rows, columns = cut(x, 2)
    assert (tokens.shape, rows, columns) == ((2, 6, 16), 2, 3)
    again = joined(tokens, rows, columns, 2)
    np.testing.assert_array_equal(again[:, :3, :5], x)
    assert (again[:, 3:] == 0).all()
    first = x[:, :2, :2].reshape(2, -1)
    np.testing.assert_array_equal(tokens[:, 0], first)


def test_a_later_output_adds_to_the_earlier_ones():
    net = gat.Generator((4, 4, 6), 8, 3, 2, levels=3)
    z = jax.random.normal(KEY, (2, 5))
    params = shaken(jax.jit(lambda: net.init(KEY, z, train=True))())
    run = jax.jit(lambda params: net.apply(params, z, train=False))
    whole = run(params)
    last = params["params"]["output2"]
    silent = jax.tree.map(jnp.zeros_like, last)
    params = {"params": {**params["params"], "output2": silent}}
    less = run(params)
    np.testing.assert_array_equal(less[..., :4], whole[..., :4])
    np.testing.assert_array_equal(less[..., 4:], less[..., 2:4])
    assert np.abs(whole[..., 4:] - less[..., 4:]).max() > 1e-3


def test_the_largest_has_about_the_parameters_of_the_paper():
    """GAT-XL/2: 602 M (table 1); classes are embedded a little differently here."""
    net = gat.Generator((32, 32, 16), 1152, 28, 16)
    z, cond = jnp.zeros((1, 64)), jnp.zeros((1, 1000))
    shapes = jax.eval_shape(lambda: net.init(KEY, z, cond, train=True))
    count = sum(x.size for x in jax.tree.leaves(shapes))
    np.testing.assert_allclose(count, 602e6, rtol=0.01)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: gat.Generator((4, 4, 8), 16, 2, 2), "levels=4 of a depth of 2"),
        (lambda: gat.Generator((4, 4, 8), 20, 4, 2), "width=20 must be a multiple"),
        (lambda: gat.Discriminator(16, 2, 3), "width=16 must be a multiple"),
        (lambda: gat.Discriminator(16, 2, 2, patch=0), "patch=0"),
    ],
)
def test_bad_numbers_are_refused(make, match):
    with pytest.raises(ValueError, match=match):
        make()


def test_channels_that_levels_do_not_share_are_refused():
    net = gat.Generator((4, 4, 6), 8, 4, 2)
    with pytest.raises(ValueError, match="6 channels are not those of 4 levels"):
        net.init(KEY, jnp.zeros((1, 3)), train=True)
    with pytest.raises(ValueError, match="take games.multi_level with as many"):
        CRITIC.init(KEY, jnp.zeros((1, 4, 4, 4)), jnp.zeros((1, 2)), train=True)


def test_a_generator_leaves_the_house_with_any_batch():
    """As export traces it: the batch is a symbol."""
    net = gat.Generator((3, 4, 4), 8, 2, 2, levels=2)
    (b,) = jax.export.symbolic_shape("b")
    z = jax.ShapeDtypeStruct((b, 5), jnp.float32)
    params = jax.eval_shape(lambda: net.init(KEY, jnp.zeros((2, 5)), train=True))
    made = jax.eval_shape(lambda p, z: net.apply(p, z, train=False), params, z)
    assert made.shape == (b, 3, 4, 4)
