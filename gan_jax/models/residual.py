"""What residual networks are built of: blocks, and what they have in common.

`resnet`, `sagan` and `biggan` differ in numbers and values only; their blocks are these.
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
    Layer,
    Norm,
    OfLatent,
    SelfAttention,
    Wrap,
    glorot_uniform,
    mean_pool,
    nearest,
    pooled,
)
from gan_jax.typing import Activation, Cond, Latents, Logits

Features = Float[Array, "b _ _ _"]


class UpBlock(nn.Module):
    """norm, act, double, conv, norm, act, conv; plus the doubled 1 x 1 shortcut.

    Args:
        shortcut_init: of the shortcut's kernel; `kernel_init` is of the two others.
        wrap: put around all three.
    """

    features: int
    activation: Activation
    norm: Norm
    kernel_init: Init
    up: Layer
    wrap: Wrap
    shortcut_init: Init
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: Features, cond: Cond, *, train: bool) -> Features:
        """Twice the size."""
        kind = {"kernel_init": self.kernel_init, "dtype": self.dtype}
        norm0 = self.norm(name="norm0", dtype=self.dtype)
        norm1 = self.norm(name="norm1", dtype=self.dtype)
        y = self.activation(norm0(x, cond, train=train))
        y = self.wrap(self.up(self.features, name="conv0", **kind))(y)
        y = self.activation(norm1(y, cond, train=train))
        y = self.wrap(Conv(self.features, name="conv1", **kind))(y)
        shortcut = nearest(1)(
            self.features,
            kernel_init=self.shortcut_init,
            dtype=self.dtype,
            name="shortcut",
        )
        return y + self.wrap(shortcut)(x)


class DownBlock(nn.Module):
    """norm, act, conv, norm, act, conv, halve; plus the shortcut.

    Args:
        hidden: channels between the two convolutions.
        down: whether to halve the size by a mean of 2 x 2.
        first: for the block that reads the image: no activation and norm on the way
            in, so the image itself is halved for the shortcut.
        shortcut_init: of the shortcut's kernel; `kernel_init` is of the two others.
        wrap: put around all three.
    """

    features: int
    hidden: int
    down: bool
    first: bool
    activation: Activation
    norm: Norm
    wrap: Wrap
    kernel_init: Init
    shortcut_init: Init
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: Features, cond: Cond, *, train: bool) -> Features:
        """Half the size where `down`, else the same."""
        kind = {"kernel_init": self.kernel_init, "dtype": self.dtype}
        y = x
        if not self.first:
            norm0 = self.norm(name="norm0", dtype=self.dtype)
            y = self.activation(norm0(y, cond, train=train))
        y = self.wrap(Conv(self.hidden, name="conv0", **kind))(y)
        norm1 = self.norm(name="norm1", dtype=self.dtype)
        y = self.activation(norm1(y, cond, train=train))
        last = pooled(3) if self.down else Conv
        y = self.wrap(last(self.features, name="conv1", **kind))(y)
        return y + self._shortcut(x)

    def _shortcut(self, x: jax.Array) -> jax.Array:
        x = mean_pool(x) if self.down else x  # commutes with a 1 x 1 convolution
        if not self.down and x.shape[-1] == self.features:
            return x
        conv = Conv(
            self.features,
            kernel=1,
            kernel_init=self.shortcut_init,
            dtype=self.dtype,
            name="shortcut",
        )
        return self.wrap(conv)(x)


def start(
    z: Latents, base: tuple[int, ...], features: int, wrap: Wrap, init: Init, dtype: Any
) -> jax.Array:
    """Latents to the smallest map, within a module's compact call.

    A flat z by a dense layer, a spatial one of that size by a 3 x 3 convolution.
    """
    kind = {"kernel_init": init, "dtype": dtype, "name": "start"}
    if z.ndim > 2:
        return OfLatent("z")(wrap(Conv(features, **kind))(z))
    flat = OfLatent("z")(wrap(nn.Dense(math.prod(base) * features, **kind))(z))
    return flat.reshape(-1, *base, features)


def attended(
    x: jax.Array, block: int, attention: tuple[int, ...], wrap: Wrap, init: Init
) -> jax.Array:
    """The map after a block, with self-attention where the block is one of those."""
    if block not in attention:
        return x
    layer = SelfAttention(wrap, init, x.dtype, name=f"attention{block}")
    return layer(x)


def ended(
    features: Float[Array, "b d"], cond: Cond, head: Head | None, wrap: Wrap, init: Init
) -> tuple[Logits, dict[str, jax.Array]]:
    """A critic's logits and what it says, from its pooled features."""
    if head is None:
        dense = wrap(nn.Dense(1, kernel_init=init, name="output"))
        return dense(features)[:, 0], {"features": features}
    logits, said = head(wrap=wrap, kernel_init=init, name="head")(features, cond)
    return logits, {"features": features, **said}


def base_of(size: tuple[int, ...], doublings: int, z: Latents) -> tuple[int, ...]:
    """The smallest map that so many doublings lead from to `size`.

    Raises:
        ValueError: there is none, or spatial latents are of another.
    """
    times = 2**doublings
    base = tuple(n // times for n in size)
    if any(n % times for n in size) or (z.ndim > 2 and z.shape[1:3] != base):
        raise ValueError(
            f"{doublings} doublings do not lead from "
            f"{z.shape[1:3] if z.ndim > 2 else base} to {tuple(size)}"
        )
    return base


def check_attention(attention: tuple[int, ...], blocks: int) -> None:
    """Whether attention follows blocks that there are.

    Raises:
        ValueError: another number.
    """
    for i, block in enumerate(attention):
        ranges.whole(0, **{f"attention[{i}]": block})
        ranges.between(0, blocks - 1, **{f"attention[{i}]": block})


PLAIN = glorot_uniform()
"""Of shortcuts and of first and last layers, gain 1."""
