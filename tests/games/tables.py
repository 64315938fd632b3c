"""Every game: a new one adds a row here and is held to the conformance tests."""

import jax
import jax.numpy as jnp

from gan_jax import games, losses, models, nn, optim, regularizers, sampling
from gan_jax.games.base import Game

SHAPE = (2,)
BATCH = 8


def toy(gen_norm=None, disc_wrap=None, disc_norm=None, rate=1e-2, **kwargs) -> Game:
    """An adversarial game of two small smooth networks in the plane."""
    smooth = nn.softplus()
    modules = {
        "gen": models.mlp.Generator(SHAPE, (6,), activation=smooth, norm=gen_norm),
        "disc": models.mlp.Discriminator(
            (6,), activation=smooth, wrap=disc_wrap, norm=disc_norm
        ),
    }
    steppers = {"gen": optim.adam(rate), "disc": optim.adam(rate)}
    given = {"loss": losses.non_saturating, "latents": sampling.normal((3,))} | kwargs
    return games.adversarial(modules, steppers, SHAPE, **given)


GP = {"gp": regularizers.gradient_penalty(weight=0.1)}

ALL_GAMES = {
    "adversarial": lambda: toy(),
    "adversarial wgan_gp": lambda: toy(
        loss=losses.wasserstein, regularizers=GP, n_critic=3, ema=0.9
    ),
    "adversarial sn hinge": lambda: toy(
        loss=losses.hinge,
        gen_norm=nn.batch_norm(),
        disc_wrap=nn.spectral_norm(),
        n_critic=2,
        gen_batch=2,
    ),
    "adversarial two generator steps": lambda: toy(
        gen_steps=2, disc_norm=nn.batch_norm()
    ),
    "adversarial relativistic": lambda: toy(
        loss=losses.relativistic_paired,
        regularizers={"r1": regularizers.r1(0.1), "r2": regularizers.r2(0.1)},
        gen_data="fresh",
        ema=0.99,
    ),
    "adversarial lazy in microbatches": lambda: toy(
        regularizers={"r1": regularizers.every(2, regularizers.r1(0.1))},
        microbatches=2,
    ),
}


def batches(game: Game, seed: int, batch: int = BATCH):
    """Random real points for one round."""
    keys = jax.random.split(jax.random.key(seed), len(game.slots()))
    return {
        slot: {"sample": jnp.sin(3 * jax.random.normal(key, (repeats, batch, *SHAPE)))}
        for key, (slot, repeats) in zip(keys, game.slots().items(), strict=True)
    }
