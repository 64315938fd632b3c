"""Initialisers as values: each maker gives `init(key, shape, dtype)`.

`gain` multiplies the standard deviation (or the bound) as in the papers' own code;
`jax.nn.initializers.variance_scaling` takes its square.
"""

import jax
from jax.nn import initializers

from gan_jax import ranges
from gan_jax.nn.values import Init


def normal(stddev: float = 0.02) -> Init:
    """N(0, stddev^2): 0.02 for every weight of DCGAN (Radford et al. 2016)."""
    ranges.at_least(0, stddev=stddev)
    return initializers.normal(stddev)


def he_normal(gain: float = 1.0) -> Init:
    """N(0, 2 gain^2 / fan_in), He et al. 2015."""
    ranges.at_least(0, gain=gain)
    return initializers.variance_scaling(2.0 * gain**2, "fan_in", "normal")


def he_uniform(gain: float = 1.0) -> Init:
    """U(-a, a) of the same variance: the initialiser of WGAN-GP's networks."""
    ranges.at_least(0, gain=gain)
    return initializers.variance_scaling(2.0 * gain**2, "fan_in", "uniform")


def glorot_uniform(gain: float = 1.0) -> Init:
    """U(-a, a) with a = gain sqrt(6 / (fan_in + fan_out)), SN-GAN's initialiser."""
    ranges.at_least(0, gain=gain)
    return initializers.variance_scaling(gain**2, "fan_avg", "uniform")


def orthogonal(gain: float = 1.0) -> Init:
    """Orthonormal columns times `gain`, BigGAN's initialiser."""
    ranges.at_least(0, gain=gain)
    return initializers.orthogonal(gain)


def zeros() -> Init:
    """All zero: the last layer of a residual branch that starts as the identity."""
    return jax.nn.initializers.zeros
