"""Instance noise: both distributions blurred, so that their supports overlap.

Sonderby et al. 2017 (arXiv:1610.04490), section 3.1; Arjovsky & Bottou 2017, section 3.
"""

from gan_jax import ranges, rng
from gan_jax.augment.base import Augment, stateless
from gan_jax.schedules import Number, value
from gan_jax.typing import Keys, Samples, Seen, Tree


def instance_noise(std: Number = 0.1) -> Augment:
    """Normal noise added to reals and fakes alike, fresh for each.

    Args:
        std: in units of the samples (images lie in [-1, 1]); anneal it with e.g.
            `linear(0.1, 0.0, over=1_000_000)`.

    Raises:
        ValueError: a negative one.
    """
    ranges.at_least(0, std=std)

    def apply(memory: Tree, samples: Samples, keys: Keys, seen: Seen) -> Samples:
        del memory
        noise = rng.normal(keys, samples.shape[1:]).astype(samples.dtype)
        return samples + value(std, seen) * noise

    return stateless(apply)
