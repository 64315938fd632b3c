"""Layers that keep magnitudes: weights of length one, sums and activations to match.

Karras et al. 2024 (arXiv:2312.02696, section 2.3 and appendix B) for diffusion networks;
the successor of R3GAN builds both of its networks so. Where the numbers that a layer reads
have mean square one, so have those that it gives, at initialisation in expectation over
its weights, and no layer can drift: `gan_jax.optim.renormalised` keeps the stored weights
at length one, and each layer divides by the length once more, so that what the gradient
says about lengths is nothing.
"""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.nn.convolution import Op
from gan_jax.nn.heads import Ending, Features, Said, classes_of
from gan_jax.nn.resampling import same_conv
from gan_jax.nn.values import Head
from gan_jax.typing import Activation, Cond, Logits

EPSILON = 1e-8


def unit_kernel(
    kernel: Float[Array, "*fan out"], centred: bool = False
) -> Float[Array, "*fan out"]:
    """Each output's weights at length one; of no length, they stay zero.

    Args:
        kernel: the last axis counts outputs.
        centred: whether their mean is taken from them first. What all inputs have in
            common is then not heard: the mean of a leaky ReLU, say.
    """
    over = tuple(range(kernel.ndim - 1))
    if centred:
        kernel = kernel - kernel.mean(over, keepdims=True)
    square = jnp.square(kernel).sum(over, keepdims=True)
    return kernel * jax.lax.rsqrt(square + EPSILON**2)


def unit_normal(
    key: Any, shape: tuple[int, ...], dtype: Any = jnp.float32
) -> jax.Array:
    """Initialiser: a direction drawn for each output, of length one."""
    return unit_kernel(jax.random.normal(key, shape, dtype))


class UnitDense(nn.Module):
    """A dense layer whose outputs' weights have length one; no offset.

    Args:
        features: of the output.
    """

    features: int
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.whole(features=self.features)
        super().__post_init__()

    @nn.compact
    def __call__(self, x: Float[Array, "*b _"]) -> Float[Array, "*b _"]:
        """x W, dtype `self.dtype`."""
        kernel = self.param("kernel", unit_normal, (x.shape[-1], self.features))
        return x.astype(self.dtype) @ unit_kernel(kernel).astype(self.dtype)


class UnitConv(nn.Module):
    """A convolution whose outputs' weights have length one, their offset among them.

    The offset is the weight of an input that is always one, the last row of `kernel`,
    which is stored as [inputs of an output + 1, out] then.

    Args:
        features: output channels.
        kernel: side of the kernel.
        op: see `Conv`.
        groups: see `Conv`.
        bias: whether there is an offset; it begins at zero.
        centred: see `unit_kernel`; of the offset nothing is taken.
    """

    features: int
    kernel: int = 3
    op: Op = same_conv
    groups: int = 1
    bias: bool = False
    centred: bool = False
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.whole(features=self.features, kernel=self.kernel, groups=self.groups)
        super().__post_init__()

    @nn.compact
    def __call__(self, x: Float[Array, "b _ _ _"]) -> Float[Array, "b _ _ _"]:
        """Convolve; the op decides the size.

        Raises:
            ValueError: groups that do not divide the channels, in or out.
        """
        c = x.shape[-1]
        if c % self.groups or self.features % self.groups:
            raise ValueError(
                f"groups={self.groups} must divide {c} and {self.features} channels"
            )
        shape = (self.kernel, self.kernel, c // self.groups, self.features)
        fan_in = math.prod(shape[:-1])
        rows = self.param("kernel", self._start, (fan_in + self.bias, self.features))
        weights, offset = rows[:fan_in], rows[fan_in:]
        if self.centred:
            weights = weights - weights.mean(0)
        rows = unit_kernel(jnp.concatenate([weights, offset]))
        y = self.op(
            x.astype(self.dtype), rows[:fan_in].reshape(shape).astype(self.dtype)
        )
        return y + rows[fan_in].astype(self.dtype) if self.bias else y

    def _start(self, key: Any, shape: tuple[int, int]) -> jax.Array:
        drawn = unit_normal(key, (shape[0] - self.bias, shape[1]))
        return jnp.pad(drawn, ((0, int(self.bias)), (0, 0)))


def unit_leaky_relu(slope: float = 0.2) -> Activation:
    """A leaky ReLU times what makes the variance of its values one, of N(0, 1).

    Their variance, not their mean square: the layer behind it should be centred, or it
    reads a mean besides. 1.5465 for a slope of 0.2.
    """
    ranges.finite(slope=slope)
    square, mean = (1 + slope**2) / 2, (1 - slope) / math.sqrt(2 * math.pi)
    gain = 1 / math.sqrt(square - mean**2)

    def act(x: jax.Array) -> jax.Array:
        return jax.nn.leaky_relu(x, slope) * gain

    return act


def unit_sum(
    x: Float[Array, "*b c"], y: Float[Array, "*b c"], share: Float[Array, "c"]
) -> Float[Array, "*b c"]:
    """(x + a y) / sqrt(1 + a^2): of two independent maps of mean square one, a third.

    Args:
        x, y: maps.
        share: a, one a channel.
    """
    return (x + share * y) * jax.lax.rsqrt(1 + jnp.square(share))


class UnitProduct(Ending):
    """<W h, e(y)> / sqrt(d), W and e of length one."""

    features: int = 512

    @nn.compact
    def __call__(self, features: Features, cond: Cond) -> tuple[Logits, Said]:
        """Logits; `cond` is the classes, one-hot [b, k].

        Raises:
            ValueError: there are no classes.
        """
        count = classes_of(cond, "unit_product()")
        said = UnitDense(self.features, name="output")(features)
        one = jnp.asarray(cond) * math.sqrt(count)  # of k weights one is heard
        told = UnitDense(self.features, name="embedding")(one)
        return (said * told).sum(-1) / math.sqrt(self.features), {}


def unit_product(features: int = 512) -> Head:
    """The class's embedding times what the critic says, magnitudes kept.

    Its layers keep their weights at length one, and take no wrap.

    Args:
        features: of either factor.

    Raises:
        ValueError: fewer than one.
    """
    ranges.whole(features=features)
    return partial(UnitProduct, features=features)


__all__ = [
    "UnitConv",
    "UnitDense",
    "unit_sum",
    "unit_kernel",
    "unit_leaky_relu",
    "unit_product",
]
