"""SN-GAN (Miyato et al. 2018, arXiv:1802.05957).

    python -m gan_jax.main --config=configs/sngan.py[:VARIANT]

| variant | data                       | networks                  | source            |
|---------|----------------------------|---------------------------|-------------------|
| digits  | 5,000 MNIST digits (ships) | DCGAN, 28x28, SN in D     | default           |
| cifar10 | TFDS                       | ResNet, 4x4x256, SN in D  | table 4, hinge    |
| cnn     | TFDS CIFAR-10              | `models.sngan`, SN in D   | table 3           |
| stl48   | a folder of 48x48 pictures | ResNet, 6x6x512, SN in D  | tables 5 and 6    |
| cnn48   | a folder of 48x48 pictures | `models.sngan`, SN in D   | table 3           |
| res64   | a folder of 64x64 pictures | ResNet, 4x4x1024, SN in D | torch-mimicry     |
| res128  | a folder of 128x128 ones   | ResNet, 4x4x1024, SN in D | torch-mimicry     |
| ring8   | eight Gaussians            | 2 x 128 ReLU, SN in D     |                   |
| tiny    | eight Gaussians            | dense, 10, SN in D        | seconds           |

Expected: `cifar10` Inception Score 8.22 +- 0.05 (10 x 5,000 samples), FID 21.7 +- 0.21
(10,000 reals against 5,000 samples, whose floor, real against real, is 7.8); `stl48` 9.10
+- 0.04 and 40.1 +- 0.50; `cnn` 7.42 +- 0.08 and 29.3, with the hinge 7.58 +- 0.12 and 25.5;
`cnn48` 8.28 +- 0.09 and 53.1 (table 2); not run here.

Departures: biases in the last dense layer; `digits` and `ring8` are ours. There the last
layer's norm of one bounds the logits' slope, so the hinge's margins are wide.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of

SPECTRAL = dict(wrap=dict(name="spectral_norm"))


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def digits() -> dict:
    """Setting C of section 4.1: Adam 2e-4, b1 0.5, b2 0.999, one critic step."""
    return common.digits(
        common.adversarial("hinge", (64,), ema=0.995),
        common.adam(learning_rate=2e-4, b1=0.5),
        common.dcgan(disc=SPECTRAL),
    )


def cifar10() -> dict:
    """ResNets, critic 64 and generator 128, five critic steps, linear decay to 0."""
    steps, batch_size, n_critic = 50_000, 64, 5
    rate = dict(name="linear", start=2e-4, end=0.0, over=steps * batch_size * n_critic)
    return dict(
        data=dict(name="tfds", dataset="cifar10", preprocess=dict(name="dequantize")),
        models=dict(
            gen=dict(name="resnet.Generator"),
            disc=dict(name="resnet.Discriminator", **SPECTRAL),
        ),
        game=common.adversarial("hinge", (128,), n_critic=n_critic, gen_batch=2),
        optim=common.adam(learning_rate=rate, b1=0.0, b2=0.9),
        train=common.TRAIN
        | dict(steps=steps, batch_size=batch_size, steps_per_call=10)
        | dict(checkpoint_every=5000, sample_every=5000),
    )


def stl48() -> dict:
    """The same at 48 x 48 on your own pictures: --config.data.path=FOLDER."""
    disc = dict(name="resnet.Discriminator", widths=(64, 128, 256, 512, 1024), down=4)
    return cifar10() | dict(
        data=dict(name="folder", path="data/pictures48", size=(48, 48), channels=3),
        models=dict(
            gen=dict(name="resnet.Generator", widths=(512, 256, 128, 64)),
            disc=disc | SPECTRAL,
        ),
    )


def cnn() -> dict:
    """The convolutional nets: setting C (Adam 2e-4, .5, .999), one critic step, 100,000."""
    return common.large(
        common.CIFAR10,
        common.adversarial("non_saturating", (128,)),
        common.adam(learning_rate=2e-4, b1=0.5),
        dict(gen=dict(name="sngan.Generator"), disc=dict(name="sngan.Discriminator")),
        steps=100_000,
        batch_size=64,
    )


def cnn48() -> dict:
    """The same at 48 x 48 with setting B, Adam 1e-4, .5, .999 (footnote 4)."""
    return cnn() | dict(
        data=common.pictures(48), optim=common.adam(learning_rate=1e-4, b1=0.5)
    )


def res64() -> dict:
    """The ResNets at 64 x 64."""
    return _larger(64, (1024, 512, 256, 128, 64), (64, 128, 256, 512, 1024))


def res128() -> dict:
    """The ResNets at 128 x 128; the critic's last block keeps the size."""
    return _larger(
        128, (1024, 1024, 512, 256, 128, 64), (64, 128, 256, 512, 1024, 1024)
    )


def _larger(size: int, gen: tuple[int, ...], disc: tuple[int, ...]) -> dict:
    return cifar10() | dict(
        data=common.pictures(size),
        models=dict(
            gen=dict(name="resnet.Generator", widths=gen),
            disc=dict(name="resnet.Discriminator", widths=disc, down=5, **SPECTRAL),
        ),
    )


def ring8() -> dict:
    """Eight Gaussians."""
    return common.ring(
        common.adversarial("hinge", (2,)),
        common.adam(learning_rate=1e-3, b1=0.5),
        common.mlp(128, 128, disc=SPECTRAL),
    )


def tiny() -> dict:
    """Seconds on a CPU."""
    return common.tiny(ring8())


VARIANTS = common.table(digits, cifar10, cnn, stl48, cnn48, res64, res128, ring8, tiny)
