"""A small game of pictures into pictures, and a config that names it: the picture to
translate is an ask that stands in the data and that nothing draws."""

import jax.numpy as jnp
from flax import linen as nn

from gan_jax import rng
from gan_jax.asks import Ask
from gan_jax.data import Facts
from gan_jax.games.base import Aux, Game, Phase, Player, apply
from gan_jax.optim import Optimiser


class Painter(nn.Module):
    """Pictures to pictures, pixel by pixel."""

    width: int = 4

    @nn.compact
    def __call__(self, source, cond=None, *, train):
        h = nn.relu(nn.Dense(self.width)(source))
        return jnp.tanh(nn.Dense(source.shape[-1])(h))


def translated(
    models: dict[str, nn.Module], optim: dict[str, Optimiser], facts: Facts
) -> Game:
    """One phase: the distance of the painted source to the target."""
    spec = facts.arrays["source"]

    def inputs(keys):
        return rng.normal(keys, spec.shape), None

    gen = Player(models["gen"], inputs, optim["gen"])

    def loss(state, batch, keys, step):
        args = batch["source"], None
        made, _ = apply(gen, state.players["gen"], *args, train=True)
        gap = jnp.abs(made - batch["sample"]).mean((1, 2, 3))
        return gap.mean(), Aux({"distance": gap})

    def sample(state, keys, asked):
        own = state.players["gen"].averaged()
        return apply(gen, own, asked["source"], None, train=False)[0]

    return Game(
        players={"gen": gen},
        phases=(Phase("gen", ("gen",), loss),),
        sample=sample,
        asks={"source": Ask(spec.shape, data="source")},
    )


def config(source: str, target: str) -> dict:
    """Pictures of two folders, pair by pair."""
    return {
        "data": {
            "name": "paired",
            "source": {"name": "folder", "path": source, "channels": 1},
            "target": {"name": "folder", "path": target, "channels": 1},
        },
        "models": {"gen": {"name": f"{__name__}.Painter"}},
        "game": {"name": f"{__name__}.translated"},
        "optim": {"gen": {"name": "adam", "learning_rate": 1e-2}},
        "train": {
            "steps": 4,
            "batch_size": 4,
            "log_every": 2,
            "checkpoint_every": 2,
            "samples": 3,
        },
        "eval": {"every": 2, "metrics": ["fd_random"], "samples": 4},
    }
