"""Augmentations: what is done to real and generated samples before the critic looks."""

from gan_jax.augment.base import Augment
from gan_jax.augment.noise import instance_noise

__all__ = ["Augment", "instance_noise"]
