"""What an extractor is: uint8 images in, features and class probabilities out.

An extractor is part of the number it makes: `name`, `weights` and `resize` go into the
stamp of every score (`gan_jax.metrics.Protocol`).
"""

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import traverse_util
from jaxtyping import Array, Float, Shaped

from gan_jax.errors import BadInput
from gan_jax.typing import Tree


class Features(NamedTuple):
    """What the network says of n images.

    `features` [n, d] feed distances between sets; `probabilities` [n, k] feed the
    inception score and the counts of modes, and are None where there is no classifier.
    """

    features: Float[np.ndarray, "n d"]
    probabilities: Float[np.ndarray, "n k"] | None


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Extractor:
    """A frozen network that describes images.

    Attributes:
        name: what the network is called in a score.
        weights: sha256 (hex) of its weights.
        resize: what is done to the pixels before it, by name.
        dim: count of features; 0 where the pictures' size says how many.
        classes: count of classes of its probabilities; 0 where it has none.
        network: module from float32 pixels [b, h, w, c] of 0 to 255 to the features
            and the logits, or None in their place.
        variables: its parameters.
        channels: 3, or 1 of a network for grey images.
        side: height and width it wants; None where it resizes by itself.
        least: height and width of the smallest pictures it takes.
        batch: images in one device call; every call has this many, so that the
            numbers do not depend on how many images were asked about together.
    """

    name: str
    weights: str
    resize: str
    dim: int
    classes: int
    network: nn.Module
    variables: Tree
    channels: int = 3
    side: int | None = None
    least: int = 1
    batch: int = 64

    def __call__(self, images: Shaped[Array | np.ndarray, "..."]) -> Features:
        """Features of uint8 images [n, h, w, c]; grey ones are taken as colour too.

        Raises:
            BadInput: not uint8, or of a size or channels the network does not take.
        """
        self._check(images)
        outputs = [
            self._batch(images[i : i + self.batch]) for i in self._starts(images)
        ]
        features = _joined([x[0] for x in outputs], self.dim)
        if not self.classes:
            return Features(features, None)
        return Features(features, _joined([x[1] for x in outputs], self.classes))

    def seen(self, pixels: Float[Array, "n h w c"]) -> Float[Array, "n d"]:
        """Features of float pixels of 0 to 255, not rounded, all in one call.

        For metrics of steps too small for uint8; `__call__` is for all others.

        Raises:
            BadInput: of a size or channels the network does not take.
        """
        self._check_shape(pixels)
        return _forward(self.network, self.channels, self.variables, pixels)[0]

    def _starts(self, images: Any) -> range:
        return range(0, len(images), self.batch)

    def _batch(self, images: Any) -> tuple[jax.Array, jax.Array | None]:
        """Runs one full batch, of which the last images may be padding."""
        missing = self.batch - len(images)
        ends = np.array([[0, missing], [0, 0], [0, 0], [0, 0]])
        padded = np.pad(np.asarray(images), ends)
        features, probabilities = _forward(
            self.network, self.channels, self.variables, padded
        )
        kept = slice(0, len(images))
        return features[kept], None if probabilities is None else probabilities[kept]

    def _check(self, images: Any) -> None:
        if images.dtype != np.uint8:
            raise BadInput(
                f"{self.name}: images are {images.dtype}, wanted uint8 of 0 to 255",
                "quantise them first, as saved pictures are",
            )
        self._check_shape(images)

    def _check_shape(self, images: Any) -> None:
        if images.ndim != 4 or images.shape[-1] not in {1, self.channels}:
            channels = "1" if self.channels == 1 else "1 or 3"
            raise BadInput(
                f"{self.name}: images have shape {tuple(images.shape)}",
                f"wanted [n, h, w, {channels}]",
            )
        if self.side and images.shape[1:3] != (self.side, self.side):
            raise BadInput(
                f"{self.name}: images are {images.shape[1]} x {images.shape[2]} pixels",
                f"it takes {self.side} x {self.side}",
            )
        if 0 < min(images.shape[1:3]) < self.least:
            raise BadInput(
                f"{self.name}: images are {images.shape[1]} x {images.shape[2]} pixels",
                f"it takes {self.least} x {self.least} and larger",
            )
        if 0 in images.shape[1:]:
            raise BadInput(f"{self.name}: images have no pixels: {images.shape}")


def _joined(parts: list[Any], width: int) -> np.ndarray:
    if not parts:
        return np.zeros((0, width), np.float32)
    return np.concatenate(list(map(np.asarray, parts)))


@functools.partial(jax.jit, static_argnums=(0, 1))
def _forward(
    network: nn.Module, channels: int, variables: Tree, images: jax.Array
) -> tuple[jax.Array, jax.Array | None]:
    """Compiled once per network and image size, not once per extractor."""
    pixels = images.astype(jnp.float32)
    pixels = jnp.broadcast_to(pixels, (*pixels.shape[:-1], channels))
    with jax.default_matmul_precision("highest"):  # no TF32: features are compared
        outputs: Any = network.apply(variables, pixels)
    features, logits = outputs
    return features, None if logits is None else jax.nn.softmax(logits)


def fitted(network: nn.Module, params: Mapping[str, Any], source: str) -> Tree:
    """The variables a colour network asks for, from parameters by dotted name.

    Those it has no use for are left out.

    Raises:
        BadInput: some are missing or of another shape.
    """
    pixels = jax.ShapeDtypeStruct((1, 96, 96, 3), jnp.float32)
    wanted = jax.eval_shape(network.init, jax.random.key(0), pixels)["params"]
    flat: dict[str, Any] = traverse_util.flatten_dict(wanted, sep=".")
    taken = {}
    for name, want in flat.items():
        found = params.get(name)
        if found is None or found.shape != want.shape:
            shape = "missing" if found is None else f"of shape {found.shape}"
            raise BadInput(
                f"{source}: {name} is {shape}, wanted {want.shape}",
                "these are another network's weights",
            )
        taken[name] = jnp.asarray(found)
    return {"params": traverse_util.unflatten_dict(taken, sep=".")}
