"""`moss app`: the dashboard that comes with MOSS, run by Streamlit."""

from __future__ import annotations

import os
import runpy
import socket
import sys
from pathlib import Path

import click

from moss_core.errors import MossError
from moss_core.machine import DASHBOARD, DATA_VARIABLE, SHARED_VARIABLE, bundled

_PORTS = range(1, 65_536)
_REMEDY = "Name another, or leave --port out: the first free one from 8501 on is taken."


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--port", type=int, help="Port to listen on.  [default: 8501, or the next free one]")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help=f"Folder to keep runs in.  [default: {DATA_VARIABLE}, or your user's data folder]",
)
@click.option(
    "--shared", is_flag=True, help="Nobody owns this machine: each visitor gets a workspace."
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[STREAMLIT OPTIONS]")
def app(port: int | None, data: Path | None, shared: bool, options: tuple[str, ...]) -> None:
    """Open the dashboard in the browser; Ctrl-C ends it.

    Anything else is passed on to Streamlit's server, such as --server.address 127.0.0.1 (this
    machine alone may visit) or --server.headless true (open no browser); `streamlit run --help`
    lists them.
    """
    arguments = _arguments(port, options)
    if data:
        os.environ[DATA_VARIABLE] = str(data)
    if shared:
        os.environ[SHARED_VARIABLE] = "1"
    sys.argv = ["streamlit", *arguments]
    # The program rather than its functions: the core knows nothing of Streamlit's insides.
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)


def _arguments(port: int | None, options: tuple[str, ...]) -> list[str]:
    if options and not options[0].startswith("--"):
        raise MossError(
            "what is passed on to Streamlit",
            "must be options",
            repr(options[0]),
            "Write --section.option value; `moss app --help` shows some.",
        )
    arguments = ["run", str(bundled(DASHBOARD, "Home.py")), *options]
    if port is not None:
        _check_port(port)
        arguments += ["--server.port", str(port)]
    return arguments


def _check_port(port: int) -> None:
    if port not in _PORTS:
        raise MossError("port", f"must be {_PORTS[0]} to {_PORTS[-1]}", port, _REMEDY)
    with socket.socket() as trial:
        if os.name != "nt":  # there it would share a port that is in use
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("", port))
        except OSError as error:
            found = f"{port}, which cannot be had ({error.strerror})"
            raise MossError("port", "must be free", found, _REMEDY) from None
