import jax
import jax.numpy as jnp

from gan_jax import tree

TREE = {"a": jnp.ones((2, 3)), "b": (jnp.arange(4), jax.random.key(0))}


def test_sizes():
    assert tree.count({"a": jnp.ones((2, 3)), "b": jnp.arange(4)}) == 10
    assert tree.nbytes(TREE) == 4 * 6 + 4 * 4


def test_finite_looks_at_every_float_and_only_at_floats():
    assert tree.finite(TREE)
    assert tree.finite({"i": jnp.arange(3)})
    for bad in (jnp.nan, jnp.inf, -jnp.inf):
        assert not tree.finite({**TREE, "c": jnp.asarray([1.0, bad])})


def test_select_takes_whole_trees():
    old = {"x": jnp.zeros(2), "y": (jnp.zeros(1),)}
    new = jax.tree.map(lambda v: v + 1, old)
    for condition, expected in ((True, new), (False, old)):
        picked = tree.select(jnp.asarray(condition), new, old)
        same = jax.tree.map(lambda a, b: (a == b).all(), picked, expected)
        assert jax.tree.all(same)


def test_leaves_are_named_by_their_path():
    assert set(tree.named_leaves(TREE)) == {"a", "b/0", "b/1"}
