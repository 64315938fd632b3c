"""Names for the arrays and functions that cross the borders between rooms.

One letter per axis everywhere: b batch, h height, w width, c channels, d features,
z latent, n samples. Images are float in [-1, 1] inside the house and uint8 outside;
two-dimensional data has the shape [b, 2] and passes wherever `Samples` is written.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, Protocol, runtime_checkable

import jax
from jaxtyping import Array, Float, Int, Key, PyTree, UInt8

Images = Float[Array, "b h w c"]
Samples = Float[Array, "b *shape"]
Pixels = UInt8[Array, "b h w c"]
Latents = Float[Array, "b *z"]
Logits = Float[Array, "b"]
PerExample = Float[Array, "b"]
Scalar = Float[Array, ""]
OneKey = Key[Array, ""]
Keys = Key[Array, "b"]
AnyKey = Key[Array, "*b"]  # one key, or one per example
Params = PyTree[Array]
Variables = dict[str, Any]
"""A player's collections other than its parameters, e.g. `batch_stats`."""
Tree = Any
"""Any pytree of arrays."""
Cond = Tree | None
"""What a network is told about each example, leaves [b, ...]: a class one-hot [b, k],
text, a picture. Never an integer: then no layer must be told how many classes there
are."""


class Codes(NamedTuple):
    """A condition that nobody labelled (InfoGAN): what a generator is told to express.

    Attributes:
        categorical: one-hot, [b, k] each.
        continuous: numbers, [b, n].
    """

    categorical: tuple[Float[Array, "b _"], ...]
    continuous: Float[Array, "b n"]


Metrics = dict[str, jax.Array]

Seen = int | Int[Array, ""]
"""Count of real images shown so far: the one clock of every schedule."""


@runtime_checkable  # beartype asks isinstance of every annotation
class Critic(Protocol):
    """Samples to logits, closed over parameters, condition and augmentation."""

    def __call__(self, samples: Samples, /) -> Logits:
        """Score each sample; shape [b]."""
        ...


@dataclass(frozen=True)
class Kind:
    """What a value is, where its type alone does not say.

    A norm and a layer are both functions that give modules, and aliases of the same type
    are the same to Python. `Norm = Annotated[Callable[..., Module], Kind("a norm")]`
    tells them apart, so that `gan_jax.resolve` can refuse the one where the other is
    wanted. A class says by `KIND = Kind("a loss")` what to call its instances.

    Attributes:
        words: what to call one in a message, with its article.
        accepts: which classes are of this kind, among those of the annotated type.
    """

    words: str
    accepts: Callable[[type], bool] | None = None


@dataclass(frozen=True)
class Later:
    """Marks a slot that is given how a thing is built, and builds it itself.

    The node that stands there is checked with the rest of its config, as one of what the
    annotated function returns, and handed over unbuilt. So a growing game is given the
    game that it is to play at each size: `Form = Annotated[Callable[..., Game],
    Later(("models", "optim", "facts"))]`.

    Attributes:
        given: names of arguments that the slot's owner passes when it builds; no config
            need hold them.
    """

    given: tuple[str, ...] = ()


Activation = Annotated[Callable[[jax.Array], jax.Array], Kind("an activation")]
Prior = Annotated[Callable[[Keys], Latents], Kind("a prior of latents")]
Kernel = Annotated[
    Callable[[Float[Array, "n d"], Float[Array, "m d"]], Float[Array, "n m"]],
    Kind("a kernel"),
]
"""All similarities of two lists of features."""
