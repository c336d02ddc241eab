"""What Dask runs when one of the batch's own workers starts."""

from __future__ import annotations

import signal


def dask_setup(worker: object) -> None:
    """Leave Ctrl-C to the program that started the worker: it ends the work in order.

    A terminal sends it to all processes at once.

    Args:
        worker: that starts.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
