"""The two turns of a pair, which every game with a critic borrows.

`told_apart`: the critic learns what is real. `fooled`: the generator learns what passes
for real. Two decisions that code bases usually leave in the dark:

- Real and fake pass through the critic in two batches, as in DCGAN: batch statistics
  and minibatch layers never mix them.
- The critic's power iterations (`spectral`) advance once per critic update, on the real
  pass. The fake pass, the terms and the generator's turn read them.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from gan_jax import names, rng, schedules
from gan_jax.games import packs
from gan_jax.games.base import Aux, Batch, GameState, Loss, with_variables
from gan_jax.games.pair import Pair, Shown
from gan_jax.losses import Adversarial
from gan_jax.schedules import Number
from gan_jax.terms import Moment, Terms, View, added, start
from gan_jax.typing import Cond, Keys, Latents, Metrics, Samples, Seen, Tree, Variables

Sides = Callable[[GameState, Batch, Keys], tuple[Shown, Shown]]
"""What a critic is to call real, and what fake."""


class Attempt(NamedTuple):
    """What a generator shows in its turn.

    Attributes:
        real: what the critic is to compare with.
        fake: what is to pass for it; may be more of them than reals.
        moved: collections that moved in making it, by player.
        costs: what it pays besides, by name, per example.
    """

    real: Shown
    fake: Shown
    moved: Mapping[str, Variables]
    costs: Mapping[str, jax.Array] = {}


Trial = Callable[[GameState, Batch, Keys], Attempt]
Ahead = Callable[[GameState, Tree, Keys], GameState]
"""(state, what a critic would be shown, keys) -> the state that the generator looks at."""
Again = Callable[[GameState, Keys, Callable[[Latents], Latents], Cond], Shown]
"""(state, keys, what happens to latents, what is told about the fakes of these keys) ->
what they would be then."""


def data_and_prior(pair: Pair) -> Sides:
    """Real examples against samples from the prior: the sides of an ordinary GAN."""

    def sides(state: GameState, batch: Batch, keys: Keys) -> tuple[Shown, Shown]:
        real = pair.of_data(batch)
        return real, pair.make(state, keys, beside=real[1])

    return sides


def from_prior(pair: Pair) -> Trial:
    """The generator tries samples from the prior; its own collections move."""

    def attempt(state: GameState, batch: Batch, keys: Keys) -> Attempt:
        own = tuple(state.players[pair.maker].variables)
        real = pair.of_data(batch)
        z, cond, costs = pair.begin(state, keys, real[1])
        made, moved = pair.generate(state, z, cond, keys, own)
        return Attempt(real, (made, cond), {pair.maker: moved}, costs)

    return attempt


def with_sides(sides: Sides, turn: Loss) -> Loss:
    """A turn that is played on what the sides show of a batch of real examples."""

    def play(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        real, fake = sides(state, batch, keys)
        return turn(state, {"real": real, "fake": fake}, keys, step)

    return play


def told_apart(
    pair: Pair, loss: Adversarial, terms: Terms, again: Again | None = None
) -> Loss:
    """The critic's turn, of a batch `{"real": Shown, "fake": Shown}`, equally many.

    Args:
        pair: whose critic learns.
        loss: its `disc` half is minimised.
        terms: added to it.
        again: for terms that move the latents of fakes; `pair.make` where the fakes are
            what that makes.
    """
    name = pair.judge_name

    def play(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        real, fake = batch["real"], batch["fake"]
        own = tuple(state.players[name].variables)
        on_real, moved = pair.judge(state, real, rng.stream(keys, "real"), own)
        state = with_variables(state, name, moved)
        rest = tuple(kind for kind in own if kind != "spectral")
        on_fake, moved = pair.judge(state, fake, rng.stream(keys, "fake"), rest)
        state = with_variables(state, name, moved)
        of_terms, values, memory = added(
            terms,
            state.memory[f"{name}_terms"],
            view(pair, state, real, on_real, keys),
            view(pair, state, fake, on_fake, keys, again),
            Moment(keys[:: pair.pack], step, state.seen),
        )
        each = loss.disc(on_real[0], on_fake[0])
        before = state.memory[f"{name}_augment"]
        metrics = {
            names.ADVERSARIAL: each,
            **verdicts(on_real[0], on_fake[0], real[0], fake[0]),
            **pair.augment.metrics(before, state.seen),
            **values,
        }
        of_each = jnp.repeat(on_real[0], pair.pack, axis=0)
        after = {
            f"{name}_terms": memory,
            f"{name}_augment": pair.augment.update(before, of_each),
        }
        return each.mean() + of_terms, Aux(metrics, {name: moved}, after)

    return play


def fooled(
    pair: Pair,
    loss: Adversarial,
    terms: Terms,
    trial: Trial,
    weight: Number = 1.0,
    ahead: Ahead | None = None,
    again: Again | None = None,
) -> Loss:
    """The generator's turn.

    Args:
        pair: whose generator learns.
        loss: its `gen` half is minimised.
        terms: added to it.
        trial: what the generator shows.
        weight: of its adversarial loss.
        ahead: where its critic is after some imagined updates (unrolling).
        again: as in `told_apart`.
    """

    def play(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        tried = trial(state, batch, keys)
        real, fake = tried.real, tried.fake
        own = keys[: len(real[0])]
        if ahead is not None:
            # Imagined critics all see these samples: one pass back through the generator.
            shown = {"real": real, "fake": jax.tree.map(lambda x: x[: len(own)], fake)}
            state = ahead(state, shown, keys)
        on_fake, _ = pair.judge(state, fake, rng.stream(keys, "fake"))
        # Where loss and terms ignore the reals, XLA drops the pass that makes them.
        on_real, _ = pair.judge(state, real, rng.stream(own, "real"))
        of_terms, values, memory = added(
            terms,
            state.memory[f"{pair.maker}_terms"],
            view(pair, state, real, on_real, own),
            view(pair, state, fake, on_fake, keys, again),
            Moment(own[:: pair.pack], step, state.seen),
        )
        each = loss.gen(on_real[0], on_fake[0])
        each = pair.choice.weigh(each, on_fake[0], state.seen)
        metrics = {
            names.ADVERSARIAL: each,
            names.FAKE_LOGIT: on_fake[0],
            **tried.costs,
            **values,
        }
        value = schedules.value(weight, state.seen) * each.mean()
        value = value + sum(cost.mean() for cost in tried.costs.values()) + of_terms
        after = {f"{pair.maker}_terms": memory}
        return value, Aux(metrics, tried.moved, after)

    return play


def regularised(pair: Pair, terms: Terms, weight: float, name: str) -> Loss:
    """A turn of the critic's that holds its terms alone, of a batch as in `told_apart`.

    Lazy regularisation (Karras et al. 2020, arXiv:1912.04958, appendix B): a turn of its
    own, in one round of k and weighed k times. The critic learns nothing else, and none
    of its collections moves.

    Args:
        pair: whose critic is regularised.
        terms: their sum is minimised.
        weight: of the sum.
        name: of the memory they keep.
    """

    def play(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        # Of what the terms do not read, XLA drops the passes that make it.
        real, fake = (
            view(
                *(pair, state, batch[side]),
                pair.judge(state, batch[side], rng.stream(keys, side))[0],
                keys,
            )
            for side in ("real", "fake")
        )
        now = Moment(keys[:: pair.pack], step, state.seen)
        total, values, after = added(terms, state.memory[name], real, fake, now)
        return jnp.asarray(weight * total), Aux(values, {}, {name: after})

    return play


def together(*turns: Loss) -> Loss:
    """Several losses on one batch, added up; no two may log or move the same."""

    def play(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        played = [turn(state, batch, keys, step) for turn in turns]
        parts = [aux for _, aux in played]
        whole = Aux(
            {name: x for aux in parts for name, x in aux.metrics.items()},
            {name: x for aux in parts for name, x in aux.variables.items()},
            {name: x for aux in parts for name, x in aux.memory.items()},
        )
        return jnp.asarray(sum(value for value, _ in played)), whole

    return play


def view(
    pair: Pair,
    state: GameState,
    shown: Shown,
    answer: tuple[jax.Array, Mapping[str, jax.Array]],
    keys: Keys,
    again: Again | None = None,
) -> View:
    """One side as the pair's critic saw it, for terms."""

    def judge(samples: Tree, cond: Tree, keys: Keys) -> Any:
        return pair.judge(state, packs.unpack((samples, cond), pair.pack), keys)[0]

    def remake(move: Callable[[Latents], Latents]) -> Samples:
        assert again is not None
        return packs.pack(again(state, keys, move, shown[1])[0], pair.pack)

    samples, cond = packs.pack(shown, pair.pack)
    logits, out = answer
    return View(samples, cond, logits, out, judge, keys, again and remake)


def memory(pair: Pair, terms: Terms) -> dict[str, Callable[[], Tree]]:
    """What a critic's turns remember."""
    return {
        f"{pair.judge_name}_terms": lambda: start(terms),
        f"{pair.judge_name}_augment": pair.augment.init,
    }


def verdicts(
    real_logits: jax.Array, fake_logits: jax.Array, real: Samples, fake: Samples
) -> Metrics:
    """What the doctor and the report read of a critic, whatever its loss."""
    return {
        names.REAL_LOGIT: real_logits,
        names.FAKE_LOGIT: fake_logits,
        # The Wasserstein distance's estimate, where the critic is 1-Lipschitz.
        names.WASSERSTEIN: real_logits - fake_logits,
        # Of pairs (real, fake), those it tells apart: 1/2 is guessing.
        names.ACCURACY: (real_logits > fake_logits).astype(float),
        names.REAL_SPREAD: spread(real),
        names.FAKE_SPREAD: spread(fake),
    }


def spread(samples: Samples) -> jax.Array:
    """Distance of every second sample to the next: its mean falls as variety is lost.

    Of a single sample there is none.
    """
    pairs = len(samples) // 2 * 2
    gap = jnp.square((samples[:pairs:2] - samples[1:pairs:2]).astype(float))
    return jnp.sqrt(gap.sum(range(1, gap.ndim)))
