"""DCGAN (Radford et al. 2016, arXiv:1511.06434), and minibatch discrimination on it.

    python -m gan_jax.main --config=configs/dcgan.py[:VARIANT]

| variant   | data                       | networks                      | source        |
|-----------|----------------------------|-------------------------------|---------------|
| digits    | 5,000 MNIST digits (ships) | 28x28, width 32               | default       |
| minibatch | the same                   | D sees its batch, 100 kernels | Salimans 2016 |
| pictures  | a folder of 64x64 pictures | 4x4x1024 up to 64x64          | figure 1      |
| cifar10   | TFDS                       | 4x4x512 up to 32x32           | section 5.2   |
| tiny      | drawn shapes, 16x16        | width 4                       | seconds       |

All have the paper's uniform prior of 100, batch norm in both players, N(0, 0.02^2),
5 x 5 kernels (4 x 4 for `digits`) and Adam 2e-4 with b1 = 0.5.

Expected: the paper scores features (CIFAR-10 + SVM 82.8 %), not samples. CIFAR-10
Inception Score as others measured it: 6.16 +- 0.07 (Gulrajani et al., table 3), 6.64 +-
0.14 (Miyato et al., table 2), 50,000 samples in 10 splits; not run here. `minibatch`:
CIFAR-10 7.0 with FID 31.3 against 6.7 and 34.3 without (chainer-gan-lib, 50,000 reals
and 10,000 samples), not run here. Two-dimensional data want dense networks, so there is
no ring here.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


OPTIM = common.adam(learning_rate=2e-4, b1=0.5)
BATCH_NORM = dict(norm=dict(name="batch_norm"))
WIDE = dict(
    gen=dict(up=dict(name="transposed", kernel=5)),
    disc=dict(down=dict(name="strided", kernel=5), **BATCH_NORM),
)


def dcgan(**game: object) -> dict:
    """The game: z uniform on [-1, 1)^100."""
    uniform = dict(name="uniform", shape=(100,))
    return common.adversarial("non_saturating", (100,), **game) | dict(latents=uniform)


def digits() -> dict:
    """The digits that ship with the package."""
    return common.digits(dcgan(ema=0.995), OPTIM, common.dcgan(disc=BATCH_NORM))


def minibatch() -> dict:
    """Minibatch discrimination before the last layer, and no batch norm beside it."""
    layer = dict(name="minibatch_discrimination", kernels=100, dims=5)
    return digits() | dict(models=common.dcgan(disc=dict(minibatch=layer)))


def pictures() -> dict:
    """Your own pictures: --config.data.path=FOLDER; the net of figure 1."""
    return digits() | dict(
        data=dict(name="folder", path="data/pictures64", size=(64, 64), channels=3),
        models=common.dcgan(128, **WIDE),
        game=dcgan(),
        train=common.TRAIN | dict(steps=200_000, batch_size=128),
    )


def cifar10() -> dict:
    """python -m gan_jax.data.prepare cifar10."""
    return pictures() | dict(data=dict(name="tfds", dataset="cifar10"))


def tiny() -> dict:
    """Seconds on a CPU."""
    return common.tiny(minibatch(), latents=dict(name="uniform", shape=(8,)))


VARIANTS = common.table(digits, minibatch, pictures, cifar10, tiny)
