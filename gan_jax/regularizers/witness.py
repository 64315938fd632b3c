"""The gradient penalty of MMD-GANs (Binkowski et al. 2018, section 2.1 and appendix A.2).

There the function that tells the distributions apart is not the critic's output but the
witness E k(h(x), h(.)) - E k(h(y), h(.)), h being the critic's features; its slope is
what should be one.
"""

import jax
import jax.numpy as jnp

from gan_jax import axis, ranges, rng
from gan_jax.regularizers import points
from gan_jax.regularizers.base import Fakes, Regularizer, stateless
from gan_jax.regularizers.gradient import gradient_norm
from gan_jax.schedules import Number, value
from gan_jax.typing import AnyKey, Critic, Kernel, PerExample, Samples, Scalar, Seen


def witness_penalty(kernel: Kernel, weight: Number = 1.0) -> Regularizer:
    """weight * E(||grad witness||_2 - 1)^2 between each real and its fake.

    The witness is made of the whole batch, on all devices; parameters get gradients
    through all three of its parts.

    Args:
        kernel: the loss's: (features [n, d], features [m, d]) -> similarities [n, m].
        weight: lambda; a number or a function of `seen`; 1 in the paper.

    Raises:
        ValueError: a negative weight.
    """
    ranges.at_least(0, weight=weight)

    def penalty(
        critic: Critic, real: Samples, fake: Fakes, key: AnyKey, step: Seen, seen: Seen
    ) -> Scalar:
        del step
        keys = rng.deal(key, real.shape[0])

        def features(x: Samples) -> jax.Array:
            h = critic(x)
            return h.reshape(h.shape[0], -1).astype(jnp.promote_types(h.dtype, float))

        of_real, of_fake = axis.gather((features(real), features(fake)))

        def witness(x: Samples) -> PerExample:
            h = features(x)
            return kernel(h, of_real).mean(axis=1) - kernel(h, of_fake).mean(axis=1)

        norm = gradient_norm(witness, points.interpolate(real, fake, keys))
        return value(weight, seen) * jnp.square(norm - 1).mean()

    return stateless(penalty, per_example=True)
