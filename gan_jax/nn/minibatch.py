"""Minibatch discrimination (Salimans et al. 2016, section 3.2), minibatch deviation.

Layers for the end of a discriminator, so that a batch of look-alikes can be told from
a varied one. They couple the examples of a batch.
"""

import functools
from typing import Any, ClassVar

import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import axis, ranges
from gan_jax.nn.values import Init, Minibatch


class MinibatchDiscrimination(nn.Module):
    """Appends to each example how close the others of the batch are to it.

    o_b(x_i) = sum over j != i of exp(-||M_ib - M_jb||_1), with M_i = T f(x_i) of
    [kernels, dims]. The paper's sum counts j = i too and is larger by exactly one, which
    the next layer's bias absorbs; the authors' code leaves it out as here. The batch is
    that of all devices; microbatches change it.

    Args:
        kernels: numbers appended, B in the paper.
        dims: of the space each of them measures distances in, C in the paper.
    """

    couples_batch: ClassVar[bool] = True

    kernels: int = 100
    dims: int = 5
    kernel_init: Init = nn.initializers.lecun_normal()
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.whole(kernels=self.kernels, dims=self.dims)
        super().__post_init__()

    @nn.compact
    def __call__(self, x: Float[Array, "b d"]) -> Float[Array, "b _"]:
        """Features [b, d] to [b, d + kernels]."""
        # No bias: it would cancel in the differences.
        tensor = nn.Dense(
            self.kernels * self.dims,
            use_bias=False,
            kernel_init=self.kernel_init,
            dtype=self.dtype,
            name="tensor",
        )
        own = tensor(x).reshape(-1, self.kernels, self.dims).astype(jnp.float32)
        everyone = axis.gather(own)
        # Pairs last and a term for each of the few dims: [kernels, b, all] is all that is
        # ever held, and XLA's CPU code runs along it (13 times faster than dims last).
        rows, columns = own.T[..., :, None], everyone.T[..., None, :]
        distance = sum(jnp.abs(rows[c] - columns[c]) for c in range(self.dims))
        first = axis.index() * len(own)
        others = jnp.arange(len(everyone)) != (first + jnp.arange(len(own)))[:, None]
        close = (jnp.exp(-distance) * others).sum(-1).T
        return jnp.concatenate([x, close.astype(x.dtype)], axis=-1)


def minibatch_discrimination(kernels: int = 100, dims: int = 5) -> Minibatch:
    """`MinibatchDiscrimination` as a value."""
    ranges.whole(kernels=kernels, dims=dims)
    return functools.partial(MinibatchDiscrimination, kernels=kernels, dims=dims)


class MinibatchDeviation(nn.Module):
    """Appends how much features vary over the batch (Karras et al. 2018, section 3).

    Over a group of examples, the standard deviation of each feature at each place; its
    mean over the places, and over the features of a part of the channels, is a channel
    more for all of the group. In float32. The batch is that of all devices; microbatches
    change it. As in StyleGAN2's code, example i of n is in group i mod (n / group).

    Args:
        group: examples in one group; the whole batch where that is smaller.
        parts: channels appended; each is of as many of the features.
    """

    couples_batch: ClassVar[bool] = True

    group: int = 4
    parts: int = 1
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.whole(group=self.group, parts=self.parts)
        super().__post_init__()

    @nn.compact
    def __call__(self, x: Float[Array, "b *place c"]) -> Float[Array, "b *place d"]:
        """Features [b, ..., c] to [b, ..., c + parts].

        Raises:
            ValueError: a batch that is no multiple of the group, or channels that are
                none of the parts.
        """
        everyone = axis.gather(x).astype(jnp.float32)
        count, channels = len(everyone), x.shape[-1]
        size = min(self.group, count)
        if count % size or channels % self.parts:
            raise ValueError(
                f"{count} examples of {channels} channels cannot be cut into groups of "
                f"{size} and {self.parts} parts"
            )
        groups = everyone.reshape(
            size, count // size, -1, self.parts, channels // self.parts
        )
        apart = groups - groups.mean(0)
        deviation = jnp.sqrt(jnp.square(apart).mean(0) + 1e-8).mean((1, 3))
        first = axis.index() * len(x)
        own = deviation[(first + jnp.arange(len(x))) % (count // size)]
        own = own.reshape(len(x), *(1,) * (x.ndim - 2), self.parts)
        spread = jnp.broadcast_to(own, (*x.shape[:-1], self.parts))
        return jnp.concatenate([x, spread.astype(x.dtype)], axis=-1)


def minibatch_deviation(group: int = 4, parts: int = 1) -> Minibatch:
    """`MinibatchDeviation` as a value."""
    ranges.whole(group=group, parts=parts)
    return functools.partial(MinibatchDeviation, group=group, parts=parts)
