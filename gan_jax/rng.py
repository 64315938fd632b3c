"""Randomness by name: every key is derived from (base key, name, step), none is carried.

So a resumed run draws what the uninterrupted one drew. Every example carries its own
key, the fold-in of its *global* index: one, two or four devices, microbatches and packs
then draw the same numbers.
"""

import math
import zlib
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key, UInt32

from gan_jax import axis
from gan_jax.typing import AnyKey, Keys, OneKey, Seen

SEEDS = 2**32
"""Seeds run from 0 to one below this: JAX would take others for one of these."""


def root(seed: int) -> OneKey:
    """The key of a seed, from which all others are derived by name.

    Raises:
        ValueError: outside 0 .. 2^32 - 1, where two seeds would draw the same numbers.
    """
    if not 0 <= seed < SEEDS:
        raise ValueError(f"seed={seed} must be from 0 to {SEEDS - 1}")
    return jax.random.key(seed)


def stream(key: AnyKey, *names: str | Seen) -> AnyKey:
    """The key, or the keys, of a named stream.

    Args:
        key: one key, or one per example.
        *names: words and counts, e.g. `stream(key, "disc", step, "latents")`.

    Returns:
        As many keys as came in.
    """
    for name in names:
        count = np.uint32(zlib.crc32(name.encode())) if isinstance(name, str) else name
        key = _fold(key, count)
    return key


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


def at(
    key: Key[Array, "..."], indices: Int[Array, "*b"] | UInt32[Array, "*b"]
) -> AnyKey:
    """The keys of the examples with the given global indices (same shape).

    Args:
        key: of all of them, or one for each.
        indices: of the examples.
    """
    return _fold(key, indices)


def normal(keys: Keys, shape: Sequence[int]) -> Float[Array, "b *shape"]:
    """Standard normal numbers, each example from its own key."""
    above = np.nextafter(np.float32(-1), np.float32(0))
    return math.sqrt(2) * jax.lax.erf_inv(uniform(keys, shape, float(above)))


def uniform(
    keys: Keys, shape: Sequence[int], low: float = 0.0, high: float = 1.0
) -> Float[Array, "b *shape"]:
    """Numbers uniform on [low, high), each example from its own key.

    They hold 23 random bits, whatever the precision: a float64 run draws these too.
    """
    words = _apart(_bits(keys, tuple(shape))) >> 9 | np.uint32(0x3F800000)
    share = jax.lax.bitcast_convert_type(words, jnp.float32) - 1
    return jnp.maximum(share.astype(float) * (high - low) + low, low)


# Threefry once more (Salmon et al. 2011), with JAX's numbers to the bit. JAX's own is a
# loop on CPU, which no fusion enters: it took a third of the time of a small dense game,
# four times what this takes, and longer to compile. A game derives dozens of keys: jitted,
# the rounds are traced and lowered once for all keys of a shape.


@jax.jit
def _fold(key: AnyKey, count: Any) -> jax.Array:
    """`jax.random.fold_in`, over keys and counts that broadcast."""
    count = jnp.asarray(count).astype(jnp.uint32)
    words = _threefry(*_words(key), jnp.zeros_like(count), count)
    return jax.random.wrap_key_data(jnp.stack([_apart(w) for w in words], axis=-1))


def _bits(keys: Keys, shape: tuple[int, ...]) -> UInt32[Array, "b *shape"]:
    """`jax.random.bits` of every key."""
    count = jnp.arange(math.prod(shape), dtype=jnp.uint32)
    k0, k1 = _words(keys)
    high, low = _threefry(k0[..., None], k1[..., None], jnp.zeros_like(count), count)
    return (high ^ low).reshape(*keys.shape, *shape)


def _apart(words: jax.Array) -> jax.Array:
    """The same words, which are computed once.

    XLA's CPU code takes whatever is cheap into the loops of whoever reads it, and holds
    twenty rounds of integers for cheap: a number for a whole picture was drawn anew for
    each of its pixels, a key derived anew for each number drawn, and where LLVM unrolls
    such loops it compiles for minutes. It repeats no division, however; this one is by
    one, which LLVM sees and leaves out.
    """
    one = (words | np.uint32(1)) & np.uint32(1)
    return jax.lax.div(words, one)


def _words(key: AnyKey) -> tuple[jax.Array, jax.Array]:
    words = jax.random.key_data(key)
    if words.shape[-1] != 2:
        raise ValueError(f"keys are threefry2x32's, not {jax.random.key_impl(key)}'s")
    return words[..., 0], words[..., 1]


@jax.jit
def _threefry(k0: Any, k1: Any, x0: Any, x1: Any) -> tuple[jax.Array, jax.Array]:
    """Twenty rounds of threefry2x32: the block (x0, x1) under the key (k0, k1)."""
    schedule = (k0, k1, k0 ^ k1 ^ np.uint32(0x1BD11BDA))
    x0, x1 = x0 + k0, x1 + k1
    for i in range(5):
        for turn in ((13, 15, 26, 6), (17, 29, 16, 24))[i % 2]:
            x0 = x0 + x1
            x1 = x0 ^ (x1 << turn | x1 >> 32 - turn)
        x0 = x0 + schedule[(i + 1) % 3]
        x1 = x1 + schedule[(i + 2) % 3] + np.uint32(i + 1)
    return x0, x1
