from __future__ import annotations

import os
import runpy
import socket
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from moss_core.cli.commands import main
from moss_core.machine import parts as parts_module
from moss_core.machine.places import DATA_VARIABLE, SHARED_VARIABLE, data_folder
from server import ROOT, free_port

Called = list[tuple[list[str], dict[str, str]]]


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Called:
    """What Streamlit was called with, and the environment that it found."""
    calls: Called = []

    def run(name: str, run_name: str, alter_sys: bool) -> None:
        assert (name, run_name, alter_sys) == ("streamlit", "__main__", True)
        calls.append((sys.argv, dict(os.environ)))

    monkeypatch.setattr(runpy, "run_module", run)
    monkeypatch.setattr(sys, "argv", ["moss"])
    for name in (DATA_VARIABLE, SHARED_VARIABLE):  # noted, so that they are put back
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return calls


def app(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["app", *map(str, arguments)])


def test_it_runs_the_dashboard(called: Called) -> None:
    assert app().exit_code == 0
    ((arguments, environment),) = called
    assert arguments == ["streamlit", "run", str(ROOT / "dashboard" / "Home.py")]
    assert not {DATA_VARIABLE, SHARED_VARIABLE} & set(environment)


def test_what_is_asked_for_reaches_it(called: Called, tmp_path: Path) -> None:
    port = free_port()
    result = app("--port", port, "--data", tmp_path, "--shared", "--server.headless", "true")
    assert result.exit_code == 0, result.output
    ((arguments, environment),) = called
    assert arguments[3:] == ["--server.headless", "true", "--server.port", str(port)]
    assert (environment[DATA_VARIABLE], environment[SHARED_VARIABLE]) == (str(tmp_path), "1")
    assert data_folder() == tmp_path


@pytest.mark.parametrize("port", [-1, 0, 65_536])
def test_a_port_that_there_is_not(port: int, called: Called) -> None:
    result = app("--port", port)
    assert (result.exit_code, called) == (2, [])
    assert f"moss: port: must be 1 to 65535; found {port}." in result.stderr


@pytest.mark.parametrize(("family", "address"), [("AF_INET", "127.0.0.1"), ("AF_INET6", "::")])
def test_a_port_that_is_taken(family: str, address: str, called: Called) -> None:
    with socket.socket(getattr(socket, family)) as other:
        try:
            other.bind((address, 0))
        except OSError as error:
            pytest.skip(f"this machine has no {family}: {error}")
        other.listen()
        port = other.getsockname()[1]
        result = app("--port", port)
    assert (result.exit_code, called) == (2, [])
    assert f"moss: port: must be free; found {port}" in result.stderr
    assert "leave --port out" in result.stderr


def test_what_streamlit_would_leave_aside_without_a_word(called: Called) -> None:
    result = app("picture.png")
    assert (result.exit_code, called) == (2, [])
    assert "must be options; found 'picture.png'" in result.stderr


def test_a_dashboard_that_is_not_installed(called: Called, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts_module, "find_spec", lambda name: None)
    result = app()
    assert (result.exit_code, called) == (2, [])
    assert "moss: package moss_dashboard: must be installed" in result.stderr


def test_help_names_what_is_taken() -> None:
    said = " ".join(app("--help").output.split())
    for word in ("--port", "--data", "--shared", "--server.address 127.0.0.1"):
        assert word in said
