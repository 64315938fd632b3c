"""Facts and penalties that games of several tables share."""

from gan_jax import data, regularizers

SHAPE = (2,)
FACTS = data.Facts(SHAPE)
CLASSES = data.Facts(SHAPE, ("left", "right", "middle"), (1, 2, 1))
GP = {"gp": regularizers.gradient_penalty(weight=0.1)}
