"""Mode-regularised GANs (Che et al. 2017, arXiv:1612.02136).

    python -m gan_jax.main --config=configs/mdgan.py[:VARIANT]

| variant       | data                       | networks            | game                  |
|---------------|----------------------------|---------------------|-----------------------|
| digits        | 5,000 MNIST digits (ships) | DCGAN, 28x28        | MDGAN: section 3.2    |
| regularized   | the same                   | the same            | Reg-GAN: section 3.1  |
| stacked_mnist | three digits, 1,000 modes  | DCGAN, 28x28x3      | MDGAN                 |
| ring8         | eight Gaussians            | 2 x 128 ReLU        | MDGAN                 |
| ring8_reg     | eight Gaussians            | 2 x 128 ReLU        | Reg-GAN               |
| tiny          | eight Gaussians            | dense, 10           | seconds               |

An encoder shows the generator where the data are. MDGAN has two discriminators:
`manifold` tells x from G(E(x)), `disc` tells G(E(x)) from G(z).

Expected: of 1,000 stacked digits, over the paper's four architectures, DCGAN misses 204.7,
204.3, 103.4, 89.3 and Reg-DCGAN 32.1, 71.5, 42.7, 31.6 (table 3, from memory); not run
here. On the ring `distance` should fall to about the squared std of a mode.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of

PLAYERS = ("gen", "enc", "disc", "manifold")


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def game(name: str, latents: tuple[int, ...], **numbers: object) -> dict:
    """Either game, with the losses of a GAN."""
    ordinary = common.adversarial("non_saturating", latents, **numbers)
    return ordinary | dict(name=name)


def with_encoder(models: dict, latents: tuple[int, ...], manifold: bool) -> dict:
    """An encoder like the discriminator, and a second discriminator if wanted."""
    disc = models["disc"]
    enc = disc | dict(
        name=disc["name"].replace("Discriminator", "Encoder"), latents=latents
    )
    return models | dict(enc=enc) | (dict(manifold=disc) if manifold else {})


def digits() -> dict:
    """MDGAN on the digits that ship with the package."""
    return common.digits(
        game("manifold_diffusion", (64,), ema=0.995),
        common.adam(*PLAYERS, learning_rate=2e-4, b1=0.5),
        with_encoder(common.dcgan(), (64,), manifold=True),
        steps=2000,
    )


def regularized() -> dict:
    """Reg-GAN: l1 = 0.2, l2 = 0.4."""
    return common.digits(
        game("mode_regularized", (64,), ema=0.995),
        common.adam(*PLAYERS[:3], learning_rate=2e-4, b1=0.5),
        with_encoder(common.dcgan(), (64,), manifold=False),
        steps=2000,
    )


def stacked_mnist() -> dict:
    """MDGAN on three digits in three channels."""
    return digits() | dict(
        data=dict(name="stacked_mnist"),
        models=with_encoder(common.dcgan(64), (64,), manifold=True),
        train=common.TRAIN | dict(steps=100_000, batch_size=64),
    )


def ring8() -> dict:
    """MDGAN on eight Gaussians."""
    return common.ring(
        game("manifold_diffusion", (2,)),
        common.adam(*PLAYERS, learning_rate=1e-3, b1=0.5),
        with_encoder(common.mlp(128, 128), (2,), manifold=True),
    )


def ring8_reg() -> dict:
    """Reg-GAN on eight Gaussians."""
    return common.ring(
        game("mode_regularized", (2,)),
        common.adam(*PLAYERS[:3], learning_rate=1e-3, b1=0.5),
        with_encoder(common.mlp(128, 128), (2,), manifold=False),
    )


def tiny() -> dict:
    """Seconds on a CPU."""
    return common.tiny(ring8())


VARIANTS = common.table(digits, regularized, stacked_mnist, ring8, ring8_reg, tiny)
