"""Names for the arrays and functions that cross the borders between rooms.

One letter per axis everywhere: b batch, h height, w width, c channels, d features,
z latent, n samples. Images are float in [-1, 1] inside the house and uint8 outside;
two-dimensional data has the shape [b, 2] and passes wherever `Samples` is written.
"""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import jax
from jaxtyping import Array, Float, Int, Key, PyTree, UInt8

Images = Float[Array, "b h w c"]
Samples = Float[Array, "b *shape"]
Pixels = UInt8[Array, "b h w c"]
Latents = Float[Array, "b *z"]
Logits = Float[Array, "b"]
PerExample = Float[Array, "b"]
Cond = Int[Array, "b"] | Float[Array, "b d"] | None
Scalar = Float[Array, ""]
OneKey = Key[Array, ""]
Keys = Key[Array, "b"]
AnyKey = Key[Array, "*b"]  # one key, or one per example
Params = PyTree[Array]
Variables = dict[str, Any]
"""A player's collections other than its parameters, e.g. `batch_stats`."""
Tree = Any
"""Any pytree of arrays."""
Metrics = dict[str, jax.Array]

Seen = int | Int[Array, ""]
"""Count of real images shown so far: the one clock of every schedule."""


@runtime_checkable  # beartype asks isinstance of every annotation
class Critic(Protocol):
    """Samples to logits, closed over parameters, condition and augmentation."""

    def __call__(self, samples: Samples, /) -> Logits:
        """Score each sample; shape [b]."""
        ...


@runtime_checkable
class Sampler(Protocol):
    """Per-example keys to samples: what a trained generator is to the outside."""

    def __call__(self, keys: Keys, cond: Cond, /) -> Samples:
        """One sample a key, in the model's own range."""
        ...


Activation = Callable[[jax.Array], jax.Array]
