"""Adaptive instance norm (Huang & Belongie 2017; Karras et al. 2019, arXiv:1812.04948).

It gives each channel of each example the mean and the spread that a style asks for.
"""

from typing import Any

import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.nn.declared import OfLatent
from gan_jax.nn.equalised import EqualisedDense
from gan_jax.nn.grouped import GroupNorm


class AdaptiveInstanceNorm(nn.Module):
    """AdaIN(x, w) = y_s (x - mu(x)) / sigma(x) + y_b (Karras et al. 2019, eq. 1).

    Mean and deviation are of each channel of each example, over space, in float32. The
    style y is an affine map of w, of equalised rate, at first 1 for y_s and 0 for y_b.

    Args:
        epsilon: added to the variance.
    """

    epsilon: float = 1e-8
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.above(0, epsilon=self.epsilon)
        super().__post_init__()

    @nn.compact
    def __call__(
        self, x: Float[Array, "b h w c"], w: Float[Array, "b d"]
    ) -> Float[Array, "b h w c"]:
        """A map [b, h, w, c] as the style w [b, d] says; dtype `self.dtype`."""
        normed = GroupNorm(None, self.epsilon, affine=False, name="norm")(x)
        affine = EqualisedDense(2 * x.shape[-1], name="affine")
        style = OfLatent("w")(affine(w.astype(jnp.float32)))
        scale, offset = jnp.split(style[:, None, None], 2, axis=-1)
        return (normed * (1 + scale) + offset).astype(self.dtype)


__all__ = ["AdaptiveInstanceNorm"]
