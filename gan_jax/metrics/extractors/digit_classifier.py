"""A small classifier of 28 x 28 grey images, whose weights come with the package.

Its 128 features give FD-digits, its probabilities the inception score on digits, the
counts of modes (Metz et al. 2017, stacked MNIST) and the accuracy of conditional
samples. It is our own network: numbers made with it compare with one another only. It
is sure of noise, too, as classifiers are: its probabilities say what a sample is only
where FD-digits says that it is a digit at all.
`experiments/digits_classifier/run.py` trains it, and wrote the accuracy and the command
into the JSON beside the weights.
"""

import functools
import json
from collections.abc import Callable
from importlib import resources
from typing import Literal

import jax
from flax import linen as nn
from flax import traverse_util
from jaxtyping import Array, Float

from gan_jax.errors import BadInput
from gan_jax.metrics.extractors import state_dict
from gan_jax.metrics.extractors.base import Extractor


def _as_is() -> Callable[[jax.Array], jax.Array]:
    return lambda x: x


class Classifier(nn.Module):
    """Four convolutions and two dense layers, between which the features lie.

    Args:
        widths: channels of the convolutions.
        kernels: sides of their kernels.
        strides: their steps.
        features: width of the first dense layer.
        norm: makes the layer behind each convolution; nothing once it is folded in.
        classes: count of logits.
    """

    widths: tuple[int, ...] = (32, 64, 64, 48)
    kernels: tuple[int, ...] = (5, 3, 3, 3)
    strides: tuple[int, ...] = (2, 1, 2, 2)
    features: int = 128
    norm: Callable[[], Callable[[jax.Array], jax.Array]] = _as_is
    classes: int = 10

    @nn.compact
    def __call__(
        self, pixels: Float[Array, "b h w 1"]
    ) -> tuple[Float[Array, "b d"], Float[Array, "b k"]]:
        """Features and logits of pixels of 0 to 255."""
        x = pixels / 127.5 - 1
        for width, side, stride in zip(
            self.widths, self.kernels, self.strides, strict=True
        ):
            x = nn.relu(self.norm()(nn.Conv(width, (side, side), stride)(x)))
        features = nn.relu(nn.Dense(self.features)(x.reshape(len(x), -1)))
        return features, nn.Dense(self.classes)(features)


def digits(
    dataset: Literal["mnist", "fashion_mnist"] = "mnist", batch: int = 256
) -> Extractor:
    """Classifier of MNIST's digits or Fashion-MNIST's clothes: 128 features.

    Raises:
        BadInput: the weights in the installed package are damaged.
    """
    tensors, digest, record = _stored(dataset)
    if digest != record["sha256"]:
        raise BadInput(
            f"the weights of digits({dataset!r}) are not those that were trained",
            "install the package again",
        )
    params = {name: tensor.astype("float32") for name, tensor in tensors.items()}
    return Extractor(
        name="digits" if dataset == "mnist" else f"digits-{dataset}",
        weights=digest,
        resize="none",
        dim=128,
        classes=10,
        network=Classifier(),
        variables={"params": traverse_util.unflatten_dict(params, sep=".")},
        channels=1,
        side=28,
        batch=batch,
    )


@functools.cache
def _stored(dataset: str) -> tuple[state_dict.Tensors, str, dict]:
    folder = resources.files("gan_jax.metrics.extractors") / "weights"
    with resources.as_file(folder / f"{dataset}.safetensors") as file:
        tensors, digest = state_dict.load(file)
    return tensors, digest, json.loads((folder / f"{dataset}.json").read_text())
