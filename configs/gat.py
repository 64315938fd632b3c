"""Generative adversarial Transformers on latents (Hyun et al. 2025, arXiv:2509.24935).

    python -m gan_jax.main --config=configs/vae.py:grid
    python -m gan_jax.main --config=configs/gat.py[:VARIANT] \
        --config.weights.encoder.workdir=RUN --config.weights.decoder.workdir=RUN

| variant       | data                  | latents                    | width, depth, heads |
|---------------|-----------------------|----------------------------|---------------------|
| digits        | 4,500 MNIST digits    | 7 x 7 x 2 of `vae:grid`    | 48, 4, 4            |
| cat           | the same              | the same, levels apart     | 48, 4, 4            |
| fashion_mnist | 60,000 of TFDS        | 7 x 7 x 2                  | 192, 8, 6           |
| s256          | a folder of 256 x 256 | 32 x 32 x 4 of `vae:grid256` | 384, 12, 6        |
| b256          | the same              | the same                   | 768, 12, 12         |
| l256          | the same              | the same                   | 1024, 24, 16        |
| xl256         | the same              | the same                   | 1152, 28, 16        |
| tiny          | 1,797 digits, 8 x 8   | 4 x 4 x 2, at random       | 16, 2, 2; seconds   |

The first command trains the autoencoder, which is frozen in the second; both are looked for
in `runs/` unless told. Samples are pictures: whoever samples or evaluates hears nothing of
latents. The levels of a generator are its outputs at several depths (`games.multi_level`),
judged through noise that falls with depth (`augment.level_noise`); in all but `cat` by one
critic for all (GAT), there by one that sees no two of them (CAT, arXiv:2605.26449).

As in the paper and its code: z 64; batch 512; Adam (0, 0.99), the rate 2e-4 * 768 / width
for either player; relativistic paired loss; R1 and R2 by differences along noise of 0.01,
gamma 0.1, in every round; four levels; average of weights 0.999; classes by the style and
by a projection in the critic.

Expected: ImageNet 256 x 256, by class, 50,000 samples of one evaluation each: `xl256` FID
2.18 after 60 epochs (2.96 after 40 in the first version); over sizes about
3.52e5 C^-0.456, C the training's arithmetic. Not run here: it wants accelerators for days.

Departures: no DINOv2 features beside the critic (REPA), no augmentation of latents; the
autoencoder is ours, without attention, not Stable Diffusion's; gradients are not clipped;
of the small variants, batches, rates, gamma and penalties in one round of four are ours.
CAT's numbers could not be read: `cat` has its critic, and its consistency
(`game.of.of.gen_terms.agreement.name=level_agreement`) is off.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common, vae
from gan_jax.resolve import variant_of

SHARES = {4: (0.885, 0.76, 0.51, 0.01), 2: (0.51, 0.01)}
"""Of noise in each level, the coarsest first; of two, two of the paper's four."""
SMALL = (4e-5, 1.25e-4)
"""Rates at a width of 768 of the small variant, whose batches are an eighth. At one rate
for both its critic could not keep up: it told few pairs apart after 500 rounds."""


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def rate(width: int, at_768: float) -> float:
    """Wider networks learn as much more slowly."""
    return at_768 * 768 / width


def nets(levels: int, apart: bool = False, **size: int) -> dict:
    """Two Transformers of a size; a critic for all levels, or for each."""
    judged = dict(levels=levels if apart else 1, head=dict(name="mapped_projection"))
    return dict(
        gen=dict(name="gat.Generator", levels=levels, **size),
        disc=dict(name="gat.Discriminator", **judged, **size),
    )


def penalties(gamma: float = 0.1, every: int = 1) -> dict:
    """R1 and R2 by differences, in one round of so many."""
    both = {x: dict(name=f"approximate_{x}", gamma=gamma) for x in ("r1", "r2")}
    if every == 1:
        return both
    return {x: dict(name="every", k=every, regularizer=of) for x, of in both.items()}


def game(
    autoencoder: dict,
    levels: int,
    z: int = 64,
    regularizers: dict | None = None,
    ema: float = 0.999,
) -> dict:
    """The game on the latents of a variational config, told the class."""
    pair = common.adversarial(
        "relativistic_paired",
        (z,),
        conditional=common.CLASSES,
        regularizers=regularizers or penalties(),
        augment=dict(name="level_noise", shares=SHARES[levels]),
        ema=ema,
    )
    likelihood = autoencoder["game"]["likelihood"]
    return dict(
        name="in_latents",
        space=dict(name="posterior", likelihood=likelihood),
        of=dict(name="multi_level", levels=levels, of=pair),
    )


def frozen(autoencoder: dict) -> dict:
    """The networks of a variational config, as players of a game on its latents."""
    models = autoencoder["models"]
    return dict(encoder=models["enc"], decoder=models["gen"])


def on(autoencoder: dict, run: str, config: dict) -> dict:
    """A config whose game is played on the latents of a run."""
    weights = dict(
        encoder=dict(workdir=run, player="enc"), decoder=dict(workdir=run, player="gen")
    )
    return config | dict(models=config["models"] | frozen(autoencoder), weights=weights)


def adam(width: int, gen: float = 2e-4, disc: float = 2e-4) -> dict:
    """The paper's, for networks of a width; both rates at a width of 768."""
    return {
        name: dict(name="adam", learning_rate=rate(width, at), b1=0.0, b2=0.99)
        for name, at in (("gen", gen), ("disc", disc))
    }


def digits() -> dict:
    """The digits that ship with the package."""
    of = vae.grid()
    config = dict(
        data=of["data"],
        models=nets(2, width=48, depth=4, heads=4, patch=2),
        game=game(of, 2, regularizers=penalties(0.05, every=4), ema=0.99),
        optim=adam(48, *SMALL),
        train=common.TRAIN | dict(steps=2000, batch_size=64, samples=100),
    )
    return on(of, "runs/vae_grid", config)


def cat() -> dict:
    """A critic that judges the levels apart."""
    models = digits()["models"] | nets(2, True, width=48, depth=4, heads=4, patch=2)
    return digits() | dict(models=models)


def fashion_mnist() -> dict:
    """python -m gan_jax.data.prepare fashion_mnist."""
    of = vae.grid()
    size = dict(width=192, depth=8, heads=6, patch=1)
    config = common.large(
        dict(name="fashion_mnist"),
        game(of, 4),
        adam(192),
        nets(4, **size),
        steps=100_000,
        batch_size=128,
    )
    return on(of, "runs/vae_grid", config)


def sized(width: int, depth: int, heads: int) -> dict:
    """One of the paper's sizes, on your own pictures: --config.data.path=FOLDER."""
    of = vae.grid256()
    config = common.large(
        common.pictures(256),
        game(of, 4),
        adam(width),
        nets(4, width=width, depth=depth, heads=heads, patch=2),
        steps=150_000,
        batch_size=512,
    )
    return on(of, "runs/vae_grid256", config)


def s256() -> dict:
    """GAT-S/2."""
    return sized(384, 12, 6)


def b256() -> dict:
    """GAT-B/2."""
    return sized(768, 12, 12)


def l256() -> dict:
    """GAT-L/2."""
    return sized(1024, 24, 16)


def xl256() -> dict:
    """GAT-XL/2."""
    return sized(1152, 28, 16)


def tiny() -> dict:
    """Seconds on a CPU; the autoencoder is at random."""
    of = vae.grid_tiny()
    return dict(
        data=of["data"],
        models=nets(2, width=16, depth=2, heads=2, patch=2) | frozen(of),
        game=game(of, 2, z=3),
        optim=adam(16),
        train=of["train"],
    )


VARIANTS = common.table(*(digits, cat, fashion_mnist, s256, b256, l256, xl256), tiny)
