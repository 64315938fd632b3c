"""Normalisation layers and the values that stand for them in a model's arguments.

A norm is a factory: `norm(name=..., dtype=...)` gives a module that is called as
`module(x, cond, *, train)`. Unconditional ones ignore `cond`. `None` as a model's
argument means no normalisation, and `none()` is the same as a value.
"""

import functools
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import axis, ranges
from gan_jax.nn.values import Norm
from gan_jax.typing import Cond

Moments = tuple[Float[Array, "c"], Float[Array, "c"]]


class BatchNorm(nn.Module):
    """Batch normalisation (Ioffe & Szegedy 2015) over every axis but the last.

    Statistics are float32, the variance is the population's. In training the batch's
    own are used; the running ones (`batch_stats`) move only where that collection is
    mutable.

    Args:
        momentum: weight of the old running value.
        epsilon: added to the variance.
        sync: average the statistics over the devices the step is mapped over, so that
            they are the whole batch's and any number of devices gives one device's
            numbers. False for each device's own.
        scale, bias: whether to learn a gain and an offset per channel.
    """

    couples_batch: ClassVar[bool] = True

    momentum: float = 0.9
    epsilon: float = 1e-5
    sync: bool = True
    scale: bool = True
    bias: bool = True
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.decay(momentum=self.momentum)
        ranges.above(0, epsilon=self.epsilon)
        super().__post_init__()

    @nn.compact
    def __call__(
        self, x: Float[Array, "b *shape"], cond: Cond = None, *, train: bool
    ) -> Float[Array, "b *shape"]:
        """Normalise; shape kept, dtype `self.dtype`."""
        del cond
        c = x.shape[-1]
        running_mean = self.variable("batch_stats", "mean", jnp.zeros, (c,))
        running_var = self.variable("batch_stats", "var", jnp.ones, (c,))
        if train:
            mean, var = moments(x, self.sync)
            # For whoever averages them over batches; kept only where that is asked for.
            self.sow("intermediates", "mean", mean)
            self.sow("intermediates", "var", var)
            moves = self.is_mutable_collection("batch_stats")
            if moves and not self.is_initializing():
                for running, new in (running_mean, mean), (running_var, var):
                    old = self.momentum * running.value
                    running.value = old + (1 - self.momentum) * new
        else:
            mean, var = running_mean.value, running_var.value
        gain = jax.lax.rsqrt(var + self.epsilon)
        if self.scale:
            gain = gain * self.param("scale", nn.initializers.ones, (c,))
        y = (x - mean) * gain
        if self.bias:
            y = y + self.param("bias", nn.initializers.zeros, (c,))
        return y.astype(self.dtype)


class LayerNorm(nn.Module):
    """Normalises each example over [h, w, c] with a gain and offset per channel.

    The drop-in for batch norm in WGAN-GP's critic (Gulrajani et al. 2017, section 4):
    it couples no examples, so the gradient penalty stays per example.
    """

    epsilon: float = 1e-5
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.above(0, epsilon=self.epsilon)
        super().__post_init__()

    @nn.compact
    def __call__(
        self, x: Float[Array, "b *shape"], cond: Cond = None, *, train: bool = False
    ) -> Float[Array, "b *shape"]:
        """Normalise; shape kept, dtype `self.dtype`."""
        del cond, train
        c = x.shape[-1]
        axes = tuple(range(1, x.ndim))
        x32 = x.astype(jnp.float32)
        centred = x32 - x32.mean(axes, keepdims=True)
        var = jnp.square(centred).mean(axes, keepdims=True)
        scale = self.param("scale", nn.initializers.ones, (c,))
        bias = self.param("bias", nn.initializers.zeros, (c,))
        y = centred * jax.lax.rsqrt(var + self.epsilon)
        return (y * scale + bias).astype(self.dtype)


class Identity(nn.Module):
    """The norm that is none."""

    dtype: Any = jnp.float32

    def __call__(
        self, x: Float[Array, "b *shape"], cond: Cond = None, *, train: bool = False
    ) -> Float[Array, "b *shape"]:
        """`x` itself."""
        del cond, train
        return x


def moments(x: Float[Array, "b *shape"], sync: bool = True) -> Moments:
    """Mean and population variance of each channel, in float32.

    Args:
        x: any shape, channels last.
        sync: of the whole batch over all devices instead of this device's.
    """
    axes = tuple(range(x.ndim - 1))
    x32 = x.astype(jnp.float32)
    mean = x32.mean(axes)
    var = jnp.square(x32 - mean).mean(axes)
    if not sync or axis.size() == 1:
        return mean, var
    # Variance of the union: mean within devices plus variance between them.
    whole = axis.mean(mean)
    return whole, axis.mean(var + jnp.square(mean - whole))


def batch_norm(momentum: float = 0.9, epsilon: float = 1e-5, sync: bool = True) -> Norm:
    """`BatchNorm` as a value."""
    ranges.decay(momentum=momentum)
    ranges.above(0, epsilon=epsilon)
    return functools.partial(BatchNorm, momentum=momentum, epsilon=epsilon, sync=sync)


def layer_norm(epsilon: float = 1e-5) -> Norm:
    """`LayerNorm` as a value."""
    ranges.above(0, epsilon=epsilon)
    return functools.partial(LayerNorm, epsilon=epsilon)


def none() -> Norm:
    """No normalisation, as a value."""
    return Identity
