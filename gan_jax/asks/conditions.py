"""Conditions: what a generator and its critic are told about an example.

A condition names the asks that determine it, and says what it is for a generated example
(from the asks) and for a real one (from the batch). It depends on the facts of the data.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import rng
from gan_jax.asks.base import Ask, Asked
from gan_jax.data import Facts
from gan_jax.typing import Cond, Keys, Kind, Tree


class Condition(NamedTuple):
    """What networks are told about an example.

    Attributes:
        asks: by name, what determines it.
        of_asked: the asks, each [b, ...] -> the condition of generated examples.
        of_data: a batch -> the condition of its real examples.
        real: whether reals have one. Where they have none, `of_data` gives its form, and
            a critic must not judge by it.
        shared: whether a generated example, in training, is told what the real beside it
            is told; else its asks are drawn.
    """

    asks: Mapping[str, Ask]
    of_asked: Callable[[Asked], Cond]
    of_data: Callable[[Tree], Cond]
    real: bool = True
    shared: bool = False


Conditional = Annotated[Callable[[Facts], Condition], Kind("a condition")]
"""What a config names: a condition, once the data are known."""

UNCONDITIONAL = Condition({}, lambda asked: None, lambda batch: None)
"""Nothing is told."""


def class_labels(drawn: Literal["uniform", "marginal"] = "uniform") -> Conditional:
    """The class, one-hot [b, k], for generator and critic (Mirza & Osindero 2014).

    One-hot, so that no layer needs to be told how many classes there are. The ask is
    `label`.

    Args:
        drawn: how classes of generated examples are drawn where nobody asks: all as
            often (`uniform`), or as often as in the data (`marginal`). For equally many
            of each in every batch: `from_reals` over `data.balanced`.

    Raises:
        ValueError: the data have no classes, or nobody counted them.
    """

    def of(facts: Facts) -> Condition:
        count = len(facts.classes)
        if not count:
            raise ValueError("the data have no classes to be conditional on")
        if drawn == "marginal" and not facts.frequencies:
            raise ValueError("nobody counted the data's classes; take drawn='uniform'")
        shares = facts.frequencies if drawn == "marginal" else (1,) * count
        edges = np.asarray(np.cumsum(shares)[:-1] / np.sum(shares), np.float32)

        def draw(keys: Keys) -> jax.Array:
            passed = rng.uniform(keys, ())[:, None] >= edges
            return passed.sum(-1, dtype=jnp.int32)

        ask = Ask(
            dtype="int32",
            drawn=draw,
            data="label",
            below=count,
            law=drawn,
            names=facts.classes,
        )
        return Condition(
            asks={"label": ask},
            of_asked=lambda asked: jax.nn.one_hot(asked["label"], count),
            of_data=lambda batch: jax.nn.one_hot(batch["label"], count),
        )

    return of


def from_reals(of: Conditional) -> Conditional:
    """A condition that generated examples take, in training, from reals.

    The i-th generated example of a batch is told what its i-th real is told. So a loss of
    pairs compares like with like, and no class meets more fakes than reals: R3GAN (Huang
    et al. 2024, arXiv:2501.05441). Of a trained generator nothing changes: where nobody
    asks, the condition is drawn as in `of`.

    Args:
        of: the condition, e.g. `class_labels("marginal")`.

    Raises:
        ValueError: of one that reals do not have (`codes`), once the data are known.
    """

    def shared(facts: Facts) -> Condition:
        condition = of(facts)
        if not condition.real:
            raise ValueError("reals have no such condition that fakes could take")
        return condition._replace(shared=True)

    return shared
