"""What finds and installs the browser, with made-up browsers and installers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import chromium

DRAWS = 'case "$*" in *--dump-dom*) echo "<html></html>";; esac'
LACKS_A_LIBRARY = """
case "$*" in *--version*) echo "Chromium 1.0"; exit 0;; esac
echo "error while loading shared libraries: libnss3.so" >&2; exit 127
"""

Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Put a program on the path, where there is nothing else but what the test puts there."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "browsers"))
    monkeypatch.setattr(chromium, "NAMES", [n for n in chromium.NAMES if "/" not in n])
    monkeypatch.setattr(chromium, "PLAYWRIGHT", (str(programs / "playwright"),))
    monkeypatch.delenv("CI", raising=False)

    def put(name: str, script: str) -> Path:
        path = programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return put


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tests is not the administrator."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tests is the administrator."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def brings(path: Path, script: str = DRAWS) -> str:
    """A script that tells what it was called with, and puts a program there."""
    put = f"echo '#!/bin/sh\n{script}' > {path}; /bin/chmod +x {path}"
    return f'echo "$0 $*"\ncase "$*" in *install*) {put};; esac'


@pytest.mark.parametrize(
    "name", ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
)
def test_a_browser_is_found_by_each_of_its_names(put: Put, name: str) -> None:
    assert chromium.find() is None
    path = put(name, DRAWS)
    assert chromium.find() == str(path)


def test_playwrights_own_is_found(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put("of-playwright", DRAWS)
    monkeypatch.setattr(
        "playwright.sync_api.BrowserType.executable_path", property(lambda self: str(path))
    )
    assert chromium.find() == str(path)


def test_one_that_says_its_version_and_cannot_draw_is_passed_over(
    put: Put, capfd: pytest.CaptureFixture[str]
) -> None:
    broken, other = put("chromium", LACKS_A_LIBRARY), put("google-chrome", DRAWS)
    assert chromium.find() == str(other)
    said = capfd.readouterr().err
    assert f"{broken} does not start" in said
    assert "libnss3.so" in said


def test_one_that_hangs_is_passed_over(
    put: Put, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    put("chromium", "exec /bin/sleep 60")
    monkeypatch.setattr(chromium, "_START_SECONDS", 0.2)
    assert chromium.find() is None
    assert "timed out" in capfd.readouterr().err


@pytest.mark.usefixtures("root")
def test_the_administrator_installs_by_apt(put: Put, capfd: pytest.CaptureFixture[str]) -> None:
    path = put("chromium-browser", LACKS_A_LIBRARY).with_name("chromium")
    put("apt-get", brings(path))
    assert chromium.find_or_install() == str(path)
    said = capfd.readouterr().out
    assert "update" in said  # of apt-get itself: what it says is not swallowed
    assert "install --yes --no-install-recommends chromium" in said


@pytest.mark.usefixtures("user")
def test_a_user_installs_by_sudo_where_it_asks_no_password(
    put: Put, capfd: pytest.CaptureFixture[str]
) -> None:
    path = put("apt-get", "exit 1").with_name("chromium")
    put("apt-get", brings(path))
    put("sudo", '[ "$1" = -n ] && shift && exec "$@"')
    put("true", "exit 0")
    assert chromium.find_or_install() == str(path)
    assert "$ sudo -n /usr/bin/env" in capfd.readouterr().out


@pytest.mark.usefixtures("user")
@pytest.mark.parametrize("sudo", ["echo a password is required >&2; exit 1", None])
def test_a_user_without_sudo_installs_playwrights(
    put: Put, capfd: pytest.CaptureFixture[str], sudo: str | None
) -> None:
    if sudo:
        put("sudo", sudo)
    path = put("apt-get", "echo never called; exit 1").with_name("chromium")
    put("playwright", brings(path))
    assert chromium.find_or_install() == str(path)
    assert "never called" not in capfd.readouterr().out


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(
    "apt", ["echo no network >&2; exit 100", None, "halfway"], ids=["fails", "none", "halfway"]
)
def test_where_apt_does_not_help_playwright_does(
    put: Put, capfd: pytest.CaptureFixture[str], apt: str | None
) -> None:
    path = put("playwright", "").with_name("google-chrome")
    put("playwright", brings(path))
    broken = path.with_name("chromium")
    if apt:
        put("apt-get", brings(broken, "exit 127") + "\nexit 100" if apt == "halfway" else apt)
    assert chromium.find_or_install() == str(path)
    said = capfd.readouterr()
    if apt:
        assert "That did not work: status 100" in said.err
    if apt == "halfway":
        assert f"{broken} does not start: status 127" in said.err


@pytest.fixture
def no_way(put: Put, user: None) -> None:
    put("playwright", "echo no network >&2; exit 1")


@pytest.mark.usefixtures("no_way")
def test_where_there_is_no_way_it_is_said_in_capitals(capfd: pytest.CaptureFixture[str]) -> None:
    assert chromium.main("install") == 0
    said = capfd.readouterr()
    assert "no network" in said.err
    assert chromium.MISSING in said.out
    assert chromium.main("report") == 0
    said = capfd.readouterr()
    (line,) = said.out.splitlines()
    assert line.startswith("THE DASHBOARD WAS NOT TESTED")
    assert line == line.upper()


@pytest.mark.usefixtures("no_way")
def test_a_missing_browser_is_a_failure_where_a_machine_tests_for_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CI", "true")
    assert chromium.main("install") == 1
    with pytest.raises(RuntimeError, match="no Chromium"), chromium.browser():
        pass


@pytest.mark.usefixtures("user")
def test_where_there_is_one_nothing_is_installed_or_reported(
    put: Put, capfd: pytest.CaptureFixture[str]
) -> None:
    path = put("chromium", DRAWS)
    put("playwright", "echo never called")
    assert chromium.main("install") == 0
    assert capfd.readouterr().out == f"The dashboard is tested in {path}\n"
    assert chromium.main("report") == 0
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(("variables", "outcome"), [({}, "1 skipped"), ({"CI": "1"}, "1 error")])
def test_without_a_browser_its_tests_are_skipped_or_fail(
    put: Put, tmp_path: Path, variables: dict[str, str], outcome: str
) -> None:
    """As pytest shows it, with the fixture that the dashboard's tests use."""
    folder = Path(__file__).parent
    (tmp_path / "conftest.py").write_text(
        "import chromium\n"
        f"chromium.NAMES = {chromium.NAMES!r}\n"
        f"exec(open({str(folder / 'browser' / 'conftest.py')!r}).read())\n"
    )
    (tmp_path / "test_it.py").write_text("def test_it(browser):\n    pass\n")
    call = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rs", str(tmp_path)]
    path = os.pathsep.join(map(str, (folder, folder / "browser")))
    done = subprocess.run(
        call,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": path} | variables,
        cwd=tmp_path,
    )
    assert outcome in done.stdout.splitlines()[-1], done.stdout + done.stderr
    assert chromium.MISSING in done.stdout
