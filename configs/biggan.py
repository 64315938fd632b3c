"""BigGAN (Brock et al. 2019, arXiv:1809.11096).

    python -m gan_jax.main --config=configs/biggan.py[:VARIANT]

| variant | data                        | networks                      | source     |
|---------|-----------------------------|-------------------------------|------------|
| digits  | 5,000 MNIST digits (ships)  | 7x7x64, z in parts            |            |
| cifar10 | TFDS                        | ch 64, narrow D, no attention | launcher   |
| res64   | a folder of 64x64 a class   | ch 64, attention at 32x32       | appendix B |
| res128  | a folder of 128x128 a class | ch 96, attention at 64x64     | table 4    |
| tiny    | small drawn pictures        | no block, one in the critic   | seconds    |

Trade variety for quality with a truncation, a threshold in standard deviations, and batch
statistics made for it:

    gan.standing(truncation=0.5).sample(16, labels=3, truncation=0.5)

Expected: ImageNet at 128 x 128 Inception Score 98.8 +- 3, FID 8.7 +- 0.6 without
truncation (166.5 and 7.4 at the best ones); CIFAR-10 9.22 and 14.73; not run here.

Departures: `cifar10` is the launcher of the authors' PyTorch code, which shares no
embedding and does not cut z; the average of weights begins after 1,000 rounds there and
after 20,000 else, and is a copy before. `res64` and `res128` have the paper's orthonormal
regularisation in G, which the launchers leave out. Large batches are cut with
`game.microbatches`; batch statistics are then those of a part. `digits` is ours.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def digits() -> dict:
    """Narrow networks, z of three parts of 20."""
    nets = _nets(
        dict(widths=(64, 64, 64), shared=32), dict(widths=(64, 64, 64), down=2)
    )
    return common.digits(
        _game(60, ema=0.995), common.adam(learning_rate=2e-4, b1=0.0), nets
    )


def cifar10() -> dict:
    """Batch 50, four critic steps, Adam 2e-4 (0, .999), N(0, .02^2), 500 epochs."""
    init = dict(name="normal", stddev=0.02)
    start = dict(kernel_init=init, plain_init=init)
    norm = dict(name="conditional_batch_norm", kernel_init=init)
    gen = dict(shared=0, hierarchical=False, norm=norm, **start)
    return common.large(
        common.CIFAR10,
        _game(128, n_critic=4, ema=_late(0.9999, 1000 * 4 * 50)),
        common.adam(learning_rate=2e-4, b1=0.0),
        _nets(gen, dict(hidden="in", **start)),
        125_000,
        50,
    )


def res64() -> dict:
    """As `res128`, with ch 64 and attention at 32 x 32."""
    return _larger(
        64,
        100,
        dict(widths=_times(64, 16, 16, 8, 4, 2), attention=(2,)),
        dict(widths=_times(64, 1, 2, 4, 8, 16), down=4, attention=(0,)),
    )


def res128() -> dict:
    """Batch 2048, two critic steps, rates 5e-5 and 2e-4."""
    return _larger(
        128,
        120,
        dict(widths=_times(96, 16, 16, 8, 4, 2, 1), attention=(3,)),
        dict(widths=_times(96, 1, 2, 4, 8, 16, 16), down=5, attention=(0,)),
    )


def tiny() -> dict:
    """Seconds on a CPU."""
    latents = dict(name="truncatable", shape=(6,))
    norm = dict(name="conditional_batch_norm")
    return common.tiny_residual(
        digits(),
        dict(widths=(4,), shared=3, norm=norm, last_norm=None, wrap=None),
        dict(widths=(4,), down=1),
        latents=latents,
    )


def _nets(gen: dict, disc: dict) -> dict:
    return dict(
        gen=dict(name="biggan.Generator", **gen),
        disc=dict(name="biggan.Discriminator", **disc),
    )


def _game(latents: int, **game: object) -> dict:
    prior = dict(name="truncatable", shape=(latents,))
    return common.by_class("hinge", prior, **game)


def _late(decay: float, start: int) -> dict:
    """An average that is a copy until so many images were seen."""
    return dict(name="steps", values=(0.0, decay), boundaries=(start,))


def _times(ch: int, *multiples: int) -> tuple[int, ...]:
    return tuple(ch * multiple for multiple in multiples)


def _larger(size: int, latents: int, gen: dict, disc: dict) -> dict:
    adam = dict(name="adam", b1=0.0, eps=1e-6)
    optim = dict(
        gen=dict(name="orthogonal_regularised", of=dict(learning_rate=5e-5, **adam)),
        disc=dict(learning_rate=2e-4, **adam),
    )
    return common.large(
        common.pictures(size),
        _game(latents, n_critic=2, ema=_late(0.9999, 20_000 * 2 * 2048)),
        optim,
        _nets(gen, disc),
        150_000,
        2048,
    )


VARIANTS = common.table(digits, cifar10, res64, res128, tiny)
