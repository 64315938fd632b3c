"""Priors: where a generator's noise comes from. Keys in, latents out."""

from gan_jax import ranges, rng
from gan_jax.typing import Prior


def normal(shape: tuple[int, ...] = (128,)) -> Prior:
    """Standard normal latents [b, *shape]; `shape` may be spatial, e.g. (7, 7, 1).

    Raises:
        ValueError: a shape that is empty, or has a size below 1.
    """
    ranges.sizes(shape=shape)
    return lambda keys: rng.normal(keys, shape)


def uniform(
    shape: tuple[int, ...] = (100,), low: float = -1.0, high: float = 1.0
) -> Prior:
    """Latents uniform on [low, high): the prior of the DCGAN paper (Radford 2016).

    Raises:
        ValueError: a shape that is empty, or has a size below 1; not low < high.
    """
    ranges.sizes(shape=shape)
    ranges.finite(low=low)
    ranges.above(low, high=high)
    return lambda keys: rng.uniform(keys, shape, low, high)
