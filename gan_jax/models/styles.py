"""What style-based generators have in common: mapping, mixing, truncation, noise.

A style-based generator is called like any other, `(z, cond, *, train)`, and takes more by
keyword: mixing and truncation, noise where it has some, the place of the picture where
that can be moved. With none of them it is deterministic. A game draws them (see
`gan_jax.games.style_based`), the network never draws a number.
"""

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float, Int

from gan_jax import ranges
from gan_jax.nn.mapping import Mapping
from gan_jax.typing import Cond, Images, Latents

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
        noise_sizes: height and width of each layer's noise; () where it has none.
        placed: whether it can be told where the picture is to lie.
        map: `(z, cond, *, train, mix, cut)` -> styles [b, layers, d].
        paint: `(styles, *, train, noise, place)` -> samples, of these what it has.
    """

    @property
    def layers(self) -> int: ...  # noqa: D102

    @property
    def noise_sizes(self) -> tuple[tuple[int, int], ...]: ...  # noqa: D102

    @property
    def placed(self) -> bool: ...  # noqa: D102

    map: Callable[..., Any]
    paint: Callable[..., Any]


class StyledGenerator(nn.Module):
    """What style-based generators share: how they are called.

    One sets up two networks, `styles`, a `Mapped`, and `synthesis`; says how many `layers`
    there are, how large their noise, whether it is `placed`; and has its own `paint`.
    """

    paint: ClassVar[Callable[..., Images]]

    def __call__(
        self,
        z: Latents,
        cond: Cond = None,
        *,
        train: bool,
        mix: Mix | None = None,
        cut: Cut | None = None,
        **told: Any,
    ) -> Images:
        """Images, float32 [b, *shape]; see `map` and `paint`, which is told the rest."""
        ws = self.map(z, cond, train=train, mix=mix, cut=cut)
        return self.paint(ws, train=train, **told)

    def map(
        self,
        z: Latents,
        cond: Cond = None,
        *,
        train: bool,
        mix: Mix | None = None,
        cut: Cut | None = None,
    ) -> Styles:
        """Styles [b, layers, style], float32.

        Args:
            z: flat latents [b, z].
            cond: classes, one-hot [b, k].
            train: whether their running mean may move.
            mix: second latents, or none.
            cut: towards the mean, or none.
        """
        return self.styles(z, cond, mix, cut, train)


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
        ws = jnp.broadcast_to(w[:, None], (w.shape[0], self.layers, self.features))
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
