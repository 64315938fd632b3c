"""Deep convolutional GAN (Radford et al. 2016) at any size base * 2^k.

Sizes 28, 32 and 64 start from 7, 4 and 4: the image's size is halved while it is even
and the half is at least 4. Widths double as sizes halve, as in the paper; every weight
starts from N(0, 0.02^2). Batch norm follows every layer of the generator but the last;
the discriminator has none by default, so that a gradient penalty stays per example,
and the paper's is `norm=batch_norm()`.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.nn import (
    Conv,
    Head,
    Init,
    Join,
    Layer,
    Minibatch,
    Norm,
    OfLatent,
    Wrap,
    batch_norm,
    leaky_relu,
    no_wrap,
    none,
    normal,
    relu,
    strided,
    transposed,
)
from gan_jax.nn.joins import Place
from gan_jax.typing import Activation, Cond, Images, Latents, Logits

__all__ = ["Discriminator", "Encoder", "Generator", "JointDiscriminator"]

Out = dict[str, Float[Array, "b ..."]]


class Generator(nn.Module):
    """Latents to images in [-1, 1].

    A flat z is projected to the smallest map by a dense layer, a spatial one [b, h, w,
    c] of that size or smaller by a 3 x 3 convolution.

    Args:
        shape: (h, w, c) of an image.
        width: channels of the last map before the image; 64 in the paper's CIFAR net,
            128 in its LSUN net.
        up: the layer that doubles the size, e.g. `transposed(4)` or `nearest(3)`.
        join: how a condition is read, e.g. `concatenated()`; by default by the norm at
            most, and a plain one ignores it.
    """

    shape: tuple[int, ...]
    width: int = 64
    up: Layer = transposed(4)
    activation: Activation = relu()
    norm: Norm | None = batch_norm()
    kernel_init: Init = normal(0.02)
    output: Activation = jnp.tanh
    join: Join | None = None
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(shape=self.shape)
        ranges.whole(width=self.width)
        super().__post_init__()

    @nn.compact
    def __call__(self, z: Latents, cond: Cond = None, *, train: bool) -> Images:
        """Images, float32 [b, *shape]."""
        h, w, c = self.shape
        k = doublings(h, w) if z.ndim == 2 else round(math.log2(h / z.shape[1]))
        base = (h >> k, w >> k)
        if k < 1 or (z.ndim > 2 and tuple(z.shape[1:3]) != base):
            raise ValueError(f"images of {h} x {w} cannot be doubled up from {z.shape}")
        z = _joined(self, no_wrap(), "input", z.astype(self.dtype), cond)
        y = self._start(z, base, self.width << (k - 1))
        for i in range(k):
            norm = (self.norm or none())(name=f"norm{i}", dtype=self.dtype)
            y = self.activation(norm(y, cond, train=train))
            if i == 0:
                y = _joined(self, no_wrap(), "features", y, cond)
            last = i == k - 1
            features = c if last else self.width << (k - 2 - i)
            y = self._layer(self.up, features, "output" if last else f"up{i}")(y)
        return self.output(y.astype(jnp.float32))

    def _start(self, z: jax.Array, base: tuple[int, int], features: int) -> jax.Array:
        if z.ndim > 2:
            return OfLatent("z")(self._layer(Conv, features, "start")(z))
        dense = self._layer(nn.Dense, math.prod(base) * features, "start")
        flat = OfLatent("z")(dense(z))
        return flat.reshape(-1, *base, features)

    def _layer(self, layer: Layer, features: int, name: str) -> nn.Module:
        return layer(
            features, kernel_init=self.kernel_init, dtype=self.dtype, name=name
        )


class Discriminator(nn.Module):
    """Images to logits.

    Args:
        width: channels of the first map; they double as the size halves.
        down: the layer that halves the size, e.g. `strided(4)` or `pooled(3)`.
        norm: after every such layer but the first.
        wrap: e.g. `spectral_norm()`, put around every layer.
        minibatch: e.g. `minibatch_discrimination()`, before the last layer.
        outputs: more than one for a critic that measures features [b, outputs] (MMD).
        head: the end, e.g. `auxiliary_classifier()`; by default one dense layer.
        join: how a condition is read, e.g. `concatenated()`; by default by norm and head
            at most.

    Raises:
        ValueError: a head and several outputs.
    """

    width: int = 64
    down: Layer = strided(4)
    activation: Activation = leaky_relu(0.2)
    norm: Norm | None = None
    wrap: Wrap | None = None
    minibatch: Minibatch | None = None
    outputs: int = 1
    kernel_init: Init = normal(0.02)
    head: Head | None = None
    join: Join | None = None
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.whole(width=self.width, outputs=self.outputs)
        if self.head and self.outputs > 1:
            raise ValueError(f"outputs={self.outputs} and a head exclude each other")
        super().__post_init__()

    @nn.compact
    def __call__(
        self, x: Images, cond: Cond = None, *, train: bool
    ) -> tuple[Logits | Float[Array, "b outputs"], Out]:
        """Logits, and `features`: the last map, flattened; and what the head says."""
        features = _halved(self, x, cond, train=train)
        if self.minibatch:
            features = self.minibatch(name="minibatch", dtype=jnp.float32)(features)
        if self.head:
            wrap = self.wrap or no_wrap()
            head = self.head(wrap=wrap, kernel_init=self.kernel_init, name="head")
            logits, said = head(features, cond)
            return logits, {"features": features, **said}
        logits = _dense(self, self.outputs, "output")(features)
        return logits[:, 0] if self.outputs == 1 else logits, {"features": features}


class Encoder(nn.Module):
    """Images to latents: the discriminator's layers, with batch norm and another end.

    Args:
        latents: shape of one latent, the prior's; (2, *latent) for one that gives mean
            and logarithm of the variance. The other fields as in `Discriminator`.
    """

    latents: tuple[int, ...]
    width: int = 64
    down: Layer = strided(4)
    activation: Activation = leaky_relu(0.2)
    norm: Norm | None = batch_norm()
    wrap: Wrap | None = None
    kernel_init: Init = normal(0.02)
    join: Join | None = None
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(latents=self.latents)
        ranges.whole(width=self.width)
        super().__post_init__()

    @nn.compact
    def __call__(self, x: Images, cond: Cond = None, *, train: bool) -> Latents:
        """Latents, float32 [b, *latents]."""
        features = _halved(self, x, cond, train=train)
        z = _dense(self, math.prod(self.latents), "output")(features)
        return z.reshape(-1, *self.latents)


class JointDiscriminator(nn.Module):
    """Pairs of an image and its latent to logits.

    The image is halved as in `Discriminator`; two dense layers read its last map and the
    latent side by side.

    Args:
        hidden: width of the first of the two; the other fields as in `Discriminator`.
    """

    width: int = 64
    hidden: int = 512
    down: Layer = strided(4)
    activation: Activation = leaky_relu(0.2)
    norm: Norm | None = None
    wrap: Wrap | None = None
    kernel_init: Init = normal(0.02)
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.whole(width=self.width, hidden=self.hidden)
        super().__post_init__()

    @nn.compact
    def __call__(
        self, x: Images, z: Latents, cond: Cond = None, *, train: bool
    ) -> tuple[Logits, Out]:
        """Logits, and `features`: the hidden layer."""
        image = _halved(self, x, cond, train=train)
        pair = jnp.concatenate([image, z.reshape(z.shape[0], -1)], axis=-1)
        features = self.activation(_dense(self, self.hidden, "joint")(pair))
        return _dense(self, 1, "output")(features)[:, 0], {"features": features}


Halving = Discriminator | Encoder | JointDiscriminator


def _halved(net: Halving, x: Images, cond: Cond, *, train: bool) -> jax.Array:
    """The last map of any of the three, flattened, float32."""
    wrap = net.wrap or no_wrap()
    y, count = x.astype(net.dtype), doublings(x.shape[1], x.shape[2])
    for i in range(count):
        if isinstance(net, Discriminator | Encoder):
            y = _joined(net, wrap, "input", y, cond) if i == 0 else y
            y = _joined(net, wrap, "features", y, cond) if i == count - 1 else y
        down = net.down(
            net.width << i,
            kernel_init=net.kernel_init,
            dtype=net.dtype,
            name=f"down{i}",
        )
        y = wrap(down)(y)
        if i:
            norm = (net.norm or none())(name=f"norm{i}", dtype=net.dtype)
            y = norm(y, cond, train=train)
        y = net.activation(y)
    return y.reshape(y.shape[0], -1).astype(jnp.float32)


def _joined(
    net: Generator | Discriminator | Encoder,
    wrap: Wrap,
    at: Place,
    y: jax.Array,
    cond: Cond,
) -> jax.Array:
    """The condition joined to y, where this is the place for it."""
    if net.join is None or net.join.at != at:
        return y
    return net.join.layer(wrap=wrap, dtype=net.dtype, name="join")(y, cond)


def _dense(net: Halving, features: int, name: str) -> nn.Module:
    dense = nn.Dense(features, kernel_init=net.kernel_init, name=name)
    return (net.wrap or no_wrap())(dense)


def doublings(h: int, w: int) -> int:
    """How often an h x w image is halved: while even, and the half is at least 4.

    Raises:
        ValueError: it cannot be halved at all.
    """
    count = 0
    while h % 2 == 0 and w % 2 == 0 and min(h, w) >= 8:
        h, w, count = h // 2, w // 2, count + 1
    if not count:
        raise ValueError(f"an image of {h} x {w} cannot be halved; wanted base * 2^k")
    return count
