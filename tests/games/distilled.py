"""A game with a frozen player: a generator learns what its teacher makes of a latent."""

import jax.numpy as jnp
from flax import linen as nn

from gan_jax import rng
from gan_jax.data import Facts
from gan_jax.games.base import Aux, Game, Phase, Player, apply
from gan_jax.optim import Optimiser
from gan_jax.typing import Prior


def distilled(
    models: dict[str, nn.Module],
    optim: dict[str, Optimiser],
    facts: Facts,
    *,
    latents: Prior,
) -> Game:
    """One phase: the squared distance to the teacher's samples."""
    players = {
        name: Player(models[name], lambda keys: (latents(keys), None), optim.get(name))
        for name in ("gen", "teacher")
    }

    def loss(state, batch, keys, step):
        z = latents(rng.stream(keys, "latents"))
        made, taught = (
            apply(players[n], state.players[n], z, None, train=True)[0]
            for n in ("gen", "teacher")
        )
        gap = jnp.square(made - taught).sum(-1)
        return gap.mean(), Aux({"gap": gap})

    def sample(state, keys, asked):
        z = latents(rng.stream(keys, "latents"))
        own = state.players["gen"].averaged()
        return apply(players["gen"], own, z, None, train=False)[0]

    return Game(players, (Phase("gen", ("gen",), loss),), sample=sample)
