"""StyleGAN (Karras et al. 2019, arXiv:1812.04948).

    python -m gan_jax.main --config=configs/stylegan.py[:VARIANT]

| variant        | data                       | networks                 | grows     |
|----------------|----------------------------|--------------------------|-----------|
| digits32       | 5,000 MNIST digits (ships) | 4x4x64 up to 32x32x16    | 8 to 32   |
| digits32_fixed | the same                   | the same                 | no        |
| colour32       | a folder of 32x32          | 4x4x128 up to 32x32x64   | 8 to 32   |
| ffhq256        | a folder of 256x256        | 512 to 64                | 8 to 256  |
| ffhq1024       | a folder of 1024x1024      | 512 to 16, as published  | 8 to 1024 |
| tiny           | small drawn pictures       | two sizes of 4 channels  | 4 to 8    |

The critic is progan's. The loss is the non-saturating one with R1 in every step. Ask the
trained generator for less variety, of all layers or of the first ones (the paper's figures
have 0.7 of the first eight; scores are taken without):

    python -m gan_jax.main --mode=sample --workdir=DIR --ask.truncation=0.7 --ask.cutoff=8

Expected: FFHQ at 1024 x 1024 FID 4.40 (fid50k; table 1, row F). Not run here; what
growing does to digits32: experiments/growing.

Departures: a batch is 32 at every size, where the authors begin with 256 and end with 32;
the critic pools without the blur that theirs has before it; the generator moves first, and
the border of mixed styles is each example's own (`games.style_based`).
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of

DIGITS = dict(name="padded", of=dict(name="mnist5k"), size=32)
IMAGES = 192_000
"""Shown in all, of `digits32`: 6,000 rounds of 32."""


def get_config(variant: str = "digits32") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def digits32() -> dict:
    """Two fades of 32,000 images and as many before each; the rest at 32 x 32."""
    nets = _nets((64, 64, 32, 16), style=64, depth=4)
    game = _grown(_game(64, gamma=1.0, ema=5_000, batch=32), 32_000)
    return _small(game, nets) | dict(data=DIGITS)


def digits32_fixed() -> dict:
    """The networks of `digits32` at 32 x 32 from the beginning."""
    grown = digits32()
    return grown | dict(game=grown["game"]["of"])


def colour32() -> dict:
    """Any colour pictures: data.path=FOLDER."""
    nets = _nets((128, 128, 128, 64), style=128, depth=4)
    game = _grown(_game(128, gamma=1.0, ema=5_000, batch=32), 32_000)
    return _small(game, nets) | dict(data=common.pictures(32))


def ffhq256() -> dict:
    """The first seven of the paper's nine sizes."""
    return _paper(256)


def ffhq1024() -> dict:
    """The paper's, in microbatches from 512 x 512 on."""
    whole = _paper(1024)
    parts = (1, 1, 1, 1, 1, 1, 1, 2, 4)
    return whole | dict(game=whole["game"] | dict(microbatches=parts))


def tiny() -> dict:
    """Four rounds, of which one is a fade; a minute on a CPU, most of it compiling."""
    game = _grown(_game(6, gamma=1.0, ema=16, batch=8), 8, start=0)
    config = digits32() | dict(game=game)
    nets = _nets((4, 4), style=8, depth=1)
    data = dict(name="shapes", shape=(8, 8, 1), count=64)
    return common.tiny(config) | dict(data=data, models=nets)


def _nets(widths: tuple[int, ...], **gen: object) -> dict:
    return dict(
        gen=dict(name="stylegan.Generator", widths=widths, **gen),
        disc=dict(name="progan.Discriminator", widths=widths[::-1]),
    )


def _game(latents: int, gamma: float, ema: int, batch: int) -> dict:
    """The loss with R1; the average's half-life in images."""
    r1 = dict(name="penalty", regularizer=dict(name="r1", gamma=gamma))
    return dict(
        name="style_based",
        latents=common.normal((latents,)),
        disc_terms=dict(r1=r1),
        ema=dict(name="half_life", images=ema, per_round=batch),
    )


def _grown(of: dict, images: int, start: int = 1) -> dict:
    """A game that grows, each fade and what is before it over so many images."""
    return dict(name="progressive", of=of, stable=images, fade=images, start=start)


def _small(game: dict, nets: dict) -> dict:
    """A run of minutes, in batches of 32."""
    return dict(
        models=nets,
        game=game,
        optim=common.adam(learning_rate=1e-3, b1=0.0, b2=0.99),
        train=common.TRAIN | dict(steps=IMAGES // 32, batch_size=32),
    )


def _paper(size: int) -> dict:
    """25 million images of batch 32, a half-life of 10,000; rates rise with the size."""
    count = size.bit_length() - 2
    widths = tuple(min(8192 // (2 << i), 512) for i in range(count))
    game = _grown(_game(512, gamma=10.0, ema=10_000, batch=32), 600_000)
    # From the begin of each fade on: to 128 x 128, to 256 x 256, to 512 x 512.
    rate = dict(
        name="steps",
        values=(1e-3, 1.5e-3, 2e-3, 3e-3),
        boundaries=(4_200_000, 5_400_000, 6_600_000),
    )
    adam = common.adam(learning_rate=rate, b1=0.0, b2=0.99)
    faces = common.pictures(size) | dict(preprocess=dict(name="flip"))
    return common.large(faces, game, adam, _nets(widths), 781_250, 32)


VARIANTS = common.table(digits32, digits32_fixed, colour32, ffhq256, ffhq1024, tiny)
