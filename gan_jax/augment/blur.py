"""A blur that fades: the critic sees coarse shapes first.

StyleGAN3-R (Karras et al. 2021, arXiv:2106.12423, appendix F.5): without it the critic
finds high frequencies at once, which a rotation-equivariant generator is slow to make,
and some trainings fail at their start.
"""

import jax
import jax.numpy as jnp

from gan_jax import ranges
from gan_jax.augment.base import Augment, pictures, stateless
from gan_jax.typing import Keys, Metrics, Samples, Seen, Tree

SIGMA = "blur_sigma"
"""What the width is logged as, among the critic's metrics."""


def fading_blur(sigma: float = 10.0, over: int = 200_000) -> Augment:
    """Reals and fakes blurred by 2^-(d / s)^2, s falling linearly from sigma to 0.

    d is the distance in pixels, along each axis; beyond 3 s nothing is seen, and beyond
    the picture there are zeros. With s below a third of a pixel pictures are as they are.

    Args:
        sigma: at the start, in pixels.
        over: images in which it falls to 0; 200,000 at a batch of 32, and as many times
            that as the batch is larger, in the authors' runs.

    Raises:
        ValueError: a number that is not above 0. When it is traced: samples that are no
            pictures.
    """
    ranges.above(0, sigma=sigma)
    ranges.whole(over=over)

    def width(seen: Seen) -> jax.Array:
        left = 1 - jnp.asarray(seen, jnp.float32) / over
        return sigma * jnp.maximum(left, 0)

    def apply(memory: Tree, samples: Samples, keys: Keys, seen: Seen) -> Samples:
        del memory, keys
        h, w, _ = pictures("fading_blur", samples)
        s = width(seen)
        farthest = jnp.floor(3 * s)

        def weight(away: jax.Array) -> jax.Array:
            return jnp.where(away <= farthest, jnp.exp2(-jnp.square(away / s)), 0.0)

        def matrix(n: int) -> jax.Array:
            at = jnp.arange(n, dtype=jnp.float32)
            beside = weight(jnp.arange(1, int(3 * sigma) + 1, dtype=jnp.float32))
            return weight(jnp.abs(at[:, None] - at)) / (1 + 2 * beside.sum())

        def blurred(x: jax.Array) -> jax.Array:
            rows, columns = (matrix(n).astype(x.dtype) for n in (h, w))
            x = jnp.einsum("ih,bhwc->biwc", rows, x)
            return jnp.einsum("jw,biwc->bijc", columns, x)

        return jax.lax.cond(farthest > 0, blurred, lambda x: x, samples)

    def metrics(memory: Tree, seen: Seen) -> Metrics:
        del memory
        return {SIGMA: width(seen)}

    return stateless(apply)._replace(metrics=metrics)
