"""Games played on latents: rows of `tables`."""

from functools import partial

from gan_jax import (
    asks,
    augment,
    data,
    games,
    losses,
    models,
    nn,
    optim,
    regularizers,
    sampling,
    terms,
)
from gan_jax.games.base import Game

GAMES = {}


LEVELS = 2
GREYS = losses.bernoulli("grey")


def in_latents(of, gen, disc) -> Game:
    """A game on the latents of a frozen autoencoder of tiny pictures."""
    modules = {
        "gen": gen,
        "disc": disc,
        "encoder": models.kl.Encoder((2, 2, 2, 3), (3, 4)),
        "decoder": models.kl.Generator((4, 4, 1), (3, 4)),
    }
    return games.in_latents(
        modules,
        {name: optim.adam(1e-2) for name in ("gen", "disc")},
        data.Facts((4, 4, 1), ("left", "right"), (1, 1)),
        of=of,
        space=games.posterior(GREYS, scale=2.0),
    )


def latent_levels() -> Game:
    """Transformers of two levels in latents."""
    size = dict(width=8, depth=2, heads=2, levels=LEVELS)
    inner = partial(
        games.adversarial,
        loss=losses.relativistic_paired,
        latents=sampling.normal((3,)),
        conditional=asks.class_labels(),
        regularizers={"r1": regularizers.approximate_r1(std=0.1)},
        gen_terms={"agreement": terms.level_agreement(LEVELS)},
        augment=augment.level_noise((0.5, 0.1)),
        ema=0.9,
    )
    return in_latents(
        partial(games.multi_level, of=inner, levels=LEVELS),
        models.gat.Generator((4, 4, 1), **size),
        models.gat.Discriminator(**size, head=nn.mapped_projection(1)),
    )


PLAIN = partial(
    games.adversarial, loss=losses.hinge, latents=sampling.normal((3,)), gen_batch=2
)
GAMES |= {
    "multi_level in latents": latent_levels,
    "in_latents": lambda: in_latents(
        PLAIN, models.mlp.Generator((4, 4, 1), (6,)), models.mlp.Discriminator((6,))
    ),
}
