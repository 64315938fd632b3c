"""BigGAN-deep (Brock et al. 2019, arXiv:1809.11096, appendix B).

    python -m gan_jax.main --config=configs/biggan_deep.py[:VARIANT]

| variant | data                        | networks                     | source    |
|---------|-----------------------------|------------------------------|-----------|
| digits  | 5,000 MNIST digits (ships)  | 7x7x64, four blocks          |           |
| cifar10 | TFDS                        | ch 64, six blocks            |           |
| res128  | a folder of 128x128 a class | ch 128, attention at 64x64   | table 7   |
| tiny    | small drawn pictures        | no block                     | seconds   |

Expected: ImageNet at 128 x 128 Inception Score 124.5 +- 2, FID 5.7 +- 0.3 without
truncation (166.5 and 7.4 are BigGAN's best ones with it); not run here.

Departures: as in `biggan.py`. The paper has no BigGAN-deep for CIFAR-10: `cifar10` takes
the networks of the authors' PyTorch code for 32 x 32 and its recipe for BigGAN.
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
        dict(widths=(64, 64, 64), shared=32), dict(widths=(64, 64, 64), down=2)
    )
    return common.digits(
        _game(64, ema=0.995), common.adam(learning_rate=2e-4, b1=0.0), nets
    )


def cifar10() -> dict:
    """Batch 50, four critic steps, Adam 2e-4 (0, .999)."""
    return common.large(
        common.CIFAR10,
        _game(128, n_critic=4, ema=_late(0.9999, 1000 * 4 * 50)),
        common.adam(learning_rate=2e-4, b1=0.0),
        _nets({}, {}),
        125_000,
        50,
    )


def res128() -> dict:
    """Batch 2048, two critic steps, rates 5e-5 and 2e-4."""
    adam = dict(name="adam", b1=0.0, eps=1e-6)
    gen = tuple(128 * m for m in (16, 16, 8, 4, 2, 1))
    disc = tuple(128 * m for m in (1, 2, 4, 8, 16, 16))
    return common.large(
        common.pictures(128),
        _game(128, n_critic=2, ema=_late(0.9999, 20_000 * 2 * 2048)),
        dict(
            gen=dict(learning_rate=5e-5, **adam), disc=dict(learning_rate=2e-4, **adam)
        ),
        _nets(
            dict(widths=gen, attention=(3,)),
            dict(widths=disc, down=5, attention=(0,)),
        ),
        150_000,
        2048,
    )


def tiny() -> dict:
    """Seconds on a CPU."""
    latents = dict(name="truncatable", shape=(6,))
    return common.tiny_residual(
        digits(),
        dict(widths=(4,), shared=3),
        dict(widths=(4,), down=0),
        latents=latents,
    )


def _nets(gen: dict, disc: dict) -> dict:
    return dict(
        gen=dict(name="biggan_deep.Generator", **gen),
        disc=dict(name="biggan_deep.Discriminator", **disc),
    )


def _game(latents: int, **game: object) -> dict:
    prior = dict(name="truncatable", shape=(latents,))
    return common.by_class("hinge", prior, **game)


def _late(decay: float, start: int) -> dict:
    """An average that is a copy until so many images were seen."""
    return dict(name="steps", values=(0.0, decay), boundaries=(start,))


VARIANTS = common.table(digits, cifar10, res128, tiny)
