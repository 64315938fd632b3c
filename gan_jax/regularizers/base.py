"""What a penalty is, and how penalties combine."""

from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gan_jax import ranges, rng
from gan_jax.schedules import Number, value
from gan_jax.typing import AnyKey, Critic, Kind, Samples, Scalar, Seen, Tree

Fakes = Float[Array, "m *shape"]
"""Generated samples; only penalties that pair them with reals want as many."""


@runtime_checkable
class Apply(Protocol):
    """The working half of a `Regularizer`."""

    def __call__(
        self,
        memory: Tree,
        critic: Critic,
        real: Samples,
        fake: Fakes,
        key: AnyKey,
        step: Seen,
        seen: Seen = 0,
    ) -> tuple[Scalar, Tree]:
        """The penalty, to be added to a loss, and the memory for the next call.

        Args:
            memory: what `init` made, or the last call returned.
            critic: samples to logits [b], closed over parameters and condition.
            real: real samples.
            fake: generated samples.
            key: one key, or one per example.
            step: the phase's own count of steps, from 0.
            seen: real images shown so far; the clock of scheduled weights.
        """
        ...


Side = Literal["real", "fake", "mixed"]
"""Where a penalty looks, and so whose condition the critic should be told there."""


class Regularizer(NamedTuple):
    """A penalty: a scalar function of a critic that may remember something.

    Generator-side penalties have the same form, with `synthesis` in the critic's place.

    Attributes:
        init: the memory at the start.
        apply: see `Apply`.
        per_example: whether it takes the critic to treat each sample by itself, which
            batch normalisation does not.
        side: at the generated samples (`fake`), or anywhere else (`real`).
    """

    KIND = Kind("a penalty")

    init: Callable[[], Tree]
    apply: Apply
    per_example: bool = False
    side: Side = "real"


Penalty = Callable[[Critic, Samples, Fakes, AnyKey, Seen, Seen], Scalar]
"""(critic, real, fake, key, step, seen) -> scalar."""


def stateless(
    penalty: Penalty, per_example: bool = False, side: Side = "real"
) -> Regularizer:
    """The regularizer of a function (critic, real, fake, key, step, seen) -> scalar."""

    def apply(
        memory: Tree,
        critic: Critic,
        real: Samples,
        fake: Fakes,
        key: AnyKey,
        step: Seen,
        seen: Seen = 0,
    ) -> tuple[Scalar, Tree]:
        return penalty(critic, real, fake, key, step, seen), memory

    return Regularizer(lambda: (), apply, per_example, side)


def scale(weight: Number, regularizer: Regularizer) -> Regularizer:
    """The same penalty times a weight, which may move with `seen`.

    Raises:
        ValueError: a negative weight.
    """
    ranges.at_least(0, weight=weight)

    def apply(
        memory: Tree,
        critic: Critic,
        real: Samples,
        fake: Fakes,
        key: AnyKey,
        step: Seen,
        seen: Seen = 0,
    ) -> tuple[Scalar, Tree]:
        penalty, memory = regularizer.apply(memory, critic, real, fake, key, step, seen)
        return value(weight, seen) * penalty, memory

    return regularizer._replace(apply=apply)


def every(k: int, regularizer: Regularizer) -> Regularizer:
    """Lazy regularisation: k times the penalty on steps divisible by k, else nothing.

    The factor keeps the average strength that of `regularizer` (StyleGAN2, appendix B).
    Skipped steps cost nothing and leave the memory alone. The penalty shares the step's
    optimiser update; StyleGAN2's separate update is a phase of its own instead.

    Raises:
        ValueError: k < 1.
    """
    ranges.whole(k=k)

    def apply(
        memory: Tree,
        critic: Critic,
        real: Samples,
        fake: Fakes,
        key: AnyKey,
        step: Seen,
        seen: Seen = 0,
    ) -> tuple[Scalar, Tree]:
        def act(memory: Tree) -> tuple[jax.Array, Tree]:
            penalty, memory = regularizer.apply(
                memory, critic, real, fake, key, step, seen
            )
            return jnp.asarray(k * penalty, float), memory

        def rest(memory: Tree) -> tuple[jax.Array, Tree]:
            return jnp.zeros((), float), memory

        # The predicate holds nothing but the step, which is unbatched under vmap over
        # seeds: a batched one would turn the branch into a select that pays for both.
        return jax.lax.cond(step % k == 0, act, rest, memory)

    return regularizer._replace(apply=apply)


def chain(**named: Regularizer) -> Regularizer:
    """The sum of the named penalties, each with its own memory and its own numbers.

    Of penalties at reals and at fakes together, a conditional critic could not be told
    one condition: name these one by one in the game's `regularizers`.
    """

    def init() -> Tree:
        return {name: regularizer.init() for name, regularizer in named.items()}

    def apply(
        memory: Tree,
        critic: Critic,
        real: Samples,
        fake: Fakes,
        key: AnyKey,
        step: Seen,
        seen: Seen = 0,
    ) -> tuple[Scalar, Tree]:
        keys = rng.deal(key, real.shape[0])
        total, after = jnp.zeros((), float), {}
        for name, regularizer in named.items():
            penalty, after[name] = regularizer.apply(
                memory[name], critic, real, fake, rng.stream(keys, name), step, seen
            )
            total = total + penalty
        return total, after

    sides: set[Side] = {r.side for r in named.values()}
    return Regularizer(
        init,
        apply,
        any(r.per_example for r in named.values()),
        sides.pop() if len(sides) == 1 else "mixed",
    )
