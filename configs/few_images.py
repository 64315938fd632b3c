"""GANs of few images: DiffAugment (Zhao et al. 2020, arXiv:2006.10738), ADA (Karras et
al. 2020, arXiv:2006.06676), LeCam (Tseng et al. 2021, arXiv:2104.03310).

    python -m gan_jax.main --config=configs/few_images.py[:VARIANT]

| variant     | data                    | the critic                                |
|-------------|-------------------------|-------------------------------------------|
| digits500   | 500 MNIST digits (ship) | sees all augmented by ADA, default        |
| plain       | the same                | sees them as they are                     |
| diffaugment | the same                | DiffAugment: translation, cutout          |
| ada_lecam   | the same                | ADA, and LeCam's anchors                  |
| bcr         | the same                | balanced consistency (arXiv:2002.04724)   |
| cifar10     | TFDS                    | DiffAugment on SN-GAN's ResNets           |
| tiny        | drawn shapes, 16x16     | ADA, LeCam, top-k, width 4, seconds       |

Digits are not mirrored: a mirrored 2 is no digit. So ADA has neither `xflip` nor
`rotate90` here; its turns by any angle are left to p. ADA learns p in 50,000 images
instead of 500,000, as a run of digits shows 256,000 in all.

Expected: `cifar10` (Zhao et al., table 2, BigGAN's networks, 10,000 samples against
10,000 reals, all of the data) FID 9.59 plain and 8.70 with DiffAugment, on a tenth of it
39.78 and 22.40; not run here, and SN-GAN's networks start from 21.7. The digits' numbers
stand in `experiments/few_images`.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of

FEW = dict(name="mnist5k", per_class=50)
ADA = dict(name="ada", kimg=50.0, strengths=dict(xflip=0.0, rotate90=0.0))
LECAM = dict(name="lecam", weight=0.3)
"""As for BigGAN, which has the hinge, too: its logits stay near one."""
SPECTRAL = dict(wrap=dict(name="spectral_norm"))


def get_config(variant: str = "digits500") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def plain() -> dict:
    """SN-GAN's game on DCGAN's networks: its critic can learn 500 digits by heart."""
    game = common.adversarial("hinge", (64,), ema=0.995)
    optim = common.adam(learning_rate=5e-4, b1=0.5)
    return common.digits(game, optim, common.dcgan(disc=SPECTRAL)) | dict(data=FEW)


def digits500() -> dict:
    """ADA."""
    return _with(plain(), augment=ADA)


def diffaugment() -> dict:
    """DiffAugment, without colours: digits are grey."""
    policy = "translation,cutout"
    return _with(plain(), augment=dict(name="diff_augment", policy=policy))


def ada_lecam() -> dict:
    """ADA and LeCam."""
    return _with(digits500(), disc_terms=dict(lecam=LECAM))


def bcr() -> dict:
    """Consistency of reals and of fakes under shifts of up to an eighth."""
    shifts = dict(name="flip_and_shift", flip=0.0)
    term = dict(name="consistency", side="both", augment=shifts)
    return _with(plain(), disc_terms=dict(bcr=term))


def cifar10() -> dict:
    """python -m gan_jax.data.prepare cifar10; SN-GAN's game with DiffAugment."""
    game = common.adversarial(
        "hinge", (128,), n_critic=5, gen_batch=2, augment=dict(name="diff_augment")
    )
    disc = dict(name="resnet.Discriminator", **SPECTRAL)
    return dict(
        data=dict(name="tfds", dataset="cifar10", preprocess=dict(name="dequantize")),
        models=dict(gen=dict(name="resnet.Generator"), disc=disc),
        game=game,
        optim=common.adam(learning_rate=2e-4, b1=0.0, b2=0.9),
        train=common.TRAIN | dict(steps=50_000, batch_size=64, steps_per_call=10),
    )


def tiny() -> dict:
    """Seconds on a CPU."""
    choice = dict(name="top_k", epoch=16)
    return common.tiny(ada_lecam(), latents=common.normal((8,)), choice=choice)


def _with(config: dict, **game: object) -> dict:
    return config | dict(game=config["game"] | game)


VARIANTS = common.table(digits500, plain, diffaugment, ada_lecam, bcr, cifar10, tiny)
