"""The losses between a discriminator and a generator, as functions of logits.

minimax, non_saturating: Goodfellow et al. 2014, eq. (1) and the text after it.
wasserstein: Arjovsky et al. 2017, eq. (2). hinge: Lim & Ye 2017; Miyato et al. 2018,
eqs. (16) and (17), no factor of one half. least_squares: Mao et al. 2017, eq. (2).
Label smoothing: Salimans et al. 2016, section 3.4.
"""

import jax
import jax.numpy as jnp
from jax.nn import relu, softplus

from gan_jax import ranges
from gan_jax.losses.base import Adversarial, Builder, PerFake, PerReal, paired


def cross_entropy(logits: jax.Array, label: float) -> jax.Array:
    """-label log s(x) - (1 - label) log(1 - s(x)), exact for logits of any size."""
    return label * softplus(-logits) + (1 - label) * softplus(logits)


def _raise_scores(real: PerReal, fake: PerFake) -> PerFake:
    del real
    return -fake


def _classify(real_label: float, fake_label: float):
    def disc(real: PerReal, fake: PerFake) -> PerReal:
        real, fake = paired(real, fake)
        return cross_entropy(real, real_label) + cross_entropy(fake, fake_label)

    return disc


def _check_labels(real_label: float, fake_label: float) -> None:
    ranges.finite(real_label=real_label, fake_label=fake_label)
    if not 0 <= fake_label < real_label <= 1:
        raise ValueError(
            f"labels must satisfy 0 <= fake_label < real_label <= 1, not "
            f"fake_label={fake_label}, real_label={real_label}"
        )


@Builder
def minimax(real_label: float = 1.0, fake_label: float = 0.0) -> Adversarial:
    """The zero-sum game: disc at its optimum averages log 4 - 2 JSD(data, gen).

    The generator minimises E log(1 - D(fake)), and gets no gradient from samples that
    the discriminator is sure of.

    Args:
        real_label: the discriminator's target for reals; 0.9 is one-sided smoothing.
        fake_label: its target for fakes.
    """
    _check_labels(real_label, fake_label)

    def gen(real: PerReal, fake: PerFake) -> PerFake:
        del real
        return -cross_entropy(fake, fake_label)

    return Adversarial(_classify(real_label, fake_label), gen)


@Builder
def non_saturating(real_label: float = 1.0, fake_label: float = 0.0) -> Adversarial:
    """The discriminator of `minimax`; the generator minimises -E log D(fake).

    Args:
        real_label: the discriminator's target for reals; 0.9 is one-sided smoothing.
            The generator's target stays 1.
        fake_label: the discriminator's target for fakes.
    """
    _check_labels(real_label, fake_label)

    def gen(real: PerReal, fake: PerFake) -> PerFake:
        del real
        return softplus(-fake)

    return Adversarial(_classify(real_label, fake_label), gen)


@Builder
def hinge() -> Adversarial:
    """Margins of one on either side for the discriminator; a linear generator."""

    def disc(real: PerReal, fake: PerFake) -> PerReal:
        real, fake = paired(real, fake)
        return relu(1 - real) + relu(1 + fake)

    return Adversarial(disc, _raise_scores)


@Builder
def wasserstein() -> Adversarial:
    """The dual of the earth mover's distance, for critics held to be 1-Lipschitz."""

    def disc(real: PerReal, fake: PerFake) -> PerReal:
        real, fake = paired(real, fake)
        return fake - real

    return Adversarial(disc, _raise_scores)


@Builder
def least_squares(a: float = 0.0, b: float = 1.0, c: float = 1.0) -> Adversarial:
    """Half squared distances of the raw logits to their targets.

    With b - c = 1 and b - a = 2, e.g. (-1, 1, 0), the generator minimises the Pearson
    chi-squared divergence between data + generated and twice generated.

    Args:
        a: the discriminator's target for fakes.
        b: its target for reals.
        c: the generator's target for fakes.

    Raises:
        ValueError: a target that is not finite.
    """
    ranges.finite(a=a, b=b, c=c)

    def disc(real: PerReal, fake: PerFake) -> PerReal:
        real, fake = paired(real, fake)
        return 0.5 * jnp.square(real - b) + 0.5 * jnp.square(fake - a)

    def gen(real: PerReal, fake: PerFake) -> PerFake:
        del real
        return 0.5 * jnp.square(fake - c)

    return Adversarial(disc, gen)
