"""Mapping networks (Karras et al. 2019, arXiv:1812.04948, section 2), and their head.

One maps latents and classes to a generator's style; another, of classes alone, gives a
critic what to look for (Karras et al. 2020, arXiv:2006.06676).
"""

import math
from functools import partial

import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.nn.activations import leaky_relu
from gan_jax.nn.declared import OfLatent
from gan_jax.nn.equalised import EqualisedDense, pixel_norm
from gan_jax.nn.heads import Ending, Features, Said, classes_of
from gan_jax.nn.values import Head
from gan_jax.typing import Activation, Cond, Logits

GAIN = math.sqrt(2.0)
"""After every leaky ReLU: it keeps the variance."""


class Mapping(nn.Module):
    """f: latents and condition to the style w (Karras et al. 2019, section 2).

    Both are brought to the same length first; the condition is embedded.

    Args:
        features: of w, and of every layer.
        depth: layers.
        rate: how fast they learn, of the rate of all others.
    """

    features: int = 512
    depth: int = 8
    rate: float = 0.01
    activation: Activation = leaky_relu(0.2)

    def __post_init__(self) -> None:
        ranges.whole(features=self.features)
        ranges.whole(0, depth=self.depth)
        ranges.above(0, rate=self.rate)
        super().__post_init__()

    @nn.compact
    def __call__(
        self, z: Float[Array, "b _"] | None, cond: Float[Array, "b _"] | None = None
    ) -> Float[Array, "b _"]:
        """W, float32 [b, features], of latents, a condition, or both."""
        parts = [] if z is None else [pixel_norm(z.astype(jnp.float32))]
        if cond is not None:
            embedded = EqualisedDense(self.features, name="embedding")(cond)
            parts.append(pixel_norm(embedded))
        h = jnp.concatenate(parts, axis=-1)
        for i in range(self.depth):
            h = EqualisedDense(self.features, self.rate, name=f"dense{i}")(h)
            if i == 0 and z is not None:
                h = OfLatent("z")(h)
            h = self.activation(h) * GAIN
        return h


class MappedProjection(Ending):
    """<W h, f(y)> / sqrt(d), f a mapping network of the class, d the features."""

    depth: int = 8
    rate: float = 0.01
    activation: Activation = leaky_relu(0.2)

    @nn.compact
    def __call__(self, features: Features, cond: Cond) -> tuple[Logits, Said]:
        """Logits; `cond` is the classes, one-hot [b, k].

        Raises:
            ValueError: there are no classes.
        """
        classes_of(cond, "mapped_projection()")
        width = features.shape[-1]
        f = Mapping(width, self.depth, self.rate, self.activation, name="mapping")
        said = EqualisedDense(width, name="output")(features)
        return (said * f(None, cond)).sum(-1) / math.sqrt(width), {}


def mapped_projection(
    depth: int = 8, rate: float = 0.01, activation: Activation | None = None
) -> Head:
    """StyleGAN2-ADA's end of a critic that is told the class (arXiv:2006.06676).

    All of its layers have equalised rates, and no wrap is put around them.

    Args:
        depth: layers of the mapping network of classes.
        rate: how fast they learn, of the rate of all else.
        activation: of these layers; leaky ReLU of slope 0.2 unless given.

    Raises:
        ValueError: no layer, or a rate that is not above 0.
    """
    ranges.whole(depth=depth)
    ranges.above(0, rate=rate)
    f = activation or leaky_relu(0.2)
    return partial(MappedProjection, depth=depth, rate=rate, activation=f)


__all__ = ["Mapping", "mapped_projection"]
