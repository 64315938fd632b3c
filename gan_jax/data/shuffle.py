"""The order of an epoch as a function: position -> index, nothing stored.

Position p is the (p mod size)-th example of epoch p // size, and each epoch is a
permutation of its own. The permutation is a keyed Feistel network (Luby and Rackoff
1988) over the smallest power of two that holds the set, walked until it lands inside
(cycle walking; Black and Rogaway 2002): random access, the same on any number of
devices, on the host and in the graph.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, UInt32

from gan_jax.typing import OneKey

_ROUNDS = 8
Words = UInt32[np.ndarray, "w"]


def order(key: OneKey, positions: Int[Array, "*p"], size: int) -> Int[Array, "*p"]:
    """Index of the example at each position, in the graph; int32.

    Args:
        key: decides the order of all epochs.
        positions: 0, 1, 2, ...; one batch may cross epochs.
        size: examples in the set, static, at most 2**31 - 1.
    """
    bits = _bits(size)
    words = jax.random.key_data(key).astype(jnp.uint32).reshape(-1)
    epoch, start = positions // size, (positions % size).astype(jnp.uint32)
    secrets = _secrets(jnp, words, epoch.astype(jnp.uint32))

    def walk(carry: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        x, home = carry
        x = jnp.where(home, x, _feistel(x, secrets, bits))
        return x, x < size

    away = jnp.zeros(positions.shape, bool)
    last, _ = jax.lax.while_loop(lambda carry: ~carry[1].all(), walk, (start, away))
    return last.astype(jnp.int32)


def order_on_host(
    key: OneKey | Words, positions: Int[np.ndarray, "*p"], size: int
) -> Int[np.ndarray, "*p"]:
    """The same numbers as `order`, computed by numpy without touching a device.

    Args:
        key: the key, or its `words` (which saves a read from the device each call).
        positions: as in `order`; int64 is welcome.
        size: as in `order`.
    """
    bits = _bits(size)
    flat = np.atleast_1d(positions)
    secrets = _secrets(np, words(key), (flat // size).astype(np.uint32))
    x = _feistel((flat % size).astype(np.uint32), secrets, bits)
    while (x >= size).any():
        x = np.where(x < size, x, _feistel(x, secrets, bits))
    return x.astype(np.int32).reshape(positions.shape)


def words(key: OneKey | Words) -> Words:
    """A key's words, on the host."""
    if isinstance(key, np.ndarray):
        return key
    return np.asarray(jax.random.key_data(key)).astype(np.uint32).reshape(-1)


def _bits(size: int) -> int:
    if not 1 <= size < 2**31:
        raise ValueError(f"cannot shuffle {size} examples")
    return max(2, (size - 1).bit_length())


def _secrets(xp: Any, words: Any, epoch: Any) -> list[Any]:
    """One word a round and a position, mixed from the key and the epoch."""
    seed = _mix(epoch + np.uint32(0x9E3779B9))
    for i in range(words.shape[0]):
        seed = _mix(seed ^ xp.broadcast_to(words[i], epoch.shape))
    return [
        _mix(seed + np.uint32(0x9E3779B9 * (i + 1) % 2**32)) for i in range(_ROUNDS)
    ]


def _feistel(x: Any, secrets: list[Any], bits: int) -> Any:
    """One pass: the halves (of bits // 2 and the rest) change in turn."""
    low_bits = np.uint32(bits // 2)
    low_mask = np.uint32(2 ** (bits // 2) - 1)
    high_mask = np.uint32(2 ** (bits - bits // 2) - 1)
    low, high = x & low_mask, x >> low_bits
    for i, secret in enumerate(secrets):
        if i % 2 == 0:
            high = high ^ (_mix(low ^ secret) & high_mask)
        else:
            low = low ^ (_mix(high ^ secret) & low_mask)
    return (high << low_bits) | low


def _mix(x: Any) -> Any:
    """A bijection of 32-bit words in which every bit stirs every other (Murmur3)."""
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return x ^ (x >> np.uint32(16))
