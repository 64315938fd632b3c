"""How the seeds of an ensemble lie on devices and in programs.

A group is what one program plays at once: the same number of seeds on every device.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gan_jax.games.base import GameState
from gan_jax.typing import Tree

AXIS = "seeds"
EACH, COMMON = PartitionSpec(AXIS), PartitionSpec()

Group = tuple[Tree, Tree]
"""`(step, seen)`, common to its seeds; `(key, players, memory)` with seeds leading."""


def at_once(platform: str, seeds: int) -> int:
    """How many of its seeds a device plays in one program.

    An accelerator takes all: batched matrix products suit it. A CPU takes them one
    after another, each in its caches. Ten seeds of a ring game, 2 x 128 wide, batch
    256, milliseconds a round, in turn and vmapped:
        one core: non-saturating 13.2 and 17.1, WGAN-GP (five critic steps) 63 and 84;
        two cores as two devices: 6.3 and 7.2, 31.5 and 34.6.
    Two cores as one device, in turn: 11.1; so `jax.config.update("jax_num_cpu_devices",
    2)` pays.
    """
    return 1 if platform == "cpu" else seeds


def mesh_of(devices: Sequence[Any]) -> Mesh:
    """The devices, each to take a share of every group."""
    return Mesh(np.asarray(devices), (AXIS,))


def common_to_all(host: Tree, mesh: Mesh) -> Tree:
    """Arrays that every seed reads, on every device."""
    return jax.device_put(host, NamedSharding(mesh, COMMON))


def stacked(states: Sequence[GameState], mesh: Mesh) -> Group:
    """States of seeds at the same round, as a group."""
    parts = [split(state) for state in states]
    own = jax.tree.map(lambda *x: jnp.stack(x), *[own for _, own in parts])
    return common_to_all(parts[0][0], mesh), jax.device_put(
        own, NamedSharding(mesh, EACH)
    )


def split(state: GameState) -> Group:
    """A state's counters, and what belongs to its seed."""
    return (state.step, state.seen), (state.key, state.players, state.memory)


def over_seeds(call: Callable[..., Any], mesh: Mesh, outs: int) -> Callable[..., Any]:
    """`call(common, own, *rest) -> (common, *outs)` over seeds that lead `own`, `outs`."""

    def share(common: Tree, own: Tree, *rest: Tree) -> Any:
        shared = (None,) * len(rest)
        if len(jax.tree.leaves(own)[0]) > 1:
            over = jax.vmap(call, (None, 0, *shared), (None, *[0] * outs))
            return over(common, own, *rest)
        # A batch of one would still be batched to XLA: other kernels, slower ones.
        common, *found = call(common, jax.tree.map(lambda x: x[0], own), *rest)
        return common, *jax.tree.map(lambda x: x[None], found)

    def spread(common: Tree, own: Tree, *rest: Tree) -> Any:
        whole = (COMMON,) * len(rest)
        return jax.shard_map(
            share,
            mesh=mesh,
            in_specs=(COMMON, EACH, *whole),
            out_specs=(COMMON, *[EACH] * outs),
            check_vma=False,
        )(common, own, *rest)

    return spread
