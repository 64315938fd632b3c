"""LeCam: a critic held to what it used to say (Tseng et al. 2021, arXiv:2104.03310)."""

import jax
import jax.numpy as jnp

from gan_jax import axis, ranges
from gan_jax.schedules import Number, value
from gan_jax.terms.base import Moment, Term, View
from gan_jax.typing import Tree


def lecam(
    weight: Number = 0.3, decay: float = 0.99, start: int = 0, debiased: bool = False
) -> Term:
    """weight * (E relu(D(x) - f)^2 + E relu(r - D(G(z)))^2), for the critic.

    r and f are moving averages of its mean logits on reals and on fakes, this batch's
    included. The paper prints plain squares; the authors' code keeps the positive part.

    Args:
        weight: a number or a function of `seen`. 0.3 is of BigGAN's hinge, which pins
            logits near one; for StyleGAN2's logistic loss the authors take 3e-7 to 1e-6.
        decay: of the averages, an update of the critic.
        start: real images shown before the term counts. Until then the averages are the
            batch's own means. Theirs for BigGAN: 1000 rounds of 4 updates of 50 images.
        debiased: averages that began at zero, divided by 1 - decay^updates
            (StyleGAN2's); else they begin at the first batch's means.

    Raises:
        ValueError: a number out of range.
    """
    ranges.at_least(0, weight=weight)
    ranges.decay(decay=decay)
    ranges.whole(0, start=start)

    def init() -> Tree:
        zero = jnp.zeros((), jnp.float32)
        return {"real": zero, "fake": zero, "updates": jnp.int32(0)}

    def apply(
        memory: Tree, real: View, fake: View, now: Moment
    ) -> tuple[jax.Array, Tree]:
        begun = jnp.asarray(now.seen) >= start
        updates = memory["updates"] + 1
        fresh = jnp.logical_not(begun) | (updates == 1)
        kept = decay if debiased else jnp.where(fresh, 0.0, decay)
        after, anchors = {"updates": updates}, {}
        for name, view in (("real", real), ("fake", fake)):
            now_said = axis.mean(jax.lax.stop_gradient(view.logits).mean())
            said = kept * memory[name] + (1 - kept) * now_said.astype(jnp.float32)
            after[name] = said
            anchors[name] = said / (1 - decay**updates) if debiased else said
        above = jax.nn.relu(real.logits - anchors["fake"])
        below = jax.nn.relu(anchors["real"] - fake.logits)
        apart = jnp.square(above).mean() + jnp.square(below).mean()
        return jnp.where(begun, value(weight, now.seen) * apart, 0.0), after

    return Term(init, apply)
