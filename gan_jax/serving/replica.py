"""A process that holds the model: batches in, samples out. Ray Serve keeps it alive."""

import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

from gan_jax.bundle import open_bundle
from gan_jax.bundle.opening import SAMPLE
from gan_jax.cache import keep_programs

TRIED = 3
"""Batches by which shapes are compared."""


class Replica:
    """The model of a bundle, compiled before this is ready.

    Args:
        content: the bundle's files by name, so that no node needs a disk of another.
        batch: samples of a full call.
    """

    def __init__(self, content: Mapping[str, bytes], batch: int):
        # One that takes the place of another finds what that one compiled, however small.
        keep_programs()
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        self._folder = tempfile.TemporaryDirectory(prefix="gan_jax-replica-")
        for name, data in content.items():
            (Path(self._folder.name) / name).write_bytes(data)
        self._bundle = open_bundle(self._folder.name)
        self._lock, self._batch = threading.Lock(), batch
        self._shapes = (batch,)
        self._shapes = self._agreeing((1, 4))
        for name in self._bundle.programs:
            if name != SAMPLE:
                self.call(name, self._some(name, 1))

    def about(self) -> dict[str, Any]:
        """Shapes that are compiled, and whether a sample hangs on its place in a batch."""
        return {"shapes": list(self._shapes), "steady": self._steady()}

    def call(self, name: str, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """A program on at most a batch of rows, padded to a compiled shape.

        Args:
            name: of the program.
            inputs: all of them, [n, ...].
        """
        n = len(next(iter(inputs.values())))
        shapes = self._shapes if name == SAMPLE else (self._batch,)
        shape = next(s for s in shapes if s >= n)
        padded = {
            key: np.concatenate([x, x[-1:].repeat(shape - n, 0)])
            for key, x in inputs.items()
        }
        with self._lock:
            out = self._bundle.programs[name](self._bundle.weights, padded)
            return np.asarray(out)[:n]

    def _some(self, name: str, count: int, seed: int = 0) -> dict[str, np.ndarray]:
        """Inputs of a program, of some samples."""
        sizes = self._bundle.signatures[name].inputs
        draw = np.random.default_rng(seed)
        given = {
            key: draw.uniform(0, 1, (count, *spec.shape)).astype(spec.dtype)
            for key, spec in sizes.items()
            if spec.dtype == "float32"
        }
        zeros = {
            key: np.zeros((count, *spec.shape), spec.dtype)
            for key, spec in sizes.items()
            if key not in given
        }
        index = {"index": np.arange(count, dtype=np.uint32)} if "index" in sizes else {}
        return given | zeros | index

    def _agreeing(self, smaller: tuple[int, ...]) -> tuple[int, ...]:
        """The shapes whose samples are those of a full batch to the bit, and that one.

        Compilers may order sums otherwise for another shape: the same seed would have
        other bytes, as others share its batch or do not.
        """
        kept = []
        for shape in (s for s in smaller if s < self._batch):
            agrees = True
            for trial in range(TRIED):
                inputs = self._some(SAMPLE, self._batch, trial)
                whole = self.call(SAMPLE, inputs)
                self._shapes = (shape,)
                parts = [
                    self.call(SAMPLE, {k: x[i : i + shape] for k, x in inputs.items()})
                    for i in range(0, self._batch, shape)
                ]
                self._shapes = (self._batch,)
                agrees &= np.concatenate(parts).tobytes() == whole.tobytes()
            kept += [shape] if agrees else []
        return (*kept, self._batch)

    def _steady(self) -> bool:
        inputs = self._some(SAMPLE, self._batch)
        whole = self.call(SAMPLE, inputs)
        turned = self.call(SAMPLE, {k: np.roll(x, 1, 0) for k, x in inputs.items()})
        return np.roll(turned, -1, 0).tobytes() == whole.tobytes()
