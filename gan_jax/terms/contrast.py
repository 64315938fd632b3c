"""Samples held against each other and against their class's proxy.

Read `embedding` and `proxy` of head `contrastive`. Both are losses of a whole batch, over
all devices; microbatches are batches of their own.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.nn import logsumexp, relu
from jaxtyping import Array, Bool, Float

from gan_jax import axis, ranges
from gan_jax.schedules import Number
from gan_jax.terms.base import Term, View
from gan_jax.terms.sides import On, labels, of_side, said
from gan_jax.typing import PerExample


class Compared(NamedTuple):
    """A side's b samples against all n of the batch, over the devices.

    Attributes:
        proxy: cosine of a sample and the proxy of its class.
        others: of a sample and each of the batch.
        same: whether the two are of one class.
        itself: whether they are one.
    """

    proxy: Float[Array, "b"]
    others: Float[Array, "b n"]
    same: Bool[Array, "b n"]
    itself: Bool[Array, "b n"]


def compared(view: View) -> Compared:
    """Cosines of a side's samples."""
    mine = said(view, "embedding", "contrastive")
    classes, count = labels(view), len(mine)
    every, of_class = axis.gather((mine, classes))
    place = axis.index() * count + jnp.arange(count)
    return Compared(
        (mine * said(view, "proxy", "contrastive")).sum(-1),
        mine @ every.T,
        classes @ of_class.T > 0.5,
        place[:, None] == jnp.arange(len(every)),
    )


def contrastive(
    weight: Number = 1.0, on: On = "real", temperature: float = 1.0
) -> Term:
    """ContraGAN's conditional contrastive loss, 2C (Kang & Park 2020, arXiv:2006.12681).

    -log of the share that a sample's proxy and the others of its class have in the sum
    of exp(cosine / temperature) over the proxy and all others (eq. 8).

    Args:
        weight: a number or a function of `seen`.
        on: the reals for the critic, the fakes for the generator.
        temperature: that cosines are divided by.

    Raises:
        ValueError: a negative weight, a temperature of zero or below; when applied,
            another head.
    """
    ranges.at_least(0, weight=weight)
    ranges.above(0, temperature=temperature)

    def each(view: View) -> PerExample:
        c = compared(view)
        alike = _with_proxy(c, c.others, c.same & ~c.itself, temperature)
        return _with_proxy(c, c.others, ~c.itself, temperature) - alike

    return of_side(on, weight, each, conditional=on == "real")


def data_to_data(
    weight: Number = 1.0,
    on: On = "real",
    temperature: float = 0.5,
    margin: float = 0.98,
    studiogan: bool = False,
) -> Term:
    """ReACGAN's data-to-data cross entropy (Kang et al. 2021, arXiv:2111.01118, eq. 7).

    -log of exp(p / t) over that and the sum of exp(n / t), with p = min(cosine to the
    proxy - margin, 0) and n = max(cosine - (1 - margin), 0) to each sample of another
    class: what is easy already pulls and pushes no more.

    Args:
        weight: a number or a function of `seen`.
        on: the reals for the critic, the fakes for the generator.
        temperature: t.
        margin: of the positives; that of the negatives is one less it.
        studiogan: the authors' code, which divides the negatives, and these alone, by
            the largest of a row: not the paper's value, and not its gradient.

    Raises:
        ValueError: a negative weight, a temperature of zero or below, a margin outside
            -1 to 1; when applied, another head.
    """
    ranges.at_least(0, weight=weight)
    ranges.above(0, temperature=temperature)
    ranges.between(-1, 1, margin=margin)

    def each(view: View) -> PerExample:
        c = compared(view)
        near = c._replace(proxy=-relu(margin - c.proxy))
        far = c.others - (1 - margin)
        over = relu(far)
        if studiogan:
            most = jnp.where(c.itself, -jnp.inf, far).max(-1, keepdims=True)
            over = over - jax.lax.stop_gradient(most)
        return _with_proxy(near, over, ~c.same, temperature) - near.proxy / temperature

    return of_side(on, weight, each, conditional=on == "real")


def _with_proxy(
    c: Compared, others: jax.Array, among: jax.Array, temperature: float
) -> PerExample:
    """log of the sum of exp(cosine / temperature) over the proxy and some others."""
    chosen = jnp.where(among, others / temperature, -jnp.inf)
    return logsumexp(
        jnp.concatenate([c.proxy[:, None] / temperature, chosen], axis=1), axis=1
    )
