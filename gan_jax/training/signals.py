"""Being asked to stop."""

import signal
import threading
from types import FrameType, TracebackType

ASKING = tuple(
    getattr(signal, name)
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1")
    if hasattr(signal, name)  # Windows lacks some
)
"""Ctrl-C, and what schedulers and closing terminals send."""


class Stop:
    """Notes signals while it is entered, so that a training can save and leave.

    However often they come, they are noted and nothing else: a save that has begun is
    finished. What is ignored on purpose (`nohup`, a shell's background) stays so. Outside
    the main thread there is nothing to note, and nothing is touched.

    Attributes:
        asked: the first signal's number once it came.
    """

    def __init__(self) -> None:
        self.asked: int | None = None
        self._before: dict[int, object] = {}

    def __enter__(self) -> "Stop":
        if threading.current_thread() is threading.main_thread():
            self._before = {
                number: signal.signal(number, self._note)
                for number in ASKING
                if signal.getsignal(number) is not signal.SIG_IGN
            }
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # pyright: ignore[reportArgumentType]

    def _note(self, number: int, frame: FrameType | None) -> None:
        del frame
        self.asked = self.asked or number
