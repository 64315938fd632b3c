"""Games by likelihood, and autoencoders of few codes: rows of `tables`."""

from gan_jax import (
    asks,
    data,
    games,
    losses,
    models,
    nn,
    optim,
    sampling,
    schedules,
)
from gan_jax.games.base import Game
from tests.games.facts import CLASSES, SHAPE

GAMES = {}


def autoencoder(facts=CLASSES, **kwargs) -> Game:
    """A small variational autoencoder in the plane."""
    modules = {
        "gen": models.mlp.Generator(SHAPE, (6,)),
        "enc": models.mlp.Encoder((2, 3), (6,)),
    }
    given = {"latents": sampling.normal((3,)), "likelihood": losses.gaussian(0.5)}
    steppers = dict.fromkeys(modules, optim.adam(1e-2))
    return games.variational(modules, steppers, facts, **given | kwargs)


GAMES |= {
    "variational": lambda: autoencoder(),
    "variational conditional": lambda: autoencoder(
        conditional=asks.class_labels(),
        beta=schedules.cyclical(0.0, 1.0, period=64),
        free_bits=0.1,
        ema=0.9,
        microbatches=2,
    ),
    "variational importance": lambda: autoencoder(bound="importance", draws=3),
}


def written(**kwargs) -> Game:
    """A small Transformer over the pixels of tiny pictures."""
    facts = data.Facts((4, 3, 2), CLASSES.classes, CLASSES.frequencies)
    modules = {"gen": models.transformer.Transformer((4, 3, 2), 4, 8, 1, 2)}
    given = {"tokens": games.pixels(2)} | kwargs
    return games.autoregressive(modules, {"gen": optim.adam(1e-2)}, facts, **given)


GAMES |= {
    "autoregressive": lambda: written(),
    "autoregressive conditional": lambda: written(
        conditional=asks.class_labels(), ema=0.9, microbatches=2
    ),
}


def coded(make, quantiser=None, **kwargs) -> Game:
    """An autoencoder of tiny pictures with few codes, with or without a critic."""
    modules = {"gen": models.vqgan.Autoencoder((4, 4, 1), (4, 4), quantiser=quantiser)}
    if make is games.vq_gan:
        modules["disc"] = models.vqgan.Discriminator(3, 2)
    steppers = dict.fromkeys(modules, optim.adam(1e-2))
    return make(modules, steppers, data.Facts((4, 4, 1)), **kwargs)


def tokenised() -> Game:
    """A Transformer over the codes of such an autoencoder, frozen."""
    book = models.vqgan.Autoencoder(
        (4, 4, 1), (4, 4), quantiser=nn.finite_scalar((3, 4))
    )
    modules = {
        "gen": models.transformer.Transformer((4, 4, 1), 4, 8, 1, 2),
        "book": book,
    }
    facts, tx = data.Facts((4, 4, 1)), {"gen": optim.adam(1e-2)}
    return games.autoregressive(modules, tx, facts, tokens=games.codes())


FEW_CODES = dict(quantiser=nn.vector_quantiser(5, 3))
GAMES |= {
    "vq_vae": lambda: coded(games.vq_vae, **FEW_CODES, ema=0.9),
    "vq_vae learnt codes": lambda: coded(
        games.vq_vae,
        nn.vector_quantiser(5, 3, decay=None, swapped=True),
        microbatches=2,
    ),
    "vq_gan": lambda: coded(games.vq_gan, **FEW_CODES),
    "vq_gan finite scalars": lambda: coded(games.vq_gan, nn.finite_scalar((3, 4))),
    "autoregressive codes": lambda: tokenised(),
}
