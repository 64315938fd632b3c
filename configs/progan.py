"""Progressive GAN (Karras et al. 2018, arXiv:1710.10196).

    python -m gan_jax.main --config=configs/progan.py[:VARIANT]

| variant        | data                       | networks                 | grows     |
|----------------|----------------------------|--------------------------|-----------|
| digits32       | 5,000 MNIST digits (ships) | 4x4x64 up to 32x32x16    | 4 to 32   |
| digits32_fixed | the same                   | the same                 | no        |
| colour32       | a folder of 32x32          | 4x4x128 up to 32x32x64   | 4 to 32   |
| cifar10        | TFDS                       | 512 throughout           | 4 to 32   |
| celebahq256    | a folder of 256x256        | 512 to 64                | 4 to 256  |
| celebahq1024   | a folder of 1024x1024      | 512 to 16, as published  | 4 to 1024 |
| tiny           | small drawn pictures       | two sizes of 4 channels  | 4 to 8    |

Growing and fixed show equally many images. The paper's schedule, 800,000 images for each
fade and each size, is that of the last three; the authors' released code has
600,000: `--config.game.stable=600000 --config.game.fade=600000`.

Expected: CIFAR-10 inception score 8.80 +- 0.05 (best run, 8.56 +- 0.06 the mean of runs);
CelebA-HQ at 1024 x 1024 FID 7.79 (as StyleGAN's table 1 has it). None is run here; what
growing does to digits32: experiments/growing.

Departures: a batch is 16 at every size; the paper has 14, 6 and 3 from 256 x 256 on,
for want of memory, where ours is cut into microbatches. Runs end when the last size was
trained alone as long as the others. Minibatch groups are of 4, as in the code (16 in the
paper). Faces are mirrored. Short runs average weights with .99: at their end the paper's
.999 would still hold what the smaller sizes were. Classes (the paper's CIFAR-10 has none)
are told by `game.of.conditional` and a head.
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
    """Three fades of 24,000 images and as many before each; the rest at 32 x 32."""
    game = _grown(_game(64, ema=0.99), 24_000)
    return _small(game, (64, 64, 32, 16)) | dict(data=DIGITS)


def digits32_fixed() -> dict:
    """The networks of `digits32` at 32 x 32 from the beginning."""
    grown = digits32()
    return grown | dict(game=grown["game"]["of"])


def colour32() -> dict:
    """Any colour pictures: data.path=FOLDER."""
    game = _grown(_game(128, ema=0.99), 24_000)
    return _small(game, (128, 128, 128, 64)) | dict(data=common.pictures(32))


def cifar10() -> dict:
    """The paper's networks at 32 x 32."""
    data = dict(name="tfds", dataset="cifar10")
    return _paper(data, 32)


def celebahq256() -> dict:
    """The first seven of the paper's nine sizes."""
    return _paper(_faces(256), 256)


def celebahq1024() -> dict:
    """The paper's, in microbatches from 512 x 512 on."""
    whole = _paper(_faces(1024), 1024)
    parts = (1, 1, 1, 1, 1, 1, 1, 2, 4)
    return whole | dict(game=whole["game"] | dict(microbatches=parts))


def tiny() -> dict:
    """Four rounds, of which one is a fade; seconds on a CPU, most of it compiling."""
    small = digits32()
    config = small | dict(game=_grown(_game(6, ema=0.9), 8))
    nets = _nets((4, 4))
    data = dict(name="shapes", shape=(8, 8, 1), count=64)
    return common.tiny(config) | dict(data=data, models=nets)


def _nets(widths: tuple[int, ...]) -> dict:
    return dict(
        gen=dict(name="progan.Generator", widths=widths),
        disc=dict(name="progan.Discriminator", widths=widths[::-1]),
    )


def _game(latents: int, ema: float) -> dict:
    """WGAN-GP with one critic step, and logits kept near zero."""
    return common.adversarial(
        "wasserstein",
        (latents,),
        regularizers=dict(gp=dict(name="gradient_penalty", weight=10.0)),
        disc_terms=dict(drift=dict(name="logit_decay", weight=0.001)),
        ema=ema,
    )


def _grown(of: dict, images: int) -> dict:
    """A game that grows, each fade and what is before it over so many images."""
    return dict(name="progressive", of=of, stable=images, fade=images)


def _small(game: dict, widths: tuple[int, ...]) -> dict:
    """A run of minutes, in batches of 32."""
    steps = IMAGES // 32
    return dict(
        models=_nets(widths),
        game=game,
        optim=_adam(),
        train=common.TRAIN | dict(steps=steps, batch_size=32),
    )


def _paper(data: dict, size: int) -> dict:
    """Batches of 16, until the last size was trained alone for 800,000 images, too."""
    sizes = size.bit_length() - 2
    widths = tuple(min(8192 // (2 << i), 512) for i in range(sizes))
    game = _grown(_game(512, ema=0.999), 800_000)
    steps = (2 * sizes - 1) * 800_000 // 16
    return common.large(data, game, _adam(), _nets(widths), steps, 16)


def _faces(size: int) -> dict:
    return common.pictures(size) | dict(preprocess=dict(name="flip"))


def _adam() -> dict:
    return common.adam(learning_rate=1e-3, b1=0.0, b2=0.99)


VARIANTS = common.table(
    digits32,
    digits32_fixed,
    colour32,
    cifar10,
    celebahq256,
    celebahq1024,
    tiny,
)
