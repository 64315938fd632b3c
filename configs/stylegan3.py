"""StyleGAN3 (Karras et al. 2021, arXiv:2106.12423): pictures without texture sticking.

    python -m gan_jax.main --config=configs/stylegan3.py[:VARIANT]

| variant     | data                       | networks          | source             |
|-------------|----------------------------|-------------------|--------------------|
| digits28    | 5,000 MNIST digits (ships) | T, 64 channels    |                    |
| digits28_r  | the same                   | R, 64 channels    |                    |
| colour32    | a folder of 32x32          | T, 64 channels    |                    |
| ffhqu256_t  | a folder of 256x256        | T, half the base  | ablation, config T |
| ffhqu256_r  | the same                   | R, half the base  | ablation, config R |
| ffhqu1024_t | a folder of 1024x1024      | T                 | authors' launcher  |
| afhqv2_t    | a folder of 512x512        | T, with ADA       | authors' launcher  |
| afhqv2_r    | the same                   | R, with ADA       | authors' launcher  |
| tiny        | small drawn pictures       | four layers       | compiles a minute  |

T and R differ in three numbers of the generator, and in the blur of R's critic, which
fades over the first 200,000 images times batch / 32. Ask for the picture elsewhere, a
quarter of its width to the right and half of its height up, or turned against the clock:

    python -m gan_jax.main --mode=sample --workdir=DIR --ask.translate='[0.25,-0.5]'
    gan.sample(16, translate=[0.25, -0.5], rotate=30.0)
    python -m gan_jax.main --mode=evaluate --workdir=DIR --metrics=eq_t,eq_t_frac,eq_r

Expected: FFHQ-U at 256 x 256 FID 4.62, EQ-T 63.0, EQ-R 13.1 dB (T), 4.50, 66.7, 40.5 (R);
FFHQ-U at 1024 x 1024 FID 3.67 (T); AFHQv2 4.04 (T), 4.40 (R). None is run here: each is
25 million images on accelerators.

Departures: see `models.stylegan3`. `digits28`, `digits28_r` and `colour32` are ours, with
gamma by the authors' rule of thumb, 0.0002 size^2 / batch, and more. Digits are not
mirrored.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of

ROUND = dict(kernel=1, filter=dict(name="radial"))
"""Of R, beside twice as many channels."""
FLIPPED = dict(name="flip")


def get_config(variant: str = "digits28") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def digits28() -> dict:
    """T with 64 channels and 128 numbers of style."""
    gen = dict(style=128, channel_base=2048, channel_max=64)
    game = _game(64, 32, gamma=0.05, ema=10_000)
    return common.digits(
        game, _optim(2.5e-3, 2e-3), _nets((64, 64, 32), gen), batch_size=32
    )


def digits28_r() -> dict:
    """R with 64 channels."""
    plain = digits28()
    gen = plain["models"]["gen"] | ROUND
    game = plain["game"] | dict(augment=_blur(32, 40_000))
    return plain | dict(models=plain["models"] | dict(gen=gen), game=game)


def colour32() -> dict:
    """The same networks as `digits28`, of four sizes in the critic."""
    plain = digits28()
    disc = plain["models"]["disc"] | dict(widths=(32, 64, 64, 64))
    models = plain["models"] | dict(disc=disc)
    return plain | dict(models=models, data=common.pictures(32))


def ffhqu256_t() -> dict:
    """Batch 64, gamma 1, 25 million images."""
    return _large(256, _config_t(16_384), 64, gamma=1.0, rate=2.5e-3, ema=20_000)


def ffhqu256_r() -> dict:
    """The same with twice the channels, round filters, and the blur."""
    blur = _blur(64)
    return _large(256, _config_r(16_384), 64, 1.0, 2.5e-3, 20_000, augment=blur)


def ffhqu1024_t() -> dict:
    """Batch 32, gamma 32.8."""
    return _large(1024, _config_t(32_768), 32, gamma=32.8, rate=2e-3, ema=10_000)


def afhqv2_t() -> dict:
    """Batch 32, gamma 8.2, ADA."""
    augment = dict(name="ada")
    return _large(512, _config_t(32_768), 32, 8.2, 2e-3, 10_000, augment=augment)


def afhqv2_r() -> dict:
    """Batch 32, gamma 16.4, ADA behind the blur."""
    both = dict(name="chained", first=_blur(32), then=dict(name="ada"))
    return _large(512, _config_r(32_768), 32, 16.4, 2e-3, 10_000, augment=both)


def tiny() -> dict:
    """Four rounds; most of the time goes into compiling."""
    small = digits28()
    gen = dict(style=8, channel_max=4, num_layers=4, num_critical=1)
    game = small["game"] | dict(latents=common.normal((6,)))
    nets = _nets((4, 4), gen)
    return common.tiny(small | dict(game=game)) | dict(
        data=dict(name="shapes", shape=(16, 16, 1), count=64), models=nets
    )


def _config_t(base: int) -> dict:
    return dict(channel_base=base)


def _config_r(base: int) -> dict:
    return ROUND | dict(channel_base=2 * base, channel_max=1024)


def _blur(batch: int, over: int = 200_000) -> dict:
    return dict(name="fading_blur", sigma=10.0, over=over * batch // 32)


def _nets(widths: tuple[int, ...], gen: dict) -> dict:
    """A generator, and StyleGAN2's critic of these widths."""
    return dict(
        gen=dict(name="stylegan3.Generator", **gen),
        disc=dict(name="stylegan3.Discriminator", widths=widths[::-1]),
    )


def _game(latents: int, batch: int, gamma: float, ema: int, **more: object) -> dict:
    """R1 every 16 rounds; no mixing; the average's half-life in images."""
    return dict(
        name="style_based",
        latents=common.normal((latents,)),
        regularizers=dict(r1=dict(name="r1", gamma=gamma)),
        regularize_every=16,
        mixing=0.0,
        ema=dict(name="half_life", images=ema, per_round=batch),
        **more,
    )


def _optim(gen: float, disc: float) -> dict:
    """Adam (0, .99); the critic's corrected for its penalty's updates."""
    adam = dict(b1=0.0, b2=0.99)
    return dict(
        gen=dict(name="adam", learning_rate=gen, **adam),
        disc=dict(name="lazy_adam", learning_rate=disc, every=16, **adam),
    )


def _large(
    size: int,
    gen: dict,
    batch: int,
    gamma: float,
    rate: float,
    ema: int,
    **more: object,
) -> dict:
    """25 million mirrored images; `rate` is the critic's."""
    base = gen["channel_base"] // (2 if "kernel" in gen else 1)
    count = size.bit_length() - 2
    widths = tuple(min(base // (4 << i), 512) for i in range(count))
    data = common.pictures(size) | dict(preprocess=FLIPPED)
    game = _game(512, batch, gamma, ema, **more)
    nets, steps = _nets(widths, gen), -(-25_000_000 // (10 * batch)) * 10
    return common.large(data, game, _optim(2.5e-3, rate), nets, steps, batch)


VARIANTS = common.table(
    digits28,
    digits28_r,
    colour32,
    ffhqu256_t,
    ffhqu256_r,
    ffhqu1024_t,
    afhqv2_t,
    afhqv2_r,
    tiny,
)
