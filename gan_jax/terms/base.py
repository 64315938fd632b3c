"""What a term is: something added to a player's loss, given both sides as the critic saw.

Terms are how a method is added to a game: a penalty, feature matching, an auxiliary
classifier, consistency. None needs the critic run twice over what it has seen already:
what it said stands in the views, and each view can have more samples judged.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gan_jax import rng
from gan_jax.typing import (
    Cond,
    Keys,
    Latents,
    Logits,
    PerExample,
    Samples,
    Scalar,
    Seen,
    Tree,
)


class View(NamedTuple):
    """One side, real or generated, as the critic saw it in this update.

    Where the critic judges packs, samples and condition are packs too: [p, ..., m c].

    Attributes:
        samples: as they were before augmentation.
        cond: what the critic was told about them.
        logits: what it answered.
        out: what it returned beside its logits, by name, [p, ...].
        judge: `(samples, cond, keys) -> (logits, out)`: the critic on other samples,
            augmented afresh by those keys (one a sample, not a pack).
        keys: of the update's examples, to derive such keys from.
        again: of samples that were made from latents [b, ...] alone: given what is to
            happen to these, the samples of the moved latents, under the same condition.
            None of all others, real or rebuilt.
    """

    samples: Samples
    cond: Cond
    logits: jax.Array
    out: Mapping[str, jax.Array]
    judge: Callable[[Samples, Cond, Keys], tuple[jax.Array, Mapping[str, jax.Array]]]
    keys: Keys
    again: Callable[[Callable[[Latents], Latents]], Samples] | None = None

    def critic(self, samples: Samples) -> Logits | Float[Array, "b d"]:
        """The critic told this side's condition, for penalties; [b, d] under MMD."""
        return self.judge(samples, self.cond, rng.stream(self.keys, "penalty"))[0]


class Moment(NamedTuple):
    """When, and by which keys.

    Attributes:
        keys: the term's own, one for each pack of the reals.
        step: the phase's own count of updates.
        seen: real images shown so far, the clock of scheduled weights.
    """

    keys: Keys
    step: Seen
    seen: Seen


@runtime_checkable
class Apply(Protocol):
    """The working half of a `Term`."""

    def __call__(
        self, memory: Tree, real: View, fake: View, now: Moment
    ) -> tuple[Scalar | PerExample, Tree]:
        """What is added to the loss (its mean, if per example), and the next memory."""
        ...


class Term(NamedTuple):
    """Something that is added to a loss, and may remember something.

    Attributes:
        init: the memory at the start.
        apply: see `Apply`.
        per_example: whether it takes the critic to treat each sample by itself, which
            batch normalisation does not.
        conditional: whether it makes a critic whose logits ignore the condition learn
            to tell conditions apart all the same (an auxiliary classifier).
        mixed: whether it has the critic judge reals and fakes under one side's
            condition, which no conditional critic can make sense of.
    """

    init: Callable[[], Tree]
    apply: Apply
    per_example: bool = False
    conditional: bool = False
    mixed: bool = False


Terms = Mapping[str, Term]
"""By the name they are logged under."""


def start(terms: Terms) -> dict[str, Tree]:
    """The memory of named terms at the start."""
    return {name: term.init() for name, term in terms.items()}


def added(
    terms: Terms, memory: Mapping[str, Tree], real: View, fake: View, now: Moment
) -> tuple[jax.Array | float, dict[str, jax.Array], dict[str, Tree]]:
    """All named terms at once, each by keys of its own.

    Returns:
        Their sum, their values by name, and their next memory.
    """
    values: dict[str, jax.Array] = {}
    after: dict[str, Tree] = {}
    for name, term in terms.items():
        own = now._replace(keys=rng.stream(now.keys, name))
        values[name], after[name] = term.apply(memory[name], real, fake, own)
    return sum(jnp.mean(value) for value in values.values()), values, after
