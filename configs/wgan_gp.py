"""WGAN-GP (Gulrajani et al. 2017, arXiv:1704.00028).

    python -m gan_jax.main --config=configs/wgan_gp.py[:VARIANT]

| variant        | data                       | networks              | source             |
|----------------|----------------------------|-----------------------|--------------------|
| digits         | 5,000 MNIST digits (ships) | DCGAN, 28x28          | default            |
| tiny           | drawn shapes, 16x16        | DCGAN, width 4        | seconds, for tests |
| mlp            | 5,000 MNIST digits (ships) | critic 784-512-256-1  | textbook MLP       |
| ring8, grid25, | synthetic points           | 3 x 512 ReLU          | section 4,         |
| swissroll      |                            |                       | figure 2           |
| fashion_mnist  | TFDS                       | DCGAN, 28x28          |                    |
| dcgan64        | a folder of 64x64 pictures | DCGAN, 64x64x3        | section 5.2        |
| cifar10        | TFDS                       | ResNet, no norm in C  | appendix F, table  |

Expected: `cifar10` unsupervised Inception Score 7.86 +- 0.07 (50,000 samples, 10
splits; paper, table 3), not run here. `digits` leaves readable digits after about five
minutes on two CPU cores.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def wgan_gp(latents: tuple[int, ...], weight: float = 10.0, **game: object) -> dict:
    """The game: Wasserstein loss, gradient penalty, five critic steps (algorithm 1)."""
    return dict(
        common.adversarial("wasserstein", latents, n_critic=5, **game),
        regularizers=dict(
            gradient_penalty=dict(name="gradient_penalty", weight=weight)
        ),
    )


def digits() -> dict:
    """DCGAN on the digits that ship with the package."""
    return dict(
        data=dict(name="mnist5k"),
        models=common.dcgan(width=32),
        # Departures from the paper for a five-minute run: a higher rate, averaged weights.
        game=wgan_gp(latents=(64,), ema=0.995),
        optim=common.adam(learning_rate=5e-4, b1=0.5, b2=0.9),
        train=dict(
            steps=1500,
            batch_size=64,
            seed=0,
            log_every=50,
            checkpoint_every=250,
            sample_every=250,
        ),
    )


def tiny() -> dict:
    """Seconds on a CPU: the path of every image run, on pictures drawn here."""
    return common.tiny(digits(), latents=common.normal((8,)), n_critic=2)


def mlp() -> dict:
    """Dense networks on the same digits."""
    return digits() | dict(
        models=common.mlp(256, 512, disc=dict(widths=(512, 256))),
    )


def toy(data: dict) -> dict:
    """The paper's toy recipe: lambda 0.1, batch 256, 100,000 iterations."""
    return dict(
        data=data,
        models=common.mlp(512, 512, 512),
        game=wgan_gp(latents=(2,), weight=0.1),
        optim=common.adam(learning_rate=1e-4, b1=0.5, b2=0.9),
        train=dict(
            steps=100_000,
            batch_size=256,
            seed=0,
            steps_per_call=100,
            log_every=500,
            checkpoint_every=10_000,
            sample_every=10_000,
            samples=1000,
        ),
    )


def ring8() -> dict:
    """Eight Gaussians: radius 2, std .02, divided by 1.414."""
    return toy(dict(name="ring", modes=8, radius=2.0, std=0.02, divisor=1.414))


def grid25() -> dict:
    """Twenty-five Gaussians: 100,000 fixed points, std .05, divided by 2.828."""
    return toy(dict(name="grid", side=5, spacing=2.0, std=0.05, divisor=2.828))


def swissroll() -> dict:
    """The Swiss roll seen from the side: noise .25, divided by 7.5."""
    return toy(dict(name="swiss_roll", noise=0.25, divisor=7.5))


def fashion_mnist() -> dict:
    """DCGAN on Fashion-MNIST: python -m gan_jax.data.prepare fashion_mnist."""
    return digits() | dict(
        data=dict(name="tfds", dataset="fashion_mnist"),
        models=common.dcgan(width=64),
        game=wgan_gp(latents=(128,)),
        train=digits()["train"]
        | dict(steps=20_000, checkpoint_every=1000, sample_every=1000),
    )


def dcgan64() -> dict:
    """DCGAN at 64x64x3 on your own pictures: --config.data.path=FOLDER."""
    return dict(
        data=dict(name="folder", path="data/pictures64", size=(64, 64), channels=3),
        models=common.dcgan(width=64),
        game=wgan_gp(latents=(128,)),
        optim=common.adam(
            learning_rate=1e-4, b1=0.5, b2=0.9
        ),  # the LSUN robustness runs'
        train=dict(
            steps=200_000,
            batch_size=64,
            seed=0,
            log_every=100,
            checkpoint_every=5000,
            sample_every=5000,
        ),
    )


def cifar10() -> dict:
    """Appendix F: ResNets, critic 64, generator 128, linear decay, dequantised data."""
    steps, batch_size, n_critic = 100_000, 64, 5
    he = dict(kernel_init=dict(name="he_uniform"))
    rate = dict(name="linear", start=2e-4, end=0.0, over=steps * batch_size * n_critic)
    return dict(
        data=dict(name="tfds", dataset="cifar10", preprocess=dict(name="dequantize")),
        models=dict(
            gen=dict(name="resnet.Generator", widths=(128,) * 4, **he),
            disc=dict(
                name="resnet.Discriminator", widths=(128,) * 4, pool="mean", **he
            ),
        ),
        game=wgan_gp(latents=(128,), gen_batch=2),
        optim=common.adam(learning_rate=rate, b1=0.0, b2=0.9),
        train=dict(
            steps=steps,
            batch_size=batch_size,
            seed=0,
            steps_per_call=10,
            log_every=100,
            checkpoint_every=5000,
            sample_every=5000,
        ),
    )


VARIANTS = common.table(
    digits, tiny, mlp, ring8, grid25, swissroll, fashion_mnist, dcgan64, cifar10
)
