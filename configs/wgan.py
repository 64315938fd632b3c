"""WGAN (Arjovsky et al. 2017, arXiv:1701.07875).

    python -m gan_jax.main --config=configs/wgan.py[:VARIANT]

| variant  | data                       | networks                | source             |
|----------|----------------------------|-------------------------|--------------------|
| digits   | 5,000 MNIST digits (ships) | DCGAN, 28x28            | algorithm 1        |
| pictures | a folder of 64x64 pictures | DCGAN, batch norm in C  | released code      |
| ring8    | eight Gaussians            | 2 x 128 ReLU            |                    |
| tiny     | eight Gaussians            | dense, 10               | seconds            |

All weights of the critic are put back into [-c, c] after each of its steps, five to one
of the generator. `pictures` has c = 0.01, RMSProp 5e-5 and the released code's bursts:
a hundred critic steps for each of the first 25 generator steps, and for every 500th.
They are rounds through which the generator sleeps, so `steps` counts 19 rounds more for
each of them.

Expected: the Wasserstein estimate D(real) - D(fake), up to the critic's unknown
Lipschitz constant, falls as samples improve (figure 3). No scores in the paper. CIFAR-10
by others: Inception Score 6.41 +- 0.11, FID 42.6 (weight clipping in Miyato et al.,
table 2; 5,000 samples x 10, 10,000 reals against 5,000), not run here.

Departures: `digits` and `ring8` have higher rates, for minutes instead of days, and
`ring8` c = 0.1: with two dense layers 0.01 leaves the critic almost flat.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def wgan(latents: tuple[int, ...], **game: object) -> dict:
    """The game of algorithm 1."""
    return common.adversarial("wasserstein", latents, n_critic=5, **game)


def clipped(bound: float, **rmsprop: object) -> dict:
    """RMSProp for both, the critic's weights clipped."""
    step = dict(name="rmsprop", **rmsprop)
    return dict(gen=step, disc=dict(name="clip_weights", of=step, bound=bound))


def digits() -> dict:
    """The digits that ship with the package."""
    game = wgan((64,), ema=0.995)
    return common.digits(game, clipped(0.02, learning_rate=5e-4), steps=1500)


def pictures() -> dict:
    """The released code's recipe on your own pictures: --config.data.path=FOLDER."""
    return common.digits(
        wgan((100,), gen_rounds=dict(name="critic_bursts")),
        clipped(0.01, learning_rate=5e-5),
        common.dcgan(64, disc=dict(norm=dict(name="batch_norm"))),
        steps=200_000,
    ) | dict(
        data=dict(name="folder", path="data/pictures64", size=(64, 64), channels=3)
    )


def ring8() -> dict:
    """Eight Gaussians."""
    return common.ring(wgan((2,)), clipped(0.1, learning_rate=5e-4))


def tiny() -> dict:
    """Seconds on a CPU, bursts included."""
    bursts = dict(name="critic_bursts", length=2, first=1, period=2)
    return common.tiny(ring8(), n_critic=2, gen_rounds=bursts)


VARIANTS = common.table(digits, pictures, ring8, tiny)
