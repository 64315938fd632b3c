"""GAN (Goodfellow et al. 2014, arXiv:1406.2661).

    python -m gan_jax.main --config=configs/vanilla_gan.py[:VARIANT]

| variant | data                       | networks                  | generator's loss |
|---------|----------------------------|---------------------------|------------------|
| digits  | 5,000 MNIST digits (ships) | DCGAN, 28x28              | non-saturating   |
| mlp     | the same                   | dense, D of maxout units  | non-saturating   |
| minimax | eight Gaussians            | 2 x 128 ReLU              | log(1 - D(G(z))) |
| ring8   | eight Gaussians            | 2 x 128 ReLU              | non-saturating   |
| tiny    | eight Gaussians            | dense, 10                 | seconds          |

Expected: at the optimum D's loss is 2 log 2 = 1.386 and the non-saturating generator's
log 2 = 0.693 (section 4.1). The paper's own figures are Parzen-window log-likelihoods
(MNIST 225 +- 2), an estimate since abandoned: not run here. On 8 Gaussians VEEGAN's
table 1 counts 1 mode of 8 for a GAN (2,500 samples, mean of 5 runs), PacGAN's 6.3 of 8:
it depends on the networks.

Departures: Adam for SGD with momentum; no dropout.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def digits() -> dict:
    """DCGAN's networks on the digits that ship with the package."""
    game = common.adversarial("non_saturating", (64,), ema=0.995)
    return common.digits(game, common.adam(learning_rate=2e-4, b1=0.5))


def mlp() -> dict:
    """Section 5: a generator of rectifiers, a discriminator of maxout units."""
    maxout = dict(widths=(1200, 1200), activation=dict(name="maxout", pieces=5))
    return digits() | dict(models=common.mlp(256, 512, disc=maxout))


def ring8() -> dict:
    """Eight Gaussians: where modes are dropped, as the later papers show."""
    game = common.adversarial("non_saturating", (2,))
    return common.ring(game, common.adam(learning_rate=1e-3, b1=0.5))


def minimax() -> dict:
    """The same with the loss of equation (1)."""
    game = common.adversarial("minimax", (2,))
    return ring8() | dict(game=game)


def tiny() -> dict:
    """Seconds on a CPU."""
    return common.tiny(ring8())


VARIANTS = common.table(digits, mlp, minimax, ring8, tiny)
