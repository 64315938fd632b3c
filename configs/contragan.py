"""ContraGAN (Kang & Park 2020, arXiv:2006.12681).

    python -m gan_jax.main --config=configs/contragan.py[:VARIANT]

| variant | data                       | networks              | source               |
|---------|----------------------------|-----------------------|----------------------|
| digits  | 5,000 MNIST digits (ships) | DCGAN, 28x28, SN in D | default              |
| cifar10 | TFDS                       | ResNets, SN in D      | section 4            |
| ring8   | eight Gaussians            | 2 x 128 ReLU, SN in D |                      |
| tiny    | eight Gaussians            | dense, 10, SN in D    | seconds              |

Expected: CIFAR-10 Inception Score 9.78, FID 6.01 (StudioGAN's table, BigGAN's networks,
50,000 samples; its earlier release prints 9.73 and 8.07).

Departures: `cifar10` has SN-GAN's networks in the place of BigGAN's; `digits` and `ring8`
are ours, with a generator that joins the class to z.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def contragan(latents: tuple[int, ...], **more: object) -> dict:
    """The game: temperature 1, weight 1."""
    term = common.tied("contrastive", weight=1.0, temperature=1.0)
    conditional = common.CLASSES
    return common.adversarial("hinge", latents, conditional=conditional, **term, **more)


def digits() -> dict:
    """Embeddings of 128."""
    head = common.headed("contrastive", features=128)
    return common.digits(
        contragan((64,), ema=0.995),
        common.adam(learning_rate=2e-4, b1=0.5),
        common.dcgan(gen=common.joined(), disc=head),
    )


def cifar10() -> dict:
    """Section 4.1: five critic steps, 100,000 rounds."""
    return common.cifar10(
        contragan((80,), n_critic=5, ema=0.9999),
        common.adam(learning_rate=2e-4, b1=0.5),
        common.headed("contrastive"),
        steps=100_000,
        batch_size=64,
    )


def ring8() -> dict:
    """Eight Gaussians, each a class."""
    head = common.headed("contrastive", features=16)
    return common.ring(
        contragan((2,)),
        common.adam(learning_rate=1e-3, b1=0.5),
        common.mlp(128, 128, disc=head),
    )


def tiny() -> dict:
    """Seconds on a CPU."""
    return common.tiny(ring8())


VARIANTS = common.table(digits, cifar10, ring8, tiny)
