"""Requests of different sizes as batches of one, and back-pressure.

Rows of several requests share a device call; a request of many rows takes several. What
does not fit the queue is refused at once. A batch whose replica died is played again.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gan_jax.serving.counts import Counts

Call = Callable[[str, Mapping[str, np.ndarray]], Awaitable[np.ndarray]]
"""A program on a batch, somewhere; raises `Gone` where the process died meanwhile."""
TRIES = 20
"""Times that a batch is played; a replica may take seconds to come back."""
PAUSE = 0.25
"""Seconds between them; the first comes at once, for another may be there."""


class Gone(Exception):
    """Whoever had the batch is no more."""


class Full(Exception):
    """The queue is; come back in so many seconds.

    Args:
        seconds: after which it might have room.
    """

    def __init__(self, seconds: int):
        self.seconds = seconds
        super().__init__(f"too many samples are waiting; try again in {seconds} s")


@dataclass(eq=False)
class _Work:
    inputs: Mapping[str, np.ndarray]
    count: int
    done: asyncio.Future
    begun: float
    taken: int = 0
    parts: dict[int, np.ndarray] = field(default_factory=dict)
    arrived: int = 0


class Batcher:
    """The queue in front of the replicas.

    Args:
        call: runs a batch.
        name: of the program.
        batch: rows of one call.
        wait: seconds that the first row of a batch waits for others.
        queue: rows that may wait; one request more is taken while fewer do.
        ahead: calls at a time.
        counts: what is told of it.
    """

    def __init__(
        self,
        call: Call,
        name: str,
        batch: int,
        wait: float,
        queue: int,
        ahead: int,
        counts: Counts,
    ):
        self._call, self._name, self._batch = call, name, batch
        self._wait, self._queue, self._ahead = wait, queue, ahead
        self._counts = counts
        self._pending: deque[_Work] = deque()
        self._waiting = self._playing = 0
        self._stir = asyncio.Event()
        self._speed = 0.0  # rows a second
        self._tasks: set[asyncio.Task] = set()

    @property
    def waiting(self) -> int:
        """Rows that wait."""
        return self._waiting

    @property
    def idle(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting

    def check(self) -> None:
        """Whether more may be asked; of no request it needs to know how large it is.

        Raises:
            Full: the queue is.
        """
        if self._waiting >= self._queue:
            raise Full(self._seconds())

    async def draw(
        self, inputs: Mapping[str, np.ndarray], timeout: float
    ) -> np.ndarray:
        """What the program makes of rows.

        Args:
            inputs: of the program, [n, ...].
            timeout: seconds.

        Raises:
            Full: the queue is.
            TimeoutError: it took too long.
        """
        self.check()
        count = len(next(iter(inputs.values())))
        loop = asyncio.get_running_loop()
        work = _Work(inputs, count, loop.create_future(), time.monotonic())
        self._pending.append(work)
        self._waiting += count
        self._stir.set()
        try:
            return await asyncio.wait_for(work.done, timeout)
        finally:
            if work in self._pending:  # given up
                self._pending.remove(work)
                self._waiting -= work.count - work.taken

    async def run(self) -> None:
        """Compose batches, for as long as it is not cancelled."""
        while True:
            while not self._pending or self._playing >= self._ahead:
                self._stir.clear()
                await self._stir.wait()
            rest = self._pending[0].begun + self._wait - time.monotonic()
            if self._waiting < self._batch and rest > 0:
                self._stir.clear()
                try:
                    await asyncio.wait_for(self._stir.wait(), rest)
                    continue
                except TimeoutError:
                    pass
            parts = self._taken()
            if parts:
                self._playing += 1
                task = asyncio.create_task(self._play(parts))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Wait until all that was accepted is answered."""
        while self._waiting or self._playing:
            await asyncio.sleep(0.02)

    def _taken(self) -> list[tuple[_Work, int, int]]:
        """Rows for one batch: whose, from where, how many."""
        parts, room = [], self._batch
        while self._pending and room:
            work = self._pending[0]
            n = min(room, work.count - work.taken)
            parts.append((work, work.taken, n))
            work.taken += n
            room -= n
            self._waiting -= n
            if work.taken == work.count:
                self._pending.popleft()
        return parts

    async def _play(self, parts: list[tuple[_Work, int, int]]) -> None:
        inputs = {
            key: np.concatenate([w.inputs[key][i : i + n] for w, i, n in parts])
            for key in parts[0][0].inputs
        }
        begun, rows = time.monotonic(), sum(n for _, _, n in parts)
        try:
            out = await steadily(self._call, self._name, inputs, self._counts)
        except Exception as error:
            for work, _, _ in parts:
                if not work.done.done():
                    work.done.set_exception(error)
            return
        finally:
            self._playing -= 1
            self._stir.set()
        spent = time.monotonic() - begun
        self._counts.batch(rows, spent)
        speed = self._ahead * rows / max(spent, 1e-6)
        self._speed = speed if not self._speed else 0.9 * self._speed + 0.1 * speed
        place = 0
        for work, start, n in parts:
            work.parts[start] = out[place : place + n]
            work.arrived += n
            place += n
            if work.arrived == work.count and not work.done.done():
                whole = [work.parts[i] for i in sorted(work.parts)]
                work.done.set_result(np.concatenate(whole))

    def _seconds(self) -> int:
        return max(1, round(self._waiting / self._speed)) if self._speed else 1


async def steadily(
    call: Call, name: str, inputs: Mapping[str, Any], counts: Counts
) -> np.ndarray:
    """A call that is made again where the replica died under it.

    Raises:
        Gone: every time.
    """
    for left in reversed(range(TRIES)):
        try:
            return await call(name, inputs)
        except Gone:
            counts.retried()
            if not left:
                raise
            await asyncio.sleep(PAUSE if left < TRIES - 1 else 0)
    raise Gone
