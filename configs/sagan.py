"""Self-attention GAN (Zhang et al. 2019, arXiv:1805.08318).

    python -m gan_jax.main --config=configs/sagan.py[:VARIANT]

| variant | data                        | networks                      | attention at     |
|---------|-----------------------------|-------------------------------|------------------|
| digits  | 5,000 MNIST digits (ships)  | ResNet, 7x7x64                | 14x14 in both    |
| cifar10 | TFDS                        | ResNet, 4x4x256               | 16x16 G, 8x8 D   |
| res128  | a folder of 128x128 a class | ResNet, 4x4x1024              | 32x32 in both    |
| tiny    | small drawn pictures        | no block, one in the critic   | none             |

Spectral norm in both networks, conditional batch norm, projection, two time scales (1e-4
and 4e-4) with one critic step.

Expected: ImageNet at 128 x 128 Inception Score 52.52, FID 18.65 (the abstract); repeats
are far off it (StudioGAN 19.2, 51.8; mmgeneration 31.6, 34.8). CIFAR-10: mmgeneration 9.32,
9.43 after 500,000 iterations; not run here.

Departures: 32 x 32 is torch-mimicry's, as the paper has no such networks; `digits` is
ours.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def digits() -> dict:
    """Narrow networks."""
    nets = _nets(
        dict(widths=(64, 64, 64), attention=(0,)),
        dict(widths=(64, 64, 64), attention=(0,)),
    )
    return common.digits(
        common.by_class("hinge", common.normal((64,)), ema=0.995), _optim(), nets
    )


def cifar10() -> dict:
    """Batch 64, 500,000 rounds of one step each."""
    return common.large(
        common.CIFAR10,
        common.by_class("hinge", common.normal((128,)), ema=0.999),
        _optim(),
        _nets({}, {}),
        500_000,
        64,
    )


def res128() -> dict:
    """Batch 256, a million rounds."""
    return common.large(
        common.pictures(128),
        common.by_class("hinge", common.normal((128,)), ema=0.999),
        _optim(),
        _nets(
            dict(widths=(1024, 1024, 512, 256, 128, 64), attention=(2,)),
            dict(widths=(64, 128, 256, 512, 1024, 1024), down=5, attention=(1,)),
        ),
        1_000_000,
        256,
    )


def tiny() -> dict:
    """Seconds on a CPU, without attention."""
    return common.tiny_residual(
        digits(),
        dict(widths=(4,), attention=(), last_norm=None, wrap=None),
        dict(widths=(4,), down=1, attention=()),
    )


def _nets(gen: dict, disc: dict) -> dict:
    return dict(
        gen=dict(name="sagan.Generator", **gen),
        disc=dict(name="sagan.Discriminator", **disc),
    )


def _optim() -> dict:
    """Adam (0, .9) at two time scales."""
    kind = dict(name="adam", b1=0.0, b2=0.9)
    return dict(
        gen=dict(learning_rate=1e-4, **kind), disc=dict(learning_rate=4e-4, **kind)
    )


VARIANTS = common.table(digits, cifar10, res128, tiny)
