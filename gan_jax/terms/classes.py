"""Classes that a critic tells apart beside its verdict, and that a generator must hit.

Each of them names the head it reads (`gan_jax.nn.heads`). What stands among `disc_terms`
teaches the critic, what stands among `gen_terms` the generator; `fool` is the generator's
half where the two are no mirror images.
"""

from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import ranges
from gan_jax.schedules import Number, value
from gan_jax.terms.base import Moment, Term, View
from gan_jax.terms.sides import (
    On,
    crammer_singer,
    cross_entropy,
    labels,
    of_side,
    said,
)
from gan_jax.typing import PerExample, Tree


def auxiliary_classifier(
    weight: Number = 1.0, on: Literal["real", "fake", "both"] = "real"
) -> Term:
    """weight * E -log C(y | x) (Odena et al. 2017, arXiv:1610.09585, section 3).

    The paper's critic learns of both sides, and its generator of the fakes; most codes
    since let the critic learn of the reals alone (Gulrajani et al. 2017, weights 1 and
    0.1). Reads `classes`: head `auxiliary_classifier`.

    Args:
        weight: a number or a function of `seen`.
        on: the side whose classes are asked; of both, the two means are added.

    Raises:
        ValueError: a negative weight; when applied, another head.
    """
    ranges.at_least(0, weight=weight)

    def each(view: View) -> PerExample:
        return cross_entropy(
            said(view, "classes", "auxiliary_classifier"), labels(view)
        )

    if on != "both":
        return of_side(on, weight, each, conditional=on == "real")

    def apply(
        memory: Tree, real: View, fake: View, now: Moment
    ) -> tuple[jax.Array, Tree]:
        both = each(real).mean() + each(fake).mean()
        return value(weight, now.seen) * both, memory

    return Term(lambda: (), apply, conditional=True)


def twin_classifier(weight: Number = 1.0, fool: bool = False) -> Term:
    """TAC-GAN's second classifier, of fakes alone (Gong et al. 2019, arXiv:1907.02690).

    It learns weight * E -log C_mi(y | G), and the generator is paid for misleading it:
    together with `auxiliary_classifier` it minimises KL(Q(y|x) || P(y|x)) instead of
    making every sample as typical of its class as can be (eq. 7). Reads `twin`: head
    `auxiliary_classifier(twin=True)`.

    Args:
        weight: a number or a function of `seen`.
        fool: the generator's half, the same with the opposite sign.

    Raises:
        ValueError: a negative weight; when applied, another head.
    """
    ranges.at_least(0, weight=weight)
    sign = -1.0 if fool else 1.0

    def each(view: View) -> PerExample:
        twin = said(view, "twin", "auxiliary_classifier")
        return sign * cross_entropy(twin, labels(view))

    return of_side("fake", weight, each)


def discriminative_classifier(weight: Number = 1.0, fool: bool = False) -> Term:
    """ADC-GAN's classifier of 2k classes (Hou et al. 2022, arXiv:2107.10060, eq. 4).

    It learns which class, and which side: -log C(y, real | x) at the reals and -log C(y,
    fake | x) at the fakes. The generator minimises log C(y, fake | G) - log C(y, real |
    G). Reads `sided`: head `discriminative_classifier`.

    Args:
        weight: a number or a function of `seen`.
        fool: the generator's half.

    Raises:
        ValueError: a negative weight; when applied, another head.
    """
    ranges.at_least(0, weight=weight)

    def sided(view: View) -> tuple[PerExample, PerExample]:
        logits = said(view, "sided", "discriminative_classifier")
        each = jax.nn.log_softmax(logits).reshape(len(logits), -1, 2)
        mine = (each * labels(view)[..., None]).sum(1)
        return mine[:, 0], mine[:, 1]

    if fool:

        def fooling(view: View) -> PerExample:
            as_real, as_fake = sided(view)
            return as_fake - as_real

        return of_side("fake", weight, fooling)

    def apply(
        memory: Tree, real: View, fake: View, now: Moment
    ) -> tuple[jax.Array, Tree]:
        missed = -sided(real)[0].mean() - sided(fake)[1].mean()
        return value(weight, now.seen) * missed, memory

    return Term(lambda: (), apply, conditional=True)


def multi_hinge(
    weight: Number = 1.0,
    on: On = "real",
    at: Literal["margins", "classes"] = "margins",
) -> Term:
    """weight * E max(0, 1 + max_{k != y} C_k(x) - C_y(x)) (Crammer & Singer 2001).

    MHGAN (Kavalerov et al. 2021, arXiv:1912.04216) has it of k + 1 margins, the last of
    which is what is fake: head `fake_class`, loss `hinge`, this on the reals for the
    critic and with a small weight (0.05) on the fakes for the generator, whose loss is
    feature matching besides. With `classes`, of head `auxiliary_classifier`, it takes the
    place of the cross entropy of an AC-GAN.

    Args:
        weight: a number or a function of `seen`.
        on: the side whose classes are asked.
        at: what the head says.

    Raises:
        ValueError: a negative weight; when applied, another head.
    """
    ranges.at_least(0, weight=weight)
    head = "fake_class" if at == "margins" else "auxiliary_classifier"

    def each(view: View) -> PerExample:
        margins, target = said(view, at, head), labels(view)
        more = margins.shape[-1] - target.shape[-1]
        return crammer_singer(margins, jnp.pad(target, ((0, 0), (0, more))))

    return of_side(on, weight, each, conditional=on == "real")


def class_weighted(of: Term, counts: tuple[int, ...], on: On = "real") -> Term:
    """A term in which every class weighs the same, however often it stands in the data.

    The number of an example of class y is multiplied by n / (k n_y): one on average over
    the data. It is a wrapper of terms, for they know an example's class; the adversarial
    loss, which sees logits alone, is balanced by the order of the data
    (`data.balanced`), which is unbiased as well and shows rare classes more often.

    Args:
        of: a term that gives a number per example of one side.
        counts: n_y, of each class in the data.
        on: that side.

    Raises:
        ValueError: a count below one; when applied, a term of another form, or other
            classes than were counted.
    """
    ranges.sizes(counts=counts)
    shares = np.asarray(counts, np.float64)
    weights = np.asarray(shares.sum() / (len(counts) * shares), np.float32)

    def apply(
        memory: Tree, real: View, fake: View, now: Moment
    ) -> tuple[jax.Array, Tree]:
        told = labels(real if on == "real" else fake)
        if told.shape[-1] != len(counts):
            raise ValueError(f"{len(counts)} counts of {told.shape[-1]} classes")
        found, after = of.apply(memory, real, fake, now)
        if jnp.shape(found) != told.shape[:1]:
            raise ValueError("class_weighted takes a term with a number per example")
        return found * (told @ weights), after

    return of._replace(apply=apply)
