"""VQ-GAN (Esser et al. 2021, arXiv:2012.09841): few codes, and a critic of patches.

    python -m gan_jax.main --config=configs/vqgan.py[:VARIANT]
    python -m gan_jax.main --config=configs/transformer.py:codes \
        --config.weights.book.workdir=runs/vqgan

| variant       | data                | codes                | critic joins after |
|---------------|---------------------|----------------------|--------------------|
| digits        | 4,500 MNIST digits  | 7 x 7 of 128         | 64,000 images      |
| fashion_mnist | 60,000 of TFDS      | 7 x 7 of 256         | 640,000 images     |
| paper256      | a folder of 256 x 256 | 16 x 16 of 1,024   | 3,000,012 images   |
| tiny          | 1,797 digits, 8 x 8 | 4 x 4 of 8; seconds  | at once            |

The adversarial loss weighs 0.8 of what the reconstruction does on the last layer
(`game.adaptive`). The second command trains a Transformer over the codes.

Expected: ImageNet 256 x 256, 16 x 16 codes of 1,024, reconstructions at an FID of 7.94 (the
authors' table); not run here.

Departures: no attention, and LPIPS beside |x - x'| only where its weights are given
(`--config.game.perceptual.name=lpips --config.game.perceptual.weights=FILE`;
`digit_features` is of our own classifier and needs none). The released models were trained
with the commitment's weight on the codebook's term (`models.gen.quantiser.swapped`), which
`paper256` has.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common, vqvae
from gan_jax.resolve import variant_of


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def with_critic(config: dict, begin: int, width: int, layers: int = 2) -> dict:
    """The same autoencoder, and a critic that joins later."""
    critic = dict(name="vqgan.Discriminator", width=width, layers=layers)
    return config | dict(
        models=config["models"] | dict(disc=critic),
        game=dict(name="vq_gan", begin=begin),
        optim=common.adam(learning_rate=5e-4, b1=0.5, b2=0.9),
    )


def digits() -> dict:
    """The critic joins after half of the rounds."""
    return with_critic(vqvae.digits(), 64_000, 32)


def fashion_mnist() -> dict:
    """python -m gan_jax.data.prepare fashion_mnist."""
    return with_critic(vqvae.fashion_mnist(), 640_000, 64)


def paper256() -> dict:
    """Your own pictures: --config.data.path=FOLDER; the paper's widths."""
    book = vqvae.book(1024, 256, decay=None, swapped=True)
    net = vqvae.net(book, 128, 128, 256, 256, 512) | dict(blocks=2)
    config = with_critic(digits() | dict(models=dict(gen=net)), 3_000_012, 64, layers=3)
    return config | dict(
        data=common.pictures(256),
        optim=common.adam(learning_rate=5.4e-5, b1=0.5, b2=0.9),
        train=common.TRAIN | dict(steps=1_000_000, batch_size=12),
    )


def tiny() -> dict:
    """Seconds on a CPU."""
    return with_critic(vqvae.tiny(), 0, 4)


VARIANTS = common.table(digits, fashion_mnist, paper256, tiny)
