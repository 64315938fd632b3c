"""Where a gradient penalty looks at the critic: functions (real, fake, keys) -> points.

interpolate: Gulrajani et al. 2017, algorithm 1. perturbed: Kodali et al. 2017 (DRAGAN).
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gan_jax import axis, rng
from gan_jax.regularizers.base import Fakes
from gan_jax.typing import Keys, Samples

Points = Callable[[Samples, Fakes, Keys], Float[Array, "n *shape"]]
"""Where to look, given real samples, fake samples and a key per example."""


def interpolate(real: Samples, fake: Fakes, keys: Keys) -> Samples:
    """A point on the segment from each fake to its real, uniform along it.

    Raises:
        ValueError: real and fake differ in shape.
    """
    if real.shape != fake.shape:
        raise ValueError(
            f"real {real.shape} and fake {fake.shape} differ in shape; "
            "interpolates need a fake for every real"
        )
    share = _per_example(keys, "interpolate", real)
    return share * real + (1 - share) * fake


def at_real(real: Samples, fake: Fakes, keys: Keys) -> Samples:
    """The real samples."""
    del fake, keys
    return real


def at_fake(real: Samples, fake: Fakes, keys: Keys) -> Fakes:
    """The generated samples."""
    del real, keys
    return fake


def perturbed(low: float, high: float, reach: float = 0.5) -> Points:
    """Points around the real samples: x + a * reach * std * u.

    a is uniform on [0, 1), one per example; u is uniform on [low, high), one per
    element; std is the standard deviation of all elements of the whole batch.
    """

    def around_real(real: Samples, fake: Fakes, keys: Keys) -> Samples:
        del fake
        share = _per_example(keys, "share", real)
        noise = rng.uniform(rng.stream(keys, "noise"), real.shape[1:], low, high)
        mean = axis.mean(real.mean())
        std = jnp.sqrt(axis.mean(jnp.square(real - mean).mean()))
        return real + share * reach * std * noise.astype(real.dtype)

    return around_real


def _per_example(keys: Keys, name: str, like: jax.Array) -> jax.Array:
    """One number on [0, 1) per example, shaped to multiply `like`."""
    share = rng.uniform(rng.stream(keys, name), (1,) * (like.ndim - 1))
    return share.astype(like.dtype)
