"""Kernel distance: unbiased MMD^2 between features with a cubic kernel.

Binkowski et al. (2018), "Demystifying MMD GANs", section 4: k(x, y) = (x'y/d + 1)^3
over random subsets of both sides. Unbiased, so comparable across sample counts and
slightly below zero at times. Papers often print it times 1000. Inner products are
float32, as the features are; kernels are formed and summed in float64, for their
differences are small.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import rng
from gan_jax.metrics.estimate import Estimate
from gan_jax.metrics.features import Features, as_pair


def kernel_distance(
    real: Features,
    fake: Features,
    subset_size: int = 1000,
    subsets: int = 100,
    seed: int = 0,
) -> Estimate:
    """Kernel distance (KID where the features are Inception's).

    Args:
        real: [n, d].
        fake: [m, d].
        subset_size: samples of each side in a subset, drawn without replacement.
        subsets: how many subsets.
        seed: of the subsets.

    Returns:
        Mean and standard deviation over the subsets; `float()` gives the mean.

    Raises:
        ValueError: fewer samples than `subset_size`, unlike dimensions, not finite, no
            subset, a seed out of range.
    """
    if subset_size < 2 or subsets < 1:
        raise ValueError(f"{subsets} subsets of {subset_size} samples")
    real, fake = as_pair(real, fake, least=subset_size)
    key = rng.root(seed)
    picks = [
        np.asarray(_subsets(rng.stream(key, name), len(side), subset_size, subsets))
        for name, side in (("real", real), ("fake", fake))
    ]
    with jax.enable_x64(True):
        values = [
            float(_mmd(real[i].astype(np.float32), fake[j].astype(np.float32)))
            for i, j in zip(*picks, strict=True)
        ]
    return Estimate(float(np.mean(values)), float(np.std(values)))


@functools.partial(jax.jit, static_argnums=(1, 2, 3))
def _subsets(key: jax.Array, count: int, size: int, subsets: int) -> jax.Array:
    """Indices [subsets, size], none twice in a row."""
    keys = rng.at(key, jnp.arange(subsets))
    return jax.lax.map(lambda k: jax.random.permutation(k, count)[:size], keys)


@jax.jit
def _mmd(real: jax.Array, fake: jax.Array) -> jax.Array:
    return _within(real) + _within(fake) - 2 * _cubic(real, fake).mean()


def _within(x: jax.Array) -> jax.Array:
    """Mean kernel over pairs of two different samples."""
    kernel = _cubic(x, x)
    return (kernel.sum() - jnp.trace(kernel)) / (len(x) * (len(x) - 1))


def _cubic(x: jax.Array, y: jax.Array) -> jax.Array:
    products = jnp.matmul(x, y.T, precision="highest").astype(jnp.float64)
    return (products / x.shape[1] + 1) ** 3
