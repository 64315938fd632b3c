"""Conditional GAN by concatenation (Mirza & Osindero 2014, arXiv:1411.1784).

    python -m gan_jax.main --config=configs/cgan.py[:VARIANT]
    python -m gan_jax.main --mode=sample --workdir=runs/cgan --ask.label=7 --out=sevens.png

| variant | data                       | networks                    | source           |
|---------|----------------------------|-----------------------------|------------------|
| digits  | 5,000 MNIST digits (ships) | DCGAN, 28x28, SN in D       | default          |
| dense   | 5,000 MNIST digits (ships) | dense, the class embedded   | section 4.1      |
| skewed  | ten times fewer nines      | as digits, balanced order   |                  |
| cifar10 | TFDS                       | DCGAN, 32x32, SN in D       |                  |
| ring8   | eight Gaussians            | 2 x 128 ReLU                |                  |
| tiny    | eight Gaussians            | dense, 10                   | seconds          |

The class goes to the latent and to the pixels (`join.at="input"`), as planes. Half-way, as
Reed et al. 2016 have it: `--config.models.disc.join.at=features`; by a learned table:
`--config.models.gen.join.embedding=50`.

Expected: the paper's table 1 has a Parzen window estimate of MNIST's log-likelihood, 132
+- 1.8, by networks it describes in part; no score of `cifar10` is printed.

Departures: ReLU in the place of maxout, Adam in that of momentum; `skewed` is ours.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def cgan(latents: tuple[int, ...], **game: object) -> dict:
    """The game: both networks are told the class."""
    return common.adversarial(
        "non_saturating", latents, conditional=common.CLASSES, **game
    )


def digits() -> dict:
    """DCGAN's networks and optimiser."""
    return common.digits(
        cgan((64,), ema=0.995),
        common.adam(learning_rate=2e-4, b1=0.5),
        common.dcgan(gen=common.joined(), disc=common.joined() | common.SPECTRAL),
    )


def dense() -> dict:
    """z of 100 uniform, 200 units for it and the class; the class to 1,000 and back."""
    uniform = dict(name="uniform", shape=(100,))
    nets = common.mlp(
        gen=dict(widths=(1200, 1200)) | common.joined(embedding=100),
        disc=dict(widths=(240, 240)) | common.joined(embedding=50),
    )
    optim = common.adam(learning_rate=2e-4, b1=0.5)
    return common.digits(cgan((100,)) | dict(latents=uniform), optim, nets)


def skewed() -> dict:
    """A long tail of digits, shown in an order in which all are as frequent."""
    rare = dict(name="skewed", of=dict(name="mnist5k"), imbalance=10.0)
    return digits() | dict(data=dict(name="balanced", of=rare))


def cifar10() -> dict:
    """DCGAN's networks at 32 x 32."""
    return digits() | dict(
        data=dict(name="cifar10"),
        models=common.dcgan(
            64, gen=common.joined(), disc=common.joined() | common.SPECTRAL
        ),
        train=common.TRAIN | dict(steps=100_000, batch_size=64),
    )


def ring8() -> dict:
    """Eight Gaussians, each a class."""
    return common.ring(cgan((2,)), common.adam(learning_rate=1e-3, b1=0.5))


def tiny() -> dict:
    """Seconds on a CPU."""
    return common.tiny(ring8())


VARIANTS = common.table(digits, dense, skewed, cifar10, ring8, tiny)
