"""Precision and recall, density and coverage, over balls about the samples.

Every sample owns the ball that reaches to its k-th nearest neighbour of its own set.
Precision, recall: Kynkaanniemi et al. (2019), "Improved Precision and Recall", eq. 1:
the share of fakes in any real ball, of reals in any fake ball (on the rim counts).
Density, coverage: Naeem et al. (2020), "Reliable Fidelity and Diversity Metrics", eq. 4
and 6: real balls about a fake, over k; the share of real balls that hold a fake (the
rim does not count, as in the authors' code). The two differ in the rim only where
samples repeat.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax.metrics import neighbours
from gan_jax.metrics.features import Features, as_pair
from gan_jax.metrics.neighbours import BLOCK, Block


class PrecisionRecall(NamedTuple):
    """Shares in [0, 1]."""

    precision: float
    recall: float


class DensityCoverage(NamedTuple):
    """Density >= 0, not bounded by 1; coverage in [0, 1]."""

    density: float
    coverage: float


class PRDC(NamedTuple):
    """All four in one pass."""

    precision: float
    recall: float
    density: float
    coverage: float


def precision_recall(
    real: Features, fake: Features, k: int = 3, block: int = BLOCK
) -> PrecisionRecall:
    """Improved precision and recall.

    Args:
        real: [n, d], n > k.
        fake: [m, d], m > k.
        k: the neighbour that sets a ball's radius, itself not counted.
        block: rows of a tile; it bounds memory and does not change the result.

    Raises:
        ValueError: no more than k samples, unlike dimensions, rows not finite.
    """
    found = _prdc(real, fake, k, block, jnp.less_equal)
    return PrecisionRecall(found.precision, found.recall)


def density_coverage(
    real: Features, fake: Features, k: int = 5, block: int = BLOCK
) -> DensityCoverage:
    """Density and coverage. Comparable only at equal k and equal sample counts.

    Args and errors: as `precision_recall`.
    """
    real, fake, cut = _prepared(real, fake, k, block)
    radii = neighbours.own_radii(cut(real), k)
    counts, held, _ = _census(cut(real), cut(fake), radii, None, jnp.less)
    return DensityCoverage(
        float(counts[: len(fake)].mean() / k), float(held[: len(real)].mean())
    )


def prdc(real: Features, fake: Features, k: int = 5, block: int = BLOCK) -> PRDC:
    """Precision, recall, density, coverage with one k and open balls.

    The `prdc` package's convention. Args and errors: as `precision_recall`.
    """
    return _prdc(real, fake, k, block, jnp.less)


Within = Callable[[jax.Array, jax.Array], jax.Array]
Cut = Callable[[np.ndarray], list[Block]]


def _prdc(real: Features, fake: Features, k: int, block: int, within: Within) -> PRDC:
    real, fake, cut = _prepared(real, fake, k, block)
    real_radii = neighbours.own_radii(cut(real), k)
    fakes = cut(fake)
    fake_radii = neighbours.own_radii(fakes, k)
    counts, held, recalled = _census(cut(real), fakes, real_radii, fake_radii, within)
    counts = counts[: len(fake)]
    return PRDC(
        precision=float((counts > 0).mean()),
        recall=float(recalled[: len(real)].mean()),
        density=float(counts.mean() / k),
        coverage=float(held[: len(real)].mean()),
    )


def _prepared(
    real: Features, fake: Features, k: int, block: int
) -> tuple[np.ndarray, np.ndarray, Cut]:
    """Both sets, checked, and how each is cut into blocks."""
    if k < 1 or block < 1:
        raise ValueError(f"k={k} and block={block}, wanted at least 1")
    real, fake = as_pair(real, fake, least=k + 1)
    size, centre = min(block, max(len(real), len(fake))), real.mean(axis=0)
    return real, fake, lambda rows: neighbours.to_blocks(rows, centre, size)


def _census(
    reals: list[Block],
    fakes: list[Block],
    real_radii: np.ndarray,
    fake_radii: np.ndarray | None,
    within: Within,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How the two sets lie in each other's balls; padding included, to be cut off.

    Returns:
        For each fake the number of real balls about it; for each real whether its ball
        holds a fake; for each real whether it lies in a fake's ball.
    """
    size = len(fakes[0].rows)
    if fake_radii is None:
        fake_radii = np.full(size * len(fakes), -1, np.float32)
    counts = [jnp.zeros(size, jnp.int32)] * len(fakes)
    held, recalled = [], []
    for i, rows in enumerate(map(jax.device_put, reals)):
        r = jnp.asarray(real_radii[i * size : (i + 1) * size])
        holds = lies = jnp.zeros(size, bool)
        for j, columns in enumerate(fakes):
            s = jnp.asarray(fake_radii[j * size : (j + 1) * size])
            count, any_fake, in_any = _tile(rows, columns, r, s, within)
            counts[j] = counts[j] + count
            holds, lies = holds | any_fake, lies | in_any
            lies.block_until_ready()  # or blocks pile up in the queue
        held.append(holds)
        recalled.append(lies)
    return _flat(counts), _flat(held), _flat(recalled)


@functools.partial(jax.jit, static_argnames="within")
def _tile(
    rows: Block,
    columns: Block,
    real_radii: jax.Array,
    fake_radii: jax.Array,
    within: Within,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    tile = neighbours.distances(rows, columns)
    # Infinity is within infinity: padding must not count itself.
    tile = jnp.where(jnp.isinf(tile), jnp.nan, tile)
    in_real = within(tile, real_radii[:, None])
    in_fake = within(tile, fake_radii)
    return in_real.sum(axis=0), in_real.any(axis=1), in_fake.any(axis=1)


def _flat(parts: list[jax.Array]) -> np.ndarray:
    return np.concatenate([np.asarray(part) for part in parts])
