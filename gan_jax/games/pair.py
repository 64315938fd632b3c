"""A generator and its critic: the cast that most games have, and how it is used.

A pair knows how samples are made and how they are judged, and nothing of losses. What
takes turns with it stands in `turns`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn

from gan_jax import rng, traces
from gan_jax.asks import (
    PLAIN,
    UNCONDITIONAL,
    Ask,
    Asked,
    Condition,
    Manner,
    asks_of,
    filled,
    latents_of,
)
from gan_jax.augment import Augment
from gan_jax.augment.base import NOTHING
from gan_jax.games import packs
from gan_jax.games.base import GameState, Player, apply, collections
from gan_jax.games.choices import ALL, Choice
from gan_jax.optim import Optimiser
from gan_jax.schedules import Number
from gan_jax.terms import Terms
from gan_jax.typing import Cond, Keys, Latents, Prior, Samples, Tree, Variables

Shown = tuple[Samples, Cond]
"""What a critic is shown: samples [b, ...], and what it is told about them."""


@dataclass(frozen=True)
class Pair:
    """A generator against a critic.

    Attributes:
        gen: the generator.
        disc: the critic.
        latents: `keys [b] -> z [b, ...]`, the prior.
        condition: what both are told.
        augment: what is done to every sample before the critic sees it.
        pack: samples the critic judges at once, joined along their last axis (PacGAN).
        choice: what the generator learns from; it may move latents.
        maker: the generator's name in the game.
        judge_name: the critic's.
        told: from what is shown to the critic's positional arguments.
        manner: what the generator is told besides, by keyword: noise, style mixing.
    """

    gen: Player
    disc: Player
    latents: Prior
    condition: Condition = UNCONDITIONAL
    augment: Augment = NOTHING
    pack: int = 1
    choice: Choice = ALL
    maker: str = "gen"
    judge_name: str = "disc"
    told: Callable[[Samples, Cond], tuple[Any, ...]] = lambda x, cond: (x, cond)
    manner: Manner = PLAIN

    @property
    def asks(self) -> Mapping[str, Ask]:
        """What the trained generator can be asked for: its condition's, its prior's, and
        those of its manner."""
        return {**self.condition.asks, **asks_of(self.latents), **self.manner.asks}

    def prior(self, keys: Keys) -> Latents:
        """Latents, one a key."""
        return self.latents(rng.stream(keys, "latents"))

    def cond(self, keys: Keys, beside: Cond = None) -> Cond:
        """What samples to train with are told.

        Args:
            keys: one a sample, from which it is drawn.
            beside: what the reals of the same batch are told; it is that, where the
                condition is shared.

        Raises:
            ValueError: a shared condition, and not one real beside each sample.
        """
        if not self.condition.shared:
            return self.condition.of_asked(filled(self.condition.asks, keys, {}))
        reals = [len(x) for x in jax.tree.leaves(beside)]
        if set(reals) != {len(keys)}:
            raise ValueError(
                f"{len(keys)} samples take their condition from {max(reals, default=0)} "
                "reals; from_reals wants one for each (gen_batch=1)"
            )
        return beside

    def begin(
        self, state: GameState, keys: Keys, beside: Cond = None
    ) -> tuple[Latents, Cond, Mapping[str, jax.Array]]:
        """Latents to train with, their condition, and what the generator pays for them.

        Args:
            state: of the game.
            keys: one a sample; conditions and latents are drawn from them.
            beside: what the reals of the same batch are told; see `cond`.
        """
        cond = self.cond(keys, beside)
        z = self.prior(keys)
        if self.choice.latents is None:
            return z, cond, {}

        def judged(z: Latents) -> jax.Array:
            made, _ = self.generate(state, z, cond, keys)
            return self.judge(state, (made, cond), rng.stream(keys, "choice"))[0][0]

        z, costs = self.choice.latents(judged, z, keys, state.seen)
        return z, cond, costs

    def generate(
        self,
        state: GameState,
        z: Latents,
        cond: Cond,
        keys: Keys,
        moving: tuple[str, ...] = (),
    ) -> tuple[Samples, Variables]:
        """G(z) in training, and the generator's collections.

        Args:
            state: of the game.
            z: latents.
            cond: their condition.
            keys: one a sample, for the generator's manner.
            moving: the generator's collections that the call may move.
        """
        own = state.players[self.maker]
        told = self.manner.training(rng.stream(keys, "manner"))
        return apply(self.gen, own, z, cond, train=True, moving=moving, **told)

    def make(
        self,
        state: GameState,
        keys: Keys,
        move: Callable[[Latents], Latents] = lambda z: z,
        beside: Cond = None,
    ) -> Shown:
        """Samples to train with, and their condition; no collection moves.

        Args:
            state: of the game.
            keys: one a sample; conditions and latents are drawn from them.
            move: what happens to the latents first.
            beside: what the reals of the same batch are told; see `cond`.
        """
        z, cond, _ = self.begin(state, keys, beside)
        return self.generate(state, move(z), cond, keys)[0], cond

    def of_data(self, batch: Tree) -> Shown:
        """The real examples of a batch, and their condition."""
        return batch["sample"], self.condition.of_data(batch)

    def judge(
        self,
        state: GameState,
        shown: Shown,
        keys: Keys,
        moving: tuple[str, ...] = (),
    ) -> tuple[tuple[jax.Array, Mapping[str, Any]], Variables]:
        """Logits and outputs of the critic, and its collections.

        Args:
            state: of the game.
            shown: b samples and their condition.
            keys: one a sample, for the augmentation.
            moving: the critic's collections that the call may move.

        Returns:
            `(logits [b / pack], out)` and the collections as the call left them.
        """
        samples, cond = shown
        memory = state.memory[f"{self.judge_name}_augment"]
        seen = self.augment.apply(memory, samples, keys, state.seen)
        told = self.told(*packs.pack((seen, cond), self.pack))
        own = state.players[self.judge_name]
        return apply(self.disc, own, *told, train=True, moving=moving)

    def sample(self, state: GameState, keys: Keys, asked: Asked) -> Samples:
        """How the trained generator is used: averaged weights, evaluation mode."""
        return self.synthesize(state, self.drawn(state, keys, asked), asked, keys)

    def drawn(self, state: GameState, keys: Keys, asked: Asked) -> Latents:
        """The latents [b, *z] that `sample` makes its samples of."""
        z = latents_of(self.latents, rng.stream(keys, "latents"), asked)
        if self.choice.latents is not None and self.choice.sampling:
            cond = self.condition.of_asked(asked)
            judge = state.players[self.judge_name]

            def judged(z: Latents) -> jax.Array:
                made = self.synthesize(state, z, asked, keys)
                one = packs.alone((made, cond), self.pack)
                return apply(self.disc, judge, *self.told(*one), train=False)[0][0]

            z, _ = self.choice.latents(judged, z, keys, state.seen)
        return z

    def synthesize(
        self, state: GameState, z: Latents, asked: Asked, keys: Keys | None = None
    ) -> Samples:
        """Samples from given latents [b, ...], as the trained generator makes them.

        Args:
            state: of the game.
            z: latents.
            asked: every ask of the condition answered, others where they are asked for.
            keys: one a sample, for what is random besides; nothing is without them.
        """
        own = state.players[self.maker].averaged()
        cond = self.condition.of_asked(asked)
        drawn = None if keys is None else rng.stream(keys, "manner")
        told = self.manner.sampling(drawn, asked)
        return apply(self.gen, own, z, cond, train=False, **told)[0]


def check_cast(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    names: Sequence[str],
) -> None:
    """Whether a game was given the players that it wants.

    Raises:
        ValueError: others, naming them.
    """
    for group, given in (("models", models), ("optim", optim)):
        if set(given) != set(names):
            wanted = f"{', '.join(names[:-1])} and {names[-1]}"
            raise ValueError(f"{group} must be {wanted}, not {', '.join(given)}")


def pair(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    shape: tuple[int, ...],
    *,
    latents: Prior,
    condition: Condition = UNCONDITIONAL,
    augment: Augment = NOTHING,
    pack: int = 1,
    choice: Choice = ALL,
    ema: Number | None = None,
    judge_name: str = "disc",
    told: Callable[[Samples, Cond], tuple[Any, ...]] | None = None,
    fakes_cond: Callable[[Keys], Cond] | None = None,
    manner: Manner = PLAIN,
) -> Pair:
    """The pair of two modules.

    Args:
        models: modules, of which `gen` and `judge_name` are used.
        optim: their optimisers, under the same names.
        shape: of one example.
        latents: the prior.
        condition: what both are told.
        augment: see `Pair`.
        pack: see `Pair`.
        choice: see `Pair`.
        ema: decay per round of the generator's average of weights.
        judge_name: the critic's name.
        told: see `Pair`; by default the samples and the condition.
        fakes_cond: what the critic is told about generated examples, where that is not
            their condition (VEEGAN's latents).
        manner: see `Pair`.

    Raises:
        ValueError: `pack` below 1; a generator that ignores the condition.
    """
    if pack < 1:
        raise ValueError(f"pack={pack} must be at least 1")

    def cond(keys: Keys) -> Cond:
        return condition.of_asked(filled(condition.asks, keys, {}))

    told = told or Pair.told
    shown_cond = fakes_cond or cond

    def gen_inputs(keys: Keys) -> tuple[Any, ...]:
        return latents(keys), cond(keys)

    def disc_inputs(keys: Keys) -> tuple[Any, ...]:
        one = rng.normal(keys, shape), shown_cond(keys)
        return told(*packs.alone(one, pack))

    gen = Player(models["gen"], gen_inputs, optim["gen"], ema)
    disc = Player(models[judge_name], disc_inputs, optim[judge_name])
    if condition.asks and not reads_condition(gen):
        raise ValueError(
            "the generator ignores the condition: every class would be trained on the "
            "samples of all; take a conditional one"
        )
    return Pair(
        gen,
        disc,
        latents,
        condition,
        augment,
        pack,
        choice,
        judge_name=judge_name,
        told=told,
        manner=manner,
    )


def reads_condition(player: Player) -> bool:
    """Whether a network's first output depends on its last input, the condition."""
    keys = rng.deal(jax.random.key(0), 2)
    *args, cond = jax.eval_shape(player.inputs, keys)
    init = partial(player.module.init, train=True)
    variables = jax.eval_shape(
        lambda key, *args: init({"params": key}, *args), keys[0], *args, cond
    )

    def run(cond: Cond) -> Any:
        # Made within the trace: nothing is computed, however large the network.
        zeros = jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), (variables, args))
        found = player.module.apply(zeros[0], *zeros[1], cond, train=False)
        return found[0] if isinstance(found, tuple) else found

    return traces.depends(run, cond)


def check_terms(pair: Pair, terms: Terms) -> None:
    """Whether terms suit a pair's critic.

    Raises:
        ValueError: a penalty of single logits where batch normalisation ties them to
            the batch; a critic that ignores the condition while no term teaches it, or
            judges by one that reals do not have; a chain of penalties that no one
            condition suits.
    """
    for name, term in terms.items():
        if term.per_example and "batch_stats" in collections(pair.disc):
            raise ValueError(
                f"{name} takes the gradient of each logit, but batch normalisation in "
                f"{pair.judge_name} ties every logit to the whole batch; use layer_norm "
                "or none there"
            )
        if term.mixed and pair.condition.asks:
            raise ValueError(
                f"{name} looks at reals and at fakes under one condition; name its "
                "penalties one by one in regularizers"
            )
    if pair.condition.asks and not (
        any(term.conditional for term in terms.values()) or reads_condition(pair.disc)
    ):
        raise ValueError(
            f"{pair.judge_name} ignores the condition, and no term makes it tell classes "
            "apart: the game would be trained as if there were none"
        )
    if not pair.condition.real and reads_condition(pair.disc):
        raise ValueError(
            f"{pair.judge_name} judges by a condition that reals do not have, and would "
            "tell them by that; let a head read it alone"
        )
