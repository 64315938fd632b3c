"""ReACGAN (Kang et al. 2021, arXiv:2111.01118).

    python -m gan_jax.main --config=configs/reacgan.py[:VARIANT]

| variant | data                       | networks              | source               |
|---------|----------------------------|-----------------------|----------------------|
| digits  | 5,000 MNIST digits (ships) | DCGAN, 28x28, SN in D | default              |
| cifar10 | TFDS                       | ResNets, SN in D      | section 4            |
| ring8   | eight Gaussians            | 2 x 128 ReLU, SN in D |                      |
| tiny    | eight Gaussians            | dense, 10, SN in D    | seconds              |

Expected: CIFAR-10 Inception Score 9.85, FID 3.87 (StudioGAN's table, BigGAN's networks,
50,000 samples; its earlier release prints 9.97 and 7.79).

The loss is the paper's equation 7. The authors' code computes another number (it divides
the negatives alone by their largest): `--config.game.disc_terms.classes.studiogan=True`,
and the same of `gen_terms`.

Departures: `cifar10` has SN-GAN's networks in the place of BigGAN's; `digits` and `ring8`
are ours, with a generator that joins the class to z.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def reacgan(latents: tuple[int, ...], **more: object) -> dict:
    """The game, with the authors' numbers for CIFAR-10."""
    numbers = dict(weight=0.5, temperature=0.5, margin=0.98)
    term = common.tied("data_to_data", **numbers)
    conditional = common.CLASSES
    return common.adversarial("hinge", latents, conditional=conditional, **term, **more)


def digits() -> dict:
    """Embeddings of 128."""
    head = common.headed("contrastive", features=128)
    return common.digits(
        reacgan((64,), ema=0.995),
        common.adam(learning_rate=2e-4, b1=0.5),
        common.dcgan(gen=common.joined(), disc=head),
    )


def cifar10() -> dict:
    """The authors' numbers: batch 128, Adam 2.83e-4, five critic steps."""
    return common.cifar10(
        reacgan((80,), n_critic=5, ema=0.9999),
        common.adam(learning_rate=2.83e-4, b1=0.5),
        common.headed("contrastive"),
        steps=100_000,
        batch_size=128,
    )


def ring8() -> dict:
    """Eight Gaussians, each a class."""
    head = common.headed("contrastive", features=16)
    return common.ring(
        reacgan((2,)),
        common.adam(learning_rate=1e-3, b1=0.5),
        common.mlp(128, 128, disc=head),
    )


def tiny() -> dict:
    """Seconds on a CPU."""
    return common.tiny(ring8())


VARIANTS = common.table(digits, cifar10, ring8, tiny)
