"""VQ-VAE (van den Oord et al. 2017, arXiv:1711.00937) and FSQ (Mentzer et al. 2024).

    python -m gan_jax.main --config=configs/vqvae.py[:VARIANT]
    python -m gan_jax.main --mode=latents --workdir=runs/vqvae --do=reconstruct
    python -m gan_jax.main --config=configs/transformer.py:codes \
        --config.weights.book.workdir=runs/vqvae

| variant       | data                | codes                                          |
|---------------|---------------------|------------------------------------------------|
| digits        | 4,500 MNIST digits  | 7 x 7 of 128, averages, dead ones begun anew   |
| learnt        | the same            | the same, by gradients (the paper's equation 3) |
| fsq           | the same            | 7 x 7 of 240: levels 8, 6, 5                   |
| fashion_mnist | 60,000 of TFDS      | as digits, of 256                              |
| tiny          | 1,797 digits, 8 x 8 | 4 x 4 of 8; seconds                            |

The third command trains a Transformer over the codes of the first, which then draws new
pictures; the autoencoder is frozen in it.

Expected: the paper prints bits per dimension of CIFAR-10 (4.67), by a bound that is not
computed here; no score of digits. Pictures of a run are reconstructions.

Departures: residual blocks as in `configs/vqgan.py`, much narrower.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def net(quantiser: dict, *widths: int) -> dict:
    """An autoencoder that halves the picture between its widths."""
    return dict(name="vqgan.Autoencoder", widths=widths, quantiser=quantiser)


def book(count: int, dim: int = 32, **more: object) -> dict:
    """A codebook."""
    return dict(name="vector_quantiser", count=count, dim=dim, **more)


def digits() -> dict:
    """Averages of what is near."""
    return dict(
        data=dict(name="mnist5k", split="train"),
        models=dict(gen=net(book(128), 16, 32, 32)),
        game=dict(name="vq_vae"),
        optim=common.adam("gen", learning_rate=1e-3, b1=0.9),
        train=common.TRAIN | dict(steps=2000, batch_size=64),
    )


def learnt() -> dict:
    """The codebook by gradients."""
    return digits() | dict(models=dict(gen=net(book(128, decay=None), 16, 32, 32)))


def fsq() -> dict:
    """Rounding, and no codebook."""
    levels = dict(name="finite_scalar", levels=(8, 6, 5))
    return digits() | dict(models=dict(gen=net(levels, 16, 32, 32)))


def fashion_mnist() -> dict:
    """python -m gan_jax.data.prepare fashion_mnist."""
    return digits() | dict(
        data=dict(name="fashion_mnist"),
        models=dict(gen=net(book(256, 64), 32, 64, 64)),
        train=common.TRAIN | dict(steps=20_000, batch_size=64),
    )


def tiny() -> dict:
    """Seconds on a CPU."""
    return digits() | dict(
        data=dict(name="digits8"),
        models=dict(gen=net(book(8, 3), 4, 4)),
        train=dict(
            steps=4, batch_size=8, log_every=2, checkpoint_every=2, samples=4, seed=0
        ),
    )


VARIANTS = common.table(digits, learnt, fsq, fashion_mnist, tiny)
