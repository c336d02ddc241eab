"""The screens on which the pages are tried, and what is found on them alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

DESKTOP, PHONE = (1440, 900), (390, 844)

on_desktop = pytest.mark.parametrize("tab", [DESKTOP], ids=["desktop"], indirect=True)
"""For a test of what a page does rather than of how it is laid out: once is enough."""


def plan_steps(page: Page, count: int) -> None:
    """Say how many steps a run of Create's is to learn, where *How much to learn* is open."""
    steps = page.get_by_role("spinbutton", name="Steps")
    steps.fill(str(count))
    steps.press("Enter")


def stop_button(page: Page) -> Locator:
    """The button that stops the run; Streamlit's header shows its own Stop while a script runs."""
    bar = page.get_by_test_id("stBottomBlockContainer")
    return bar.get_by_role("button", name="Stop", exact=True)
