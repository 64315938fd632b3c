"""Games of styles, and games that grow: rows of `tables`."""

import dataclasses
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
from tests.games.facts import GP

GAMES = {}


STYLED = data.Facts((4, 6, 1))


def styled(facts=STYLED, head=None, **kwargs) -> Game:
    """A style-based game of tiny pictures, smooth and without a minibatch layer."""
    smooth = nn.softplus()
    modules = {
        "gen": models.stylegan2.Generator(
            facts.shape, (3, 3), style=4, depth=1, activation=smooth
        ),
        "disc": models.stylegan2.Discriminator(
            (3, 3), minibatch=None, activation=smooth, head=head
        ),
    }
    steppers = {
        "gen": optim.lazy_adam(1e-2, every=2),
        "disc": optim.lazy_adam(1e-2, every=3),
    }
    given = {
        "latents": sampling.normal((3,)),
        "regularizers": {"r1": regularizers.r1(0.1)},
        "regularize_every": 3,
        "gen_regularizers": {"path_length": regularizers.path_length()},
        "gen_regularize_every": 2,
        "ema": 0.9,
    }
    return games.style_based(modules, steppers, facts, **given | kwargs)


GAMES |= {
    "style_based": lambda: styled(),
    "style_based conditional": lambda: styled(
        data.Facts((4, 6, 1), ("left", "right", "middle"), (1, 2, 1)),
        head=nn.mapped_projection(depth=1, activation=nn.softplus()),
        conditional=asks.class_labels(),
        augment=augment.ada(p=0.5, interval=1, kimg=1.0),
        disc_terms={"lecam": terms.lecam(0.1)},
        microbatches=2,
    ),
}


def growing(stage=0, classes=(), form=games.adversarial, gen=None, **kwargs) -> Game:
    """A game of tiny pictures that grow once, at a stage."""
    smooth = nn.softplus()
    modules = {
        "gen": gen or models.progan.Generator((4, 8, 1), (3, 3), activation=smooth),
        "disc": models.progan.Discriminator((3, 3), None, activation=smooth),
    }
    given = {"latents": sampling.normal((3,)), "loss": losses.non_saturating}
    whole = games.progressive(
        modules,
        dict.fromkeys(modules, optim.adam(1e-2)),
        data.Facts((4, 8, 1), classes, (1,) * len(classes)),
        of=partial(form, **given | kwargs),
        stable=16,
        fade=16,
    )
    assert whole.stages
    return dataclasses.replace(whole.stages.at(stage), stages=whole.stages)


GAMES |= {
    "progressive fading": lambda: growing(1, regularizers=GP, ema=0.9, microbatches=2),
}


def moved(**kwargs) -> Game:
    """A style-based game whose pictures can be moved, of two alias-free layers."""
    facts = data.Facts((16, 16, 1))
    gen = models.stylegan3.Generator(
        facts.shape,
        style=4,
        channel_max=3,
        num_layers=2,
        num_critical=1,
        activation=nn.softplus(),
    )
    modules = {"gen": gen, "disc": models.mlp.Discriminator((3,))}
    steppers = dict.fromkeys(modules, optim.adam(1e-2))
    given = {"latents": sampling.normal((3,)), "mixing": 0.0, "ema": 0.9}
    return games.style_based(modules, steppers, facts, **given | kwargs)
