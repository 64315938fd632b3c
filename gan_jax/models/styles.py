"""What style-based generators have in common: mapping, mixing, truncation, noise.

A style-based generator is called like any other, `(z, cond, *, train)`, and takes three
things more by keyword; with none of them it is deterministic. A game draws them (see
`gan_jax.games.style_based`), the network never draws a number.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float, Int

from gan_jax import ranges
from gan_jax.nn import EqualisedDense, leaky_relu, pixel_norm
from gan_jax.typing import Activation, Cond, Latents

GAIN = math.sqrt(2.0)
"""After every leaky ReLU: it keeps the variance."""

Styles = Float[Array, "b layers d"]
"""One style w for each layer that reads one."""
Noise = tuple[Float[Array, "#b _ _ 1"], ...]
"""One map of standard normal numbers for each layer, as large as its result."""


class Mix(NamedTuple):
    """Style mixing: second latents, whose styles take over from a layer on.

    Attributes:
        z: [b, ...].
        layer: the first of their layers, one an example; as many as there are for none.
    """

    z: Latents
    layer: Int[Array, "b"]


class Cut(NamedTuple):
    """Truncation: styles drawn towards their mean (Karras et al. 2019, appendix B).

    Attributes:
        psi: what is left of the distance, one an example; 1 changes nothing, 0 gives the
            mean, below 0 the other side of it.
        layers: how many layers, from the first, it is done to.
    """

    psi: Float[Array, "b"]
    layers: Int[Array, "b"]


@runtime_checkable
class StyleBased(Protocol):
    """What a game knows of a style-based generator.

    Attributes:
        layers: that read a style.
        noise_sizes: height and width of each layer's noise.
        map: `(z, cond, *, train, mix, cut)` -> styles [b, layers, d].
        paint: `(styles, *, train, noise)` -> samples.
    """

    @property
    def layers(self) -> int: ...  # noqa: D102

    @property
    def noise_sizes(self) -> tuple[tuple[int, int], ...]: ...  # noqa: D102

    map: Callable[..., Any]
    paint: Callable[..., Any]


class Mapping(nn.Module):
    """f: latents and condition to the style w (Karras et al. 2019, section 2).

    Both are brought to the same length first; the condition is embedded.

    Args:
        features: of w, and of every layer.
        depth: layers.
        rate: how fast they learn, of the rate of all others.
    """

    features: int = 512
    depth: int = 8
    rate: float = 0.01
    activation: Activation = leaky_relu(0.2)

    @nn.compact
    def __call__(
        self, z: Float[Array, "b _"] | None, cond: Float[Array, "b _"] | None = None
    ) -> Float[Array, "b _"]:
        """W, float32 [b, features], of latents, a condition, or both."""
        parts = [] if z is None else [pixel_norm(z.astype(jnp.float32))]
        if cond is not None:
            embedded = EqualisedDense(self.features, name="embedding")(cond)
            parts.append(pixel_norm(embedded))
        h = jnp.concatenate(parts, axis=-1)
        for i in range(self.depth):
            h = EqualisedDense(self.features, self.rate, name=f"dense{i}")(h)
            h = self.activation(h) * GAIN
        return h


class Mapped(nn.Module):
    """The half of a style-based generator that makes styles of latents.

    The running mean of w stands in the collection `styles`. It moves in training only
    where that collection is mutable; an average of weights copies it.

    Args:
        layers: that read a style.
        features, depth, rate: see `Mapping`.
        decay: of the running mean.
    """

    layers: int
    features: int = 512
    depth: int = 8
    rate: float = 0.01
    decay: float = 0.998

    @nn.compact
    def __call__(
        self, z: Latents, cond: Cond, mix: Mix | None, cut: Cut | None, train: bool
    ) -> Styles:
        """Styles [b, layers, features], float32.

        Raises:
            ValueError: latents that are not flat, or a condition that is no array.
        """
        if z.ndim != 2 or not (cond is None or isinstance(cond, jax.Array)):
            raise ValueError("styles are mapped from flat latents, and classes [b, k]")
        mapping = Mapping(self.features, self.depth, self.rate, name="mapping")
        mean = self.variable("styles", "mean", jnp.zeros, (self.features,))
        w = mapping(z, cond)
        if (
            train
            and self.is_mutable_collection("styles")
            and not self.is_initializing()
        ):
            mean.value = self.decay * mean.value + (1 - self.decay) * w.mean(0)
        ws = jnp.broadcast_to(w[:, None], (len(w), self.layers, self.features))
        place = jnp.arange(self.layers)
        if mix is not None:
            late = place >= mix.layer[:, None]
            ws = jnp.where(late[..., None], mapping(mix.z, cond)[:, None], ws)
        if cut is not None:
            drawn = mean.value + cut.psi[:, None, None] * (ws - mean.value)
            ws = jnp.where((place < cut.layers[:, None])[..., None], drawn, ws)
        return ws


def check_mapping(
    style: int, depth: int, rate: float, mean_decay: float | None = None
) -> None:
    """Whether numbers of a mapping can be.

    Raises:
        ValueError: naming the first that cannot.
    """
    ranges.whole(style=style, depth=depth)
    ranges.above(0, rate=rate)
    ranges.decay(mean_decay=mean_decay)
