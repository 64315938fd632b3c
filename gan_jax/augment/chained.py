"""One augmentation after another."""

import jax

from gan_jax import rng
from gan_jax.augment.base import Augment
from gan_jax.typing import Keys, Metrics, Samples, Seen, Tree


def chained(first: Augment, then: Augment) -> Augment:
    """What `first` makes of the samples is what `then` is given.

    Each has random numbers and a memory of its own, and both learn what the critic
    thought of the reals. More than two are chains of chains.

    Args:
        first: e.g. `fading_blur()`, which StyleGAN3-R has before ADA.
        then: e.g. `ada()`.
    """
    parts = {"first": first, "then": then}

    def init() -> Tree:
        return {name: part.init() for name, part in parts.items()}

    def apply(memory: Tree, samples: Samples, keys: Keys, seen: Seen) -> Samples:
        for name, part in parts.items():
            own = rng.stream(keys, name)
            samples = part.apply(memory[name], samples, own, seen)
        return samples

    def update(memory: Tree, real_logits: jax.Array) -> Tree:
        return {n: part.update(memory[n], real_logits) for n, part in parts.items()}

    def metrics(memory: Tree, seen: Seen) -> Metrics:
        return {
            name: value
            for part_name, part in parts.items()
            for name, value in part.metrics(memory[part_name], seen).items()
        }

    return Augment(init, apply, update, metrics)
