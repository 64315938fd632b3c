"""GANs that minimise an f-divergence (Nowozin et al. 2016).

The critic maximises the variational bound of eq. (4),
F = E_data[g(V)] - E_gen[f*(g(V))] <= D_f(data || gen), where g, the output activation
of table 2, maps logits V into the domain of the conjugate f* of table 5. The generator
takes the practical step of section 3.2: it maximises E_gen[g(V)].
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.nn import log_sigmoid, relu, sigmoid, softplus

from gan_jax import ranges
from gan_jax.losses.base import Adversarial, PerFake, PerReal, paired
from gan_jax.typing import Activation, Kind

LOG_2 = math.log(2)


class Divergence(NamedTuple):
    """D_f(data || gen) = E_gen f(data / gen), and what a critic needs to bound it.

    Attributes:
        f: convex in the density ratio u > 0; f(1) = 0 but for "gan", -log 4.
        activation: g, from logits to the domain of the conjugate; increasing.
        conjugate: f*(t) = sup_u (t u - f(u)). Pearson's, as published, lets u be
            negative: quadratic below t = -2 too, where u > 0 would hold it at -1.
        on_fake: f*(g(v)) in one step, exact where the two steps would lose digits.
        threshold: f'(1), the value of g(V) where the best critic is undecided.
    """

    KIND = Kind("a divergence")

    f: Activation
    activation: Activation
    conjugate: Activation
    on_fake: Activation
    threshold: float


def _xlogx(u: jax.Array) -> jax.Array:
    return u * jnp.log(u)


def _log1mexp(x: jax.Array) -> jax.Array:
    """log(1 - exp(x)) for x < 0."""
    return jnp.log(-jnp.expm1(x))


@jax.custom_jvp
def _log_omega(y: jax.Array) -> jax.Array:
    """s with exp(s) + s = y: the logarithm of Lambert's W(exp(y))."""
    s = jnp.where(y > 1, jnp.log(jnp.maximum(y, 1)), y)
    # Newton's method on a convex function from above its root: monotone, quadratic.
    for _ in range(6):
        s = s - (jnp.exp(s) + s - y) / (jnp.exp(s) + 1)
    return s


@_log_omega.defjvp
def _(primals, tangents):
    s = _log_omega(*primals)
    return s, sigmoid(-s) * tangents[0]


def _jeffrey_conjugate(t: jax.Array) -> jax.Array:
    # W(e^(1-t)) + 1 / W(e^(1-t)) + t - 2 with W = exp(s) and 1 - t = exp(s) + s
    s = _log_omega(1 - t)
    return jnp.expm1(-s) - s


DIVERGENCES = {
    "total_variation": Divergence(
        f=lambda u: 0.5 * jnp.abs(u - 1),
        activation=lambda v: 0.5 * jnp.tanh(v),
        conjugate=lambda t: t,
        on_fake=lambda v: 0.5 * jnp.tanh(v),
        threshold=0.0,
    ),
    "kl": Divergence(
        f=_xlogx,
        activation=lambda v: v,
        conjugate=lambda t: jnp.exp(t - 1),
        on_fake=lambda v: jnp.exp(v - 1),
        threshold=1.0,
    ),
    "reverse_kl": Divergence(
        f=lambda u: -jnp.log(u),
        activation=lambda v: -jnp.exp(-v),
        conjugate=lambda t: -1 - jnp.log(-t),
        on_fake=lambda v: v - 1,
        threshold=-1.0,
    ),
    "pearson": Divergence(
        f=lambda u: jnp.square(u - 1),
        activation=lambda v: v,
        conjugate=lambda t: 0.25 * jnp.square(t) + t,
        on_fake=lambda v: 0.25 * jnp.square(v) + v,
        threshold=0.0,
    ),
    "neyman": Divergence(
        f=lambda u: jnp.square(1 - u) / u,
        activation=lambda v: -jnp.expm1(-v),
        conjugate=lambda t: 2 - 2 * jnp.sqrt(1 - t),
        on_fake=lambda v: -2 * jnp.expm1(-0.5 * v),
        threshold=0.0,
    ),
    "squared_hellinger": Divergence(
        f=lambda u: jnp.square(jnp.sqrt(u) - 1),
        activation=lambda v: -jnp.expm1(-v),
        conjugate=lambda t: t / (1 - t),
        on_fake=jnp.expm1,
        threshold=0.0,
    ),
    "jeffrey": Divergence(
        f=lambda u: (u - 1) * jnp.log(u),
        activation=lambda v: v,
        conjugate=_jeffrey_conjugate,
        on_fake=_jeffrey_conjugate,
        threshold=0.0,
    ),
    "jensen_shannon": Divergence(
        f=lambda u: _xlogx(u) - (u + 1) * jnp.log((u + 1) / 2),
        activation=lambda v: LOG_2 + log_sigmoid(v),
        conjugate=lambda t: -jnp.log(2 - jnp.exp(t)),
        on_fake=lambda v: softplus(v) - LOG_2,
        threshold=0.0,
    ),
    "gan": Divergence(
        f=lambda u: _xlogx(u) - (u + 1) * jnp.log(u + 1),
        activation=log_sigmoid,
        conjugate=lambda t: -_log1mexp(t),
        on_fake=softplus,
        threshold=-LOG_2,
    ),
}


def f_divergence(divergence: str | Divergence) -> Adversarial:
    """disc = -g(real) + f*(g(fake)), the bound negated; gen = -g(fake).

    Minus the critic's mean loss is a lower bound on D_f(data || gen), tight for the best
    critic: where g(V) = f'(data / gen).

    Args:
        divergence: total_variation, kl, reverse_kl, pearson, neyman, squared_hellinger,
            jeffrey, jensen_shannon or gan ("gan" is 2 JSD - log 4, and `jensen_shannon`
            2 JSD); or one built by `weighted_jensen_shannon` or `alpha_divergence`.

    Raises:
        ValueError: no such divergence.
    """
    if isinstance(divergence, str):
        if divergence not in DIVERGENCES:
            names = ", ".join(DIVERGENCES)
            raise ValueError(f"divergence={divergence!r} is not one of {names}")
        divergence = DIVERGENCES[divergence]
    activation, on_fake = divergence.activation, divergence.on_fake

    def disc(real: PerReal, fake: PerFake) -> PerReal:
        real, fake = paired(real, fake)
        return on_fake(fake) - activation(real)

    def gen(real: PerReal, fake: PerFake) -> PerFake:
        del real
        return -activation(fake)

    return Adversarial(disc, gen)


def weighted_jensen_shannon(pi: float = 0.5) -> Divergence:
    """pi KL(data || m) + (1 - pi) KL(gen || m) with m = pi data + (1 - pi) gen.

    Raises:
        ValueError: unless 0 < pi < 1.
    """
    if not 0 < pi < 1:
        raise ValueError(f"pi={pi} must lie between 0 and 1")
    top, rest = -pi * math.log(pi), 1 - pi

    def inverse_share(x: jax.Array) -> jax.Array:
        return rest * (math.log(rest) - _log1mexp(x))

    return Divergence(
        f=lambda u: pi * _xlogx(u) - (rest + pi * u) * jnp.log(rest + pi * u),
        activation=lambda v: top + log_sigmoid(v),
        conjugate=lambda t: inverse_share((t - top) / pi),
        on_fake=lambda v: inverse_share(log_sigmoid(v) / pi),
        threshold=0.0,
    )


def alpha_divergence(alpha: float = 0.5) -> Divergence:
    """Amari's family: alpha = 0.5 is twice squared Hellinger, 2 half of Pearson.

    The limits at 1 and 0 are "kl" and "reverse_kl".

    Raises:
        ValueError: alpha is 0 or 1, or not finite.
    """
    ranges.finite(alpha=alpha)
    if alpha in (0, 1):
        raise ValueError(f"alpha={alpha} is a limit: ask for kl (1) or reverse_kl (0)")
    power = alpha / (alpha - 1)

    def f(u: jax.Array) -> jax.Array:
        return (u**alpha - 1 - alpha * (u - 1)) / (alpha * (alpha - 1))

    def conjugate(t: jax.Array) -> jax.Array:
        return (relu(t * (alpha - 1) + 1) ** power - 1) / alpha

    if alpha > 1:
        return Divergence(f, lambda v: v, conjugate, conjugate, 0.0)

    def on_fake(v: jax.Array) -> jax.Array:
        # ((1 - alpha) softplus(-v))^power; from 30 on, log softplus(-v) is -v to 1e-13
        log_softplus = jnp.log(softplus(-jnp.minimum(v, 30))) - relu(v - 30)
        return jnp.expm1(power * (math.log(1 - alpha) + log_softplus)) / alpha

    return Divergence(
        f=f,
        activation=lambda v: 1 / (1 - alpha) + log_sigmoid(v),
        conjugate=conjugate,
        on_fake=on_fake,
        threshold=0.0,
    )
