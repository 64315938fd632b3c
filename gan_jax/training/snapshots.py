"""Samples drawn while training, at latents that never change."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np

from gan_jax import data, sampling
from gan_jax.run.options import TrainOptions
from gan_jax.run.sampler import shown
from gan_jax.run.workdir import Workdir, write

Draw = Callable[[int, int], tuple[np.ndarray, Mapping[str, Any]]]
"""`(num, seed) -> (samples, what each was asked for)` of a training's state."""


class Snapshots:
    """Draws `samples/step_N.png` when due.

    Args:
        workdir: where they go.
        dataset: for its epochs and, with points, for what is drawn underneath.
        options: when, and how many.
        per_round: real images a round.
    """

    def __init__(
        self,
        workdir: Workdir,
        dataset: data.Dataset,
        options: TrainOptions,
        per_round: int,
    ):
        self._workdir, self._options = workdir, options
        self._size, self._per_round = dataset.size, per_round
        self._real = _points(dataset, options.samples)

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
        opts = self._options
        samples, _ = draw(opts.samples, opts.seed)
        if jax.process_index() == 0:
            name = f"step_{step:0{len(str(opts.steps))}d}.png"
            picture = sampling.png(samples, self._real)
            self._workdir.samples.mkdir(parents=True, exist_ok=True)
            write(self._workdir.samples / name, picture)


def _points(dataset: data.Dataset, count: int) -> np.ndarray | None:
    """Some of the reals, to be drawn underneath; None for pictures."""
    return (
        None if len(dataset.shape) > 1 else np.asarray(shown(dataset, count)["sample"])
    )
