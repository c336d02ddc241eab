"""The browser that the dashboard is tested in: found, installed where it can be, started.

    python tests/chromium.py install    # find one that starts, or install one
    python tests/chromium.py report     # nothing, or that the dashboard was not tested

A browser counts where it can draw a page: one that is there may lack a library, and says its
version all the same.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
MISSING = "no Chromium is there that starts, and none could be installed"
REPORT = """\
THE DASHBOARD WAS NOT TESTED: NO CHROMIUM WAS FOUND. TO HAVE IT TESTED, INSTALL CHROMIUM OR GOOGLE \
CHROME SO THAT IT IS ON THE PATH, THEN RUN MAKE TEST AGAIN."""
PLAYWRIGHT = (sys.executable, "-m", "playwright")
_START_SECONDS, _INSTALL_SECONDS = 60, 900

Command = tuple[str, ...]


def find() -> str | None:
    """Return the path of the first browser that starts; say of each other one why it does not."""
    for path in _candidates():
        problem = _problem(path)
        if problem is None:
            return path
        print(f"{path} does not start: {problem}", file=sys.stderr, flush=True)
    return None


def find_or_install() -> str | None:
    """Return the path of a browser that starts, installed if need be; None if there is no way."""
    path = find()
    for way in [] if path else _ways():
        for command in way:
            _run(command)  # what comes after one that fails may work all the same
        path = find()
        if path:
            break
    return path


def must_be_there() -> bool:
    """Return whether a missing browser is a failure: where a machine tests for others."""
    return bool(os.environ.get("CI"))


@contextmanager
def browser(*flags: str) -> Iterator[Browser]:
    """Yield a fresh browser without a window.

    Args:
        flags: of Chromium, besides `FLAGS`.

    Raises:
        RuntimeError: if none starts.
    """
    path = find()
    if path is None:
        raise RuntimeError(MISSING)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
        yield running
        running.close()


def _candidates() -> Iterator[str]:
    yield from filter(None, map(shutil.which, NAMES))
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if Path(own).exists():
        yield own


def _problem(path: str) -> str | None:
    """Return why a browser does not draw an empty page; None if it does."""
    # A profile of its own: one that somebody uses would hand the page to their window.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        call = [path, "--headless", *FLAGS, f"--user-data-dir={profile}"]
        try:
            done = subprocess.run(
                [*call, "--dump-dom", "about:blank"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_START_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
    if done.returncode == 0 and "<html" in done.stdout:
        return None
    return f"status {done.returncode}\n{done.stderr.strip()}"


def _ways() -> Iterator[Sequence[Command]]:
    """Yield the ways to install one, each a few commands."""
    root = _root()
    if root is not None and shutil.which("apt-get"):
        # Waits for another installation; asks nothing.
        apt = (*root, "/usr/bin/env", "DEBIAN_FRONTEND=noninteractive", "apt-get")
        apt += ("-q", "-o", "DPkg::Lock::Timeout=300")
        yield (*apt, "update"), (*apt, "install", "--yes", "--no-install-recommends", "chromium")
    yield [(*PLAYWRIGHT, "install", "chromium")]


def _root() -> Command | None:
    """Return what to put before a command of the administrator; None if nothing would help."""
    if os.geteuid() == 0:
        return ()
    sudo = ("sudo", "-n")
    if shutil.which("sudo") and not subprocess.run((*sudo, "true"), capture_output=True).returncode:
        return sudo
    return None


def _run(command: Command) -> None:
    """Run a command in sight; say if it fails."""
    print(f"$ {shlex.join(command)}", flush=True)
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, timeout=_INSTALL_SECONDS)
        problem = f"status {done.returncode}" if done.returncode else ""
    except (OSError, subprocess.TimeoutExpired) as error:
        problem = str(error)
    if problem:
        print(f"That did not work: {problem}", file=sys.stderr, flush=True)


def main(what: str) -> int:
    """Do what the command line asks for; return the status to end with."""
    if what == "report":
        if find() is None:
            print(REPORT)
        return 0
    path = find_or_install()
    print(f"The dashboard is tested in {path}" if path else MISSING, flush=True)
    return int(path is None and must_be_there())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
