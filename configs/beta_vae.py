"""beta-VAE (Higgins et al. 2017, ICLR): the KL weighs more than the bound asks for.

    python -m gan_jax.main --config=configs/beta_vae.py[:VARIANT]
    python -m gan_jax.main --mode=latents --workdir=runs/beta_vae --do=walk --num=10

| variant       | data                | networks             | beta        |
|---------------|---------------------|----------------------|-------------|
| digits        | 4,500 MNIST digits  | 784-400-20, ReLU     | 4           |
| annealed      | the same            | the same             | from 0 to 4 |
| fashion_mnist | 60,000 of TFDS      | the same             | 4           |
| tiny          | 1,797 digits, 8 x 8 | width 10; seconds    | 4           |

beta is of the KL summed over the latent's numbers, and the reconstruction summed over
pixels; the paper's normalised beta is beta * M / N for M latent numbers and N pixels.

Expected: fewer active numbers and worse reconstructions than beta = 1. The paper's 99.23 %
of disentanglement is of drawn shapes (dSprites, beta = 4), not run here.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common, vae
from gan_jax.resolve import variant_of


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def weighed(config: dict, beta: object = 4.0) -> dict:
    """The same with a weight of the KL."""
    return config | dict(game=config["game"] | dict(beta=beta))


def digits() -> dict:
    """beta = 4."""
    return weighed(vae.digits())


def annealed() -> dict:
    """beta rises over the first half."""
    ramp = dict(name="linear", start=0.0, end=4.0, over=300_000)
    return weighed(vae.digits(), ramp)


def fashion_mnist() -> dict:
    """python -m gan_jax.data.prepare fashion_mnist."""
    return weighed(vae.fashion_mnist())


def tiny() -> dict:
    """Seconds on a CPU."""
    return weighed(vae.tiny())


VARIANTS = common.table(digits, annealed, fashion_mnist, tiny)
