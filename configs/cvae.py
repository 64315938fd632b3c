"""Conditional VAE (Sohn et al. 2015, NeurIPS 28): both networks are told the class.

    python -m gan_jax.main --config=configs/cvae.py[:VARIANT]
    python -m gan_jax.main --mode=sample --workdir=runs/cvae --ask.label=7 --out=sevens.png

| variant       | data                | networks             |
|---------------|---------------------|----------------------|
| digits        | 4,500 MNIST digits  | 784-400-20, ReLU     |
| conv          | the same            | DCGAN's, width 32    |
| fashion_mnist | 60,000 of TFDS      | as digits            |
| tiny          | 1,797 digits, 8 x 8 | width 10; seconds    |

The class is joined to the latent and to the pixels; the prior does not depend on it. All
else is `configs/vae.py`'s: Bernoulli, binarised anew at each sight (`fashion_mnist`:
greys).

Expected: a few nats better than without the class; the paper completes digits from
quarters of them and prints no figure for whole ones.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common, vae
from gan_jax.resolve import variant_of

TOLD = dict(conditional=common.CLASSES)


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def told(config: dict) -> dict:
    """The same, told the class."""
    return config | dict(game=config["game"] | TOLD)


def digits() -> dict:
    """Dense networks, which read a class beside their input."""
    return told(vae.digits())


def conv() -> dict:
    """DCGAN's, with the class as planes."""
    config = told(vae.conv())
    models = {name: node | common.joined() for name, node in config["models"].items()}
    return config | dict(models=models)


def fashion_mnist() -> dict:
    """python -m gan_jax.data.prepare fashion_mnist."""
    return told(vae.fashion_mnist())


def tiny() -> dict:
    """Seconds on a CPU."""
    return told(vae.tiny())


VARIANTS = common.table(digits, conv, fashion_mnist, tiny)
