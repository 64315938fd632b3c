"""Randomness by name: every key is derived from (base key, name, step), none is carried.

So a resumed run draws what the uninterrupted one drew. Every example carries its own
key, the fold-in of its *global* index: one, two or four devices, microbatches and packs
then draw the same numbers.
"""

import zlib
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, UInt32

from gan_jax import axis
from gan_jax.typing import AnyKey, Keys, OneKey, Seen


def stream(key: AnyKey, *names: str | Seen) -> AnyKey:
    """The key, or the keys, of a named stream.

    Args:
        key: one key, or one per example.
        *names: words and counts, e.g. `stream(key, "disc", step, "latents")`.

    Returns:
        As many keys as came in.
    """
    fold = jax.random.fold_in if key.ndim == 0 else _fold_each
    for name in names:
        key = fold(key, zlib.crc32(name.encode()) if isinstance(name, str) else name)
    return key


_fold_each = jax.vmap(jax.random.fold_in, in_axes=(0, None))


def deal(key: AnyKey | UInt32[Array, "*b words"], count: int) -> Keys:
    """One key per example of this device's batch.

    Args:
        key: one key, dealt out by the example's index in the whole batch over all
            devices; or keys already dealt, which pass through.
        count: examples in this device's batch.
    """
    if not jnp.issubdtype(key.dtype, jax.dtypes.prng_key):
        key = jax.random.wrap_key_data(key)  # of jax.random.PRNGKey's kind
    if key.ndim:
        if key.shape != (count,):
            raise ValueError(f"{count} examples, but keys of shape {key.shape}")
        return key
    return at(key, axis.index() * count + jnp.arange(count))


def at(key: OneKey, indices: Int[Array, "*b"]) -> AnyKey:
    """The keys of the examples with the given global indices (same shape)."""
    flat = jax.vmap(jax.random.fold_in, in_axes=(None, 0))(key, indices.reshape(-1))
    return flat.reshape(indices.shape)


def normal(keys: Keys, shape: Sequence[int]) -> Float[Array, "b *shape"]:
    """Standard normal numbers, each example from its own key."""
    return jax.vmap(lambda k: jax.random.normal(k, tuple(shape)))(keys)


def uniform(
    keys: Keys, shape: Sequence[int], low: float = 0.0, high: float = 1.0
) -> Float[Array, "b *shape"]:
    """Numbers uniform on [low, high), each example from its own key."""
    return jax.vmap(
        lambda k: jax.random.uniform(k, tuple(shape), minval=low, maxval=high)
    )(keys)
