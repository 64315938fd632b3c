"""R1 and R2 by differences, for critics whose second derivative is dear.

Lin et al. 2025 (arXiv:2501.08316, APT), section 3.3; Hyun et al. 2025 (arXiv:2509.24935,
GAT). With noise n ~ N(0, std^2) on each number,

    gamma / 2 * E ((D(x + n) - D(x)) / std)^2  ->  gamma / 2 * E ||grad D(x)||^2

as std falls; for a linear critic they are equal at any. The first paper's weight lambda of
E (D(x + n) - D(x))^2 is gamma / (2 std^2).
"""

import jax.numpy as jnp

from gan_jax import ranges, rng
from gan_jax.regularizers.base import Fakes, Regularizer, Side, stateless
from gan_jax.schedules import Number, value
from gan_jax.typing import AnyKey, Critic, Samples, Scalar, Seen


def approximate_r1(gamma: Number = 0.1, std: float = 0.01) -> Regularizer:
    """`r1` by one difference a sample, along noise; no second derivative is taken.

    Both logits are of the same augmentation. In bfloat16 take a larger `std`, e.g. 0.1:
    samples near 1 lie 0.008 apart there.

    Args:
        gamma: as of `r1`; a number or a function of `seen`.
        std: of the noise, in units of the samples.

    Raises:
        ValueError: a negative gamma, or a std that is not above 0.
    """
    return _steepness(gamma, std, "real")


def approximate_r2(gamma: Number = 0.1, std: float = 0.01) -> Regularizer:
    """`approximate_r1` at the generated samples."""
    return _steepness(gamma, std, "fake")


def _steepness(gamma: Number, std: float, side: Side) -> Regularizer:
    ranges.at_least(0, gamma=gamma)
    ranges.above(0, std=std)

    def penalty(
        critic: Critic, real: Samples, fake: Fakes, key: AnyKey, step: Seen, seen: Seen
    ) -> Scalar:
        del step
        x = real if side == "real" else fake
        noise = rng.normal(rng.deal(key, len(x)), x.shape[1:]).astype(x.dtype)
        slope = (critic(x + std * noise) - critic(x)) / std
        wide = slope.astype(jnp.promote_types(slope.dtype, jnp.float32))
        return 0.5 * value(gamma, seen) * jnp.square(wide).mean()

    return stateless(penalty, per_example=True, side=side)
