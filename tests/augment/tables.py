"""Every augmentation: a new one adds a row here and is held to the conformance."""

from gan_jax import augment
from gan_jax.augment.base import NOTHING

ALL_AUGMENTS = {
    "nothing": NOTHING,
    "instance_noise": augment.instance_noise(0.3),
    "level_noise": augment.level_noise((0.4,)),
    "diff_augment": augment.diff_augment(),
    "flip_and_shift": augment.flip_and_shift(),
    "ada": augment.ada(p=0.7),
    "ada bgcfnc": augment.ada("bgcfnc", {"noise": 0.5}, p=0.9, target=None),
    "fading_blur": augment.fading_blur(2.0, over=100),
    "chained": augment.chained(augment.fading_blur(3.0), augment.flip_and_shift()),
}

NOT_AUGMENTS = {"Augment"}
