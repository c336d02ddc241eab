"""What is installed with MOSS and is no code of the core: the dashboard, the samples."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from moss_core.errors import MossError
from moss_core.machine.distribution import DISTRIBUTION

ASSETS, DASHBOARD = "moss_assets", "moss_dashboard"
"""The packages that hold them. They have no `__init__.py`: in a checkout they are plain folders."""


def bundled(package: str, *path: str) -> Path:
    """Return where a file or folder of such a package is.

    Args:
        package: one of the names above.
        path: inside it, part by part.

    Raises:
        MossError: if it is not installed.
    """
    spec = find_spec(package)
    # A folder of this name elsewhere on the path counts as a part of the package.
    for folder in (spec and spec.submodule_search_locations) or ():
        file = Path(folder, *path)
        if file.exists():
            return file
    raise MossError(
        f"package {package}",
        f"must be installed as a part of {DISTRIBUTION}",
        f"no {'/'.join(path)}",
        "Install it once more; `moss doctor` says how.",
    )
