"""Consistency: a critic that says the same of what is the same to us.

CR (Zhang et al. 2020, arXiv:1910.12027) holds the logits of reals and of reals augmented
together, bCR (Zhao et al. 2020, arXiv:2002.04724) those of fakes, too. zCR (the same)
wants like logits, but unlike samples, of latents that lie side by side; ICR is all three.
The adversarial loss sees none of these augmentations.
"""

from typing import Literal

import jax
import jax.numpy as jnp

from gan_jax import ranges, rng
from gan_jax.augment import Augment, flip_and_shift
from gan_jax.schedules import Number, value
from gan_jax.terms.base import Moment, Term, View
from gan_jax.typing import Keys, Latents, Samples, Tree

FLIP_AND_SHIFT = flip_and_shift()


def consistency(
    weight: Number = 10.0,
    side: Literal["real", "fake", "both"] = "real",
    augment: Augment = FLIP_AND_SHIFT,
    outputs: tuple[str, ...] = (),
) -> Term:
    """weight * E (D(x) - D(T x))^2, for the critic: CR by default, bCR with side="both".

    What the game itself augments is augmented afresh for D(T x). Packs are transformed
    as one picture.

    Args:
        weight: a number or a function of `seen`; 10 in both papers, for each side.
        side: whose samples.
        augment: T; what it remembers stays as it was at the start.
        outputs: what the critic returns beside its logits and is held together as well
            (logits of classes, embeddings), by the mean square of its differences.

    Raises:
        ValueError: a negative weight, another side. When it is traced: an output that
            the critic does not return.
    """
    ranges.at_least(0, weight=weight)
    if side not in ("real", "fake", "both"):
        raise ValueError(f"side={side!r} must be real, fake or both")

    def apply(
        memory: Tree, real: View, fake: View, now: Moment
    ) -> tuple[jax.Array, Tree]:
        views = {"real": real, "fake": fake}
        if side != "both":
            views = {side: views[side]}
        total = jnp.zeros(())
        for name, view in views.items():
            keys = rng.stream(view.keys, "consistency", name)
            pack = len(keys) // len(view.samples)
            changed = augment.apply(memory, view.samples, keys[::pack], now.seen)
            total = total + _apart(view, changed, keys, outputs)
        return value(weight, now.seen) * total, memory

    return Term(augment.init, apply)


def latent_consistency(weight: Number = 20.0, radius: float = 0.05) -> Term:
    """weight * E (D(G(z)) - D(G(z + radius n)))^2, for the critic: its half of zCR.

    Args:
        weight: a number or a function of `seen`.
        radius: standard deviation of what is added to latents.

    Raises:
        ValueError: a number below zero. When it is traced: a game whose fakes are not
            made from latents alone.
    """
    ranges.at_least(0, weight=weight, radius=radius)

    def apply(
        memory: Tree, real: View, fake: View, now: Moment
    ) -> tuple[jax.Array, Tree]:
        del real
        near = _nearby(fake, radius, "latent_consistency")
        keys = rng.stream(fake.keys, "latent consistency")
        return value(weight, now.seen) * _apart(fake, near, keys, ()), memory

    return Term(lambda: (), apply)


def latent_diversity(weight: Number = 0.5, radius: float = 0.05) -> Term:
    """-weight * E (G(z) - G(z + radius n))^2, for the generator: its half of zCR.

    The mean is over the elements of a sample, too, so that its size does not matter.

    Args:
        weight: a number or a function of `seen`.
        radius: standard deviation of what is added to latents.

    Raises:
        ValueError: as `latent_consistency`.
    """
    ranges.at_least(0, weight=weight, radius=radius)

    def apply(
        memory: Tree, real: View, fake: View, now: Moment
    ) -> tuple[jax.Array, Tree]:
        del real
        near = _nearby(fake, radius, "latent_diversity")
        gap = jnp.square(fake.samples - near).mean(range(1, near.ndim))
        return -value(weight, now.seen) * gap, memory

    return Term(lambda: (), apply)


def _nearby(fake: View, radius: float, name: str) -> Samples:
    """Samples of latents beside those of the fakes."""
    if fake.again is None:
        raise ValueError(
            f"{name} moves latents, but this game's fakes are not made from latents "
            "alone"
        )

    def moved(z: Latents) -> Latents:
        noise = rng.normal(rng.stream(fake.keys, "nearby"), z.shape[1:])
        return z + radius * noise.astype(z.dtype)

    return fake.again(moved)


def _apart(
    view: View, changed: jax.Array, keys: Keys, outputs: tuple[str, ...]
) -> jax.Array:
    """How differently the critic judges changed samples: mean squares, added up."""
    logits, out = view.judge(changed, view.cond, keys)
    total = jnp.square(view.logits - logits).mean()
    for name in outputs:
        if name not in out:
            raise ValueError(
                f"outputs: the critic returns no {name!r}, but {', '.join(out)}"
            )
        total = total + jnp.square(view.out[name] - out[name]).mean()
    return total
