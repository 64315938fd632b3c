"""The only file that knows how the step is mapped over devices.

One device: plain `jit`. Several: `pmap` (each device its share of the batch, collectives
by name) or `sharded` (jit over arrays that are global, for models larger than a device).
All give the single device's numbers: examples carry their keys by global index.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gan_jax import axis
from gan_jax.errors import BadInput
from gan_jax.run.options import TrainOptions
from gan_jax.typing import Tree

Step = Callable[..., Any]
"""(state, arrays, fetched) -> (state, metrics); the state is donated."""


@dataclass(frozen=True)
class Mapping:
    """How a step runs.

    Attributes:
        count: devices, over all processes.
        compile: makes the step callable on what `place` and `feed` return.
        place: a tree of host arrays (or of one device's) to where the step wants
            state: a copy, whole, on every device.
        feed: a streamed host tree [calls, repeats, b, ...] to where the step wants
            examples; b is this process's share of the batch.
        share: inside a step, tells the compiler that a drawn batch [repeats, b, ...]
            is split over the devices.
    """

    count: int
    compile: Callable[[Step], Step]
    place: Callable[[Tree], Tree]
    feed: Callable[[Tree], Tree]
    share: Callable[[Tree], Tree]


def choose(options: TrainOptions) -> Mapping:
    """The mapping a config asks for.

    Raises:
        BadInput: more devices asked for than there are, or the batch does not divide.
    """
    present = jax.devices()
    count = options.devices or len(present)
    if count > len(present):
        raise BadInput(
            f"config.train.devices={count}, but there are {len(present)}",
            "ask for fewer, or 0 for all",
        )
    if jax.process_count() > 1 and count != len(present):
        raise BadInput("with several processes every device takes part", "devices=0")
    if options.batch_size % count:
        raise BadInput(
            f"config.train.batch_size={options.batch_size} is not divisible by "
            f"{count} devices",
            "change batch_size or set config.train.devices",
        )
    if count == 1:
        return single()
    return {"pmap": pmapped, "sharded": sharded}[options.mapping](present[:count])


def single() -> Mapping:
    """One device, plain `jit`."""
    return Mapping(
        count=1,
        compile=lambda step: jax.jit(step, donate_argnums=0),
        place=lambda host: jax.tree.map(_copied, host),
        feed=lambda host: host,
        share=lambda batch: batch,
    )


def pmapped(devices: Sequence[Any]) -> Mapping:
    """`pmap`: state plain (in and out axes None), examples split, named collectives."""
    mesh = Mesh(np.asarray(devices), (axis.NAME,))
    local = [d for d in devices if d.process_index == jax.process_index()]

    ranks = np.arange(len(local))

    def split(x: np.ndarray) -> np.ndarray:
        calls, repeats, b = x.shape[:3]
        return x.reshape(calls, repeats, len(local), b // len(local), *x.shape[3:])

    def compile(step: Step) -> Step:
        # pmap wants an argument with a mapped axis, also where nothing is streamed.
        mapped = jax.pmap(
            lambda rank, state, arrays, fetched: step(state, arrays, fetched),
            axis_name=axis.NAME,
            in_axes=(0, None, None, 2),  # pyright: ignore[reportArgumentType]
            out_axes=None,  # pyright: ignore[reportArgumentType]
            devices=devices if jax.process_count() == 1 else None,
            donate_argnums=1,
        )
        return lambda state, arrays, fetched: mapped(ranks, state, arrays, fetched)

    return Mapping(
        count=len(devices),
        compile=compile,
        place=lambda host: _replicated(host, mesh),
        feed=lambda host: jax.tree.map(split, host),
        share=lambda batch: batch,
    )


def sharded(devices: Sequence[Any]) -> Mapping:
    """`jit` over global arrays with shardings; nothing is mapped, all is global."""
    mesh = Mesh(np.asarray(devices), (axis.NAME,))
    whole = NamedSharding(mesh, PartitionSpec())
    streamed = NamedSharding(mesh, PartitionSpec(None, None, axis.NAME))
    drawn = NamedSharding(mesh, PartitionSpec(None, axis.NAME))
    return Mapping(
        count=len(devices),
        compile=lambda step: jax.jit(step, donate_argnums=0, out_shardings=whole),
        place=lambda host: _replicated(host, mesh),
        feed=lambda host: jax.tree.map(
            lambda x: jax.make_array_from_process_local_data(streamed, x), host
        ),
        share=lambda batch: jax.lax.with_sharding_constraint(batch, drawn),
    )


def _copied(x: Any) -> jax.Array:
    # Aliasing would let a donated step delete what the caller still holds.
    return jax.device_put(x, may_alias=False)


def _replicated(host: Tree, mesh: Mesh) -> Tree:
    sharding = NamedSharding(mesh, PartitionSpec())

    def put(x: Any) -> jax.Array:
        if isinstance(x, jax.Array) and jnp.issubdtype(x.dtype, jax.dtypes.prng_key):
            words = put(np.asarray(jax.random.key_data(x)))
            return jax.jit(jax.random.wrap_key_data, out_shardings=sharding)(words)
        return jax.device_put(np.asarray(x), sharding, may_alias=False)

    return jax.tree.map(put, host)
