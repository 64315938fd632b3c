"""Arithmetic across devices, written once for one device and for many.

A step mapped over devices runs under the axis name `NAME`; the same code unmapped (one
device, or jit with shardings, where arrays are global already) sees an axis of size one
and every function here is the identity.
"""

import jax

from gan_jax.typing import Tree

NAME = "devices"


def size() -> int:
    """Number of devices the current trace is mapped over; 1 when it is not."""
    try:
        return jax.lax.axis_size(NAME)
    except NameError:
        return 1


def index() -> jax.Array | int:
    """This device's position, 0 <= index < size()."""
    return jax.lax.axis_index(NAME) if size() > 1 else 0


def mean(tree: Tree) -> Tree:
    """Average of each leaf over the devices."""
    return jax.lax.pmean(tree, NAME) if size() > 1 else tree


def total(tree: Tree) -> Tree:
    """Sum of each leaf over the devices."""
    return jax.lax.psum(tree, NAME) if size() > 1 else tree


def gather(tree: Tree) -> Tree:
    """Every device's leaves joined along the leading axis, in order of `index`."""
    if size() == 1:
        return tree
    return jax.tree.map(lambda x: jax.lax.all_gather(x, NAME, tiled=True), tree)
