"""Samples drawn while training, at latents that never change."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import data, rng, sampling
from gan_jax.games.base import GameState
from gan_jax.run.options import TrainOptions
from gan_jax.run.workdir import Workdir, write

Sample = Callable[[GameState, int, int], np.ndarray]
"""`(state, num, seed) -> samples`, as `run.draw` makes them."""


class Snapshots:
    """Draws `samples/step_N.png` when due.

    Args:
        workdir: where they go.
        sample: `(state, num, seed) -> samples` of the game.
        dataset: for its epochs and, with points, for what is drawn underneath.
        options: when, and how many.
        per_round: real images a round.
    """

    def __init__(
        self,
        workdir: Workdir,
        sample: Sample,
        dataset: data.Dataset,
        options: TrainOptions,
        per_round: int,
    ):
        self._workdir, self._options = workdir, options
        self._size, self._per_round = dataset.size, per_round
        self._sample = sample
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

    def take(self, state: GameState, step: int) -> None:
        """Write the picture of this step."""
        opts = self._options
        samples = self._sample(state, opts.samples, opts.seed)
        if jax.process_index() == 0:
            name = f"step_{step:0{len(str(opts.steps))}d}.png"
            picture = sampling.png(samples, self._real)
            write(self._workdir.samples / name, picture)


def _points(dataset: data.Dataset, count: int) -> np.ndarray | None:
    if len(dataset.shape) > 1:
        return None
    feed = data.make_feed(dataset)
    key = rng.stream(jax.random.key(0), "shown")
    batch: Any = feed.batch(feed.arrays, None, key, jnp.arange(count))
    return np.asarray(batch["sample"])
