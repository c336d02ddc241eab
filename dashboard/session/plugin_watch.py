"""What is installed, looked up again when a package was installed, exchanged or removed."""

from __future__ import annotations

import threading

from moss_core import objectives
from moss_core.objectives import Plugins


class PluginWatch:
    """Keeps the plugins of a process up to date; a look costs a few microseconds."""

    def __init__(self) -> None:
        self._looking = threading.Lock()
        self._seen: object = None
        self._found: Plugins | None = None

    def look(self) -> Plugins:
        """Return what is installed now."""
        with self._looking:
            seen = objectives.fingerprint()
            if self._found is None or seen != self._seen:
                self._found = objectives.discover(self._found)
                self._seen = seen
            return self._found
