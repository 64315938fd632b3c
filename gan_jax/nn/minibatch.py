"""Minibatch discrimination (Salimans et al. 2016, section 3.2).

A layer for the end of a discriminator, so that a batch of look-alikes can be told from
a varied one. It couples the examples of a batch.
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
