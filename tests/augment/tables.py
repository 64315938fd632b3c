"""Every augmentation: a new one adds a row here and is held to the conformance."""

from gan_jax import augment
from gan_jax.augment.base import NOTHING

ALL_AUGMENTS = {
    "nothing": NOTHING,
    "instance_noise": augment.instance_noise(0.3),
}

NOT_AUGMENTS = {"Augment"}
