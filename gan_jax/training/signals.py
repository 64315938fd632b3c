"""Being asked to stop."""

import signal
from types import FrameType


class Stop:
    """Notes SIGTERM and Ctrl-C, so that the loop can save and leave.

    Attributes:
        asked: the signal's number once it came.
    """

    def __init__(self) -> None:
        self.asked: int | None = None
        self._before = {
            number: signal.signal(number, self._note)
            for number in (signal.SIGTERM, signal.SIGINT)
        }

    def _note(self, number: int, frame: FrameType | None) -> None:
        del frame
        self.asked = number
        # A second one is meant: the default handler takes it.
        signal.signal(number, self._before[signal.Signals(number)])

    def restore(self) -> None:
        """Put the former handlers back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
