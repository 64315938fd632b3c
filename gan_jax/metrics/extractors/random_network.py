"""A small network that was never trained: features for tests and quick looks.

Random convolutions already tell many sets apart (Naeem et al. 2020, section 5.1, use
such features for density and coverage), and need no file.
"""

import hashlib
import math

import jax
import numpy as np
from flax import linen as nn
from flax import traverse_util
from jaxtyping import Array, Float

from gan_jax import rng
from gan_jax.metrics.extractors import state_dict
from gan_jax.metrics.extractors.base import Extractor


class RandomNetwork(nn.Module):
    """Two convolutions that halve the size, then the mean over the places."""

    dim: int

    @nn.compact
    def __call__(
        self, pixels: Float[Array, "b h w 3"]
    ) -> tuple[Float[Array, "b d"], None]:
        """Features of pixels of 0 to 255, and no logits."""
        x = nn.relu(nn.Conv(32, (3, 3), 2, name="first")(pixels / 127.5 - 1))
        return nn.relu(nn.Conv(self.dim, (3, 3), 2, name="second")(x)).mean(
            (1, 2)
        ), None


def random(dim: int = 64, seed: int = 0, batch: int = 64) -> Extractor:
    """Features of a fixed random network, of images of any size.

    Raises:
        ValueError: dim or batch below one, a seed out of range.
    """
    if dim < 1 or batch < 1:
        raise ValueError(f"dim={dim} and batch={batch}, wanted at least 1")
    key = rng.root(seed)
    shapes = {"first": (3, 3, 3, 32), "second": (3, 3, 32, dim)}
    params = {}
    for name, shape in shapes.items():
        reach = math.sqrt(6 / math.prod(shape[:3]))  # He et al. (2015), uniform
        # Uniform bits are the same numbers on every device; a normal's are not.
        unit = jax.random.uniform(rng.stream(key, name), shape)
        params[f"{name}.kernel"] = np.float32(reach) * (2 * np.asarray(unit) - 1)
        params[f"{name}.bias"] = np.zeros(shape[-1], np.float32)
    stored = state_dict.to_safetensors(params)
    return Extractor(
        name="random",
        weights=hashlib.sha256(stored).hexdigest(),
        resize="none",
        dim=dim,
        classes=0,
        network=RandomNetwork(dim),
        variables={"params": traverse_util.unflatten_dict(params, sep=".")},
        batch=batch,
    )
