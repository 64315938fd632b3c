"""Progressive growing of any game (Karras et al. 2018, arXiv:1710.10196, section 2).

Both networks begin small. Then sizes are added one by one: each fades in over so many
real images, and is trained alone for so many more. What is played at each size is an
ordinary game, `of`, made for networks of that size.

A size takes two stages, one while it fades in and one after, as the authors' code has it:
at either border optimisers begin anew. Weights, averages and collections are carried by
name (`stages.grow`). How far a fade is follows from `GameState.seen` and is never stored:
it is put where networks read it (`models.growing`) for each call, and taken out again.

Reals are shown at the size of the stage, pooled; while that fades in, blended with what
the next smaller size would show of them, by the same share as the networks. Samples of
any stage have the data's size, each pixel repeated: a checkpoint of any stage can be
sampled, evaluated and looked at like the last one.
"""

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.data import Facts
from gan_jax.games.base import (
    Aux,
    Batch,
    Form,
    Game,
    GameState,
    Loss,
    PlayerState,
    Stages,
)
from gan_jax.models.growing import ALPHA, FADE, Growing, blended
from gan_jax.nn import mean_pool, upsample
from gan_jax.optim import Optimiser
from gan_jax.typing import Images, Keys, Seen, Variables

PICTURES = ("synthesize", "paint")
"""The functions of a game that give pictures."""


def progressive(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    facts: Facts,
    *,
    of: Form,
    stable: int = 600_000,
    fade: int = 600_000,
    start: int = 0,
    microbatches: tuple[int, ...] = (),
) -> Game:
    """A game that grows from small pictures to those of the data.

    All counts are of real images shown to the critic. The defaults are the authors'
    code's; the paper has 800,000 and 800,000.

    A round shows as many reals at every size, `train.batch_size`. Where large pictures do
    not fit into memory, `microbatches` cuts their batches into parts and averages the
    gradients; a minibatch layer then sees a part. The authors' schedules for few devices
    make batches smaller as pictures grow; here that would change what a round is.

    Args:
        models: every module of the game, as it is at the full size: networks that grow
            (`models.growing`), e.g. progan's.
        optim: their optimisers.
        facts: of the data: pictures.
        of: the game played at each size: `dict(name="adversarial", ...)`, `style_based`
            or another, without networks.
        stable: images for which a size is trained alone, before the next one comes.
        fade: images over which a size fades in.
        start: the size that is the first, counted from the smallest; 1 leaves out 4 x 4,
            as StyleGAN does.
        microbatches: parts of a batch at each size, from the smallest of all on; the last
            is that of all larger ones. () leaves them to `of`.

    Raises:
        ValueError: networks that do not grow, or not alike; data that are not the size
            they grow to; a number out of range; an inner game that grows itself, or has
            no use for `microbatches`.
    """
    ranges.whole(stable=stable, fade=fade)
    ranges.whole(0, start=start)
    if microbatches:
        ranges.sizes(microbatches=microbatches)
    sizes = sizes_of(models, facts.shape)
    ranges.between(0, sizes - 1, start=start)
    growth = Growth(sizes, stable, fade, start)

    @cache
    def at(stage: int) -> Game:
        size, fading = growth.size(stage), growth.fading(stage)
        back = sizes - 1 - size
        h, w, c = facts.shape
        parts = microbatches[min(size, len(microbatches) - 1)] if microbatches else None
        inner = of(
            models={name: net.at(size, fading) for name, net in models.items()},  # pyright: ignore
            optim=optim,
            facts=dataclasses.replace(facts, shape=(h >> back, w >> back, c)),
            **({} if parts is None else {"microbatches": parts}),
        )
        if inner.stages is not None:
            raise ValueError("of grows already: give the game that it grows")
        if parts and any(phase.microbatches != parts for phase in inner.phases):
            raise ValueError(
                "microbatches are given twice, or the game has none: give them once, here"
            )
        told = Told(back, (lambda seen: growth.alpha(stage, seen)) if fading else None)
        return told.game(inner)

    return dataclasses.replace(at(0), stages=Stages(growth.stage, at))


@dataclass(frozen=True)
class Growth:
    """When which size is played, in real images.

    Stage 0 is the first size; stages 2 k - 1 and 2 k are those in which the k-th size
    after it fades in, and is trained alone.

    Attributes:
        sizes: how many the networks have.
        stable, fade, start: see `progressive`.
    """

    sizes: int
    stable: int
    fade: int
    start: int = 0

    @property
    def last(self) -> int:
        """The last stage, which never ends."""
        return 2 * (self.sizes - 1 - self.start)

    def size(self, stage: int) -> int:
        """Of a stage, counted from the smallest."""
        return self.start + (stage + 1) // 2

    def fading(self, stage: int) -> bool:
        """Whether a stage's size fades in."""
        return stage % 2 == 1

    def begins(self, stage: int) -> int:
        """Images shown before a stage."""
        return (stage + 1) // 2 * self.stable + stage // 2 * self.fade

    def stage(self, seen: int) -> int:
        """Of the round that begins after so many images."""
        pairs, rest = divmod(int(seen), self.stable + self.fade)
        return min(2 * pairs + (rest >= self.stable), self.last)

    def alpha(self, stage: int, seen: Seen) -> jax.Array:
        """How far a stage's size has faded in, 0 to 1."""
        since = jnp.asarray(seen - self.begins(stage), jnp.float32)
        return jnp.clip(since / self.fade, 0.0, 1.0)

    def lod(self, seen: int) -> float:
        """What the authors call level of detail: doublings that are still to come."""
        stage = self.stage(seen)
        come = float(self.alpha(stage, seen)) if self.fading(stage) else 1.0
        return self.sizes - self.size(stage) - come


@dataclass(frozen=True)
class Told:
    """A game of one size as part of a growing one.

    Attributes:
        back: how often reals are halved; samples are doubled as often.
        alpha: images shown -> how far the size has faded in; None where it has.
    """

    back: int
    alpha: Callable[[Seen], jax.Array] | None

    def game(self, inner: Game) -> Game:
        """The game on reals of the data's size, whose samples are of that size, too."""
        return dataclasses.replace(
            inner,
            phases=tuple(
                dataclasses.replace(phase, loss=self._loss(phase.loss))
                for phase in inner.phases
            ),
            sample=inner.sample and self._function(inner.sample, True),
            functions={
                name: self._function(function, name in PICTURES)
                for name, function in inner.functions.items()
            },
        )

    def reals(self, images: Images, seen: Seen) -> Float[Array, "b _ _ c"]:
        """Real images as a stage's critic is shown them.

        Args:
            images: of the data's size.
            seen: images shown so far.
        """
        for _ in range(self.back):
            images = mean_pool(images)
        if self.alpha is None:
            return images
        return blended(upsample(mean_pool(images)), images, self.alpha(seen))

    def enlarged(self, images: Images) -> Float[Array, "b _ _ c"]:
        """Samples at the data's size."""
        for _ in range(self.back):
            images = upsample(images)
        return images

    def _loss(self, loss: Loss) -> Loss:
        def play(
            state: GameState, batch: Batch, keys: Keys, step: Seen
        ) -> tuple[jax.Array, Aux]:
            reals = self.reals(batch["sample"], state.seen)
            batch = {**batch, "sample": reals}
            value, aux = loss(self._faded(state), batch, keys, step)
            moved = {name: _kept(moved) for name, moved in aux.variables.items()}
            return value, aux._replace(variables=moved)

        return play

    def _function(self, of: Callable[..., Any], pictures: bool) -> Callable[..., Any]:
        def call(state: GameState, *args: Any, **kwargs: Any) -> Any:
            found = of(self._faded(state), *args, **kwargs)
            if isinstance(found, GameState):
                return _each(found, _kept)
            return self.enlarged(found) if pictures else found

        # It is called as the game's own, and whoever asks how is told so.
        setattr(call, "__signature__", inspect.signature(of))  # noqa: B010
        return call

    def _faded(self, state: GameState) -> GameState:
        """A state in which networks read how far the fade is."""
        if self.alpha is None:
            return state
        share = {FADE: {ALPHA: self.alpha(state.seen)}}
        return _each(state, lambda variables: {**variables, **share})


def sizes_of(models: Mapping[str, nn.Module], shape: tuple[int, ...]) -> int:
    """How many sizes networks grow through.

    Args:
        models: by player.
        shape: of the data.

    Raises:
        ValueError: one does not grow, or through another number of sizes than the first;
            data that are no pictures, or cannot be halved so often.
    """
    counts: dict[str, int] = {}
    for name, module in models.items():
        if not isinstance(module, Growing):
            raise ValueError(
                f"{name} is a {type(module).__name__}, which does not grow; take e.g. "
                "progan's networks"
            )
        counts[name] = module.sizes
    if len(set(counts.values())) != 1:
        told = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise ValueError(f"networks grow together, through as many sizes: {told}")
    times = 2 ** (min(counts.values()) - 1)
    if len(shape) != 3 or shape[0] % times or shape[1] % times:
        raise ValueError(f"data of the shape {shape} do not grow {times}-fold")
    return min(counts.values())


def _kept(variables: Variables) -> Variables:
    """Collections without that of the fade, which is never carried."""
    return {name: kind for name, kind in variables.items() if name != FADE}


def _each(state: GameState, change: Callable[[Variables], Variables]) -> GameState:
    """A state with every player's collections changed, those of averages too."""

    def changed(player: PlayerState) -> PlayerState:
        ema = player.ema
        if ema is not None:
            ema = {**ema, "variables": change(ema["variables"])}
        return dataclasses.replace(player, variables=change(player.variables), ema=ema)

    players = {name: changed(player) for name, player in state.players.items()}
    return dataclasses.replace(state, players=players)


__all__ = ["progressive"]
