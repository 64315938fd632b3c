"""Codes that a generator is told and nobody labelled (InfoGAN)."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import ranges, rng
from gan_jax.asks.base import Ask, Asked
from gan_jax.asks.conditions import Condition, Conditional
from gan_jax.data import Facts
from gan_jax.typing import Codes, Keys, Tree

CATEGORY, CODE = "category", "code"
"""Names of the asks; of several categories, `category0`, `category1`, ..."""


def codes(categorical: tuple[int, ...] = (10,), continuous: int = 2) -> Conditional:
    """Categories and numbers drawn anew for each sample (Chen et al. 2016, section 7).

    The condition is a `Codes`. The asks are `category` (or `category0`, ...), drawn
    uniformly, and `code`, numbers uniform on [-1, 1). Reals have no codes: the critic
    must leave them alone, but for a head that reads them back (`nn.codes`), and
    `terms.mutual_information` ties them to the samples.

    Args:
        categorical: sizes of the categories, 2 or more each.
        continuous: how many numbers.

    Raises:
        ValueError: sizes out of range, or no code at all.
    """
    ranges.whole(0, continuous=continuous)
    if categorical or not continuous:
        ranges.sizes(categorical=categorical)
    for i, size in enumerate(categorical):
        ranges.whole(2, **{f"categorical[{i}]": size})
    several = len(categorical) > 1
    named = {f"{CATEGORY}{i if several else ''}": n for i, n in enumerate(categorical)}
    asks = {name: _category(size) for name, size in named.items()}
    if continuous:
        asks[CODE] = Ask((continuous,), drawn=partial(_uniform, count=continuous))

    def of_asked(asked: Asked) -> Codes:
        told = tuple(jax.nn.one_hot(asked[name], n) for name, n in named.items())
        if continuous:
            return Codes(told, jnp.asarray(asked[CODE]))
        return Codes(told, jnp.zeros((len(told[0]), 0)))

    def of_data(batch: Tree) -> Codes:
        count = len(batch["sample"])
        none = tuple(jnp.zeros((count, size)) for size in categorical)
        return Codes(none, jnp.zeros((count, continuous)))

    def of(facts: Facts) -> Condition:
        del facts
        return Condition(asks, of_asked, of_data, real=False)

    return of


def _category(size: int) -> Ask:
    edges = np.arange(1, size, dtype=np.float32) / size

    def draw(keys: Keys) -> jax.Array:
        passed = rng.uniform(keys, ())[:, None] >= edges
        return passed.sum(-1, dtype=jnp.int32)

    return Ask(dtype="int32", drawn=draw, below=size, law="uniform")


def _uniform(keys: Keys, count: int) -> jax.Array:
    return rng.uniform(keys, (count,), -1.0, 1.0)
