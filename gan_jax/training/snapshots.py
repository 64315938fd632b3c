"""Samples drawn while training, at latents that never change.

Where a game can be asked for a class, a row of the picture is a class, and a column one
latent: what of a sample the class decides is seen at a glance.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import numpy as np

from gan_jax import data, sampling
from gan_jax.asks import Ask
from gan_jax.run.options import TrainOptions
from gan_jax.run.sampler import shown
from gan_jax.run.workdir import Workdir, write

ROWS = 10
"""Classes that a picture shows, at most."""


class Board(NamedTuple):
    """Which samples a picture shows.

    Attributes:
        num: how many.
        seed: of their latents.
        asked: what they are asked for, each [num, ...].
        places: [num], of which samples they have the latents; None for 0, 1, 2, ...
    """

    num: int
    seed: int
    asked: Mapping[str, np.ndarray]
    places: np.ndarray | None

    @property
    def columns(self) -> int | None:
        """Of the picture; None for as square as it comes."""
        return None if self.places is None else int(self.places.max()) + 1


Draw = Callable[[Board], np.ndarray]
"""The samples of a training's state that a picture shows."""


def board(asks: Mapping[str, Ask], num: int, seed: int) -> Board:
    """Which samples of a game are shown: a row a class, where it can be asked for one.

    The class is the first ask of a whole number below some other that is drawn, by a law,
    where nobody asks; StyleGAN's `cutoff` is none. Of many classes the first ten are shown.

    Args:
        asks: of the game.
        num: samples, about; at least one of every class shown.
        seed: of the latents.
    """
    counted = [
        name
        for name, ask in asks.items()
        if ask.below and not ask.shape and (ask.law or ask.drawn is None)
    ]
    if not counted:
        return Board(num, seed, {}, None)
    rows = min(asks[counted[0]].below, ROWS)
    columns = max(num // rows, 1)
    classes = np.repeat(np.arange(rows, dtype=np.int32), columns)
    return Board(
        rows * columns, seed, {counted[0]: classes}, np.tile(np.arange(columns), rows)
    )


class Snapshots:
    """Draws `samples/step_N.png` when due.

    Args:
        workdir: where they go.
        dataset: for its epochs and, with points, for what is drawn underneath.
        asks: of the game.
        options: when, and how many.
        per_round: real images a round.
    """

    def __init__(
        self,
        workdir: Workdir,
        dataset: data.Dataset,
        asks: Mapping[str, Ask],
        options: TrainOptions,
        per_round: int,
    ):
        self._workdir, self._options = workdir, options
        self._size, self._per_round = dataset.size, per_round
        self._real = _points(dataset, options.samples)
        rows = asks if self._real is None else {}  # points are no rows, but a cloud
        self._board = board(rows, options.samples, options.seed)

    def due(self, step: int) -> bool:
        """Whether a snapshot belongs to this step: an epoch's end, a period, the last.

        Epochs are rounded up to whole device calls, the same on every platform.
        """
        opts = self._options
        if step % opts.steps_per_call:
            return False
        if step in (0, opts.steps):
            return True
        if opts.sample_every and step % opts.sample_every == 0:
            return True
        before, now = (s * self._per_round for s in (step - opts.steps_per_call, step))
        return self._size is not None and any(
            before < epoch * self._size <= now for epoch in opts.sample_epochs
        )

    def take(self, draw: Draw, step: int) -> None:
        """Write the picture of this step."""
        samples = draw(self._board)
        if jax.process_index() == 0:
            name = f"step_{step:0{len(str(self._options.steps))}d}.png"
            picture = sampling.png(samples, self._real, self._board.columns)
            self._workdir.samples.mkdir(parents=True, exist_ok=True)
            write(self._workdir.samples / name, picture)


def _points(dataset: data.Dataset, count: int) -> np.ndarray | None:
    """Some of the reals, to be drawn underneath; None for pictures."""
    return (
        None if len(dataset.shape) > 1 else np.asarray(shown(dataset, count)["sample"])
    )
