"""Where a user's runs are kept."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

DATA_VARIABLE, SHARED_VARIABLE = "MOSS_DATA", "MOSS_SHARED"
"""Environment: where runs are kept; and "1" where nobody owns the machine, as behind a proxy."""


def data_folder() -> Path:
    """Return the folder of all that the dashboard keeps, whether it is there yet or not."""
    return Path(os.environ.get(DATA_VARIABLE) or platformdirs.user_data_path("moss"))
