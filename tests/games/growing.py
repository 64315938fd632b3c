"""A small growing game, and config nodes that name it: a generator of points that gains
a layer, which fades in. It shows what a family with stages has to write."""

import dataclasses
from dataclasses import dataclass

import jax.numpy as jnp
from flax import linen as nn

from gan_jax.data import Facts
from gan_jax.games.base import Game, GameState, Phase, Player, Stages, apply
from gan_jax.games.pair import Pair
from gan_jax.games.turns import (
    data_and_prior,
    fooled,
    from_prior,
    memory,
    told_apart,
    with_sides,
)
from gan_jax.losses import Adversarial
from gan_jax.optim import Optimiser
from gan_jax.typing import Prior


class Grower(nn.Module):
    """Latents to points by `depth` layers, the last of them mixed in by `alpha`."""

    depth: int
    width: int = 5

    @nn.compact
    def __call__(self, z, alpha, *, train):
        h, points = z, jnp.zeros((len(z), 2))
        for i in range(self.depth):
            h = jnp.tanh(nn.Dense(self.width, name=f"layer{i}")(h))
            share = alpha if i == self.depth - 1 and i else 1.0
            points = (1 - share) * points + share * nn.Dense(2, name=f"out{i}")(h)
        return points


@dataclass(frozen=True)
class Faded(Pair):
    """A pair whose generator is told how far its last layer has faded in."""

    start: int = 0
    over: int = 1

    def alpha(self, state: GameState):
        seen = jnp.asarray(state.seen, jnp.float32)
        return jnp.clip((seen - self.start) / self.over, 0.0, 1.0)

    def generate(self, state, z, cond, keys, moving=()):
        own = state.players["gen"]
        return apply(self.gen, own, z, self.alpha(state), train=True, moving=moving)

    def synthesize(self, state, z, asked, keys=None):
        own = state.players["gen"].averaged()
        return apply(self.gen, own, z, self.alpha(state), train=False)[0]


class Judge(nn.Module):
    """Points to logits."""

    width: int = 5

    @nn.compact
    def __call__(self, x, cond=None, *, train):
        h = jnp.tanh(nn.Dense(self.width)(x))
        return nn.Dense(1)(h)[:, 0], {}


def growing(
    models: dict[str, nn.Module],
    optim: dict[str, Optimiser],
    facts: Facts,
    *,
    loss: Adversarial,
    latents: Prior,
    borders: tuple[int, ...] = (64, 128),
    over: int = 32,
    broken: int | None = None,
) -> Game:
    """One more layer at each border, in real images; each fades in over so many.

    The stage `broken` has a critic of three numbers.
    """

    def of(seen: int) -> int:
        return sum(seen >= border for border in borders)

    def at(stage: int) -> Game:
        module = dataclasses.replace(models["gen"], depth=stage + 1)
        inputs = lambda keys: (latents(keys), jnp.ones(()))  # noqa: E731
        gen = Player(module, inputs, optim["gen"], 0.9)
        size = 3 if stage == broken else 2
        disc = Player(
            models["disc"],
            lambda keys: (jnp.ones((len(keys), size)), None),
            optim["disc"],
        )
        start = (0, *borders)[stage]
        pair = Faded(gen, disc, latents, start=start, over=over)
        tell = told_apart(pair, loss, {})
        return Game(
            players={"gen": gen, "disc": disc},
            phases=(
                Phase("disc", ("disc",), with_sides(data_and_prior(pair), tell)),
                Phase("gen", ("gen",), fooled(pair, loss, {}, from_prior(pair))),
            ),
            memory={**memory(pair, {}), "gen_terms": dict},
            sample=pair.sample,
        )

    return dataclasses.replace(at(0), stages=Stages(of, at))


def config(**train) -> dict:
    """Twelve rounds of sixteen points: a border after the fourth and the eighth, the
    fade over the two that follow."""
    adam = {"name": "adam", "learning_rate": 1e-2}
    return {
        "data": {"name": "ring", "std": 0.1, "count": 100},
        "models": {
            "gen": {"name": f"{__name__}.Grower", "depth": 1},
            "disc": {"name": f"{__name__}.Judge"},
        },
        "game": {
            "name": f"{__name__}.growing",
            "loss": {"name": "non_saturating"},
            "latents": {"name": "normal", "shape": (3,)},
        },
        "optim": {"gen": adam, "disc": adam},
        "train": {
            "steps": 12,
            "batch_size": 16,
            "log_every": 2,
            "checkpoint_every": 2,
            "samples": 4,
            "keep": 12,
            "sample_epochs": (),
            "sample_every": 4,
            **train,
        },
    }
