"""f-GAN (Nowozin et al. 2016, arXiv:1606.00709).

    python -m gan_jax.main --config=configs/fgan.py[:VARIANT]
    python -m gan_jax.main --config=configs/fgan.py --config.game.loss.divergence=pearson

| variant | data                       | networks       | divergence        |
|---------|----------------------------|----------------|-------------------|
| digits  | 5,000 MNIST digits (ships) | DCGAN, 28x28   | Jensen-Shannon    |
| kl      | the same                   | the same       | Kullback-Leibler  |
| ring8   | eight Gaussians            | 2 x 128 ReLU   | squared Hellinger |
| tiny    | eight Gaussians            | dense, 10      | seconds           |

`divergence` is one of total_variation, kl, reverse_kl, pearson, neyman,
squared_hellinger, jeffrey, jensen_shannon, gan. Minus the critic's loss is a lower bound
on the divergence between data and samples.

Expected: the bound falls toward zero as samples improve. The paper scores MNIST by
kernel density estimates and LSUN by eye: not run here.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def fgan(divergence: str, latents: tuple[int, ...], **game: object) -> dict:
    """The game of section 3.2: the generator maximises E g(V)."""
    loss = dict(name="f_divergence", divergence=divergence)
    return common.adversarial(loss, latents, **game)


def digits() -> dict:
    """The digits that ship with the package; Adam 2e-4, b1 0.5, as in section 4.1."""
    optim = common.adam(learning_rate=2e-4, b1=0.5)
    return common.digits(fgan("jensen_shannon", (64,), ema=0.995), optim)


def kl() -> dict:
    """KL: E exp(V - 1) over the fakes grows fast, hence the lower rate."""
    game = fgan("kl", (64,), ema=0.995)
    return digits() | dict(game=game, optim=common.adam(learning_rate=1e-4, b1=0.5))


def ring8() -> dict:
    """Eight Gaussians."""
    game = fgan("squared_hellinger", (2,))
    return common.ring(game, common.adam(learning_rate=2e-4, b1=0.5))


def tiny() -> dict:
    """Seconds on a CPU."""
    return common.tiny(ring8())


VARIANTS = common.table(digits, kl, ring8, tiny)
