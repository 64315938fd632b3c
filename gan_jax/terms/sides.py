"""What terms ask of a side: what the critic's head said, and the classes it was told."""

from collections.abc import Callable
from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gan_jax.schedules import Number, value
from gan_jax.terms.base import Moment, Term, View
from gan_jax.typing import PerExample, Tree

On = Literal["real", "fake"]
"""Which side a term looks at."""


def said(view: View, name: str, head: str) -> Float[Array, "b k"]:
    """What the critic's head says of a side.

    Args:
        view: the side.
        name: of what it says.
        head: that says it, for the message.

    Raises:
        ValueError: this critic says no such thing, or judges packs.
    """
    if name not in view.out:
        there = ", ".join(view.out) or "nothing"
        raise ValueError(
            f"this term reads {name!r} of a critic with head={head}(); yours gives {there}"
        )
    if len(view.keys) != len(view.samples):
        raise ValueError(f"{name!r} is said of single samples: take pack=1")
    return view.out[name]


def labels(view: View) -> Float[Array, "b k"]:
    """The classes a side was told, one-hot.

    Raises:
        ValueError: it was told none.
    """
    if not isinstance(view.cond, jax.Array):
        raise ValueError("this term needs classes; give game.conditional")
    return view.cond


def of_side(
    on: On,
    weight: Number,
    each: Callable[[View], PerExample],
    conditional: bool = False,
) -> Term:
    """A term without memory of one side, weight * each(side), a number per example."""

    def apply(
        memory: Tree, real: View, fake: View, now: Moment
    ) -> tuple[jax.Array, Tree]:
        found = each(real if on == "real" else fake)
        return value(weight, now.seen) * found, memory

    return Term(lambda: (), apply, conditional=conditional)


def cross_entropy(
    logits: Float[Array, "b k"], target: Float[Array, "b k"]
) -> PerExample:
    """-log softmax at the class of a one-hot target, [b]."""
    return -(jax.nn.log_softmax(logits) * target).sum(-1)


def crammer_singer(
    margins: Float[Array, "b k"], target: Float[Array, "b k"]
) -> PerExample:
    """max(0, 1 + best wrong - right) (Crammer & Singer 2001), [b]."""
    right = (margins * target).sum(-1)
    wrong = jnp.where(target > 0, -jnp.inf, margins).max(-1)
    return jax.nn.relu(1 + wrong - right)
