"""What no machine here could hold, or no clock count, told before anything is built."""

import math
import os
from collections.abc import Sequence

import jax

from gan_jax import tree
from gan_jax.data import Dataset
from gan_jax.errors import BadInput
from gan_jax.games.base import GameState
from gan_jax.run.options import EvalOptions, TrainOptions

CLOCK = 2**31
"""Real images that `seen`, an int32, counts up to."""


def memory() -> int:
    """Bytes of a device, or of the host where devices do not tell; 0 where none does."""
    told = jax.local_devices()[0].memory_stats() or {}
    if limit := told.get("bytes_limit", 0):
        return int(limit)
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # not on this system
        return 0


def check_examples(options: TrainOptions, dataset: Dataset) -> None:
    """Whether a batch of examples fits at all, told before networks are built for them.

    Raises:
        BadInput: it does not.
    """
    batch = options.batch_size // max(jax.device_count(), 1)
    shape = " x ".join(map(str, dataset.shape))
    wanted = 4 * math.prod(dataset.shape) * batch
    _check("config.train.batch_size", wanted, f"examples alone, each {shape},")


def check_counts(
    options: TrainOptions, evaluation: EvalOptions, dataset: Dataset, slots: dict
) -> None:
    """Whether examples, samples and the length of a run are possible at all.

    Raises:
        BadInput: naming the field, and what it would take.
    """
    shown = options.steps * options.batch_size * slots.get("real", 1)
    if shown >= CLOCK:
        raise BadInput(
            f"config.train.steps={options.steps} would show {shown:,} real images",
            f"wanted fewer than {CLOCK:,}",
        )
    one = 4 * math.prod(dataset.shape)
    batch = options.batch_size * sum(slots.values()) // max(jax.device_count(), 1)
    for field, count in (
        ("train.batch_size", batch),
        ("train.samples", options.samples),
        ("eval.samples", evaluation.samples if evaluation.every else 0),
    ):
        _check(f"config.{field}", count * one, "examples alone")


def check_state(stages: Sequence[GameState]) -> None:
    """Whether the networks, their optimisers and averages fit at all.

    Args:
        stages: the state of each stage; abstract.

    Raises:
        BadInput: naming the largest player.
    """
    for state in stages:
        sizes = {name: tree.nbytes(player) for name, player in state.players.items()}
        largest = max(sizes, key=lambda name: sizes[name])
        _check(f"config.models.{largest}", sum(sizes.values()), "the weights alone")


def _check(field: str, wanted: int, what: str) -> None:
    there = memory()
    if there and wanted > there:
        gib = 2**30
        raise BadInput(
            f"{field}: {what} would take {wanted / gib:,.1f} GiB, and there are "
            f"{there / gib:,.1f}",
            "make it smaller",
        )
