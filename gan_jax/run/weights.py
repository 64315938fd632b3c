"""Weights that a player begins with, and players that never change.

What a config names under `weights` is read once, when the run begins, and kept in the
workdir's `weights/PLAYER.safetensors`: the source may vanish then. A frozen player (one
without an optimiser) is written there once, and named by every checkpoint with its
digest, in place of being saved again and again.
"""

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import rng, tree
from gan_jax.errors import BadInput
from gan_jax.games.base import Game, GameState, init, player_state
from gan_jax.metrics.extractors import state_dict
from gan_jax.run.workdir import write

Flat = dict[str, np.ndarray]
"""Leaves of a player by their path: `params.dense0.kernel`, `variables.spectral...`."""


def flat(player: Any) -> dict[str, Any]:
    """The weights and collections of a player's state (abstract: their shapes)."""
    both = {"params": player.params, "variables": player.variables}
    named = tree.named_leaves(both)
    return {name.replace("/", "."): leaf for name, leaf in named.items()}


def unflat(leaves: Mapping[str, Any], like: Any) -> tuple[Any, Any]:
    """Parameters and collections of the structure of `like`, a player's state."""
    both = {"params": like.params, "variables": like.variables}
    names = [name.replace("/", ".") for name in tree.named_leaves(both)]
    filled = [jnp.asarray(leaves[name]) for name in names]
    whole = jax.tree.unflatten(jax.tree.structure(both), filled)
    return whole["params"], whole["variables"]


def check(leaves: Mapping[str, Any], like: Any, where: str, source: str) -> None:
    """Whether leaves are those of a player.

    Args:
        leaves: by path.
        like: the player's state, may be abstract.
        where: in the config.
        source: of the leaves, in words.

    Raises:
        BadInput: naming the first that is missing, left over or of another shape.
    """
    wanted = flat(like)
    for name in sorted({*wanted, *leaves}):
        if name not in leaves:
            raise BadInput(f"{where}: {source} has no {name}", "take like networks")
        if name not in wanted:
            raise BadInput(f"{where}: {source} has a {name}, which this player has not")
        here, there = wanted[name].shape, leaves[name].shape
        if here != there:
            raise BadInput(
                f"{where}: {name} is {there} in {source} and {here} here",
                "take networks of the same sizes",
            )


def read(file: Path) -> tuple[Flat, str]:
    """The leaves of a file, and their digest.

    Raises:
        BadInput: no such file, or it is damaged.
    """
    leaves, _ = state_dict.load(file)
    return leaves, digest(leaves)


def keep(file: Path, leaves: Mapping[str, np.ndarray]) -> str:
    """Write leaves as a file, whole or not at all; their digest."""
    plain = {name: np.asarray(x) for name, x in leaves.items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    write(file, state_dict.to_safetensors(plain))
    return digest(plain)


def digest(leaves: Mapping[str, np.ndarray]) -> str:
    """Sha256 over names, types, shapes and bytes."""
    total = hashlib.sha256()
    for name in sorted(leaves):
        x = np.ascontiguousarray(leaves[name])
        total.update(f"{name} {x.dtype.str} {x.shape}\n".encode())
        total.update(x.tobytes())
    return total.hexdigest()


def first(game: Game, seed: int, weights: Mapping[str, Flat]) -> GameState:
    """The state before the first round: at random, or with given weights.

    Args:
        game: to be played.
        seed: of the run.
        weights: by player, its leaves; checked.
    """
    state = jax.jit(lambda key: init(game, key))(rng.root(seed))
    players = dict(state.players)
    for name, leaves in weights.items():
        params, variables = unflat(leaves, players[name])
        players[name] = player_state(game.players[name], params, variables)
    return dataclasses.replace(state, players=players)


@dataclasses.dataclass(frozen=True)
class Frozen:
    """The players of a run that checkpoints name and do not hold.

    Attributes:
        folder: `weights/` of the workdir.
        players: which.
    """

    folder: Path
    players: tuple[str, ...] = ()

    @classmethod
    def of(cls, game: Game, folder: Path) -> "Frozen":
        """Those of a game: players without an optimiser."""
        names = tuple(n for n, player in game.players.items() if player.tx is None)
        return cls(folder, names)

    def strip(self, leaves: Flat) -> tuple[Flat, dict[str, str]]:
        """The leaves of a state without those players', and the digests of these."""
        rest, digests = dict(leaves), {}
        for name in self.players:
            file = self.folder / f"{name}.safetensors"
            head = f"players.{name}."
            own = {n.removeprefix(head): n for n in leaves if n.startswith(head)}
            held = {
                short: rest.pop(full)
                for short, full in own.items()
                if short.partition(".")[0] in ("params", "variables")
            }
            digests[name] = read(file)[1] if file.is_file() else keep(file, held)
        return rest, digests

    def whole(self, leaves: Flat, digests: Mapping[str, str]) -> Flat:
        """The leaves of a state with those players', verified.

        Raises:
            ValueError: a file is missing, or not what the checkpoint names.
        """
        for name, wanted in digests.items():
            file = self.folder / f"{name}.safetensors"
            try:
                held, found = read(file)
            except BadInput as error:
                raise ValueError(str(error)) from error
            if found != wanted:
                raise ValueError(f"{file} is not what the checkpoint names")
            leaves |= {f"players.{name}.{short}": x for short, x in held.items()}
        return leaves
