"""Data made by a formula: mixtures of Gaussians, the Swiss roll, and small pictures.

Recipes of the literature, all with *distinct* modes (angles 2 pi i / k; a linspace that
includes both ends would give the first mode double weight):
  WGAN-GP toys (Gulrajani et al. 2017, released code): `ring(radius=2, std=.02,
      divisor=1.414)`, `grid(divisor=2.828)`, `swiss_roll()`;
  Unrolled GAN (Metz et al. 2017, appendix A): `ring()`;
  PacGAN (Lin et al. 2018, section 4.1): `ring(radius=1, std=.01, count=100_000)` and
      `grid()`.
"""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import rng
from gan_jax.data.dataset import Dataset, Modes, Sampled, recipe_digest, resident
from gan_jax.data.preprocess import Preprocess, scale
from gan_jax.typing import Keys

Points = tuple[tuple[float, ...], ...]
_MOST_MODES = 2**16
_MOST_POINTS = 10**8
_MOST_LEVELS = 2**28
"""Bounds of what is made at once: a typing error asks for more."""


def ring(
    modes: int = 8,
    radius: float = 2.0,
    std: float = 0.02,
    divisor: float = 1.0,
    count: int | None = None,
    seed: int = 0,
) -> Dataset:
    """Gaussians at equal angles on a circle, the first at angle 0; labelled by mode.

    Args:
        modes: how many.
        radius: of the circle.
        std: of each Gaussian and coordinate.
        divisor: centres and std are divided by it.
        count: a fixed set of that many points; None draws fresh points for ever.
        seed: of the fixed set.

    Raises:
        ValueError: numbers of which no ring can be made.
    """
    _check_whole("modes", modes, 1, _MOST_MODES)
    _check_positive(radius=radius, std=std, divisor=divisor)
    angles = [2 * math.pi * i / modes for i in range(modes)]
    centers = tuple((radius * math.cos(a), radius * math.sin(a)) for a in angles)
    return _mixture(f"ring{modes}", centers, std, divisor, count, seed)


def grid(
    side: int = 5,
    spacing: float = 2.0,
    std: float = 0.05,
    divisor: float = 1.0,
    count: int | None = 100_000,
    seed: int = 0,
) -> Dataset:
    """`side` x `side` Gaussians centred on the origin; the rest as in `ring`."""
    _check_whole("side", side, 1, math.isqrt(_MOST_MODES))
    _check_positive(spacing=spacing, std=std, divisor=divisor)
    line = [spacing * (i - (side - 1) / 2) for i in range(side)]
    centers = tuple((x, y) for x in line for y in line)
    return _mixture(f"grid{side * side}", centers, std, divisor, count, seed)


def points(
    centers: Points, std: float, count: int | None = None, seed: int = 0
) -> Dataset:
    """Gaussians at the given centres (x, y); the rest as in `ring`.

    Raises:
        ValueError: a centre that is not a pair.
    """
    if not centers or any(len(center) != 2 for center in centers):
        raise ValueError("centers must be pairs (x, y), at least one")
    _check_whole("the number of centers", len(centers), 1, _MOST_MODES)
    _check_positive(std=std)
    return _mixture("points", centers, std, 1.0, count, seed)


def swiss_roll(
    noise: float = 0.25,
    divisor: float = 7.5,
    count: int | None = None,
    seed: int = 0,
) -> Dataset:
    """The two curled coordinates of scikit-learn's Swiss roll, divided by `divisor`.

    t = 3 pi / 2 (1 + 2 u) with u uniform; (t cos t, t sin t) plus `noise` times normal.

    Raises:
        ValueError: numbers of which no roll can be made.
    """
    _check_positive(divisor=divisor)
    if not 0 <= noise < math.inf:
        raise ValueError(f"noise={noise!r} must be a number from 0 on")
    _check_fixed(count, seed)
    _check_span(14.2 / divisor, noise / divisor)

    def draw(keys: Keys) -> dict[str, jax.Array]:
        u = rng.uniform(rng.stream(keys, "position"), ())
        t = 1.5 * jnp.pi * (1.0 + 2.0 * u)
        curve = jnp.stack([t * jnp.cos(t), t * jnp.sin(t)], axis=-1)
        spread = noise * rng.normal(rng.stream(keys, "noise"), (2,))
        return {"sample": (curve + spread) / divisor}

    if count is not None:
        return resident("swiss_roll", _fixed(draw, count, seed))
    digest = recipe_digest("swiss_roll", noise=noise, divisor=divisor)
    return Dataset("swiss_roll", (2,), (), None, digest, Sampled(draw))


def _mixture(
    name: str,
    centers: Points,
    std: float,
    divisor: float,
    count: int | None,
    seed: int,
) -> Dataset:
    _check_fixed(count, seed)
    _check_span(float(np.abs(np.asarray(centers)).max()) / divisor, std / divisor)
    where = np.asarray(centers, np.float32) / np.float32(divisor)
    width = std / divisor
    if np.float32(width) == 0:
        raise ValueError(f"std={std!r} over divisor={divisor!r} is too small")
    classes = tuple(f"mode {i}" for i in range(len(where)))
    modes = Modes(where, width)

    def spread(keys: Keys, label: jax.Array) -> dict[str, jax.Array]:
        noise = width * rng.normal(rng.stream(keys, "noise"), (2,))
        return {"sample": jnp.asarray(where)[label] + noise, "label": label}

    def draw(keys: Keys) -> dict[str, jax.Array]:
        u = rng.uniform(rng.stream(keys, "mode"), ())
        label = jnp.minimum((u * len(where)).astype(jnp.int32), len(where) - 1)
        return spread(keys, label)

    def draw_balanced(keys: Keys) -> dict[str, jax.Array]:
        return spread(keys, jnp.arange(len(keys), dtype=jnp.int32) % len(where))

    if count is not None:
        return resident(name, _fixed(draw_balanced, count, seed), classes, modes=modes)
    digest = recipe_digest(name, centers=where.tolist(), std=width)
    return Dataset(
        name=name,
        shape=(2,),
        classes=classes,
        size=None,
        digest=digest,
        source=Sampled(draw),
        modes=modes,
        frequencies=(1,) * len(classes),  # `draw` takes every mode equally often
    )


def _check_positive(**numbers: float) -> None:
    for name, number in numbers.items():
        if not 0 < number < math.inf:
            raise ValueError(f"{name}={number!r} must be positive and finite")


def _check_whole(name: str, number: int, least: int, most: int) -> None:
    if not least <= number <= most:
        raise ValueError(f"{name}={number!r} must be from {least} to {most}")


def _check_fixed(count: int | None, seed: int) -> None:
    if count is not None:
        _check_whole("count", count, 1, _MOST_POINTS)
    _check_whole("seed", seed, 0, 2**32 - 1)


def _check_span(*lengths: float) -> None:
    """That points stay numbers: a critic squares them."""
    if not max(lengths) < 1e18:
        raise ValueError(f"coordinates of {max(lengths):g} are too large to train on")


def _fixed(
    draw: Callable[[Keys], dict[str, jax.Array]], count: int, seed: int
) -> dict[str, np.ndarray]:
    """A fixed set of one draw; of a mixture, with as many points from every mode."""
    keys = rng.at(rng.stream(jax.random.key(seed), "points"), jnp.arange(count))
    return {name: np.asarray(x) for name, x in jax.jit(draw)(keys).items()}


def shapes(
    shape: tuple[int, int, int] = (16, 16, 1),
    count: int = 256,
    classes: int = 4,
    seed: int = 0,
    preprocess: Preprocess | None = None,
) -> Dataset:
    """Bright discs, squares, and level and upright bars on dark ground: tiny pictures.

    Args:
        shape: (h, w, c) of a picture.
        count: how many; the classes come in turn.
        classes: how many of the four kinds.
        seed: of places, sizes and colours.
        preprocess: pixels to floats; the default is `scale()`.

    Raises:
        ValueError: not 1 to 4 classes, no picture at all, or too many for small ones.
    """
    kinds = ("disc", "square", "level bar", "upright bar")
    _check_whole("classes", classes, 1, len(kinds))
    _check_whole("seed", seed, 0, 2**32 - 1)
    if len(shape) != 3 or min(shape) < 1 or count < 1:
        raise ValueError(f"shape={shape!r} and count={count!r} make no picture")
    _check_whole("count * h * w * c", count * math.prod(shape), 1, _MOST_LEVELS)
    height, width, channels = shape
    label = np.arange(count, dtype=np.int32) % classes
    draws = np.random.default_rng(seed)
    center = draws.uniform(0.3, 0.7, (2, count, 1, 1))
    radius = draws.uniform(0.12, 0.3, (count, 1, 1))
    color = draws.uniform(0.6, 1.0, (count, 1, 1, channels))
    y = (np.arange(height)[:, None] + 0.5) / height - center[0]
    x = (np.arange(width)[None, :] + 0.5) / width - center[1]
    distance = np.choose(
        label[:, None, None],
        [
            np.hypot(y, x),
            np.maximum(abs(y), abs(x)),
            np.maximum(3 * abs(y), abs(x)),
            np.maximum(abs(y), 3 * abs(x)),
        ],
    )
    # Coverage falls from 1 to 0 over about a pixel, so edges are smooth.
    cover = np.clip((radius - distance) * max(height, width) + 0.5, 0.0, 1.0)
    sample = np.rint(255 * (0.05 + 0.95 * cover[..., None] * color)).astype(np.uint8)
    arrays = {"sample": sample, "label": label}
    return resident("shapes", arrays, kinds[:classes], preprocess or scale())
