"""Make the look at MOSS in the README: twenty seconds of it in a browser, and two of its pages.

    python assets/make/make_tour.py

Needs Chromium, like the tests of the dashboard, and an idle machine: the learning is filmed as it
happens, about a minute of it at eight times its pace.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import PIL.Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import chromium  # noqa: E402
from server import dashboard  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

README = ROOT / "assets" / "readme"
SCREEN, SIZE = (1280, 800), (800, 500)
FRAME_MS, QUALITY, MOST_BYTES = 200, 42, 3_000_000
PATIENCE_MS = 120_000

# A pointer that the pictures of a page show: a browser's own is not part of the page.
POINTER = """document.addEventListener('DOMContentLoaded', () => {
  const pointer = document.createElement('div')
  pointer.style.cssText = 'position:fixed;z-index:9999999;width:22px;height:22px;' +
    'border:3px solid #fff;border-radius:50%;background:#a8326f;opacity:.85;' +
    'box-shadow:0 0 6px #0009;pointer-events:none;transform:translate(-50%,-50%);left:50%;top:60%'
  document.documentElement.append(pointer)
  document.addEventListener('pointermove', event => {
    pointer.style.left = `${event.clientX}px`
    pointer.style.top = `${event.clientY}px`
  }, true)
})"""


class Camera:
    """Takes pictures of a page, a frame each.

    Args:
        page: that is filmed.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frames: list[PIL.Image.Image] = []
        self._at = (SCREEN[0] / 2, SCREEN[1] * 0.6)

    def take(
        self, frames: int, every: float = 0.0, then: Callable[[int], None] | None = None
    ) -> None:
        """Take frames.

        Args:
            frames: how many.
            every: seconds of real time between two of them, at least.
            then: called before each with its number.
        """
        for number in range(frames):
            began = time.monotonic()
            if then:
                then(number)
            shot = PIL.Image.open(io.BytesIO(self.page.screenshot(type="png")))
            self.frames.append(shot.convert("RGB").resize(SIZE, PIL.Image.Resampling.LANCZOS))
            self.page.wait_for_timeout(max(0.0, 1000 * (every - time.monotonic() + began)))

    def still(self, name: str) -> None:
        """Keep what is on the screen, without the pointer."""
        self.page.mouse.move(SCREEN[0] - 1, SCREEN[1] - 1)
        self.page.wait_for_timeout(1500)
        self.page.screenshot(path=README / name)

    def go_to(self, target: Locator, frames: int = 4) -> None:
        """Move the pointer to the middle of something, in sight."""
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        assert box
        (x, y), end = self._at, (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

        def move(number: int) -> None:
            share = (number + 1) / frames
            self.page.mouse.move(x + (end[0] - x) * share, y + (end[1] - y) * share)

        self.take(frames, then=move)
        self._at = end

    def press(self, target: Locator, frames: int = 3) -> None:
        """Go to something, click it, and see what happens."""
        self.go_to(target)
        target.click()
        self.take(frames)


def film(page: Page) -> list[PIL.Image.Image]:
    """Return the frames of the tour."""
    from playwright.sync_api import expect

    expect.set_options(timeout=PATIENCE_MS)
    camera = Camera(page)
    button = page.get_by_role
    slider = page.locator(".showcase input[type=range]")
    expect(button("button", name="Start", exact=True)).to_be_enabled()
    page.wait_for_timeout(3000)

    camera.take(3)
    slider.focus()
    stops = float(slider.get_attribute("max") or 1)

    def slide(number: int) -> None:
        place = stops * abs(1 - number / 9)  # to the track, and to the image
        slider.evaluate(
            "(e, place) => { e.value = place; e.dispatchEvent(new Event('input')) }", place
        )

    camera.take(19, then=slide)
    camera.press(button("button", name="Make yours"), 2)
    for gallery, name in (("Images", "Rose"), ("Tracks", "Drums")):
        camera.press(button("radiogroup", name=gallery).get_by_role("radio", name=name))
    expect(page.get_by_text("Rose on Drums: one hybrid to steer")).to_be_visible()
    camera.go_to(button("button", name="Start", exact=True))
    button("button", name="Start", exact=True).click()
    push = button("button", name=re.compile("^Better image"))
    expect(push).to_be_enabled()
    camera.take(14, every=1.5)
    camera.press(push, 1)
    camera.take(12, every=1.5)
    grown = button("button", name="30 more steps")
    expect(grown).to_be_visible()
    camera.take(2)
    camera.still("studio.png")
    camera.press(page.get_by_role("link", name="Browse the front"), 2)
    camera.press(button("button", name="Grow a front"), 1)
    camera.take(6, every=3)
    expect(button("button", name=re.compile("^Fill the gap"))).to_be_enabled()
    page.wait_for_timeout(30_000)
    for key in ("ArrowLeft", "ArrowLeft", "ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
        page.wait_for_timeout(1200)
        camera.take(3)
    button("button", name="View", exact=True).click()
    page.get_by_label("As seen in").select_option(label="Audacity")
    page.wait_for_timeout(6000)
    button("button", name="View", exact=True).click()
    button("heading", level=1).scroll_into_view_if_needed()
    camera.still("browse.png")
    return camera.frames


def main() -> None:
    """Film, and write the file."""
    with (
        tempfile.TemporaryDirectory() as data,
        dashboard(Path(data)) as (address, _),
        chromium.browser() as browser,
    ):
        page = browser.new_page(viewport={"width": SCREEN[0], "height": SCREEN[1]})
        page.set_default_timeout(PATIENCE_MS)
        page.add_init_script(POINTER)
        page.goto(address)
        frames = film(page)
    first, *others = frames
    out = README / "tour.webp"
    first.save(
        out,
        save_all=True,
        append_images=others,
        duration=FRAME_MS,
        loop=0,
        quality=QUALITY,
        method=6,
    )
    size, seconds = out.stat().st_size, len(frames) * FRAME_MS / 1000
    print(f"{out.name}: {len(frames)} frames, {seconds:.1f} s, {size / 1e6:.2f} MB")
    if size > MOST_BYTES:
        sys.exit(f"It must be under {MOST_BYTES / 1e6:g} MB.")


if __name__ == "__main__":
    main()
