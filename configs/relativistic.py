"""Relativistic GANs (Jolicoeur-Martineau 2019, arXiv:1807.00734).

    python -m gan_jax.main --config=configs/relativistic.py[:VARIANT]

| variant | data                       | networks       | loss                           |
|---------|----------------------------|----------------|--------------------------------|
| digits  | 5,000 MNIST digits (ships) | DCGAN, 28x28   | RSGAN: each real and its fake  |
| gp      | the same                   | the same       | RSGAN with a gradient penalty  |
| average | the same                   | the same       | RaSGAN: against the average    |
| ralsgan | the same                   | the same       | RaLSGAN: least squares         |
| ring8   | eight Gaussians            | 2 x 128 ReLU   | RSGAN                          |
| tiny    | eight Gaussians            | dense, 10      | seconds                        |

The generator's step sees real examples too, fresh ones; at the optimum both losses of
RSGAN and RaSGAN are log 2 = 0.693.

Expected: CIFAR-10 FID, the paper's convolutional nets, 100,000 steps: RSGAN 36.61,
RaSGAN 31.98, RSGAN-GP 25.60, RaSGAN-GP 331.86 (it fails; `gp` is hence the paired one);
not run here.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def relativistic(
    kind: str, latents: tuple[int, ...], of: str = "standard", **game: object
) -> dict:
    """The game; the generator's step draws its own reals."""
    loss = dict(name=f"relativistic_{kind}", of=of)
    return common.adversarial(loss, latents, gen_data="fresh", **game)


def digits() -> dict:
    """Adam 2e-4, b1 0.5, b2 0.999, one critic step."""
    optim = common.adam(learning_rate=2e-4, b1=0.5)
    return common.digits(relativistic("paired", (64,), ema=0.995), optim)


def gp() -> dict:
    """RSGAN-GP."""
    penalty = dict(gradient_penalty=dict(name="gradient_penalty", weight=10.0))
    game = relativistic("paired", (64,), regularizers=penalty, ema=0.995)
    return digits() | dict(game=game)


def average() -> dict:
    """RaSGAN."""
    return digits() | dict(game=relativistic("average", (64,), ema=0.995))


def ralsgan() -> dict:
    """RaLSGAN."""
    game = relativistic("average", (64,), "least_squares", ema=0.995)
    return digits() | dict(game=game)


def ring8() -> dict:
    """Eight Gaussians."""
    optim = common.adam(learning_rate=1e-3, b1=0.5)
    return common.ring(relativistic("paired", (2,)), optim)


def tiny() -> dict:
    """Seconds on a CPU."""
    return common.tiny(ring8())


VARIANTS = common.table(digits, gp, average, ralsgan, ring8, tiny)
