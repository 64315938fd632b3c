"""Fully connected networks, for points in the plane and for small images.

The defaults are WGAN-GP's toy networks (Gulrajani et al. 2017, section 5.1): three
hidden layers of 512, ReLU, He's initialiser. A critic for MNIST is
`Discriminator(widths=(512, 256))`. What other papers choose in the plane:

| | generator | discriminator |
|---|---|---|
| Metz et al. 2017, appendix A | (128, 128), orthogonal(0.8) | (128,), the same, scale 1/4 |
| Lin et al. 2018 (PacGAN) | (400,) * 4, batch norm, no bias | (1000,) * 3, maxout(5) |
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.nn import (
    Head,
    Init,
    Join,
    Minibatch,
    Norm,
    OfLatent,
    Wrap,
    concatenated,
    he_uniform,
    no_wrap,
    none,
    relu,
)
from gan_jax.typing import Activation, Cond, Latents, Logits, Samples

__all__ = ["Discriminator", "Encoder", "Generator", "JointDiscriminator"]

Out = dict[str, Float[Array, "b ..."]]


class Generator(nn.Module):
    """Latents to points or images.

    Args:
        shape: of one sample, (h, w, c) or (d,).
        widths: of the hidden layers; none makes it linear.
        wrap: e.g. `spectral_norm()`, put around every dense layer.
        bias: of the hidden layers; a norm's own offset does the same.
        output: the last activation; None means tanh for images, identity for points.
        join: how a condition is read; by default beside z, as `concatenated()`.
    """

    shape: tuple[int, ...]
    widths: tuple[int, ...] = (512, 512, 512)
    activation: Activation = relu()
    norm: Norm | None = None
    wrap: Wrap | None = None
    bias: bool = True
    kernel_init: Init = he_uniform()
    output: Activation | None = None
    join: Join | None = None
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(shape=self.shape)
        ranges.sizes(0, widths=self.widths)
        super().__post_init__()

    @nn.compact
    def __call__(self, z: Latents, cond: Cond = None, *, train: bool) -> Samples:
        """Samples, float32 [b, *shape]; a condition [b, k] is read beside z."""
        h = _hidden(self, z, self.join or _beside(cond), cond, train=train)
        y = _dense(self, math.prod(self.shape), "output", self.dtype)(h).astype(
            jnp.float32
        )
        if not self.widths:
            y = OfLatent("z")(y)
        output = self.output or (jnp.tanh if len(self.shape) == 3 else _identity)
        return output(y).reshape(-1, *self.shape)


class Encoder(nn.Module):
    """Points or images, flattened, to latents.

    Args:
        latents: shape of one latent, the prior's; (2, *latent) for one that gives mean
            and logarithm of the variance. The other fields as in `Generator`.
    """

    latents: tuple[int, ...]
    widths: tuple[int, ...] = (512, 512, 512)
    activation: Activation = relu()
    norm: Norm | None = None
    wrap: Wrap | None = None
    bias: bool = True
    kernel_init: Init = he_uniform()
    join: Join | None = None
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(latents=self.latents)
        ranges.sizes(0, widths=self.widths)
        super().__post_init__()

    @nn.compact
    def __call__(self, x: Samples, cond: Cond = None, *, train: bool) -> Latents:
        """Latents, float32 [b, *latents]; a condition [b, k] is read beside x."""
        h = _hidden(self, x, self.join or _beside(cond), cond, train=train)
        z = _dense(self, math.prod(self.latents), "output", self.dtype)(h).astype(
            jnp.float32
        )
        return z.reshape(-1, *self.latents)


class Discriminator(nn.Module):
    """Points or images, flattened, to logits.

    Args:
        widths: of the hidden layers, before the activation: `maxout(5)` leaves a fifth.
        wrap: e.g. `spectral_norm()`, put around every dense layer.
        minibatch: e.g. `minibatch_discrimination()`, before the last layer.
        scale: the input is multiplied by it.
        outputs: more than one for a critic that measures features [b, outputs] (MMD).
        head: the end, e.g. `auxiliary_classifier()`; by default one dense layer.
        join: how a condition is read; by default beside x, as `concatenated()`, and
            where there is a head, by that alone.

    Raises:
        ValueError: a head and several outputs.
    """

    widths: tuple[int, ...] = (512, 512, 512)
    activation: Activation = relu()
    norm: Norm | None = None
    wrap: Wrap | None = None
    minibatch: Minibatch | None = None
    scale: float = 1.0
    outputs: int = 1
    bias: bool = True
    kernel_init: Init = he_uniform()
    head: Head | None = None
    join: Join | None = None
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(0, widths=self.widths)
        ranges.whole(outputs=self.outputs)
        ranges.finite(scale=self.scale)
        if self.head and self.outputs > 1:
            raise ValueError(f"outputs={self.outputs} and a head exclude each other")
        super().__post_init__()

    @nn.compact
    def __call__(
        self, x: Samples, cond: Cond = None, *, train: bool
    ) -> tuple[Logits | Float[Array, "b outputs"], Out]:
        """Logits, and `features`: the last hidden layer; and what the head says.

        A condition [b, k] is read beside x (Mirza & Osindero 2014).
        """
        join = self.join or (None if self.head else _beside(cond))
        features = _features(self, self.scale * x, join, cond, train=train)
        if self.head is None:
            return _verdict(self, features, self.outputs), {"features": features}
        wrap = self.wrap or no_wrap()
        head = self.head(wrap=wrap, kernel_init=self.kernel_init, name="head")
        logits, said = head(features, cond)
        return logits, {"features": features, **said}


class JointDiscriminator(nn.Module):
    """Pairs of a sample and its latent, side by side, to logits.

    Args:
        widths: of the hidden layers; this and the other fields as in `Discriminator`.
    """

    widths: tuple[int, ...] = (512, 512, 512)
    activation: Activation = relu()
    norm: Norm | None = None
    wrap: Wrap | None = None
    minibatch: Minibatch | None = None
    bias: bool = True
    kernel_init: Init = he_uniform()
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(0, widths=self.widths)
        super().__post_init__()

    @nn.compact
    def __call__(
        self, x: Samples, z: Latents, cond: Cond = None, *, train: bool
    ) -> tuple[Logits, Out]:
        """Logits, and `features`: the last hidden layer."""
        del cond
        pair = [part.reshape(part.shape[0], -1) for part in (x, z)]
        joined = jnp.concatenate(pair, axis=-1)
        features = _features(self, joined, None, None, train=train)
        return _verdict(self, features, 1), {"features": features}


Network = Generator | Encoder | Discriminator | JointDiscriminator


def _beside(cond: Cond) -> Join | None:
    """How a condition is read where nobody says: beside the input, if there is one."""
    return None if cond is None else concatenated()


def _hidden(
    net: Network, x: jax.Array, join: Join | None, cond: Cond, *, train: bool
) -> jax.Array:
    """The hidden layers of any of the networks: dense, norm, activation."""
    h = x.reshape(x.shape[0], -1).astype(net.dtype)
    last = len(net.widths) - 1
    if join and (join.at == "input" or last < 0):
        h = _joined(net, join, h, cond)
    for i, width in enumerate(net.widths):
        if join and join.at == "features" and i == last:
            h = _joined(net, join, h, cond)
        h = _dense(net, width, f"dense{i}", net.dtype, net.bias)(h)
        if i == 0 and isinstance(net, Generator):
            h = OfLatent("z")(h)
        h = (net.norm or none())(name=f"norm{i}", dtype=net.dtype)(h, train=train)
        h = net.activation(h)
    return h


def _joined(net: Network, join: Join, h: jax.Array, cond: Cond) -> jax.Array:
    layer = join.layer(wrap=net.wrap or no_wrap(), dtype=net.dtype, name="join")
    return layer(h, cond)


def _features(
    net: Discriminator | JointDiscriminator,
    x: jax.Array,
    join: Join | None,
    cond: Cond,
    *,
    train: bool,
) -> Float[Array, "b d"]:
    """What the last layer of either discriminator reads, float32."""
    features = _hidden(net, x, join, cond, train=train).astype(jnp.float32)
    if net.minibatch:
        features = net.minibatch(name="minibatch", dtype=jnp.float32)(features)
    return features


def _verdict(
    net: Discriminator | JointDiscriminator, features: jax.Array, outputs: int
) -> jax.Array:
    logits = _dense(net, outputs, "output", jnp.float32)(features)
    return logits[:, 0] if outputs == 1 else logits


def _dense(
    net: Network, features: int, name: str, dtype: Any, bias: bool = True
) -> nn.Module:
    dense = nn.Dense(
        features, use_bias=bias, kernel_init=net.kernel_init, dtype=dtype, name=name
    )
    return (net.wrap or no_wrap())(dense)


def _identity(x: jax.Array) -> jax.Array:
    return x
