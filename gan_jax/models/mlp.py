"""Fully connected networks, for points in the plane and for small images.

The defaults are WGAN-GP's toy networks (Gulrajani et al. 2017, section 5.1): three
hidden layers of 512, ReLU, He's initialiser. A critic for MNIST is
`Discriminator(widths=(512, 256))`.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.nn import Init, Norm, Wrap, he_uniform, no_wrap, none, relu
from gan_jax.typing import Activation, Cond, Latents, Logits, Samples

__all__ = ["Discriminator", "Generator"]


class Generator(nn.Module):
    """Latents to points or images.

    Args:
        shape: of one sample, (h, w, c) or (d,).
        widths: of the hidden layers.
        output: the last activation; None means tanh for images, identity for points.
    """

    shape: tuple[int, ...]
    widths: tuple[int, ...] = (512, 512, 512)
    activation: Activation = relu()
    norm: Norm | None = None
    kernel_init: Init = he_uniform()
    output: Activation | None = None
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, z: Latents, cond: Cond = None, *, train: bool) -> Samples:
        """Samples, float32 [b, *shape]."""
        del cond
        h = z.reshape(z.shape[0], -1).astype(self.dtype)
        for i, width in enumerate(self.widths):
            h = self._dense(width, f"dense{i}")(h)
            h = (self.norm or none())(name=f"norm{i}", dtype=self.dtype)(h, train=train)
            h = self.activation(h)
        y = self._dense(math.prod(self.shape), "output")(h).astype(jnp.float32)
        output = self.output or (jnp.tanh if len(self.shape) == 3 else _identity)
        return output(y).reshape(-1, *self.shape)

    def _dense(self, features: int, name: str) -> nn.Dense:
        return nn.Dense(
            features, kernel_init=self.kernel_init, dtype=self.dtype, name=name
        )


class Discriminator(nn.Module):
    """Points or images, flattened, to logits.

    Args:
        widths: of the hidden layers.
        wrap: e.g. `spectral_norm()`, put around every dense layer.
    """

    widths: tuple[int, ...] = (512, 512, 512)
    activation: Activation = relu()
    norm: Norm | None = None
    wrap: Wrap | None = None
    kernel_init: Init = he_uniform()
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(
        self, x: Samples, cond: Cond = None, *, train: bool
    ) -> tuple[Logits, dict[str, Float[Array, "b ..."]]]:
        """Logits, and `features`: the last hidden layer."""
        del cond
        h = x.reshape(x.shape[0], -1).astype(self.dtype)
        for i, width in enumerate(self.widths):
            h = self._dense(width, f"dense{i}", self.dtype)(h)
            h = (self.norm or none())(name=f"norm{i}", dtype=self.dtype)(h, train=train)
            h = self.activation(h)
        features = h.astype(jnp.float32)
        logits = self._dense(1, "output", jnp.float32)(features)
        return logits[:, 0], {"features": features}

    def _dense(self, features: int, name: str, dtype: Any) -> nn.Module:
        dense = nn.Dense(features, kernel_init=self.kernel_init, dtype=dtype, name=name)
        return (self.wrap or no_wrap())(dense)


def _identity(x: jax.Array) -> jax.Array:
    return x
