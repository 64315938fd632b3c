"""Matching all moments at once: the maximum mean discrepancy.

mmd: Gretton et al. 2012, eqs. (3) and (5); as a GAN with a learnt kernel, Li et al. 2017
and Binkowski et al. 2018. gaussian_kernel: Li et al., section 5. rational_quadratic_kernel:
Binkowski et al., section 3.1 and appendix C.

Here the critic's outputs are features [b, d] (16 of them serve well) instead of logits.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gan_jax import axis, ranges
from gan_jax.losses.base import Adversarial, Builder, PerReal, paired
from gan_jax.typing import Kernel


def gaussian_kernel(
    sigmas: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0),
) -> Kernel:
    """Sum over sigmas of exp(-|x - y|^2 / (2 sigma^2)).

    Raises:
        ValueError: no sigma, or one that is not positive.
    """
    ranges.each(ranges.above, 0, sigmas=sigmas)

    def kernel(x: Float[Array, "n d"], y: Float[Array, "m d"]) -> Float[Array, "n m"]:
        distance = _squared_distances(x, y)[..., None]
        widths = jnp.asarray(sigmas, distance.dtype)
        return jnp.exp(-distance / (2 * widths**2)).sum(axis=-1)

    return kernel


def rational_quadratic_kernel(
    alphas: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0, 5.0), linear: float = 0.0
) -> Kernel:
    """Sum over alphas of (1 + |x - y|^2 / (2 alpha))^-alpha, plus linear * x.y.

    Raises:
        ValueError: no alpha, or one that is not positive; a negative linear part.
    """
    ranges.each(ranges.above, 0, alphas=alphas)
    ranges.at_least(0, linear=linear)

    def kernel(x: Float[Array, "n d"], y: Float[Array, "m d"]) -> Float[Array, "n m"]:
        distance = _squared_distances(x, y)[..., None]
        a = jnp.asarray(alphas, distance.dtype)
        # A power of 1 + z as an exponential of log1p keeps the digits of close pairs.
        heavy = jnp.exp(-a * jnp.log1p(distance / (2 * a))).sum(axis=-1)
        return heavy + linear * x @ y.T

    return kernel


KERNELS = {
    "gaussian": gaussian_kernel(),
    "rational_quadratic": rational_quadratic_kernel(),
}


@Builder
def mmd(
    kernel: str | Kernel = "rational_quadratic", unbiased: bool = True
) -> Adversarial:
    """disc = -MMD^2 and gen = MMD^2, between batches of features [b, d], or [b].

    Every pair of samples meets, so the i-th value is the share of the i-th real and fake
    in the estimate, and the mean over the batch is the estimate. The batch is that of all
    devices; microbatches change it.

    Args:
        kernel: "gaussian" or "rational_quadratic", or a function (features [n, d],
            features [m, d]) -> similarities [n, m].
        unbiased: leave out each sample's similarity to itself; the estimate may then be
            negative.

    Raises:
        ValueError: no such kernel; when applied, unequal batches, or a batch of one.
    """
    if isinstance(kernel, str):
        if kernel not in KERNELS:
            raise ValueError(f"kernel={kernel!r} is not one of {', '.join(KERNELS)}")
        kernel = KERNELS[kernel]
    compare = kernel

    def shares(real: Float[Array, "b *d"], fake: Float[Array, "m *d"]) -> PerReal:
        real, fake = paired(real, fake)
        x, y = (features.reshape(features.shape[0], -1) for features in (real, fake))
        all_x, all_y = axis.gather((x, y))
        count = all_x.shape[0]
        if count < 2:
            raise ValueError("the discrepancy of single samples says nothing")
        own = axis.index() * x.shape[0] + jnp.arange(x.shape[0])
        others = own[:, None] != jnp.arange(count)

        def within(similar: jax.Array) -> jax.Array:
            if unbiased:
                return (similar * others).sum(axis=1) / (count - 1)
            return similar.mean(axis=1)

        across = compare(x, all_y).mean(axis=1) + compare(y, all_x).mean(axis=1)
        return within(compare(x, all_x)) + within(compare(y, all_y)) - across

    return Adversarial(lambda real, fake: -shares(real, fake), shares)


def _squared_distances(
    x: Float[Array, "n d"], y: Float[Array, "m d"]
) -> Float[Array, "n m"]:
    """Through the differences: the shorter |x|^2 + |y|^2 - 2 x.y cancels to noise."""
    return jnp.square(x[:, None] - y[None]).sum(axis=-1)
