"""DiffAugment (Zhao et al. 2020, arXiv:2006.10738): few, strong, always on.

Reals and fakes are augmented in the critic's turn, fakes in the generator's, by fresh
draws each time; gradients pass through to the generator. Constants as in the authors'
code.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from gan_jax import rng
from gan_jax.augment.base import Augment, pictures, stateless
from gan_jax.typing import Images, Keys, Samples, Seen, Tree

SHIFT = 0.125
"""Largest translation, in shares of the size."""
CUT = 0.5
"""Height and width of what is cut out, in shares of the size."""


def diff_augment(policy: str = "color,translation,cutout") -> Augment:
    """Pictures [b, h, w, c] in [-1, 1] after every step of a policy, in its order.

    `color`: brightness + U(-.5, .5), saturation times U(0, 2) (distance to the mean of
    the channels), contrast times U(.5, 1.5) (distance to the mean of the picture).
    `translation`: by up to an eighth of the size, whole pixels, zeros moving in.
    `cutout`: a rectangle of half the size becomes zero, its centre anywhere.

    Args:
        policy: steps, separated by commas. `translation,cutout` is the paper's for
            BigGAN on CIFAR-10, `color,cutout` for StyleGAN2 on all of it.

    Raises:
        ValueError: an unknown step, or none; when it is traced, samples that are no
            pictures.
    """
    names = policy.split(",")
    for name in names:
        if name not in STEPS:
            raise ValueError(
                f"policy={policy!r}: there is no {name!r}; there is {', '.join(STEPS)}"
            )

    def apply(memory: Tree, samples: Samples, keys: Keys, seen: Seen) -> Samples:
        del memory, seen
        pictures("diff_augment", samples)
        x = samples
        for i, name in enumerate(names):
            x = STEPS[name](x, rng.stream(keys, name, i))
        return x.astype(samples.dtype)

    return stateless(apply)


def color(x: Images, keys: Keys) -> Images:
    """Brightness, saturation and contrast, in this order."""
    brightness, saturation, contrast = (
        u[:, None, None, None] for u in rng.uniform(keys, (3,)).T
    )
    x = x + (brightness - 0.5)
    grey = x.mean(-1, keepdims=True)
    x = (x - grey) * (2 * saturation) + grey
    mean = x.mean((1, 2, 3), keepdims=True)
    return (x - mean) * (contrast + 0.5) + mean


def translation(x: Images, keys: Keys) -> Images:
    """Shifted by whole pixels; zeros move in."""
    b, h, w, _ = x.shape
    u = rng.uniform(keys, (2,))
    rows, columns = (
        jnp.arange(size)
        + _whole(u[:, i, None], -_part(SHIFT, size), _part(SHIFT, size))
        for i, size in enumerate((h, w))
    )
    return looked_up(
        jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), rows + 1, columns + 1
    )


def cutout(x: Images, keys: Keys) -> Images:
    """A rectangle of zeros; of one at the border, only what lies inside."""
    u = rng.uniform(keys, (2,))
    inside = []
    for i, size in enumerate(x.shape[1:3]):
        side = _part(CUT, size)
        first = _whole(u[:, i, None], 0, size - side % 2) - side // 2
        places = jnp.arange(size)
        inside.append((places >= first) & (places < first + side))
    hole = inside[0][:, :, None] & inside[1][:, None, :]
    return jnp.where(hole[..., None], 0, x)


def looked_up(
    x: Images, rows: Int[Array, "b m"], columns: Int[Array, "b n"]
) -> Float[Array, "b m n c"]:
    """x[rows][:, columns] for each picture; [b, m], [b, n], cut off at the borders."""
    rows = jnp.clip(rows, 0, x.shape[1] - 1)
    columns = jnp.clip(columns, 0, x.shape[2] - 1)
    x = jnp.take_along_axis(x, rows[:, :, None, None], axis=1)
    return jnp.take_along_axis(x, columns[:, None, :, None], axis=2)


def _part(share: float, size: int) -> int:
    return int(share * size + 0.5)


def _whole(u: jax.Array, least: int, most: int) -> jax.Array:
    """Uniform [0, 1) to whole numbers, both ends included."""
    return least + jnp.floor(u * (most - least + 1)).astype(jnp.int32)


STEPS: dict[str, Callable[[Images, Keys], Images]] = {
    "color": color,
    "translation": translation,
    "cutout": cutout,
}
