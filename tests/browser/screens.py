"""The screens on which the pages are tried."""

from __future__ import annotations

import pytest

DESKTOP, PHONE = (1440, 900), (390, 844)

on_desktop = pytest.mark.parametrize("tab", [DESKTOP], ids=["desktop"], indirect=True)
"""For a test of what a page does rather than of how it is laid out: once is enough."""
