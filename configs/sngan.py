"""SN-GAN (Miyato et al. 2018, arXiv:1802.05957).

    python -m gan_jax.main --config=configs/sngan.py[:VARIANT]

| variant | data                       | networks                  | source            |
|---------|----------------------------|---------------------------|-------------------|
| digits  | 5,000 MNIST digits (ships) | DCGAN, 28x28, SN in D     | default           |
| cifar10 | TFDS                       | ResNet, 4x4x256, SN in D  | table 4, hinge    |
| stl48   | a folder of 48x48 pictures | ResNet, 6x6x512, SN in D  | tables 5 and 6    |
| ring8   | eight Gaussians            | 2 x 128 ReLU, SN in D     |                   |
| tiny    | eight Gaussians            | dense, 10, SN in D        | seconds           |

Expected: `cifar10` Inception Score 8.22 +- 0.05 (10 x 5,000 samples), FID 21.7 +- 0.21
(10,000 reals against 5,000 samples, whose floor, real against real, is 7.8); `stl48` 9.10
+- 0.04 and 40.1 +- 0.50 (table 2); not run here.

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


VARIANTS = common.table(digits, cifar10, stl48, ring8, tiny)
