"""Whoever does not see, hear or point well can use every page: WCAG 2.2 AA, as far as axe tells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from screens import on_desktop, plan_steps

if TYPE_CHECKING:
    from playwright.sync_api import Page

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
PAPER = {"light": "rgb(252, 250, 253)", "dark": "rgb(18, 13, 26)"}
NAMED = re.compile(r'^\s*- \'?(slider|spinbutton|textbox|combobox|searchbox|switch) "(.*?)"', re.M)


def violations(page: Page) -> list[str]:
    """What axe finds on the page in both themes, a line each."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import expect

    found = []
    for scheme, paper in PAPER.items():
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(page.locator(".stApp")).to_have_css("background-color", paper)
        for violation in Axe().run(page, options=RULES).response["violations"]:
            for node in violation["nodes"]:
                found.append(f"{scheme}: {violation['help']}: {node['html'][:200]} {node['any']}")
    return found


def names(page: Page) -> list[str]:
    """The names of all that takes a value on the page, as a screen reader says them."""
    return [name for _, name in NAMED.findall(page.locator("body").aria_snapshot())]


def check(page: Page) -> None:
    assert violations(page) == []
    said = names(page)
    assert len(said) == len(set(said)), f"two of one name: {sorted(said)}"
    assert not [name for name in said if re.search(r"\*|_|`", name)]


@on_desktop
def test_every_page_can_be_used_by_everybody(page: Page) -> None:
    from playwright.sync_api import expect

    check(page)
    for summary in page.locator("summary").all():
        summary.click()
    expect(page.get_by_role("spinbutton", name="Steps")).to_be_visible()
    check(page)

    page.get_by_text("Map the front", exact=True).click()
    expect(page.get_by_text("9 hybrids, 60 steps")).to_be_visible()
    plan_steps(page, 4)
    expect(page.get_by_text("9 hybrids, 4 steps")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("button", name="30 more steps")).to_be_visible()
    check(page)

    for name, sign in (
        ("Front", page.get_by_role("button", name="More image")),
        ("Library", page.get_by_role("button", name="Open run")),
        ("Objectives", page.get_by_role("heading", name="Objectives")),
        ("Server", page.get_by_text(re.compile("^Running for "))),
    ):
        page.get_by_role("link", name=name, exact=True).first.click()
        expect(sign.first).to_be_visible()
        check(page)
        if name == "Front":
            page.get_by_role("button", name="Begin the test").click()
            booth = page.get_by_role("dialog")
            expect(booth.get_by_role("button", name="X", exact=True)).to_be_enabled()
            check(page)
            page.keyboard.press("Escape")
            expect(booth).to_have_count(0)
            page.get_by_role("button", name="Share a link").click()
            page.get_by_role("button", name="Make a link").click()
            link = page.get_by_text(re.compile(r"/shown\?show=")).first.text_content()
            page.keyboard.press("Escape")

    page.goto(link or "")
    expect(page.get_by_role("button", name="Play sound")).to_be_enabled()
    check(page)
