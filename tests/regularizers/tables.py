"""Every penalty of the room: a new one adds a row and is held to the conformance."""

import jax.numpy as jnp

from gan_jax import losses, regularizers
from gan_jax.regularizers import Regularizer, r1


def fading(seen):
    """A weight that moves with the count of images shown."""
    return 1.0 / (1.0 + jnp.asarray(seen, jnp.float32))


ALL_REGULARIZERS = {
    "gradient_penalty": regularizers.gradient_penalty(),
    "gradient_penalty one-sided": regularizers.gradient_penalty(one_sided=True),
    "gradient_penalty at reals": regularizers.gradient_penalty(at="real"),
    "gradient_penalty at fakes": regularizers.gradient_penalty(at="fake"),
    "gradient_penalty zero-centred": regularizers.gradient_penalty(center=0.0),
    "dragan": regularizers.dragan(),
    "dragan symmetric": regularizers.dragan(noise="symmetric"),
    "path_length": regularizers.path_length(),
    "r1": regularizers.r1(gamma=0.5),
    "r2": regularizers.r2(gamma=0.5),
    "approximate_r1": regularizers.approximate_r1(0.5, std=0.1),
    "approximate_r2": regularizers.approximate_r2(0.5, std=0.1),
    "scale": regularizers.scale(fading, r1()),
    "every": regularizers.every(4, r1()),
    "chain": regularizers.chain(real=r1(), around=regularizers.dragan()),
    "stateless": regularizers.stateless(
        lambda critic, real, fake, key, step, seen: jnp.square(critic(real)).mean()
    ),
    "witness_penalty": regularizers.witness_penalty(losses.gaussian_kernel()),
}

NOT_PENALTIES = {Regularizer.__name__}
