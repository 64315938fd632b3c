"""StyleGAN2 (Karras et al. 2020, arXiv:1912.04958), and with ADA (arXiv:2006.06676).

    python -m gan_jax.main --config=configs/stylegan2.py[:VARIANT]

| variant  | data                       | networks                  | source              |
|----------|----------------------------|---------------------------|---------------------|
| digits28 | 5,000 MNIST digits (ships) | 7x7x64 up to 28x28x32     |                     |
| ada      | 500 of them                | the same                  | StyleGAN2-ADA       |
| cifar10  | TFDS                       | 512 throughout            | ADA's launcher      |
| cifar10_cond | TFDS, told the class   | the same                  | ADA's launcher      |
| paper256 | a folder of 256x256        | 512 to 64, half of F      | ADA's launcher      |
| ffhq256  | a folder of 256x256        | 512 to 128, config F      | section 3, table 1  |
| tiny     | small drawn pictures       | two sizes of 4 channels   | compiles a minute   |

Ask the trained generator for less variety, of all layers or of the first ones:

    python -m gan_jax.main --mode=sample --workdir=DIR --ask.truncation=0.7
    gan.sample(16, truncation=0.5, cutoff=4, noise=0.0)

Expected (fid50k_full): CIFAR-10 8.32 +- 0.09 without ADA, 2.92 +- 0.05 with it and told no
class, 2.42 +- 0.04 told it; FFHQ at 256 x 256 3.66 +- 0.10 (140,000 mirrored images,
`paper256`); FFHQ at 1024 x 1024 2.84 +- 0.03 (config F). None is run here.

Departures: the border of mixed styles is each example's own, not the batch's. The launchers
compute in half precision at the largest sizes; `models.gen.dtype=bfloat16` does at all.
Pictures are mirrored where the data's preprocessing is told so; FFHQ was, CIFAR-10 not.
`digits28` and `ada` are ours; digits are not mirrored, so that ADA has no `xflip`.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of


def get_config(variant: str = "digits28") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def digits28() -> dict:
    """Three sizes; R1 and path length as in the paper, gamma by ADA's rule of thumb."""
    nets = _nets((64, 64, 32), dict(depth=2, style=64), {})
    game = _game(64, 64, gamma=0.1, ema=5_000)
    return common.digits(game, _optim(2e-3), nets)


def ada() -> dict:
    """Few digits, all of them augmented before the critic sees them."""
    few = digits28()
    strengths = dict(xflip=0.0, rotate90=0.0)
    augment = dict(name="ada", kimg=50.0, strengths=strengths)
    data = dict(name="mnist5k", per_class=50)
    return few | dict(data=data, game=few["game"] | dict(augment=augment))


def cifar10() -> dict:
    """No path length, no mixing, batch 64, gamma 0.01, 100 million images."""
    critic = dict(
        architecture="plain",
        minibatch=dict(name="minibatch_deviation", group=32),
    )
    nets = _nets((512,) * 4, dict(depth=2), critic)
    game = _game(512, 64, gamma=0.01, ema=500_000, rampup=0.05, mixing=0.0)
    del game["gen_regularizers"]
    game |= dict(augment=dict(name="ada"))
    rate = dict(name="adam", learning_rate=2.5e-3, b1=0.0, b2=0.99)
    optim = dict(_optim(2.5e-3), gen=rate)
    data = dict(name="tfds", dataset="cifar10")
    return common.large(data, game, optim, nets, 1_562_500, 64)


def cifar10_cond() -> dict:
    """`cifar10`, told the class; of generated images as often as it is in the data."""
    plain = cifar10()
    told = dict(common.CLASSES, drawn="marginal")
    plain["models"]["disc"] |= dict(head=dict(name="mapped_projection", depth=8))
    return plain | dict(game=plain["game"] | dict(conditional=told))


def paper256() -> dict:
    """Half of config F's channels, batch 64, gamma 1, 25 million images and five."""
    deviation = dict(name="minibatch_deviation", group=8)
    nets = _nets(_widths(256, 16_384), {}, dict(minibatch=deviation))
    game = _game(512, 64, gamma=1.0, ema=20_000)
    return common.large(common.pictures(256), game, _optim(2.5e-3), nets, 390_630, 64)


def ffhq256() -> dict:
    """Config F: batch 32, gamma 10 as at 1024 x 1024, 25 million images."""
    game = _game(512, 32, gamma=10.0, ema=10_000)
    nets = _nets(_widths(256, 32_768), {}, {})
    return common.large(common.pictures(256), game, _optim(2e-3), nets, 781_250, 32)


def tiny() -> dict:
    """Four rounds; a minute on a CPU, most of it compiling."""
    small = digits28()
    nets = _nets((4, 4), dict(style=8, depth=1), {})
    game = small["game"] | dict(latents=common.normal((6,)))
    return common.tiny(small | dict(game=game)) | dict(
        data=dict(name="shapes", shape=(8, 8, 1), count=64), models=nets
    )


def _nets(widths: tuple[int, ...], gen: dict, disc: dict) -> dict:
    return dict(
        gen=dict(name="stylegan2.Generator", widths=widths, **gen),
        disc=dict(name="stylegan2.Discriminator", widths=widths[::-1], **disc),
    )


def _widths(size: int, base: int) -> tuple[int, ...]:
    """min(base / size, 512) at 4, 8, ..., size."""
    count = size.bit_length() - 2
    return tuple(min(base // (4 << i), 512) for i in range(count))


def _game(
    latents: int,
    batch: int,
    gamma: float,
    ema: int,
    rampup: float | None = None,
    mixing: float = 0.9,
) -> dict:
    """R1 every 16 rounds, path length every 4; the average's half-life in images."""
    average = dict(name="half_life", images=ema, per_round=batch)
    return dict(
        name="style_based",
        latents=common.normal((latents,)),
        regularizers=dict(r1=dict(name="r1", gamma=gamma)),
        regularize_every=16,
        gen_regularizers=dict(path_length=dict(name="path_length", weight=2.0)),
        gen_regularize_every=4,
        mixing=mixing,
        ema=average if rampup is None else average | dict(rampup=rampup),
    )


def _optim(rate: float) -> dict:
    """Adam (0, .99), corrected for the penalties' updates."""
    adam = dict(name="lazy_adam", learning_rate=rate, b1=0.0, b2=0.99)
    return dict(gen=adam | dict(every=4), disc=adam | dict(every=16))


VARIANTS = common.table(digits28, ada, cifar10, cifar10_cond, paper256, ffhq256, tiny)
