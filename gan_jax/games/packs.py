"""Packing: a critic that judges several samples at once sees how alike they are.

Lin et al. 2018 (PacGAN), section 2.
"""

import jax
import jax.numpy as jnp

from gan_jax.typing import Tree


def pack(tree: Tree, m: int) -> Tree:
    """Leaves [b, ..., c] -> [b / m, ..., m c]: every m neighbours, along the last axis.

    Raises:
        ValueError: m does not divide the batch.
    """
    return tree if m == 1 else jax.tree.map(lambda x: _pack(x, m), tree)


def unpack(tree: Tree, m: int) -> Tree:
    """The leaves that `pack` joined."""
    return tree if m == 1 else jax.tree.map(lambda x: _unpack(x, m), tree)


def alone(tree: Tree, m: int) -> Tree:
    """Leaves [b, ..., c] -> [b, ..., m c]: each packed with itself, as a pack looks."""
    return jax.tree.map(lambda x: jnp.tile(x, (1,) * (x.ndim - 1) + (m,)), tree)


def _pack(x: jax.Array, m: int) -> jax.Array:
    b, *middle, c = x.shape
    if b % m:
        raise ValueError(f"a batch of {b} cannot be packed by {m}")
    parts = x.reshape(b // m, m, *middle, c)
    return jnp.moveaxis(parts, 1, -2).reshape(b // m, *middle, m * c)


def _unpack(x: jax.Array, m: int) -> jax.Array:
    b, *middle, c = x.shape
    parts = jnp.moveaxis(x.reshape(b, *middle, m, c // m), -2, 1)
    return parts.reshape(b * m, *middle, c // m)
