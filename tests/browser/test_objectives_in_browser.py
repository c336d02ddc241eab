"""The Objectives page in a real browser, and a newcomer's way from a template to a run."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from screens import stop_button

from moss_core.cli.commands import main
from server import dashboard

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def test_the_mask_is_moved_and_everything_follows(tab: Page, address: str) -> None:
    from playwright.sync_api import expect

    page = tab
    page.goto(f"{address}/objectives", wait_until="commit")
    expect(page.get_by_role("img", name="Spectrogram of the mix at mask 0.5")).to_be_visible()
    charts = page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg")
    expect(charts).to_have_count(page.locator("[class*='st-key-catalogue-']").count())
    page.get_by_role("slider", name="Mask").press("ArrowRight")
    expect(page.get_by_role("img", name="Spectrogram of the mix at mask 0.6")).to_be_visible()
    expect(page.get_by_role("link", name="arXiv:1801.03924")).to_be_visible()
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert page.evaluate(wide)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder that pip installs into, on the path of the dashboard from the start."""
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


def test_from_a_template_to_a_run_without_a_restart(
    browser: Browser, site: Path, tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    with dashboard(tmp_path / "data", PYTHONPATH=str(site)) as (address, _):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{address}/objectives", wait_until="commit")
        expect(page.get_by_text("All plugins loaded")).to_be_visible()
        card = page.locator(".st-key-catalogue-foo")
        expect(card).to_have_count(0)

        made = CliRunner().invoke(main, ["new-objective", "foo", "--out", str(tmp_path / "foo")])
        assert made.exit_code == 0, made.output
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
        pip += ["--no-build-isolation", "--disable-pip-version-check", "--target", str(site)]
        subprocess.run([*pip, str(tmp_path / "foo")], check=True)
        time.sleep(0.1)  # a folder's time of change may be as coarse as that

        page.reload(wait_until="commit")
        expect(card).to_be_visible()
        page.get_by_role("link", name="Create").click()
        page.get_by_text("What it aims for").click()
        page.get_by_text("More image objectives").click()
        page.get_by_role("checkbox", name="Foo").press("Space")
        block = page.get_by_role("spinbutton", name="Block (pixels)")
        expect(block).to_have_value("4")
        block.fill("8")
        block.press("Enter")
        page.get_by_role("button", name="Start", exact=True).click()
        expect(stop_button(page)).to_be_visible()
        page.get_by_text("Details", exact=True).first.click()
        expect(page.get_by_text("Foo (image loss)")).to_be_visible()
        expect(page.get_by_text("switched off")).to_have_count(0)
        stop_button(page).click()
        expect(page.get_by_text("Stopped by you.")).to_be_visible()
        page.close()
