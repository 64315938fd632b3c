"""DRAGAN (Kodali et al. 2017, arXiv:1705.07215).

    python -m gan_jax.main --config=configs/dragan.py[:VARIANT]

| variant   | data                       | networks       | noise                       |
|-----------|----------------------------|----------------|-----------------------------|
| digits    | 5,000 MNIST digits (ships) | DCGAN, 28x28   | U[0, 1): the released code  |
| symmetric | the same                   | the same       | U[-1, 1): most other code   |
| ring8     | eight Gaussians            | 2 x 128 ReLU   | U[0, 1)                     |
| tiny      | eight Gaussians            | dense, 10      | seconds                     |

The gradient penalty around the data only, lambda = 10, one critic step, no batch norm in
the critic: it would tie the gradients of a batch together.

Expected: CIFAR-10 Inception Score 6.90 (paper; 7.1 with FID 31.5 in chainer-gan-lib,
50,000 reals and 10,000 samples), not run here.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def dragan(latents: tuple[int, ...], noise: str = "positive", **game: object) -> dict:
    """The game: cross entropy and the local penalty."""
    penalty = dict(name="dragan", weight=10.0, noise=noise)
    return common.adversarial(
        "non_saturating", latents, regularizers=dict(dragan=penalty), **game
    )


def digits() -> dict:
    """The digits that ship with the package."""
    optim = common.adam(learning_rate=2e-4, b1=0.5)
    return common.digits(dragan((64,), ema=0.995), optim)


def symmetric() -> dict:
    """Perturbations to both sides."""
    return digits() | dict(game=dragan((64,), "symmetric", ema=0.995))


def ring8() -> dict:
    """Eight Gaussians."""
    return common.ring(dragan((2,)), common.adam(learning_rate=1e-3, b1=0.5))


def tiny() -> dict:
    """Seconds on a CPU."""
    return common.tiny(ring8())


VARIANTS = common.table(digits, symmetric, ring8, tiny)
