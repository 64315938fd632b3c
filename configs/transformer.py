"""Transformers over pixels (Chen et al. 2020, Image GPT; blocks as of 2023 and GPT-2's).

    python -m gan_jax.main --config=configs/transformer.py[:VARIANT]
    python -m gan_jax.main --mode=sample --workdir=runs/transformer --ask.image=DIR \
        --ask.rows=14 --out=completed.png
    python -m gan_jax.main --mode=evaluate --workdir=runs/transformer --metrics=bits_per_dim

| variant       | data                  | tokens          | network                       |
|---------------|-----------------------|-----------------|-------------------------------|
| digits        | 4,500 MNIST digits    | 784 of 1 bit    | 4 blocks of 96, by class      |
| grey          | the same              | 784 of 8 bits   | the same                      |
| digits8       | 1,797 digits, 8 x 8   | 64 of 4 bits    | 4 blocks of 64, by class      |
| codes         | 4,500 MNIST digits    | 7 x 7 codes     | 4 blocks of 128, by class     |
| gpt2          | the same              | the same        | GPT-2's blocks                |
| fashion_mnist | 60,000 of TFDS        | 784 of 8 bits   | 8 blocks of 256, by class     |
| cifar10       | TFDS                  | 3,072 of 8 bits | 12 blocks of 512, by class    |
| tiny          | 1,797 digits, 8 x 8   | 64 of 2 bits    | 2 blocks of 16; seconds       |

`codes` wants a run of `configs/vqvae.py` or `configs/vqgan.py` (with the autoencoder's
arguments given as there), which it holds frozen: `--config.weights.book.workdir=RUN`.
A token else is a number of a picture, in raster order. The class stands before the first.
Sampling can be asked for `temperature`, `top_k`, `top_p`, and to complete pictures.

Expected, in bits per dimension: CIFAR-10 2.90 (Image Transformer), 2.80 (Sparse
Transformer), 2.92 (PixelCNN++); MNIST of 8 bits has no figure that all
agree on. Not run here: the large ones want an accelerator.

Departures: no dropout; one rate after a warm-up.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common, vqvae
from gan_jax.resolve import variant_of

RATE = dict(name="warmup", peak=1e-3, over=20_000)
OPTIM = common.adam("gen", learning_rate=RATE, b1=0.9, b2=0.95)
GPT2 = dict(
    **dict(norm="layer", feed="gelu", positions="learned"),
    **dict(qk_norm=False, bias=True, tied=True),
)


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def net(width: int, depth: int, heads: int, **more: object) -> dict:
    """The one network."""
    size = dict(width=width, depth=depth, heads=heads)
    return dict(gen=dict(name="transformer.Transformer", **size, **more))


def pixels(bits: int) -> dict:
    """The game, told the class."""
    tokens = dict(name="pixels", bits=bits)
    return dict(name="autoregressive", tokens=tokens, conditional=common.CLASSES)


def digits() -> dict:
    """Black and white digits."""
    return dict(
        data=dict(name="mnist5k", split="train"),
        models=net(96, 4, 4),
        game=pixels(1),
        optim=OPTIM,
        train=common.TRAIN | dict(steps=4000, batch_size=32, samples=40),
    )


def grey() -> dict:
    """All 256 levels."""
    return digits() | dict(game=pixels(8))


def digits8() -> dict:
    """The 17 levels of the small digits, in 16."""
    return digits() | dict(
        data=dict(name="digits8"),
        models=net(64, 4, 4),
        game=pixels(4),
        train=common.TRAIN | dict(steps=4000, batch_size=64, samples=100),
    )


def codes() -> dict:
    """Over the codes of `runs/vqvae`, or of the run that weights.book.workdir names."""
    book = vqvae.digits()["models"]["gen"]
    return digits() | dict(
        models=net(128, 4, 4) | dict(book=book),
        game=pixels(8) | dict(tokens=dict(name="codes")),
        weights=dict(book=dict(workdir="runs/vqvae", player="gen")),
        train=common.TRAIN | dict(steps=4000, batch_size=64, samples=100),
    )


def gpt2() -> dict:
    """Layer norm, GELU, learned places, biases, a tied table."""
    return digits8() | dict(models=net(64, 4, 4, **GPT2))


def fashion_mnist() -> dict:
    """python -m gan_jax.data.prepare fashion_mnist."""
    return common.large(
        dict(name="fashion_mnist"),
        pixels(8),
        OPTIM,
        net(256, 8, 8),
        steps=100_000,
        batch_size=64,
    )


def cifar10() -> dict:
    """python -m gan_jax.data.prepare cifar10."""
    return common.large(
        dict(name="cifar10"),
        pixels(8),
        OPTIM,
        net(512, 12, 8),
        steps=500_000,
        batch_size=64,
    )


def tiny() -> dict:
    """Seconds on a CPU."""
    return digits8() | dict(
        models=net(16, 2, 2),
        game=pixels(2),
        train=dict(
            steps=4, batch_size=8, log_every=2, checkpoint_every=2, samples=4, seed=0
        ),
    )


VARIANTS = common.table(
    digits, grey, digits8, codes, gpt2, fashion_mnist, cifar10, tiny
)
