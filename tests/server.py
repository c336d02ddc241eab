"""A dashboard that runs for a test or a measurement."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def dashboard(data: Path, folder: Path = ROOT, **variables: str) -> Iterator[tuple[str, int]]:
    """Yield the address and the process number of a fresh dashboard on a free port.

    Args:
        data: folder for its runs.
        folder: where it is started.
        variables: of the environment.
    """
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboard" / "Home.py")]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1"]
    command += ["--server.headless", "true"]
    environment = os.environ | {"MOSS_DATA": str(data)} | variables
    with listening(command, folder, environment) as process:
        yield f"http://127.0.0.1:{port}", process


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def listening(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> Iterator[int]:
    """Yield the process number of a command that serves a dashboard, once it does."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
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
            raise RuntimeError(f"{command} did not start: {said}")
        try:
            yield server.pid
        finally:
            server.kill()  # a graceful stop would wait for the browser's connections
