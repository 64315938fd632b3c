"""Penalties on the gradient of the critic with respect to its input.

gradient_penalty: Gulrajani et al. 2017, eq. (3). dragan: Kodali et al. 2017, eq. (4).
r1, r2: Mescheder et al. 2018, eqs. (9) and (10).

All arithmetic on gradients is in float32 or better, whatever the critic computes in.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gan_jax import ranges, rng
from gan_jax.regularizers import points
from gan_jax.regularizers.base import Fakes, Regularizer, stateless
from gan_jax.schedules import Number, value
from gan_jax.typing import AnyKey, Critic, PerExample, Samples, Scalar, Seen

POINTS: dict[str, points.Points] = {
    "interpolate": points.interpolate,
    "real": points.at_real,
    "fake": points.at_fake,
}
NOISE = {"positive": (0.0, 1.0), "symmetric": (-1.0, 1.0)}


def gradient_penalty(
    weight: Number = 10.0,
    center: float = 1.0,
    one_sided: bool = False,
    at: str | points.Points = "interpolate",
) -> Regularizer:
    """weight * E(||grad critic||_2 - center)^2, the norm over all axes but the batch.

    Args:
        weight: lambda; a number or a function of `seen`.
        center: the norm that costs nothing. With 0 and weight = gamma / 2 this is `r1`
            (at the reals) or `r2` (at the fakes).
        one_sided: penalise only norms above `center`.
        at: where. "interpolate": uniformly between each real and its fake, in equal
            batches; "real"; "fake"; or a function (real, fake, keys) -> points.

    Raises:
        ValueError: no such `at`, a negative weight or center; when applied,
            interpolates of unequal batches.
    """
    ranges.at_least(0, weight=weight, center=center)
    where = _named(at, POINTS, "at") if isinstance(at, str) else at

    def penalty(
        critic: Critic, real: Samples, fake: Fakes, key: AnyKey, step: Seen, seen: Seen
    ) -> Scalar:
        del step
        keys = rng.deal(key, real.shape[0])
        norm = gradient_norm(critic, where(real, fake, keys))
        excess = jax.nn.relu(norm - center) if one_sided else norm - center
        return value(weight, seen) * jnp.square(excess).mean()

    side = "fake" if where is points.at_fake else "real"
    return stateless(penalty, per_example=True, side=side)


def dragan(
    weight: Number = 10.0,
    center: float = 1.0,
    noise: str = "positive",
    reach: float = 0.5,
) -> Regularizer:
    """The gradient penalty in a neighbourhood of the data only.

    Args:
        weight: lambda; a number or a function of `seen`.
        center: the norm that costs nothing.
        noise: "positive", uniform on [0, 1) as in the authors' code; or "symmetric",
            uniform on [-1, 1) as in most others.
        reach: size of the neighbourhood in standard deviations of the batch.

    Raises:
        ValueError: no such `noise`, a negative weight, center or reach.
    """
    ranges.at_least(0, reach=reach)
    low, high = _named(noise, NOISE, "noise")
    return gradient_penalty(weight, center, at=points.perturbed(low, high, reach))


def r1(gamma: Number = 10.0) -> Regularizer:
    """gamma / 2 * E ||grad critic(real)||^2, summed over pixels, mean over the batch.

    The authors' code omits the half: its 10 is gamma = 20 here.

    Raises:
        ValueError: a negative gamma.
    """
    ranges.at_least(0, gamma=gamma)

    def penalty(
        critic: Critic, real: Samples, fake: Fakes, key: AnyKey, step: Seen, seen: Seen
    ) -> Scalar:
        del fake, key, step
        return 0.5 * value(gamma, seen) * squared_gradient(critic, real).mean()

    return stateless(penalty, per_example=True)


def r2(gamma: Number = 10.0) -> Regularizer:
    """`r1` at the generated samples."""
    ranges.at_least(0, gamma=gamma)

    def penalty(
        critic: Critic, real: Samples, fake: Fakes, key: AnyKey, step: Seen, seen: Seen
    ) -> Scalar:
        del real, key, step
        return 0.5 * value(gamma, seen) * squared_gradient(critic, fake).mean()

    return stateless(penalty, per_example=True, side="fake")


def input_gradient(critic: Critic, x: Samples) -> Float[Array, "b *shape"]:
    """Gradient of the *sum* of the logits over the samples, float32 or wider.

    Row i is the gradient of the i-th logit as long as the critic treats each sample by
    itself. Under layers that couple the batch (batch normalisation, minibatch standard
    deviation) it also holds what sample i does to the other logits: StyleGAN accepts
    that, WGAN-GP forbids such layers.
    """
    gradient = jax.grad(lambda x: critic(x).sum())(x)
    return gradient.astype(jnp.promote_types(gradient.dtype, jnp.float32))


def squared_gradient(critic: Critic, x: Samples) -> PerExample:
    """Squared norm of each sample's input gradient, over all axes but the batch."""
    gradient = input_gradient(critic, x)
    return jnp.square(gradient).sum(axis=tuple(range(1, gradient.ndim)))


def gradient_norm(critic: Critic, x: Samples) -> PerExample:
    """Norm of each sample's input gradient; where it is 0 its derivative is 0."""
    squared = squared_gradient(critic, x)
    positive = squared > 0
    # Both branches of a `where` are differentiated: sqrt must never see the zero.
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, squared, 1.0)), 0.0)


def _named(name, table, argument):
    if name not in table:
        raise ValueError(f"{argument}={name!r} is not one of {', '.join(table)}")
    return table[name]
