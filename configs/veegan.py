"""VEEGAN (Srivastava et al. 2017, arXiv:1705.07761).

    python -m gan_jax.main --config=configs/veegan.py[:VARIANT]

| variant       | data                       | networks                      | source  |
|---------------|----------------------------|-------------------------------|---------|
| ring8         | eight Gaussians, radius 1  | G, F 2 x 128 ReLU, D 128      | table 1 |
| grid25        | twenty-five Gaussians      | the same                      | table 1 |
| stacked_mnist | three digits, 1,000 modes  | DCGAN, 28x28x3                | table 2 |
| digits        | 5,000 MNIST digits (ships) | DCGAN, 28x28                  |         |
| tiny          | eight Gaussians            | dense, 10                     | seconds |

`ring8` and `grid25` are the authors' notebooks: z of 254, batch 500, Adam 1e-3, b1 0.5,
100,000 rounds, codes of unit variance.

The player `enc` reconstructs the latent of a sample; the discriminator judges pairs.

Expected (2,500 samples, mean of 5 runs; within 3 std of a mode): `ring8` 8 modes of 8,
52.9 % high quality; `grid25` 24.6 of 25, 40 %; `stacked_mnist` 150 modes of 1,000, KL
2.95 (26,000 samples). Not run here at the paper's length.

Departures: the notebook's generator reads one more normal number, which nobody judges or
reconstructs, and its players step at once, not in turn.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of


def get_config(variant: str = "ring8") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def veegan(latents: tuple[int, ...], **numbers: object) -> dict:
    """The game; its losses are its own."""
    return dict(name="veegan", latents=common.normal(latents), **numbers)


def trio(family: str, latents: tuple[int, ...], **size: object) -> dict:
    """Generator, reconstructor and joint discriminator of one family and size."""
    return dict(
        gen=dict(name=f"{family}.Generator", **size),
        enc=dict(name=f"{family}.Encoder", latents=latents, **size),
        disc=dict(name=f"{family}.JointDiscriminator", **size),
    )


def adam(learning_rate: float) -> dict:
    """The same for all three."""
    return common.adam("gen", "enc", "disc", learning_rate=learning_rate, b1=0.5)


def ring8() -> dict:
    """Eight Gaussians."""
    nets = trio("mlp", (254,), widths=(128, 128))
    nets["disc"] |= dict(widths=(128,))
    train = dict(steps=100_000, batch_size=500)
    ring = common.ring(veegan((254,)), adam(1e-3), nets, **train)
    return ring | dict(data=dict(name="ring", modes=8, radius=1.0, std=0.01))


def grid25() -> dict:
    """Twenty-five Gaussians."""
    return ring8() | dict(data=common.PACGAN_GRID)


def digits() -> dict:
    """The digits that ship with the package."""
    nets = trio("dcgan", (64,), width=32)
    return common.digits(veegan((64,), ema=0.995), adam(2e-4), nets, steps=2000)


def stacked_mnist() -> dict:
    """Three digits in three channels."""
    return digits() | dict(
        data=dict(name="stacked_mnist"),
        models=trio("dcgan", (100,), width=64),
        game=veegan((100,)),
        train=common.TRAIN | dict(steps=100_000, batch_size=64),
    )


def tiny() -> dict:
    """Seconds on a CPU."""
    return common.tiny(ring8())


VARIANTS = common.table(ring8, grid25, stacked_mnist, digits, tiny)
