"""What runs while a service does: the queue, the jobs, the way to the replicas."""

import asyncio
import contextlib
import hashlib
import json
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gan_jax.bundle import Bundle
from gan_jax.bundle.opening import SAMPLE, pixels
from gan_jax.serving.batcher import Batcher, Full, Gone
from gan_jax.serving.counts import Counts
from gan_jax.serving.jobs import Jobs
from gan_jax.serving.options import Options
from gan_jax.serving.requests import Wanted

AHEAD = 2
"""Device calls at a time for each replica: one is computed while the next is on its way."""
ALIVE = 1.0
"""Seconds in which a replica must answer to be there."""


class Service:
    """A running service; made once its replicas are ready.

    Args:
        bundle: what is served; not compiled here.
        options: of the service.
        call: a program on a batch, on any replica; raises `Gone`.
        about: what a replica told of itself.
        folder: of the jobs.
    """

    def __init__(
        self,
        bundle: Bundle,
        options: Options,
        call: Callable[[str, Mapping[str, np.ndarray]], Awaitable[np.ndarray]],
        about: Mapping[str, Any],
        folder: Path,
    ):
        self.bundle, self.options, self.call, self.about = bundle, options, call, about
        self.counts, self.leaving = Counts(), False
        digest = json.dumps(bundle.card["files"], sort_keys=True).encode()
        self.jobs = Jobs(
            folder, bundle, options.job_most, hashlib.sha256(digest).hexdigest()
        )
        self.batcher = Batcher(
            call,
            SAMPLE,
            batch=options.batch,
            wait=options.wait / 1000,
            queue=options.queue,
            ahead=AHEAD * options.replicas,
            counts=self.counts,
        )
        self._others = 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work in the background; at the end, all that was accepted is answered first."""
        batches = asyncio.create_task(self.batcher.run())
        bulk = asyncio.create_task(self.jobs.run(self._patiently))
        for task in (batches, bulk):
            task.add_done_callback(self._ended)
        try:
            yield
        finally:
            self.leaving = True
            bulk.cancel()  # it goes on where it was, next time
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.batcher.drain(), self.options.timeout)
            batches.cancel()
            await asyncio.gather(batches, bulk, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def room(self) -> AsyncIterator[None]:
        """Room for a call beside the queue.

        Raises:
            Full: there is none.
        """
        if self._others * self.options.batch >= self.options.queue:
            raise Full(1)
        self._others += 1
        try:
            yield
        finally:
            self._others -= 1

    async def alive(self) -> bool:
        """Whether a replica answers."""
        name, specs = SAMPLE, self.bundle.signatures[SAMPLE].inputs
        one = {n: np.zeros((1, *s.shape), s.dtype) for n, s in specs.items()}
        try:
            await asyncio.wait_for(self.call(name, one), ALIVE)
        except (Gone, TimeoutError):
            return False
        return True

    def report(self, error: BaseException) -> None:
        """An error that is ours, for the log."""
        traceback.print_exception(error, file=sys.stderr)

    async def _patiently(self, wanted: Wanted) -> np.ndarray:
        """A job's samples: a batch at a time, when nobody else waits."""
        found, size = [], self.options.batch
        for start in range(0, wanted.num, size):
            while not self.batcher.idle:
                await asyncio.sleep(0.005)
            part = {n: x[start : start + size] for n, x in wanted.inputs.items()}
            while True:
                try:
                    drawn = await self.batcher.draw(part, 10 * self.options.timeout)
                except (Full, Gone, TimeoutError):
                    await asyncio.sleep(0.2)
                else:
                    break
            found.append(pixels(drawn))
        return np.concatenate(found)

    def _ended(self, task: asyncio.Task) -> None:
        if not task.cancelled() and task.exception() is not None:
            self.report(task.exception() or RuntimeError())
            sys.stderr.flush()
