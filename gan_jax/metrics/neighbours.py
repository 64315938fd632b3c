"""Nearest neighbours by tiles, so that 50,000 x 50,000 distances need no such matrix.

Euclidean distances from one matrix product a tile, |x|^2 + |y|^2 - 2 x'y, in float32 at
full precision after the mean of all samples is taken away (it would only cancel). What
is kept of a tile is a running list of the k nearest, so memory beyond the features
grows with n, not n^2; the features stay where they are and are sent block by block.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from gan_jax.metrics.features import Features, as_pair, as_rows

BLOCK = 512
"""Rows of a tile. Accelerators are faster with larger ones, at the price of memory."""


class Block(NamedTuple):
    """Some rows of a set, padded to a common size; a view of the set where it can be."""

    rows: Float[np.ndarray | Array, "r d"]
    centre: Float[np.ndarray | Array, "d"]
    count: int | Array
    """How many of the rows are samples; the rest are nobody's neighbour."""


def kth_neighbour_distances(
    features: Features, k: int, block: int = BLOCK
) -> Float[np.ndarray, "n"]:
    """Distance of every sample to its k-th nearest other sample of the set.

    Args:
        features: [n, d], n > k.
        k: which neighbour; the sample itself does not count.
        block: rows of a tile; memory is a few block^2 and block d floats.

    Raises:
        ValueError: k or block < 1, no more than k samples, rows that are not finite.
    """
    if k < 1 or block < 1:
        raise ValueError(f"k={k} and block={block}, wanted at least 1")
    rows = as_rows(features, "given", least=k + 1)
    blocks = to_blocks(rows, rows.mean(axis=0), min(block, len(rows)))
    return own_radii(blocks, k)[: len(rows)]


def nearest_neighbours(
    queries: Features, references: Features, k: int = 1, block: int = BLOCK
) -> tuple[Float[np.ndarray, "n k"], Int[np.ndarray, "n k"]]:
    """The k nearest references of every query, nearest first.

    Args:
        queries: [n, d].
        references: [m, d], m >= k.
        k: how many neighbours.
        block: rows of a tile.

    Returns:
        Distances [n, k] and indices into `references` [n, k].

    Raises:
        ValueError: fewer than k references, unlike dimensions, rows not finite.
    """
    references, queries = as_pair(references, queries, names=("reference", "query"))
    if not 1 <= k <= len(references) or block < 1:
        raise ValueError(
            f"k={k} neighbours among {len(references)} references, block={block}"
        )
    centre = references.mean(axis=0)
    block = min(block, max(len(references), len(queries)))
    columns = to_blocks(references, centre, block)
    found = []
    for rows in map(jax.device_put, to_blocks(queries, centre, block)):
        nearest = jnp.full((len(rows.rows), k), jnp.inf)
        indices = jnp.zeros(nearest.shape, jnp.int32)
        for start, column in enumerate(columns):
            nearest, indices = _join(nearest, indices, rows, column, start * block)
            indices.block_until_ready()
        found.append((np.asarray(nearest), np.asarray(indices)))
    far, which = (np.concatenate(x)[: len(queries)] for x in zip(*found, strict=True))
    return far, which


def to_blocks(rows: np.ndarray, centre: np.ndarray, block: int) -> list[Block]:
    """A set of samples cut into blocks; float32 sets are not copied."""
    if rows.dtype != np.float32:
        rows = (rows - centre).astype(np.float32)
        centre = np.zeros_like(centre, np.float32)
    blocks = []
    for start in range(0, len(rows), block):
        part = rows[start : start + block]
        missing = block - len(part)
        padded = np.pad(part, np.array([[0, missing], [0, 0]])) if missing else part
        blocks.append(Block(padded, centre, len(part)))
    return blocks


def own_radii(blocks: list[Block], k: int) -> Float[np.ndarray, "_"]:
    """k-th neighbour distances within a set of blocks; each tile serves both ways."""
    nearest = [jnp.full((len(block.rows), k), jnp.inf) for block in blocks]
    for i, rows in enumerate(blocks):
        rows = jax.device_put(rows)
        nearest[i] = _own(nearest[i], rows)
        for j in range(i + 1, len(blocks)):
            nearest[i], nearest[j] = _both(nearest[i], nearest[j], rows, blocks[j])
            nearest[j].block_until_ready()  # or blocks pile up in the queue
    return np.concatenate([np.asarray(found)[:, -1] for found in nearest])


def distances(rows: Block, columns: Block) -> Float[Array, "r c"]:
    """One tile of Euclidean distances; infinite where either row is padding."""
    x, x_norms = _centred(rows)
    y, y_norms = _centred(columns)
    products = jnp.matmul(x, y.T, precision="highest")
    return jnp.sqrt(jnp.maximum(x_norms[:, None] + y_norms - 2 * products, 0))


def _centred(block: Block) -> tuple[jax.Array, jax.Array]:
    """Rows less the centre, and their squared norms."""
    x = jnp.asarray(block.rows) - block.centre
    norms = jnp.einsum("nd,nd->n", x, x, precision="highest")
    return x, jnp.where(jnp.arange(len(x)) < block.count, norms, jnp.inf)


@jax.jit
def _own(nearest: jax.Array, rows: Block) -> jax.Array:
    tile = distances(rows, rows)
    return _keep(nearest, jnp.where(jnp.eye(len(tile), dtype=bool), jnp.inf, tile))


@jax.jit
def _both(
    nearest_rows: jax.Array, nearest_columns: jax.Array, rows: Block, columns: Block
) -> tuple[jax.Array, jax.Array]:
    tile = distances(rows, columns)
    return _keep(nearest_rows, tile), _keep(nearest_columns, tile.T)


@jax.jit
def _join(
    nearest: jax.Array,
    indices: jax.Array,
    rows: Block,
    columns: Block,
    start: int | jax.Array,
) -> tuple[jax.Array, jax.Array]:
    tile = distances(rows, columns)
    k = nearest.shape[1]
    best, at = jax.lax.top_k(-jnp.concatenate([nearest, tile], axis=1), k)
    known = jnp.take_along_axis(indices, jnp.minimum(at, k - 1), axis=1)
    return -best, jnp.where(at < k, known, start + at - k)


def _keep(nearest: jax.Array, tile: jax.Array) -> jax.Array:
    """The k smallest of what was kept and the new tile, ascending."""
    k = nearest.shape[1]
    return -jax.lax.top_k(-jnp.concatenate([nearest, tile], axis=1), k)[0]
