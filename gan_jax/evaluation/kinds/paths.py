"""How abruptly samples change along paths of latents, in an extractor's own units.

Perceptual path length (Karras et al. 2019, section 4.1), by the authors' protocol: steps
of 1e-4 on paths between pairs of latents, the distance between both ends over the step's
square, the mean of the lengths from the 1st to the 99th percentile. Paths are great
circles in z and straight lines in w; steps lie anywhere on a path ("full"), or at its
beginning ("end": paths that nothing was trained on are then not walked).

The distance is the squared one between an extractor's features. LPIPS is such a distance,
of the features of `extractors.lpips`; with others, numbers are to be compared with those
of the same extractor alone, which is part of a score's name.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gan_jax import rng
from gan_jax.evaluation.kinds.base import Found, Kind
from gan_jax.evaluation.kinds.evidence import Evidence, Maker
from gan_jax.evaluation.references import Bare
from gan_jax.metrics.path_length import path_lengths, seen_by_metric, trimmed_mean
from gan_jax.names import GENERATOR
from gan_jax.run.sampler import sample_key
from gan_jax.sampling import lerp, slerp
from gan_jax.typing import Keys, Latents

EPSILON = 1e-4
PAIRS = 32
"""Steps whose two ends are made at once."""


def _measured(evidence: Evidence, space: str, reach: float, name: str) -> Found:
    """The mean length of as many paths as there are samples.

    Path i leads from the latents of sample i to others of the same seed; it is asked for
    what sample i is.
    """
    maker, count = evidence.model(), len(evidence.samples)
    lengths = np.concatenate(
        [
            _lengths(evidence, maker, space, reach, low, min(low + PAIRS, count))
            for low in range(0, count, PAIRS)
        ]
    )
    path = "great circles in z" if space == "z" else "straight lines in w"
    where = "anywhere on" if reach else "at the beginning of"
    how = f"steps of {EPSILON:g} {where} {path}, 1st to 99th percentile"
    found = {name: trimmed_mean(lengths)}
    return Found(found, 0, count, _coarse(maker), how)


def _lengths(
    evidence: Evidence, maker: Maker, space: str, reach: float, low: int, high: int
) -> Float[np.ndarray, "b"]:
    """Of paths low to high; always as many are computed, so that one program serves."""
    extractor = evidence.extractor
    assert not isinstance(extractor, Bare), "the table gives one with features"
    places = np.minimum(np.arange(low, low + PAIRS), high - 1)
    asked = {n: jnp.asarray(x) for n, x in maker.answered(places).items()}
    begins = maker.keys(places)
    ends = rng.at(
        rng.stream(sample_key(maker.seed), "ends of paths"), jnp.asarray(places)
    )
    start, end = (maker.function("latents")(keys, asked) for keys in (begins, ends))
    path: Any = slerp
    if space == "w":
        start, end = (maker.function("map")(z, asked) for z in (start, end))
        path = lerp
        paint = maker.function("paint")

    def synthesize(latents: Latents, keys: Keys) -> Array:
        if space == "w":
            return paint(latents, None, asked, keys)
        return maker.function("synthesize")(latents, asked, keys)

    def distance(a: Array, b: Array) -> Float[Array, "b"]:
        pair = jnp.concatenate([a, b])
        pair = seen_by_metric(pair) if pair.ndim == 4 else pair
        first, second = jnp.split(extractor.seen(pair), 2)
        return jnp.square(first - second).reshape(len(a), -1).sum(1)

    def along(a: Latents, b: Latents, t: jax.Array) -> Latents:
        return path(a, b, t.reshape(-1))

    found = path_lengths(
        synthesize, distance, along, start, end, reach, EPSILON, PAIRS, maker.seed, low
    )
    return found[: high - low]


def _coarse(maker: Maker) -> str:
    """A warning where a generator's own numbers are coarser than a step."""
    for name, player in maker.game.players.items():
        dtype = jnp.dtype(getattr(player.module, "dtype", None) or jnp.float32)
        if name.startswith(GENERATOR) and dtype.itemsize < 4:
            return f"{name} computes in {dtype.name}: its rounding is taken for steps"
    return ""


def _kind(space: str, end: bool) -> Kind:
    name = f"ppl_{space}{'_end' if end else ''}"
    functions = (
        ("latents", "synthesize") if space == "z" else ("latents", "map", "paint")
    )
    return Kind(
        partial(_measured, space=space, reach=0.0 if end else 1.0, name=name),
        (name,),
        about_data=False,
        pairs=True,
        least=lambda dim: 1,
        functions=functions,
    )


KINDS: Mapping[str, Kind] = {
    "ppl_z": _kind("z", False),
    "ppl_w": _kind("w", False),
    "ppl_z_end": _kind("z", True),
    "ppl_w_end": _kind("w", True),
}
