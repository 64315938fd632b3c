"""StyleGAN2 (Karras et al. 2020, arXiv:1912.04958), and with ADA (arXiv:2006.06676).

    python -m gan_jax.main --config=configs/stylegan2.py[:VARIANT]

| variant  | data                       | networks                  | source              |
|----------|----------------------------|---------------------------|---------------------|
| digits28 | 5,000 MNIST digits (ships) | 7x7x64 up to 28x28x32     |                     |
| minutes  | the same                   | half the channels         |                     |
| digits28_fourier | the same           | the first's, from waves   | StyleGAN3, config B |
| ada      | 500 of them                | the same                  | StyleGAN2-ADA       |
| colour32 | a folder of 32x32          | 64, 64, 32, 16            |                     |
| cifar10  | TFDS                       | 512 throughout            | ADA's launcher      |
| cifar10_cond | TFDS, told the class   | the same                  | ADA's launcher      |
| auto     | a folder of 256x256        | 512 to 64                 | ADA's launcher      |
| auto-S-B | a folder of SxS, batch B   | 512 to what S asks for    | ADA's launcher      |
| paper256 | a folder of 256x256        | 512 to 64, half of F      | ADA's launcher      |
| config_a | a folder of 1024x1024      | StyleGAN, grows           | table 1             |
| config_b | the same                   | demodulated, grows        | table 1             |
| config_c | the same                   | the same, lazy R1         | table 1             |
| config_d | the same                   | the same, path length     | table 1             |
| config_e | the same                   | 512 to 16, does not grow  | table 1             |
| config_f | the same                   | 512 to 32                 | table 1             |
| ffhq256  | a folder of 256x256        | 512 to 128, config F      | table 1's numbers   |
| tiny     | small drawn pictures       | two sizes of 4 channels   | compiles a minute   |

`auto` without a batch takes what the launcher gives one device: 4096 / S, at most 32. From
a folder of one subfolder for each class, networks can be told the class:

    --config.game.conditional.name=class_labels --config.data.path=FOLDER

Ask the trained generator for less variety, of all layers or of the first ones:

    python -m gan_jax.main --mode=sample --workdir=DIR --ask.truncation=0.7
    gan.sample(16, truncation=0.5, cutoff=4, noise=0.0)

Begun by Fourier features instead of a constant, its pictures can be asked to move, though
their texture sticks to the pixels (`eq_t`; 16 dB in StyleGAN3's table):

    gan.sample(16, translate=[0.25, -0.5], rotate=30.0)

Expected (fid50k_full): CIFAR-10 8.32 +- 0.09 without ADA, 2.92 +- 0.05 with it and told no
class, 2.42 +- 0.04 told it; FFHQ at 256 x 256 3.66 +- 0.10 (140,000 mirrored images,
`paper256`). Table 1, FFHQ at 1024 x 1024, configs A to F: 4.40, 4.39, 4.38, 4.34, 3.31,
2.84 (LSUN Car 3.27, 3.04, 2.83, 3.43, 3.19, 2.32). None is run here.

Departures: the border of mixed styles is each example's own, not the batch's. The launchers
compute in half precision at the largest sizes; `models.gen.dtype=bfloat16` does at all.
Pictures are mirrored where the data's preprocessing is told so, as in `config_a` to
`config_f`; CIFAR-10 was not. The authors released A, E and F; B to D are the paper's words
put together: critic, schedule and rates of A (so all departures of `configs/stylegan.py`),
and a fade that repeats pixels. `digits28`, its kin and `colour32` are ours; digits are not
mirrored, so that ADA has no `xflip`.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common, stylegan
from gan_jax.errors import BadInput
from gan_jax.resolve import variant_of


def get_config(variant: str = "digits28") -> ConfigDict:
    """The config of a variant; `auto` may carry a size and a batch."""
    name, *numbers = variant.split("-")
    if name != "auto" or not numbers:
        return ConfigDict(variant_of(VARIANTS, variant))
    if len(numbers) > 2 or not all(n.isdecimal() for n in numbers):
        raise BadInput(
            f"there is no variant {variant[:100]}", "auto-SIZE-BATCH, e.g. auto-128-32"
        )
    return ConfigDict(auto(*map(int, numbers)))


def digits28() -> dict:
    """Three sizes; of digits, few and of high contrast, R1 must be stronger than by ADA's
    rule of thumb, and as for its CIFAR-10 there is no mixing and no path length."""
    return _digits((64, 64, 32), 64)


def minutes() -> dict:
    """For ten minutes on one core: half the channels, half the batch."""
    return _digits((32, 32, 16), 32)


def digits28_fourier() -> dict:
    """Waves in the place of the constant; mixing and path length as in the paper."""
    gen = dict(depth=2, style=64, input=dict(name="fourier_features"))
    game = _game(64, 64, gamma=0.1, ema=5_000)
    return common.digits(game, _optim(2e-3), _nets((64, 64, 32), gen, {}))


def ada() -> dict:
    """Few digits, all of them augmented before the critic sees them."""
    few = digits28()
    strengths = dict(xflip=0.0, rotate90=0.0)
    augment = dict(name="ada", kimg=50.0, strengths=strengths)
    data = dict(name="mnist5k", per_class=50)
    return few | dict(data=data, game=few["game"] | dict(augment=augment))


def colour32() -> dict:
    """An hour on two CPU cores: 59 images a second, measured beside other work."""
    nets = _nets((64, 64, 32, 16), dict(depth=2, style=64), {})
    game = _game(64, 32, gamma=0.0064, ema=10_000, rampup=0.05)
    data = common.pictures(32)
    return common.digits(game, _optim(2.5e-3), nets, steps=6_000, batch_size=32) | dict(
        data=data
    )


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
    data = dict(name="tfds", dataset="cifar10")
    return common.large(data, game, _plain_gen(2.5e-3), nets, 1_562_500, 64)


def cifar10_cond() -> dict:
    """`cifar10`, told the class; of generated images as often as it is in the data."""
    plain = cifar10()
    told = dict(common.CLASSES, drawn="marginal")
    plain["models"]["disc"] |= dict(head=dict(name="mapped_projection", depth=8))
    return plain | dict(game=plain["game"] | dict(conditional=told))


def auto(size: int = 256, batch: int | None = None) -> dict:
    """What ADA's launcher chooses for pictures of a size, with ADA; 25 million images.

    Args:
        size: of the pictures, a power of two from 8 on.
        batch: images a round; unless given, what it gives one device.

    Raises:
        BadInput: another size, or no image.
    """
    batch = max(min(4096 // max(size, 1), 32), 1) if batch is None else batch
    if size < 8 or size & (size - 1) or batch < 1:
        raise BadInput(
            f"auto cannot be of size {size}, batch {batch}",
            "take a power of two from 8 on, and at least one image",
        )
    deviation = dict(name="minibatch_deviation", group=min(batch, 4))
    widths = _widths(size, 32_768 if size >= 512 else 16_384)
    nets = _nets(widths, dict(depth=2), dict(minibatch=deviation))
    gamma, half_life = 0.0002 * size**2 / batch, batch * 10_000 // 32
    game = _game(512, batch, gamma, half_life, rampup=0.05)
    game |= dict(augment=dict(name="ada"))
    rate = 2e-3 if size >= 1024 else 2.5e-3
    steps = 25_000_000 // batch // 10 * 10
    return common.large(common.pictures(size), game, _optim(rate), nets, steps, batch)


def paper256() -> dict:
    """Half of config F's channels, batch 64, gamma 1, 25 million images and five."""
    deviation = dict(name="minibatch_deviation", group=8)
    nets = _nets(_widths(256, 16_384), {}, dict(minibatch=deviation))
    game = _game(512, 64, gamma=1.0, ema=20_000)
    return common.large(common.pictures(256), game, _optim(2.5e-3), nets, 390_630, 64)


def config_a() -> dict:
    """Table 1's A: StyleGAN as it was, R1 in every round."""
    return stylegan.ffhq1024()


def config_b() -> dict:
    """Table 1's B: A with demodulated convolutions in the place of the norms."""
    whole = config_a()
    models = whole["models"]
    gen = dict(name="stylegan2.Generator", architecture="plain", mean_decay=0.995)
    return whole | dict(
        models=models | dict(gen=gen | dict(widths=models["gen"]["widths"]))
    )


def config_c() -> dict:
    """Table 1's C: B with R1 in one of 16 rounds."""
    r1 = dict(r1=dict(name="r1", gamma=10.0))
    return _lazily(config_b(), dict(disc=16), regularizers=r1, regularize_every=16)


def config_d() -> dict:
    """Table 1's D: C with path length in one of 4 rounds."""
    lengths = dict(path_length=dict(name="path_length", weight=2.0))
    told = dict(gen_regularizers=lengths, gen_regularize_every=4)
    return _lazily(config_c(), dict(gen=4), **told)


def config_e() -> dict:
    """Table 1's E: no growing, and half of F's channels; gamma 100."""
    return _table1(16_384, gamma=100.0)


def config_f() -> dict:
    """Table 1's F: twice E's channels at the larger sizes; gamma 10."""
    return _table1(32_768, gamma=10.0)


def ffhq256() -> dict:
    """Config F: batch 32, gamma 10 as at 1024 x 1024, 25 million images."""
    game = _game(512, 32, gamma=10.0, ema=10_000)
    nets = _nets(_widths(256, 32_768), {}, {})
    return common.large(common.pictures(256), game, _optim(2e-3), nets, 781_250, 32)


def tiny() -> dict:
    """Four rounds; a minute on a CPU, most of it compiling."""
    small = digits28_fourier()
    nets = _nets((4, 4), dict(style=8, depth=1), {})
    game = small["game"] | dict(latents=common.normal((6,)))
    return common.tiny(small | dict(game=game)) | dict(
        data=dict(name="shapes", shape=(8, 8, 1), count=64), models=nets
    )


def _lazily(config: dict, every: dict, **penalties: object) -> dict:
    """A growing game whose penalties have turns of their own, in so many rounds."""
    inner = {k: v for k, v in config["game"]["of"].items() if k != "disc_terms"}
    lazy = {
        name: node | dict(name="lazy_adam", every=every[name])
        if name in every
        else node
        for name, node in config["optim"].items()
    }
    game = config["game"] | dict(of=inner | penalties)
    return config | dict(game=game, optim=lazy)


def _table1(base: int, gamma: float) -> dict:
    """1024 x 1024, mirrored; batch 32, 25 million images."""
    game = _game(512, 32, gamma, ema=10_000)
    nets = _nets(_widths(1024, base), dict(mean_decay=0.995), {})
    data = common.pictures(1024) | dict(preprocess=dict(name="flip"))
    return common.large(data, game, _optim(2e-3), nets, 781_250, 32)


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


def _digits(widths: tuple[int, ...], batch: int) -> dict:
    """Digits without the generator's penalty, which then needs no lazy Adam."""
    game = _game(64, batch, gamma=10.0, ema=5_000, mixing=0.0)
    del game["gen_regularizers"]
    nets = _nets(widths, dict(depth=2, style=64), {})
    return common.digits(game, _plain_gen(2e-3), nets, batch_size=batch)


def _plain_gen(rate: float) -> dict:
    """`_optim` for a generator without penalties in turns of their own."""
    return dict(
        _optim(rate), gen=dict(name="adam", learning_rate=rate, b1=0.0, b2=0.99)
    )


def _optim(rate: float) -> dict:
    """Adam (0, .99), corrected for the penalties' updates."""
    adam = dict(name="lazy_adam", learning_rate=rate, b1=0.0, b2=0.99)
    return dict(gen=adam | dict(every=4), disc=adam | dict(every=16))


VARIANTS = common.table(
    digits28,
    minutes,
    digits28_fourier,
    ada,
    colour32,
    cifar10,
    cifar10_cond,
    auto,
    paper256,
    config_a,
    config_b,
    config_c,
    config_d,
    config_e,
    config_f,
    ffhq256,
    tiny,
)
