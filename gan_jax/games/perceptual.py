"""Perceptual distances: how far a frozen network finds pictures apart.

Values that a game of reconstructions takes (`vq_gan`'s `perceptual`). The networks are
those of `gan_jax.metrics.extractors`: with them as a loss, scores by the same network are
no longer a stranger's.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.metrics import extractors
from gan_jax.metrics.extractors import Extractor
from gan_jax.typing import Images, Kind, PerExample


class Perceptual(NamedTuple):
    """A distance of pictures.

    Attributes:
        apart: pictures in [-1, 1] and what stands for them -> what is added for each.
    """

    KIND = Kind("a perceptual distance")

    apart: Callable[[Images, Images], PerExample]


def lpips(weights: str, weight: float = 1.0, digest: str | None = None) -> Perceptual:
    """LPIPS by VGG16 (Zhang et al. 2018, arXiv:1801.03924), as in VQ-GAN.

    Args:
        weights: path of the weights, see `extractors.lpips`.
        weight: of the distance; 1 in VQ-GAN's code.
        digest: sha256 that the file must have; None takes any file.

    Raises:
        ValueError: a negative weight.
        BadInput: no such file, or it is not this network's; when it is traced, pictures
            of less than 16 x 16.
    """
    ranges.at_least(0, weight=weight)
    network = extractors.lpips(weights, digest)

    def apart(x: Images, y: Images) -> PerExample:
        return weight * jnp.square(_seen(network, x) - _seen(network, y)).sum(1)

    return Perceptual(apart)


def digit_features(
    dataset: Literal["mnist", "fashion_mnist"] = "mnist", weight: float = 1.0
) -> Perceptual:
    """|f(x) / |f(x)| - f(y) / |f(y)||^2, f the features of the house's classifier.

    For 28 x 28 grey pictures; no file is needed. FD-digits is of the same features.

    Args:
        dataset: that the classifier was trained on.
        weight: of the distance, which is between 0 and 2.

    Raises:
        ValueError: a negative weight.
        BadInput: when it is traced, pictures of another size.
    """
    ranges.at_least(0, weight=weight)
    network = extractors.digits(dataset)

    def unit(x: Images) -> Float[Array, "b d"]:
        features = _seen(network, x)
        # Its own derivative of a length of zero is not finite.
        square = jnp.square(features).sum(1, keepdims=True)
        return features * jax.lax.rsqrt(square + 1e-6)

    def apart(x: Images, y: Images) -> PerExample:
        return weight * jnp.square(unit(x) - unit(y)).sum(1)

    return Perceptual(apart)


def _seen(network: Extractor, x: Images) -> Float[Array, "b d"]:
    return network.seen((x + 1) * 127.5)


__all__ = ["Perceptual", "digit_features", "lpips"]
