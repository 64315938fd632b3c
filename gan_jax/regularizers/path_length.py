"""Path length regularisation (Karras et al. 2020, arXiv:1912.04958, section 3.2).

The generator's penalty: a step in its styles should change the image as much everywhere,
whatever its direction.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gan_jax import axis, ranges, rng
from gan_jax.regularizers.base import Fakes, Regularizer
from gan_jax.schedules import Number, value
from gan_jax.typing import AnyKey, Critic, PerExample, Samples, Scalar, Seen, Tree


def path_length(weight: Number = 2.0, decay: float = 0.99) -> Regularizer:
    """weight * E(||J^T y|| - a)^2, y images of N(0, 1) / sqrt(h w), a their running mean.

    In the critic's place stands the synthesis, styles [b, layers, d] to images; in the
    fakes', the styles. The length is the root of a mean over layers. J^T y is a
    vector-Jacobian product, differentiated once more for the weights.

    As in the authors' code, a is moved first and the loss differentiates through what
    this batch adds to it (a hundredth). It is the mean of the batch on all devices.

    Args:
        weight: a number or a function of `seen`.
        decay: of the running mean, which begins at 0.

    Raises:
        ValueError: a number out of range.
    """
    ranges.at_least(0, weight=weight)
    ranges.decay(decay=decay)

    def apply(
        memory: Tree,
        critic: Critic,
        real: Samples,
        fake: Fakes,
        key: AnyKey,
        step: Seen,
        seen: Seen = 0,
    ) -> tuple[Scalar, Tree]:
        del real, step
        length = path_lengths(critic, fake, key)
        mean = memory + (1 - decay) * (axis.mean(length.mean()) - memory)
        penalty = value(weight, seen) * jnp.square(length - mean).mean()
        return penalty, jax.lax.stop_gradient(mean)

    return Regularizer(lambda: jnp.zeros((), jnp.float32), apply, side="fake")


def path_lengths(
    synthesis: Critic, styles: Float[Array, "b *layers d"], key: AnyKey
) -> PerExample:
    """||J^T y|| of each example, its square a mean over layers, float32 or wider.

    Args:
        synthesis: styles to images [b, h, w, c]; each image of its own styles only.
        styles: where.
        key: of y; one key, or one per example.
    """
    keys = rng.deal(key, len(styles))

    def product(styles: jax.Array) -> jax.Array:
        images = synthesis(styles)
        y = rng.normal(rng.stream(keys, "y"), images.shape[1:])
        places = max(images[0, ..., 0].size, 1) if images.ndim > 1 else 1
        return (images * y).sum() / places**0.5

    slope = jax.grad(product)(styles)
    slope = slope.astype(jnp.promote_types(slope.dtype, jnp.float32))
    squares = jnp.square(slope).sum(-1)
    square = squares.mean(tuple(range(1, squares.ndim)))
    # Both branches of a `where` are differentiated: sqrt must never see a zero.
    positive = square > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, square, 1.0)), 0.0)
