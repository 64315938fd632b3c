"""Augmentations: what is done to real and generated samples before the critic looks."""

from gan_jax.augment.adaptive import ada
from gan_jax.augment.base import Augment
from gan_jax.augment.differentiable import diff_augment
from gan_jax.augment.noise import instance_noise
from gan_jax.augment.shifts import flip_and_shift

__all__ = ["Augment", "ada", "diff_augment", "flip_and_shift", "instance_noise"]
