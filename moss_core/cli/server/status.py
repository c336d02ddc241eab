"""`moss status`: how the dashboard's servers on this machine are, without asking a network."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import click

from moss_core.cli.listing import columns
from moss_core.machine import DATA_VARIABLE, Server, data_folder, known_servers
from moss_core.words import bytes_text, count_text, time_text

_HEALTHY, _NONE, _UNHEALTHY = 0, 1, 2
_UNPRINTABLE = "?"


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help=f"Folder that the server keeps runs in.  [default: {DATA_VARIABLE}, or your user's]",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array, an object a server.")
def status(data: Path | None, as_json: bool) -> None:
    """Say how the dashboard is that runs on this machine: its runs, memory, disk and failures.

    Exit with status 0 if it is well, 1 if none runs, and 2 if it is not well. It reads what the
    server wrote into its data folder a moment ago.
    """
    if data:
        os.environ[DATA_VARIABLE] = str(data)
    known = known_servers()
    servers = [server.as_found() for server in known if server.alive]
    if as_json:
        click.echo(b"[" + b",".join(server.as_json() for server in servers) + b"]")
    elif servers:
        click.echo("\n\n".join(columns(list(_rows(server))) for server in servers))
    else:
        click.echo(_none_runs(known))
    sys.exit(_code(servers))


def _code(servers: Sequence[Server]) -> int:
    if not servers:
        return _NONE
    return _UNHEALTHY if any(server.problems for server in servers) else _HEALTHY


def _none_runs(known: Sequence[Server]) -> str:
    """Return that no server runs, and of which it is known that it ended unasked."""
    lines = [f"No dashboard runs on {data_folder()}."]
    lines += [
        f"Process {server.pid} on {_plain(server.host)} has died: it was last there"
        f" {time_text(server.silent)} ago."
        for server in known
    ]
    return "\n".join(lines)


def _rows(server: Server) -> Iterator[tuple[str, str]]:
    """Yield what is told of a server, a word and its value each."""
    place = f"process {server.pid} on {server.host}, up {time_text(server.up)}"
    yield "server", _plain(f"MOSS {server.version}, {server.profile}, {place}")
    yield "health", _plain("; ".join(server.problems) or "well")
    at_rest = server.kept - server.learning - server.waiting
    learning, waiting = f"{server.learning} learning", f"{server.waiting} waiting"
    yield "runs", f"{learning}, {waiting}, {at_rest} open and at rest"
    ceiling = f" of {bytes_text(server.ceiling)}" if server.ceiling else ""
    yield "memory", f"{bytes_text(server.memory)}{ceiling}, {count_text(server.threads, 'thread')}"
    yield "disk", f"{bytes_text(server.data)} in {data_folder()}, {bytes_text(server.free)} free"
    yield "failures", "" if server.failures else "none"
    for failure in server.failures:
        then = datetime.fromtimestamp(failure.time).isoformat(" ", "seconds")
        run = "" if failure.run == "-" else f" (run {failure.run})"
        yield f"  {failure.id}", _plain(f"{then}  {failure.what}: {failure.kind}{run}")


def _plain(text: str) -> str:
    """Return text without what would move a terminal's cursor: it comes from a file."""
    return "".join(letter if letter.isprintable() else _UNPRINTABLE for letter in text)
