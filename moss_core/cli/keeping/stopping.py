"""What asks a program to end: Ctrl-C, a shutdown, a terminal that is closed."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
_TOLD = b"\nStopping after this step. Once more ends it at once; what was learned is kept.\n"


class Stop:
    """Whether somebody asked for an end; asked once more, the program ends at once.

    Args:
        terminals: descriptors that lead to the terminal, which may be closed.
    """

    def __init__(self, terminals: tuple[int, ...]) -> None:
        self.asked = False
        self._terminals = terminals

    def hear(self, number: int, frame: FrameType | None) -> None:
        """Take a signal; raise KeyboardInterrupt for the second."""
        if number == getattr(signal, "SIGHUP", None):
            self._forget_terminal()
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        # Not by way of what prints elsewhere: this may have come in the middle of it.
        with suppress(OSError):
            os.write(2, _TOLD)

    def _forget_terminal(self) -> None:
        """Let what is printed go nowhere: it would be an error where the terminal is gone."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for descriptor in self._terminals:
            os.dup2(nowhere, descriptor)
        os.close(nowhere)


@contextmanager
def stopping() -> Iterator[Stop]:
    """Hear what asks for an end; what is ignored, as under `nohup`, stays so."""
    stop = Stop(tuple(descriptor for descriptor in (1, 2) if os.isatty(descriptor)))
    if threading.current_thread() is not threading.main_thread():
        yield stop  # others hear nothing
        return
    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    heard = [number for number in numbers if before[number] not in (signal.SIG_IGN, None)]
    for number in heard:
        signal.signal(number, stop.hear)
    try:
        yield stop
    finally:
        for number in heard:
            signal.signal(number, before[number])
