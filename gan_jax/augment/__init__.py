"""Augmentations: what is done to real and generated samples before the critic looks."""

from gan_jax.augment.adaptive import ada
from gan_jax.augment.base import Augment
from gan_jax.augment.blur import fading_blur
from gan_jax.augment.chained import chained
from gan_jax.augment.differentiable import diff_augment
from gan_jax.augment.levels import level_noise
from gan_jax.augment.noise import instance_noise
from gan_jax.augment.shifts import flip_and_shift

__all__ = [
    "Augment",
    "ada",
    "chained",
    "diff_augment",
    "fading_blur",
    "flip_and_shift",
    "instance_noise",
    "level_noise",
]
