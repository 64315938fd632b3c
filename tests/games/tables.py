"""Every game: a new one adds a row here and is held to the conformance tests."""

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
from tests.games import latents, likelihoods, styles
from tests.games.facts import CLASSES, FACTS, GP, SHAPE

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


ALL_GAMES |= likelihoods.GAMES | latents.GAMES | styles.GAMES


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
