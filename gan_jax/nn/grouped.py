"""Norms within one example: of groups of channels, and of each channel by itself."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.nn.values import Norm
from gan_jax.typing import Cond


class GroupNorm(nn.Module):
    """Group normalisation (Wu & He 2018): over space and a group of channels.

    It couples no examples. Statistics are float32, the variance is the population's.

    Args:
        groups: of neighbouring channels, all equally many; None makes each channel a
            group of its own: instance normalisation (Ulyanov et al. 2016).
        epsilon: added to the variance.
        affine: whether to learn a gain and an offset per channel.
    """

    groups: int | None = 32
    epsilon: float = 1e-5
    affine: bool = True
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.whole(groups=self.groups)
        ranges.above(0, epsilon=self.epsilon)
        super().__post_init__()

    @nn.compact
    def __call__(
        self, x: Float[Array, "b *shape"], cond: Cond = None, *, train: bool = False
    ) -> Float[Array, "b *shape"]:
        """Normalise; shape kept, dtype `self.dtype`.

        Raises:
            ValueError: channels that the groups do not divide; groups of one number.
        """
        del cond, train
        b, *space, c = x.shape
        groups = c if self.groups is None else self.groups
        if c % groups:
            raise ValueError(f"groups={groups} must divide {c} channels")
        if not space and groups == c:
            raise ValueError(f"groups={groups} of {c} features hold one number each")
        x32 = x.astype(jnp.float32).reshape(b, -1, groups, c // groups)
        centred = x32 - x32.mean((1, 3), keepdims=True)
        var = jnp.square(centred).mean((1, 3), keepdims=True)
        y = (centred * jax.lax.rsqrt(var + self.epsilon)).reshape(x.shape)
        if self.affine:
            y = y * self.param("scale", nn.initializers.ones, (c,))
            y = y + self.param("bias", nn.initializers.zeros, (c,))
        return y.astype(self.dtype)


def group_norm(groups: int = 32, epsilon: float = 1e-5) -> Norm:
    """`GroupNorm` as a value."""
    ranges.whole(groups=groups)
    ranges.above(0, epsilon=epsilon)
    return functools.partial(GroupNorm, groups=groups, epsilon=epsilon)


def instance_norm(epsilon: float = 1e-5, affine: bool = False) -> Norm:
    """Each channel of each example by itself, as a value; PyTorch's learns no gain."""
    ranges.above(0, epsilon=epsilon)
    return functools.partial(GroupNorm, groups=None, epsilon=epsilon, affine=affine)
