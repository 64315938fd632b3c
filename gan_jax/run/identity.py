"""What tells runs apart, and what of their numbers has changed since they were begun.

Every run has an identity of its own, which its checkpoints carry. `ARITHMETIC` counts
the changes of this code that give the same config other numbers; a run that one of them
would change in the middle is not continued, but can be begun anew from its weights.
"""

import uuid
from collections.abc import Mapping
from typing import Any

import jax

from gan_jax.errors import BadInput
from gan_jax.games.base import Game, collections

ARITHMETIC = 2
"""2: batch normalisation synchronises over devices unless told otherwise; averages of
weights copy what is no parameter or batch statistic."""


def new() -> dict[str, Any]:
    """What config.json says of a run that begins now."""
    return {
        "id": uuid.uuid4().hex,
        "arithmetic": ARITHMETIC,
        "x64": bool(jax.config.read("jax_enable_x64")),
    }


def check_precision(record: Mapping[str, Any], where: str) -> None:
    """Whether this process computes in the precision of a run.

    Raises:
        BadInput: it does not; how to.
    """
    now = bool(jax.config.read("jax_enable_x64"))
    if record.get("x64", now) != now:
        raise BadInput(
            f"{where} was trained with JAX_ENABLE_X64={int(not now)}",
            "set this environment variable alike",
        )


def check_arithmetic(
    record: Mapping[str, Any], game: Game, devices: int, where: str
) -> None:
    """Whether a run ends with this code as it would have with that which began it.

    Args:
        record: of the run.
        game: that it plays.
        devices: that it would be continued on.
        where: the workdir, for the message.

    Raises:
        BadInput: it would not; how to go on.
    """
    if record.get("arithmetic", 1) >= ARITHMETIC:
        return
    why = ""
    for name, player in game.players.items():
        kinds = collections(player)
        if player.ema is not None and kinds - set(player.averages):
            odd = ", ".join(sorted(kinds - set(player.averages)))
            why = f"averages of {odd} (in {name}) are copies now"
        if "batch_stats" in kinds and max(devices, _devices(record)) > 1:
            why = f"batch normalisation (in {name}) is synchronised over devices now"
    if why:
        players = " ".join(
            f"--config.weights.{name}.workdir={where}" for name in game.players
        )
        raise BadInput(
            f"{where} was begun by an older gan_jax whose numbers differ: {why}",
            f"begin a run from its weights, with another --workdir and {players}",
        )


def _devices(record: Mapping[str, Any]) -> int:
    """Devices that a run was begun on."""
    wanted = record["config"]["train"].get("devices", 0)
    said = str(record.get("provenance", {}).get("device", "")).partition(" x ")[0]
    return wanted or (int(said) if said.isdecimal() else 1)
