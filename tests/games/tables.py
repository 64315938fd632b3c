"""Every game: a new one adds a row here and is held to the conformance tests."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp

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
    schedules,
    terms,
)
from gan_jax.games.base import Game

SHAPE = (2,)
FACTS = data.Facts(SHAPE)
CLASSES = data.Facts(SHAPE, ("left", "right", "middle"), (1, 2, 1))
PICTURE = (5, 6, 1)
BATCH = 8


STEADY = optim.adam(1e-2, eps_root=1e-16)


def toy(
    gen_norm=None,
    disc_wrap=None,
    disc_norm=None,
    disc_head=None,
    rate=1e-2,
    facts=FACTS,
    **kwargs,
) -> Game:
    """An adversarial game of two small smooth networks in the plane."""
    smooth = nn.softplus()
    modules = {
        "gen": models.mlp.Generator(SHAPE, (6,), activation=smooth, norm=gen_norm),
        "disc": models.mlp.Discriminator(
            (6,), activation=smooth, wrap=disc_wrap, norm=disc_norm, head=disc_head
        ),
    }
    tx = rate if callable(rate) else optim.adam(rate)
    steppers = {"gen": tx, "disc": tx}
    given = {"loss": losses.non_saturating, "latents": sampling.normal((3,))} | kwargs
    return games.adversarial(modules, steppers, facts, **given)


def encoded(
    make, judges=("disc",), gen_norm=None, wrap=None, rate=1e-2, **kwargs
) -> Game:
    """A game with an encoder, of small smooth networks in the plane."""
    smooth = nn.softplus()
    joint = make is games.veegan
    judge = models.mlp.JointDiscriminator if joint else models.mlp.Discriminator
    modules = {
        "gen": models.mlp.Generator(SHAPE, (6,), activation=smooth, norm=gen_norm),
        "enc": models.mlp.Encoder((3,), (6,), activation=smooth, norm=gen_norm),
        **dict.fromkeys(judges, judge((6,), activation=smooth, wrap=wrap)),
    }
    steppers = dict.fromkeys(modules, rate if callable(rate) else optim.adam(rate))
    given = {} if joint else {"loss": losses.non_saturating}
    given |= {"latents": sampling.normal((3,))} | kwargs
    return make(modules, steppers, FACTS, **given)


def manifold_diffusion(**kwargs) -> Game:
    """MDGAN with its two discriminators."""
    return encoded(games.manifold_diffusion, ("disc", "manifold"), **kwargs)


def remedied() -> dict:
    """Remedies that any game with a critic can be given."""
    return dict(
        rate=STEADY,
        regularizers={"r1": regularizers.r1(0.1), "r2": regularizers.r2(0.1)},
        augment=augment.instance_noise(0.1),
        matching={"features": losses.feature_matching(0.5)},
        pack=2,
        unroll=1,
    )


def few(**kwargs) -> Game:
    """A game of tiny pictures whose critic is kept from learning them by heart."""
    smooth = nn.softplus()
    modules = {
        "gen": models.mlp.Generator(PICTURE, (6,), activation=smooth),
        "disc": models.mlp.Discriminator((6,), activation=smooth),
    }
    steppers = dict.fromkeys(modules, STEADY)
    given = {"loss": losses.non_saturating, "latents": sampling.uniform((3,))}
    return games.adversarial(modules, steppers, data.Facts(PICTURE), **given | kwargs)


def held() -> dict:
    """What regularises a critic of few examples, in the plane."""
    near = augment.instance_noise(0.1)
    return dict(
        disc_terms={
            "lecam": terms.lecam(0.1),
            "bcr": terms.consistency(10.0, "both", near, ("features",)),
        },
        choice=games.top_k(gamma=0.5, epoch=BATCH),
    )


def zcr() -> dict:
    """The two halves of zCR."""
    return dict(
        disc_terms={"zcr": terms.latent_consistency()},
        gen_terms={"zcr": terms.latent_diversity()},
    )


def told(head=None, join=None, wrap=None, condition=None, **kwargs) -> Game:
    """A conditional game: how the critic ends, and how both networks read the class."""
    smooth = nn.softplus()
    modules = {
        "gen": models.mlp.Generator(SHAPE, (6, 5), activation=smooth, join=join),
        "disc": models.mlp.Discriminator(
            (6, 5),
            activation=smooth,
            wrap=wrap,
            head=head,
            join=None if head else join,
        ),
    }
    given = {"loss": losses.hinge, "latents": sampling.normal((3,))} | kwargs
    given["conditional"] = condition or asks.class_labels()
    steppers = dict.fromkeys(modules, optim.adam(1e-2))
    return games.adversarial(modules, steppers, CLASSES, **given)


def both(term, of_gen=None, **kwargs) -> dict:
    """A term for the critic, and its other half for the generator."""
    half = {"on": "fake"} if of_gen is None else of_gen
    return {
        "disc_terms": {"told": term(**kwargs)},
        "gen_terms": {"told": term(**kwargs | half)},
    }


def twins() -> dict:
    """TAC-GAN's terms."""
    return {
        "disc_terms": {
            "classes": terms.auxiliary_classifier(),
            "twin": terms.twin_classifier(),
        },
        "gen_terms": {
            "classes": terms.auxiliary_classifier(on="fake"),
            "twin": terms.twin_classifier(fool=True),
        },
    }


def weighted() -> dict:
    """A term in which classes weigh the same."""
    of = terms.auxiliary_classifier()
    return {"weighted": terms.class_weighted(of, counts=(1, 2, 1))}


def r3gan() -> dict:
    """R3GAN's game, but for the optimisers and the augmentation."""
    gamma, life = (schedules.cosine(*ends, over=32) for ends in ((0.1, 0.01), (0, 32)))
    return dict(
        loss=losses.relativistic_paired,
        regularizers={"r1": regularizers.r1(gamma), "r2": regularizers.r2(gamma)},
        gen_data="fresh",
        ema=schedules.half_life(life, per_round=BATCH),
    )


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
    "adversarial unrolled": lambda: toy(rate=STEADY, unroll=2),
    "adversarial packed wgan_gp": lambda: toy(
        loss=losses.wasserstein, regularizers=GP, pack=2, n_critic=2
    ),
    "adversarial consensus": lambda: toy(consensus=0.1),
    "adversarial noise and matching": lambda: toy(
        augment=augment.instance_noise(0.1),
        matching={"features": losses.feature_matching(0.5)},
        gen_weight=0.0,
        regularizers=GP,
    ),
    "adversarial bursts": lambda: toy(
        gen_rounds=schedules.critic_bursts(length=2, first=2, period=4)
    ),
    "adversarial conditional": lambda: toy(
        facts=CLASSES,
        conditional=asks.class_labels("marginal"),
        regularizers={"r1": regularizers.r1(0.1), "r2": regularizers.r2(0.1)},
        pack=2,
        ema=0.9,
    ),
    "adversarial all remedies": lambda: toy(
        rate=STEADY,
        augment=augment.instance_noise(0.1),
        matching={"features": losses.feature_matching(0.5)},
        disc_wrap=nn.spectral_norm(),
        pack=2,
        unroll=1,
        consensus=0.1,
        n_critic=2,
        gen_batch=2,
        ema=0.9,
    ),
}
ALL_GAMES |= {
    "adversarial diff_augment": lambda: few(
        augment=augment.diff_augment(), disc_terms={"cr": terms.consistency()}
    ),
    "adversarial ada lecam": lambda: few(
        augment=augment.ada(p=0.5, interval=3, kimg=1.0),
        disc_terms={"lecam": terms.lecam(0.1, debiased=True)},
        pack=2,
    ),
    "adversarial held": lambda: toy(**held(), pack=2, unroll=1, rate=STEADY),
    "adversarial logan": lambda: toy(
        latents=sampling.uniform((3,)),
        choice=games.logan(),
        facts=CLASSES,
        conditional=asks.class_labels(),
        pack=2,
        ema=0.9,
        **zcr(),
    ),
    "mode_regularized logan": lambda: encoded(
        games.mode_regularized, choice=games.logan(), **zcr()
    ),
    "manifold_diffusion held": lambda: manifold_diffusion(**held()),
    "veegan held": lambda: encoded(games.veegan, **held()),
    "mode_regularized": lambda: encoded(games.mode_regularized),
    "mode_regularized batch norm": lambda: encoded(
        games.mode_regularized,
        gen_norm=nn.batch_norm(),
        wrap=nn.spectral_norm(),
        n_critic=2,
        ema=0.9,
        mode_weight=schedules.linear(1.0, 0.0, over=100),
    ),
    "manifold_diffusion": lambda: manifold_diffusion(),
    "manifold_diffusion relativistic": lambda: manifold_diffusion(
        loss=losses.relativistic_paired, gen_norm=nn.batch_norm()
    ),
    "mode_regularized remedied": lambda: encoded(games.mode_regularized, **remedied()),
    "manifold_diffusion remedied": lambda: manifold_diffusion(**remedied()),
    "veegan remedied": lambda: encoded(games.veegan, **remedied()),
    "veegan": lambda: encoded(games.veegan),
    "veegan batch norm": lambda: encoded(
        games.veegan, gen_norm=nn.batch_norm(), wrap=nn.spectral_norm(), ema=0.9
    ),
}

NOT_GAMES = {"Choice", "LatentSpace", "Tokeniser", "codes", "logan", "pixels"}
NOT_GAMES |= {"Perceptual", "digit_features", "lpips", "posterior", "top_k"}


def shape_of(game: Game) -> tuple[int, ...]:
    """Of one example."""
    if game.stages:  # as large as it grows
        game = game.stages.at(game.stages.of(10**9))
    # Frozen ones first: what the others make are tokens, or latents.
    whose = next(name for name in ("book", "decoder", "gen") if name in game.players)
    return getattr(game.players[whose].module, "shape", SHAPE)


CLASSIFIER, FOOL = nn.auxiliary_classifier(), {"fool": True}
ALL_GAMES |= {
    "adversarial concatenated": lambda: told(
        join=nn.concatenated("features", embedding=4), ema=0.9
    ),
    "adversarial projection": lambda: told(
        nn.projection(), wrap=nn.spectral_norm(), gen_batch=2
    ),
    "adversarial acgan": lambda: told(
        CLASSIFIER, **both(terms.auxiliary_classifier), n_critic=2, gen_batch=2
    ),
    "adversarial acgan of both sides, weighted": lambda: told(
        CLASSIFIER,
        disc_terms={"told": terms.auxiliary_classifier(on="both"), **weighted()},
        gen_terms={"told": terms.auxiliary_classifier(on="fake")},
    ),
    "adversarial tac": lambda: told(nn.auxiliary_classifier(twin=True), **twins()),
    "adversarial adc": lambda: told(
        nn.discriminative_classifier(), **both(terms.discriminative_classifier, FOOL)
    ),
    "adversarial multi-hinge": lambda: told(
        nn.fake_class(),
        **both(terms.multi_hinge),
        matching={"features": losses.feature_matching()},
    ),
    "adversarial contragan": lambda: told(
        nn.contrastive(4), **both(terms.contrastive), gen_batch=2
    ),
    "adversarial reacgan": lambda: told(
        nn.contrastive(4), wrap=nn.spectral_norm(), **both(terms.data_to_data)
    ),
    "adversarial infogan": lambda: told(
        nn.codes(4),
        condition=asks.codes((3, 2), continuous=2),
        **both(terms.mutual_information, {}),
    ),
    "adversarial r3gan": lambda: told(
        nn.inner_product(4),
        condition=asks.from_reals(asks.class_labels("marginal")),
        **r3gan(),
        **zcr(),
    ),
    "adversarial rotation": lambda: toy(
        disc_head=nn.rotation(), **both(terms.rotation), gen_batch=2
    ),
}


def autoencoder(facts=CLASSES, **kwargs) -> Game:
    """A small variational autoencoder in the plane."""
    modules = {
        "gen": models.mlp.Generator(SHAPE, (6,)),
        "enc": models.mlp.Encoder((2, 3), (6,)),
    }
    given = {"latents": sampling.normal((3,)), "likelihood": losses.gaussian(0.5)}
    steppers = dict.fromkeys(modules, optim.adam(1e-2))
    return games.variational(modules, steppers, facts, **given | kwargs)


ALL_GAMES |= {
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


ALL_GAMES |= {
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
ALL_GAMES |= {
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
ALL_GAMES |= {
    "multi_level in latents": latent_levels,
    "in_latents": lambda: in_latents(
        PLAIN, models.mlp.Generator((4, 4, 1), (6,)), models.mlp.Discriminator((6,))
    ),
}

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


ALL_GAMES |= {
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


ALL_GAMES |= {
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


def batches(game: Game, seed: int, batch: int = BATCH):
    """Random real examples for one round."""
    shape = shape_of(game)
    keys = jax.random.split(jax.random.key(seed), len(game.slots()))
    return {
        slot: {
            "sample": jnp.sin(3 * jax.random.normal(key, (repeats, batch, *shape))),
            **_labels(game, repeats, batch),
        }
        for key, (slot, repeats) in zip(keys, game.slots().items(), strict=True)
    }


def _labels(game: Game, repeats: int, batch: int) -> dict:
    """Classes of the reals, where the game is told them."""
    if "label" not in game.asks:
        return {}
    below = game.asks["label"].below
    return {"label": jnp.arange(repeats * batch).reshape(repeats, batch) % below}
