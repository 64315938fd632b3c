"""Adaptive discriminator augmentation: as much as keeps the critic from memorising.

Karras et al. 2020 (arXiv:2006.06676). A critic that overfits finds nearly all reals
real. The share of them, r_t = E sign D(real), is held at a target by the probability p
of all augmentations (section 3.1).
"""

from collections.abc import Mapping

import jax
import jax.numpy as jnp

from gan_jax import axis, ranges
from gan_jax.augment.base import Augment, pictures
from gan_jax.augment.pipe import PRESETS, STRENGTHS, augmented, drawn
from gan_jax.schedules import Number, value
from gan_jax.typing import Keys, Metrics, Samples, Seen, Tree

PROBABILITY = "augment_p"
"""What p is logged as, among the critic's metrics."""


def ada(
    preset: str = "bgc",
    strengths: Mapping[str, float] | None = None,
    p: Number = 0.0,
    target: float | None = 0.6,
    kimg: float = 500.0,
    interval: int = 4,
) -> Augment:
    """NVlabs' pipe of sixteen transforms at a probability that adapts.

    Every `interval` updates of the critic, p += sign(r_t - target) * images /
    (1000 kimg), `images` being those counted since the last time, and is cut off below
    zero (not above one, as in NVlabs' code). r_t is taken over all devices. Where a
    batch is cut into microbatches, each counts as an update; packs count all their
    pictures.

    Args:
        preset: which transforms: pixel blitting and geometry (`bg`), colours (`c`),
            image-space filtering (`f`, pictures of 22 pixels or more), noise (`n`),
            cutout (`c`): `bg`, `bgc`, `bgcf`, `bgcfn`, `bgcfnc`. Or one group alone:
            `blit`, `geom`, `color`, `filter`, `noise`, `cutout`.
        strengths: changes to it by transform, e.g. `{"xflip": 0.0, "cutout": 0.5}`: what
            p is multiplied by.
        p: at the start; without a target, always, and it may then be a schedule.
        target: for r_t; None leaves p as given.
        kimg: thousands of images in which p can rise from 0 to 1.
        interval: critic updates between two changes of p.

    Raises:
        ValueError: a number out of range, an unknown preset or strength, a scheduled p
            with a target. When it is traced: samples that are no pictures; two channels, or
            more than three, with colours; small pictures with imgfilter.
    """
    ranges.at_least(0, p=p)
    ranges.between(0, 1, target=target)
    ranges.above(0, kimg=kimg)
    ranges.whole(interval=interval)
    own = _strengths(preset, strengths or {})
    if target is not None and callable(p):
        raise ValueError("p moves by itself: a target wants a number to start from")

    def init() -> Tree:
        if target is None:
            return ()
        zero = jnp.zeros((), jnp.float32)
        start = jnp.asarray(p, jnp.float32)
        return {"p": start, "signs": zero, "images": zero, "updates": jnp.int32(0)}

    def probability(memory: Tree, seen: Seen) -> jax.Array | float:
        return value(p, seen) if target is None else memory["p"]

    def apply(memory: Tree, samples: Samples, keys: Keys, seen: Seen) -> Samples:
        shape = pictures("ada", samples)
        draws = drawn(keys, shape, own.get("noise", 0) > 0)
        out = augmented(samples, draws, probability(memory, seen), own)
        return out.astype(samples.dtype)

    def update(memory: Tree, real_logits: jax.Array) -> Tree:
        return memory if target is None else adapted(memory, real_logits)

    def adapted(memory: Tree, real_logits: jax.Array) -> Tree:
        signs = jnp.sign(jax.lax.stop_gradient(real_logits)).astype(jnp.float32)
        count = len(real_logits) * axis.size()
        signs = memory["signs"] + axis.mean(signs.mean()) * count
        images, updates = memory["images"] + count, memory["updates"] + 1
        due = updates >= interval
        step = jnp.sign(signs / images - target) * images / (1000 * kimg)
        return {
            "p": jnp.where(due, jnp.maximum(memory["p"] + step, 0), memory["p"]),
            "signs": jnp.where(due, 0, signs),
            "images": jnp.where(due, 0, images),
            "updates": jnp.where(due, 0, updates),
        }

    def metrics(memory: Tree, seen: Seen) -> Metrics:
        return {PROBABILITY: jnp.asarray(probability(memory, seen))}

    return Augment(init, apply, update, metrics)


def _strengths(preset: str, changes: Mapping[str, float]) -> dict[str, float]:
    if preset not in PRESETS:
        raise ValueError(f"preset={preset!r} must be one of {', '.join(PRESETS)}")
    for name, strength in changes.items():
        if name not in STRENGTHS:
            known = ", ".join(STRENGTHS)
            raise ValueError(f"strengths: there is no {name!r}; there is {known}")
        ranges.at_least(0, **{f"strengths.{name}": strength})
    return {**dict.fromkeys(PRESETS[preset], 1.0), **changes}
