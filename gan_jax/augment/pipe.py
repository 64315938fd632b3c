"""ADA's pipe of augmentations: sixteen transforms, a pure function of what was drawn.

Karras et al. 2020 (arXiv:2006.06676), appendix B, in the order and with the ranges of
NVlabs' code. Each transform happens to each picture with probability p times its own
strength, independently. The arguments are draws, not keys, so that tests can choose them.
"""

import math
from collections.abc import Callable, Mapping
from functools import reduce
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import rng
from gan_jax.augment import filters
from gan_jax.augment.colour import COLOURS, NEEDS_COLOUR, recoloured
from gan_jax.augment.geometry import GEOMETRIC, Transform
from gan_jax.augment.warp import filtered, warped
from gan_jax.typing import Images, Keys

_BLIT = ("xflip", "rotate90", "xint")
_GEOMETRY = ("scale", "rotate", "aniso", "xfrac")
_COLOUR = tuple(COLOURS)
STRENGTHS = (*_BLIT, *_GEOMETRY, *_COLOUR, "imgfilter", "noise", "cutout")
"""Names of the strengths; `rotate` is that of two transforms."""
PRESETS: Mapping[str, tuple[str, ...]] = {
    "blit": _BLIT,
    "geom": _GEOMETRY,
    "color": _COLOUR,
    "filter": ("imgfilter",),
    "noise": ("noise",),
    "cutout": ("cutout",),
    "bg": STRENGTHS[:7],
    "bgc": STRENGTHS[:12],
    "bgcf": STRENGTHS[:13],
    "bgcfn": STRENGTHS[:14],
    "bgcfnc": STRENGTHS,
}
"""Which strengths are one; all others are zero."""
POWER = np.array([10.0, 1.0, 1.0, 1.0]) / 13
"""Share of a natural picture's power in each of the four bands."""

_OTHERS = {
    "imgfilter": Transform("imgfilter", "normal", (filters.BANDS,), lambda n, size: n),
    "noise": Transform("noise", "normal", (), lambda n, size: n),
    "cutout": Transform("cutout", "uniform", (2,), lambda u, size: u),
}
TRANSFORMS: Mapping[str, Transform] = {**GEOMETRIC, **COLOURS, **_OTHERS}


Happens = Callable[[str], jax.Array]
"""Of a transform's name: where it happens, [b]."""


class Draws(NamedTuple):
    """What a batch of b pictures is to be augmented by.

    Attributes:
        lots: by transform, uniform [b] (imgfilter: [b, 4]); it happens where that is
            below its probability.
        amounts: by transform, uniform or normal [b, ...], as its law says.
        field: normal noise [b, h, w, c]; None where none will be added.
    """

    lots: Mapping[str, jax.Array]
    amounts: Mapping[str, jax.Array]
    field: jax.Array | None = None


def drawn(keys: Keys, shape: tuple[int, ...], noise: bool) -> Draws:
    """The draws of pictures of a shape, each from its own key.

    Args:
        keys: one a picture.
        shape: (h, w, c).
        noise: whether noise may be added.
    """
    lots = {
        name: (filters.BANDS,) if name == "imgfilter" else () for name in TRANSFORMS
    }
    laws = {
        law: {name: t.shape for name, t in TRANSFORMS.items() if t.law == law}
        for law in ("uniform", "normal")
    }
    return Draws(
        _cut(rng.uniform, rng.stream(keys, "lots"), lots),
        {
            **_cut(rng.uniform, rng.stream(keys, "uniform"), laws["uniform"]),
            **_cut(rng.normal, rng.stream(keys, "normal"), laws["normal"]),
        },
        rng.normal(rng.stream(keys, "field"), shape) if noise else None,
    )


def _cut(
    law: Callable[..., jax.Array], keys: Keys, shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, jax.Array]:
    """Arrays of these shapes by name, drawn together: quicker to compile than apart."""
    sizes = [math.prod(shape) for shape in shapes.values()]
    edges = np.cumsum([0, *sizes])
    together = law(keys, (int(edges[-1]),))
    return {
        name: together[:, begin : begin + size].reshape(-1, *shape)
        for (name, shape), begin, size in zip(
            shapes.items(), edges, sizes, strict=False
        )
    }


def augmented(
    images: Images, draws: Draws, p: jax.Array | float, strengths: Mapping[str, float]
) -> Images:
    """The pictures after all transforms.

    Where none happens to a picture, it stays as it is to the bit.

    Args:
        images: [b, h, w, c], in [-1, 1].
        draws: see `Draws`.
        p: the probability that strengths are multiplied by.
        strengths: by name; a transform that is missing, or at zero, costs nothing.

    Raises:
        ValueError: colours of other than one or three channels; imgfilter of pictures
            below 22 pixels.
    """

    def happens(name: str) -> jax.Array:
        one = TRANSFORMS[name]
        return draws.lots[name] < one.share(jnp.asarray(strengths[one.strength] * p))

    wanted = [n for n, t in TRANSFORMS.items() if strengths.get(t.strength, 0) > 0]
    images = _moved(images, draws, [n for n in wanted if n in GEOMETRIC], happens)
    images = _recoloured(images, draws, [n for n in wanted if n in COLOURS], happens)
    if "imgfilter" in wanted:
        amounts = draws.amounts["imgfilter"]
        images = _banded(images, amounts, happens("imgfilter"))
    if "noise" in wanted:
        sigma = 0.1 * jnp.abs(draws.amounts["noise"]) * happens("noise")
        assert draws.field is not None
        images = images + sigma[:, None, None, None] * draws.field
    if "cutout" in wanted:
        hole = _hole(draws.amounts["cutout"], images.shape[1:3])
        hole = hole & happens("cutout")[:, None, None]
        images = jnp.where(hole[..., None], 0, images)
    return images


def _moved(images: Images, draws: Draws, names: list[str], happens: Happens) -> Images:
    if not names:
        return images
    one, size = jnp.eye(3), (images.shape[1], images.shape[2])
    maps, some = [], jnp.zeros(len(images), bool)
    for name in names:
        is_on = happens(name)
        some = some | is_on
        own = TRANSFORMS[name].matrix(draws.amounts[name], size)
        maps.append(jnp.where(is_on[:, None, None], own, one))
    whole = reduce(_after, maps)
    return jnp.where(some[:, None, None, None], warped(images, whole), images)


def _recoloured(
    images: Images, draws: Draws, names: list[str], happens: Happens
) -> Images:
    if images.shape[-1] == 1:
        names = [name for name in names if name not in NEEDS_COLOUR]
    if not names:
        return images
    size = (images.shape[1], images.shape[2])
    maps = [
        jnp.where(
            happens(name)[:, None, None],
            TRANSFORMS[name].matrix(draws.amounts[name], size),
            jnp.eye(4),
        )
        for name in names
    ]
    return recoloured(images, reduce(_after, reversed(maps)))


def _after(a: jax.Array, b: jax.Array) -> jax.Array:
    """The product of small matrices [b, k, k], written out: exact on accelerators."""
    return (a[..., :, :, None] * b[..., None, :, :]).sum(-2)


def _banded(images: Images, amounts: jax.Array, is_on: jax.Array) -> Images:
    """Bands louder or quieter, one after another, at the same expected power."""
    gains = jnp.ones((len(images), filters.BANDS))
    for band in range(filters.BANDS):
        gain = jnp.where(is_on[:, band], 2 ** amounts[:, band], 1.0)
        own = jnp.ones_like(gains).at[:, band].set(gain)
        gains = gains * own / jnp.sqrt((POWER * own**2).sum(-1, keepdims=True))
    rows, columns = (
        jnp.einsum(
            "bk,kyx->byx",
            gains,
            jnp.asarray(filters.banded(size), gains.dtype),
            precision=jax.lax.Precision.HIGHEST,
        )
        for size in images.shape[1:3]
    )
    loud = filtered(images, rows, columns)
    return jnp.where(is_on.any(-1)[:, None, None, None], loud, images)


def _hole(center: jax.Array, size: tuple[int, ...]) -> jax.Array:
    """Where a rectangle of half the height and width lies: [b, h, w].

    Args:
        center: of it, (x, y) in shares of the picture, [b, 2].
        size: height and width.
    """
    y, x = ((jnp.arange(n) + 0.5) / n for n in size)
    down = jnp.abs(y - center[:, 1:]) < 0.25
    across = jnp.abs(x - center[:, :1]) < 0.25
    return down[:, :, None] & across[:, None, :]
