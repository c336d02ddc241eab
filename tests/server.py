"""A dashboard that runs for a test or a measurement."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def dashboard(data: Path, **variables: str) -> Iterator[tuple[str, int]]:
    """Yield the address and the process number of a fresh dashboard on a free port.

    Args:
        data: folder for its runs.
        variables: of the environment.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/Home.py"]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1"]
    command += ["--server.headless", "true"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"MOSS_DATA": str(data)} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        assert server.stdout is not None
        said = ""
        for line in server.stdout:
            said += line
            if "URL:" in line:  # it listens from here on
                break
        else:
            raise RuntimeError(f"streamlit did not start: {said}")
        try:
            yield f"http://127.0.0.1:{port}", server.pid
        finally:
            server.kill()  # a graceful stop would wait for the browser's connections
