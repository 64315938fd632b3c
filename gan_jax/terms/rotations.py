"""Quarter turns that the critic tells apart: SSGAN (Chen et al. 2019, arXiv:1811.11212)."""

import jax
import jax.numpy as jnp

from gan_jax import ranges, rng
from gan_jax.schedules import Number
from gan_jax.terms.base import Term, View
from gan_jax.terms.sides import On, cross_entropy, of_side, said
from gan_jax.typing import PerExample, Samples


def rotation(weight: Number = 1.0, on: On = "real") -> Term:
    """weight * E -log Q(r | x turned by r), r drawn for each sample (eq. 3, eq. 4).

    The paper: weight 1 on the reals for the critic, 0.2 on the fakes for the generator;
    the verdict is of samples as they stand. The authors turn a quarter of the batch four
    ways, here each sample is turned one way. Reads `rotation`: head `rotation`.

    Args:
        weight: a number or a function of `seen`.
        on: the side that is turned.

    Raises:
        ValueError: a negative weight; when applied, another head, or samples that have
            no quarter turns.
    """
    ranges.at_least(0, weight=weight)

    def each(view: View) -> PerExample:
        said(view, "rotation", "rotation")
        drawn = 4 * rng.uniform(rng.stream(view.keys, "rotation"), ())
        quarters = drawn.astype(jnp.int32)
        keys = rng.stream(view.keys, "turned")
        out = view.judge(turned(view.samples, quarters), view.cond, keys)[1]
        return cross_entropy(out["rotation"], jax.nn.one_hot(quarters, 4))

    return of_side(on, weight, each)


def turned(samples: Samples, quarters: jax.Array) -> Samples:
    """Pictures [b, n, n, c], or points [b, 2] about the origin, turned to the left.

    Args:
        samples: what is turned.
        quarters: how often by a right angle, int [b], 0 to 3.

    Raises:
        ValueError: pictures that are not square, or neither pictures nor points.
    """
    _, *shape = samples.shape
    if len(shape) == 3 and shape[0] == shape[1]:
        ways = [jnp.rot90(samples, i, axes=(1, 2)) for i in range(4)]
    elif shape == [2]:
        x, y = samples[:, 0], samples[:, 1]
        ways = [jnp.stack(way, 1) for way in ((x, y), (-y, x), (-x, -y), (y, -x))]
    else:
        raise ValueError(f"samples of {tuple(shape)} have no quarter turns")
    chosen = quarters.reshape(-1, *(1,) * len(shape))
    return sum(
        (jnp.where(chosen == i, way, 0) for i, way in enumerate(ways)),
        jnp.zeros_like(samples),
    )
