"""Where the synthesis of a style-based generator begins.

An input is a value: it makes the first map, from numbers that are learnt or from waves
that can be moved, and says whether the picture can be told where to lie.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.nn.fourier import FourierInput, Place
from gan_jax.typing import Kind

Begin = Callable[
    [nn.Module, tuple[int, int], int, Float[Array, "b d"], Place | None], jax.Array
]
"""(the synthesis, within its call; height and width; features; styles; place) -> the
first map [b, h, w, features], float32."""


@dataclass(frozen=True)
class Input:
    """The beginning of a synthesis.

    Attributes:
        placed: whether it can be told where the picture is to lie.
        begin: see `Begin`.
    """

    KIND: ClassVar = Kind("an input")

    placed: bool
    begin: Begin


def learned_constant() -> Input:
    """One map for all pictures, normal at first (Karras et al. 2019, section 2)."""
    return Input(False, _constant)


def fourier_features(cutoff: float | None = None) -> Input:
    """Waves of fixed frequencies in place of a constant, so that pictures can be moved.

    Config B of StyleGAN3 (Karras et al. 2021, arXiv:2106.12423, section 3.1). That the
    first map moves exactly does not make what the network draws of it do so.

    Args:
        cutoff: of the frequencies, in cycles along the picture's shorter side. By
            default half of the map's samples there, so 2 of a map of 4 x 4, as in the
            paper. A network cannot be made of more.

    Raises:
        ValueError: a cutoff that is not above 0.
    """
    ranges.above(0, cutoff=cutoff)
    return Input(True, partial(_waves, cutoff))


def _constant(
    net: nn.Module,
    size: tuple[int, int],
    features: int,
    w: Float[Array, "b d"],
    place: Place | None,
) -> jax.Array:
    if place is not None:
        raise ValueError(
            "a picture begun from a constant cannot be moved: take fourier_features()"
        )
    const = net.param("const", nn.initializers.normal(1.0), (*size, features))
    return jnp.broadcast_to(const, (w.shape[0], *const.shape))


def _waves(
    cutoff: float | None,
    net: nn.Module,
    size: tuple[int, int],
    features: int,
    w: Float[Array, "b d"],
    place: Place | None,
) -> jax.Array:
    rate = min(size)
    ranges.between(0, rate / 2, cutoff=cutoff)
    waves = FourierInput(
        features,
        size,
        rate,
        rate / 2 if cutoff is None else cutoff,
        (size[0] / rate, size[1] / rate),
        moved=False,
        name="input",
        parent=net,
    )
    return waves(w, place)


__all__ = ["Input", "fourier_features", "learned_constant"]
