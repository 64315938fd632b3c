"""The order of an epoch as a function: position -> index, nothing stored.

Position p is the (p mod size)-th example of epoch p // size, and each epoch is a
permutation of its own. The permutation is a keyed Feistel network (Luby and Rackoff
1988) over the smallest power of two that holds the set, walked until it lands inside
(cycle walking; Black and Rogaway 2002): random access, the same on any number of
devices, on the host and in the graph.

A balanced order is made of such permutations: position p stands in block p // k of the k
classes, each of which it shows once, and the b-th block shows of a class of n examples
the (b mod n)-th of its epoch b // n.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, UInt32

from gan_jax.typing import OneKey

_ROUNDS = 8
Words = UInt32[np.ndarray, "w"]


class Groups(NamedTuple):
    """Which examples belong to which class: what a balanced order goes by."""

    members: Any
    """int32 [n]: the examples' indices, class by class."""
    starts: Any
    """int32 [k]: where in `members` each class begins."""
    sizes: Any
    """int32 [k]: how many each class has."""
    bits: Any
    """uint32 [k]: of the smallest power of two that holds the class."""


def order(key: OneKey, positions: Int[Array, "*p"], size: int) -> Int[Array, "*p"]:
    """Index of the example at each position, in the graph; int32.

    Args:
        key: decides the order of all epochs.
        positions: 0, 1, 2, ...; one batch may cross epochs.
        size: examples in the set, static, at most 2**31 - 1.
    """
    bits = _bits(size)
    secrets = _secrets(jnp, _traced(key), positions // size)
    return _walk_in_graph(positions % size, secrets, size, bits)


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
    secrets = _secrets(np, words(key), flat // size)
    x = _walk_on_host(flat % size, secrets, size, bits)
    return x.reshape(positions.shape)


def groups(labels: Int[np.ndarray, "n"], classes: int) -> Groups:
    """The examples of each class, in their own order.

    Raises:
        ValueError: a class without examples.
    """
    sizes = np.bincount(labels, minlength=classes).astype(np.int32)
    if not sizes.all():
        raise ValueError(f"class {int(np.argmin(sizes))} has no examples")
    return Groups(
        members=np.argsort(labels, kind="stable").astype(np.int32),
        starts=(np.cumsum(sizes) - sizes).astype(np.int32),
        sizes=sizes,
        bits=np.array([_bits(int(size)) for size in sizes]),
    )


def balanced(
    key: OneKey, positions: Int[Array, "*p"], groups: Groups
) -> Int[Array, "*p"]:
    """Index of the example at each position of a balanced order, in the graph; int32.

    Args:
        key: decides the order of all blocks and epochs.
        positions: 0, 1, 2, ...; the first k are the first block of the k classes.
        groups: the examples of each class.
    """
    held = Groups(*map(jnp.asarray, groups))
    return _balanced(jnp, _walk_in_graph, _traced(key), positions, held)


def balanced_on_host(
    key: OneKey | Words, positions: Int[np.ndarray, "*p"], groups: Groups
) -> Int[np.ndarray, "*p"]:
    """The same numbers as `balanced`, by numpy. Args as in `order_on_host`."""
    flat = np.atleast_1d(positions)
    indices = _balanced(np, _walk_on_host, words(key), flat, groups)
    return indices.reshape(positions.shape)


def _balanced(xp: Any, walk: Any, given: Any, positions: Any, groups: Groups) -> Any:
    count = len(groups.sizes)
    block, slot = positions // count, positions % count
    # A third word keeps the orders apart: 0 for the classes in a block, 1 + i for the
    # examples of class i.
    secrets = _secrets(xp, [*given, np.uint32(0)], block)
    label = walk(slot, secrets, count, _bits(count))
    size = groups.sizes[label]
    secrets = _secrets(xp, [*given, label.astype(np.uint32) + 1], block // size)
    place = walk(block % size, secrets, size, groups.bits[label])
    return groups.members[groups.starts[label] + place]


def _traced(key: OneKey) -> jax.Array:
    return jax.random.key_data(key).astype(jnp.uint32).reshape(-1)


def words(key: OneKey | Words) -> Words:
    """A key's words, on the host."""
    if isinstance(key, np.ndarray):
        return key
    return np.asarray(jax.random.key_data(key)).astype(np.uint32).reshape(-1)


def _bits(size: int) -> np.uint32:
    if not 1 <= size < 2**31:
        raise ValueError(f"cannot shuffle {size} examples")
    return np.uint32(max(2, (size - 1).bit_length()))


def _walk_in_graph(start: Any, secrets: list[Any], size: Any, bits: Any) -> jax.Array:
    """Where the walk from `start` comes back into 0 .. size - 1."""
    size = jnp.asarray(size).astype(jnp.uint32)

    def walk(carry: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        x, home = carry
        x = jnp.where(home, x, _feistel(x, secrets, bits))
        return x, x < size

    begin = start.astype(jnp.uint32), jnp.zeros(start.shape, bool)
    last, _ = jax.lax.while_loop(lambda carry: ~carry[1].all(), walk, begin)
    return last.astype(jnp.int32)


def _walk_on_host(start: Any, secrets: list[Any], size: Any, bits: Any) -> np.ndarray:
    x = _feistel(start.astype(np.uint32), secrets, bits)
    while (x >= size).any():
        x = np.where(x < size, x, _feistel(x, secrets, bits))
    return x.astype(np.int32)


def _secrets(xp: Any, words: Any, epoch: Any) -> list[Any]:
    """One word a round and a position, mixed from the key and the epoch."""
    seed = _mix(epoch.astype(np.uint32) + np.uint32(0x9E3779B9))
    for i in range(len(words)):
        seed = _mix(seed ^ xp.broadcast_to(words[i], epoch.shape))
    return [
        _mix(seed + np.uint32(0x9E3779B9 * (i + 1) % 2**32)) for i in range(_ROUNDS)
    ]


def _feistel(x: Any, secrets: list[Any], bits: Any) -> Any:
    """One pass: the halves (of bits // 2 and the rest) change in turn."""
    one = np.uint32(1)
    low_bits = bits >> one
    low_mask = (one << low_bits) - one
    high_mask = (one << (bits - low_bits)) - one
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
