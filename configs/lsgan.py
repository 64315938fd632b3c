"""Least-squares GAN (Mao et al. 2017, arXiv:1611.04076).

    python -m gan_jax.main --config=configs/lsgan.py[:VARIANT]

| variant | data                       | networks       | targets a, b, c         |
|---------|----------------------------|----------------|-------------------------|
| digits  | 5,000 MNIST digits (ships) | DCGAN, 28x28   | 0, 1, 1: equation (9)   |
| pearson | the same                   | the same       | -1, 1, 0: equation (8)  |
| ring8   | eight Gaussians            | 2 x 128 ReLU   | 0, 1, 1                 |
| tiny    | eight Gaussians            | dense, 10      | seconds                 |

Expected: the paper prints samples, no scores. At the optimum of (0, 1, 1) D is 1/2, its
loss 1/4 and the generator's 1/8. CIFAR-10 by others: Inception Score 6.55, FID 40.22
(StudioGAN, 50,000 samples against 50,000), not run here.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def digits() -> dict:
    """Adam 2e-4, b1 0.5: the rate of the paper's small pictures."""
    game = common.adversarial("least_squares", (64,), ema=0.995)
    return common.digits(game, common.adam(learning_rate=2e-4, b1=0.5))


def pearson() -> dict:
    """b - c = 1 and b - a = 2: Pearson's chi-squared divergence."""
    loss = dict(name="least_squares", a=-1.0, b=1.0, c=0.0)
    return digits() | dict(game=common.adversarial(loss, (64,), ema=0.995))


def ring8() -> dict:
    """Eight Gaussians."""
    game = common.adversarial("least_squares", (2,))
    return common.ring(game, common.adam(learning_rate=1e-3, b1=0.5))


def tiny() -> dict:
    """Seconds on a CPU."""
    return common.tiny(ring8())


VARIANTS = common.table(digits, pearson, ring8, tiny)
