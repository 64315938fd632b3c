"""What the house needs to know of pytrees of arrays."""

import math
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool

from gan_jax.typing import Tree


def count(tree: Tree) -> int:
    """Number of array elements."""
    return sum(math.prod(x.shape) for x in jax.tree.leaves(tree))


def nbytes(tree: Tree) -> int:
    """Bytes of the arrays; abstract leaves count as if allocated."""
    return sum(
        math.prod(x.shape) * jnp.dtype(x.dtype).itemsize
        for x in jax.tree.leaves(tree)
        if not jnp.issubdtype(x.dtype, jax.dtypes.prng_key)
    )


def is_float(x: jax.Array) -> bool:
    """Whether a leaf holds floating-point numbers (and may be averaged)."""
    return jnp.issubdtype(x.dtype, jnp.floating)


def finite(tree: Tree) -> Bool[Array, ""]:
    """Whether every floating-point number in the tree is finite."""
    leaves = [jnp.isfinite(x).all() for x in jax.tree.leaves(tree) if is_float(x)]
    return jnp.stack(leaves).all() if leaves else jnp.asarray(True)


def select(condition: Bool[Array, ""], new: Tree, old: Tree) -> Tree:
    """`new` where the condition holds, else `old`, leaf by leaf."""
    return jax.tree.map(lambda n, o: jnp.where(condition, n, o), new, old)


def named_leaves(tree: Tree) -> dict[str, Any]:
    """Leaves by their path, e.g. `players/gen/params/Dense_0/kernel`."""
    return {
        jax.tree_util.keystr(path, simple=True, separator="/"): leaf
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
    }
