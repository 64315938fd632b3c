"""The terms of a training as TensorBoard's events.

Each line is written through at once, by the thread that trains: a disk that refuses is
heard here, and not by a writer in the background when nobody can act on it any more.
"""

import os
import socket
import struct
import time
from collections.abc import Mapping
from pathlib import Path

from gan_jax.training.absent import absent

with absent("torch"):  # where it is there, tensorboardX spends a second on importing it
    from tensorboardX.proto.event_pb2 import Event, SessionLog  # pyright: ignore
    from tensorboardX.record_writer import masked_crc32c
    from tensorboardX.summary import scalar


class Events:
    """An event file of its own for each start of a training.

    Args:
        folder: made when missing.
        start: step the training starts or resumes at; what other files say of later
            steps is hidden.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, folder: Path, start: int):
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}"
        self._path = folder / f"events.out.tfevents.{name}"
        version = "brain.Event:2"
        log = SessionLog(status=SessionLog.START)
        self._append(
            Event(wall_time=time.time(), file_version=version),
            Event(wall_time=time.time(), step=start + 1, session_log=log),
        )

    def add(self, step: int, terms: Mapping[str, float]) -> None:
        """Write terms by their names.

        Raises:
            OSError: the disk refuses.
        """
        now = time.time()
        self._append(
            *(
                Event(wall_time=now, step=step, summary=scalar(name, value))
                for name, value in terms.items()
            )
        )

    def _append(self, *events: Event) -> None:
        content = b"".join(_record(event.SerializeToString()) for event in events)
        with self._path.open("ab", buffering=0) as file:
            file.write(content)


def _record(data: bytes) -> bytes:
    """As TensorFlow keeps records: length, data, and a checksum of each."""
    head = struct.pack("<Q", len(data))
    checks = (struct.pack("<I", masked_crc32c(part)) for part in (head, data))
    return head + next(checks) + data + next(checks)
