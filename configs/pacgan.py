"""PacGAN (Lin et al. 2018, arXiv:1712.04086).

    python -m gan_jax.main --config=configs/pacgan.py[:VARIANT]
    python -m gan_jax.main --config=configs/pacgan.py --config.game.pack=1 \
        --config.train.batch_size=100                                         # a GAN

| variant       | data                        | networks                      | source  |
|---------------|-----------------------------|-------------------------------|---------|
| ring8         | eight Gaussians, radius 1   | G 4 x 400, D 3 x 200 maxout 5 | table 1 |
| grid25        | twenty-five Gaussians       | the same                      | table 1 |
| stacked_mnist | three digits, 1,000 modes   | DCGAN, 5x5, width 64          | table 2 |
| digits        | 5,000 MNIST digits (ships)  | DCGAN, 28x28                  |         |
| tiny          | eight Gaussians             | dense, 10                     | seconds |

The discriminator judges m = 2 samples at once. A batch is of samples: m times 100 packs
(64 in `stacked_mnist`), m = 3 wants `--config.train.batch_size=300`.

Expected (2,500 samples, 10 seeds, standard errors; within 3 std of a mode):
GAN 6.3 +- 0.5 modes of 8, 98.2 % high quality, reverse KL 0.45; PacGAN2 7.9 +- 0.1, 95.6
%, 0.07. On the grid 17.3 +- 0.8 of 25 and 23.8 +- 0.7. `stacked_mnist`: DCGAN 78.9 +- 6.5
modes of 1,000, PacDCGAN2 all 1,000, reverse KL 0.06 (26,000 samples, 10 trials). Not run
here at the papers' length.

Departures: packs are drawn without replacement within an epoch; `stacked_mnist` scales
data to [-1, 1], the generator's range, and stacks the 5,000 digits that ship.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of


def get_config(variant: str = "ring8") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def pacgan(latents: tuple[int, ...], **game: object) -> dict:
    """The game: two samples at once."""
    return common.adversarial("non_saturating", latents, pack=2, **game)


def ring8() -> dict:
    """Section 4.1: 400 epochs of 1,000 steps, Adam 1e-4, b1 0.8."""
    norm = dict(name="batch_norm", momentum=0.95)
    nets = common.mlp(
        gen=dict(widths=(400,) * 4, norm=norm, bias=False),
        disc=dict(widths=(1000,) * 3, activation=dict(name="maxout", pieces=5)),
        kernel_init=dict(name="normal", stddev=0.02),
    )
    optim = common.adam(learning_rate=1e-4, b1=0.8)
    config = common.ring(pacgan((2,)), optim, nets, steps=400_000, batch_size=200)
    return config | dict(data=common.PACGAN_RING)


def grid25() -> dict:
    """Twenty-five Gaussians."""
    return ring8() | dict(data=common.PACGAN_GRID)


def stacked_mnist() -> dict:
    """Section 4.2: 50 epochs of 2,000 steps, two generator steps to one of D."""
    uniform = dict(name="uniform", shape=(100,))
    up, down = (dict(name=name, kernel=5) for name in ("transposed", "strided"))
    batch_norm = dict(name="batch_norm")
    return dict(
        data=dict(name="stacked_mnist"),
        models=common.dcgan(64, dict(up=up), dict(down=down, norm=batch_norm)),
        game=pacgan((100,), gen_steps=2) | dict(latents=uniform),
        optim=common.adam(learning_rate=2e-4, b1=0.5),
        train=common.TRAIN | dict(steps=100_000, batch_size=128),
    )


def digits() -> dict:
    """The digits that ship with the package."""
    optim = common.adam(learning_rate=2e-4, b1=0.5)
    return common.digits(pacgan((64,), ema=0.995), optim, batch_size=128)


def tiny() -> dict:
    """Seconds on a CPU."""
    return common.tiny(ring8())


VARIANTS = common.table(ring8, grid25, stacked_mnist, digits, tiny)
