"""The wheel and the sdist, built from a copy of the sources, and an environment with the wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_NO_SOURCES = (".git", ".venv*", ".*_cache", "__pycache__", "build", "dist", "*.egg-info")


def copy_sources(folder: Path) -> Path:
    """Copy the repository without what git ignores, so that nothing is built into it."""
    return Path(shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*_NO_SOURCES)))


def build(kind: str, sources: Path, folder: Path) -> Path:
    """Build "wheel" or "sdist" of the sources into the folder, offline; return the file."""
    folder.mkdir(exist_ok=True)
    code = "import sys; from setuptools import build_meta; "
    code += f"print(build_meta.build_{kind}(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=sources, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / done.stdout.splitlines()[-1]


@dataclass(frozen=True)
class Environment:
    """A virtual environment that holds the wheel, and a newcomer's empty home to use it from.

    Args:
        folder: of the environment.
        home: an empty folder.
    """

    folder: Path
    home: Path

    @property
    def scripts(self) -> Path:
        """Where its commands are."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    @property
    def variables(self) -> dict[str, str]:
        """What a newcomer's programs are told: nothing of this project."""
        told = {"HOME": str(self.home), "USERPROFILE": str(self.home)}
        kept = ("PATH", "LANG", "SYSTEMROOT", "TEMP", "TMP")
        return {name: os.environ[name] for name in kept if name in os.environ} | told

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run one of its commands in the newcomer's home."""
        program = str(self.scripts / command[0])
        return subprocess.run(
            [program, *command[1:]],
            cwd=self.home,
            env=self.variables,
            capture_output=True,
            text=True,
        )


def install(wheel: Path, folder: Path) -> Environment:
    """Install the wheel into a new environment; what it depends on is taken from this one's.

    A folder that a .pth file names is put on the path, but the .pth files in there are not read:
    the editable installation of the repository stays out of it.
    """
    environment = Environment(folder / "environment", folder / "home")
    environment.home.mkdir(parents=True)
    venv.create(environment.folder, symlinks=os.name != "nt")
    python = environment.scripts / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    pip += ["--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)]
    # A path of this process is none of that environment's: what lies there is not installed in it.
    told = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(pip, check=True, env=told)
    done = environment.run("python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    ours = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}
    Path(done.stdout.strip(), "dependencies.pth").write_text("\n".join(sorted(ours)))
    return environment
