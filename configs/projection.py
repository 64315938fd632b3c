"""Projection discriminator (Miyato & Koyama 2018, arXiv:1802.05637).

    python -m gan_jax.main --config=configs/projection.py[:VARIANT]

| variant | data                        | networks                        | source    |
|---------|-----------------------------|---------------------------------|-----------|
| digits  | 5,000 MNIST digits (ships)  | ResNet, 7x7x64                  |           |
| cifar10 | TFDS                        | ResNet, 4x4x256, as SN-GAN's    | cGAN-PD   |
| res128  | a folder of 128x128 a class | ResNet, 4x4x1024                | section 5 |
| tiny    | small drawn pictures        | no block, one in the critic     | seconds   |

The critic's logit is psi(h) + <e(y), h>, all of it spectrally normalised; the generator's
batch norms have a gain and an offset for each class. Ask for one: `labels=3`.

Expected: CIFAR-10 Inception Score 8.62, FID 17.5 (AC-GAN 8.22, 19.7; concatenation 8.25,
19.2); ImageNet at 128 x 128 Inception Score 29.7, intra-FID 103.1 (450,000 iterations, the
repository's README); not run here.

Departures: gains and offsets begin at N(0, 0.02) beside 1 and 0; the learning rate falls
to 0 over the whole of `cifar10`; `digits` is ours.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of

NETS = dict(
    gen=dict(
        name="resnet.Generator",
        norm=dict(name="conditional_batch_norm"),
        last_norm=dict(name="batch_norm"),
    ),
    disc=dict(
        name="resnet.Discriminator",
        wrap=dict(name="spectral_norm"),
        head=dict(name="projection"),
    ),
)


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def _nets(gen: dict, disc: dict) -> dict:
    return dict(gen=NETS["gen"] | gen, disc=NETS["disc"] | disc)


def digits() -> dict:
    """Narrow networks, one critic step."""
    return common.digits(
        common.by_class("hinge", common.normal((64,)), ema=0.995),
        common.adam(learning_rate=2e-4, b1=0.0, b2=0.9),
        _nets(dict(widths=(64, 64, 64)), dict(widths=(64, 64, 64))),
    )


def cifar10() -> dict:
    """Adam 2e-4 (0, .9), five critic steps, generator batch twice the critic's."""
    steps, batch_size, n_critic = 50_000, 64, 5
    rate = dict(name="linear", start=2e-4, end=0.0, over=steps * batch_size * n_critic)
    return common.large(
        common.CIFAR10,
        common.by_class("hinge", common.normal((128,)), n_critic=n_critic, gen_batch=2),
        common.adam(learning_rate=rate, b1=0.0, b2=0.9),
        NETS,
        steps,
        batch_size,
    )


def res128() -> dict:
    """450,000 iterations, the rate falling to 0 over the last 50,000."""
    n_critic, batch_size = 5, 64
    seen = n_critic * batch_size
    rate = dict(
        name="linear", start=2e-4, end=0.0, over=50_000 * seen, begin=400_000 * seen
    )
    return cifar10() | common.large(
        common.pictures(128),
        cifar10()["game"],
        common.adam(learning_rate=rate, b1=0.0, b2=0.9),
        _nets(
            dict(widths=(1024, 1024, 512, 256, 128, 64)),
            dict(widths=(64, 128, 256, 512, 1024, 1024), down=5),
        ),
        450_000,
        batch_size,
    )


def tiny() -> dict:
    """Seconds on a CPU."""
    return common.tiny_residual(
        digits(),
        dict(widths=(4,), last_norm=None),
        dict(widths=(4,), down=1, wrap=dict(name="spectral_norm", warmup=1)),
    )


VARIANTS = common.table(digits, cifar10, res128, tiny)
