"""Stacked MNIST: three digits drawn at random, one a channel: 1,000 modes.

Metz et al. (2017), "Unrolled GAN", section 3.3; protocol of the mode counts in VEEGAN
(Srivastava et al. 2017) and PacGAN (Lin et al. 2018, section 4.2): 26,000 samples.
The papers draw 128,000 triples of the 60,000 digits once; here every position draws its
own from the 4,500 (or 500) that `mnist5k` holds, whose classes are of one size: all
modes are equally likely.
"""

from typing import Literal

import jax
import jax.numpy as jnp

from gan_jax import rng
from gan_jax.data.dataset import Dataset, Resident, Sampled, recipe_digest
from gan_jax.data.embedded import mnist5k
from gan_jax.data.preprocess import Preprocess, scale
from gan_jax.typing import Keys

STACKED_MODES = tuple(f"{i:03}" for i in range(1000))
"""Names of the classes: the digits of the channels, red first."""


def stacked_mnist(
    split: Literal["train", "test"] = "train",
    preprocess: Preprocess | None = None,
) -> Dataset:
    """Endless pictures uint8 [28, 28, 3] of three real digits each, drawn on the device.

    The label counts 100 for the first channel's digit, 10 for the second's.

    Args:
        split: of `mnist5k`, whose digits are stacked.
        preprocess: pixels to floats; the default is `scale()`.
    """
    digits = mnist5k(split)
    assert isinstance(digits.source, Resident)
    sample = digits.source.arrays["sample"][..., 0]
    label = digits.source.arrays["label"]

    def draw(keys: Keys) -> dict[str, jax.Array]:
        u = rng.uniform(rng.stream(keys, "digits"), (3,))
        chosen = jnp.minimum((u * len(label)).astype(jnp.int32), len(label) - 1)
        three = jnp.asarray(label)[chosen]
        pixels = jnp.moveaxis(jnp.asarray(sample)[chosen], -3, -1)
        return {"sample": pixels, "label": three @ jnp.array([100, 10, 1])}

    return Dataset(
        name="stacked_mnist" if split == "train" else f"stacked_mnist/{split}",
        shape=(28, 28, 3),
        classes=STACKED_MODES,
        size=None,
        digest=recipe_digest("stacked_mnist", digits=digits.digest),
        source=Sampled(draw),
        preprocess=preprocess or scale(),
        frequencies=(1,) * len(STACKED_MODES),
    )
