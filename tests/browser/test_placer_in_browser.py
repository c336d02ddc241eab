"""The image placed by hand on the song: with the mouse, with fingers, with keys, in numbers."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from screens import PHONE, on_desktop

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

FIELDS = ("Start (s)", "Length (s)", "Lowest (Hz)", "Highest (Hz)")
on_phone = pytest.mark.parametrize("tab", [PHONE], ids=["phone"], indirect=True)


@pytest.fixture
def placed(page: Page) -> Page:
    """The Create page with a box of four seconds of ten, up to 6 kHz of 12, in sight.

    The image is stretched over it, so that all of the box is painted and heard.
    """
    stretch(page)
    type_in(page, "Length (s)", "4")
    expect_where(page, "0:00.0 to 0:04.0, 0 to 8,000 Hz")
    type_in(page, "Highest (Hz)", "6000")
    expect_where(page, "0:00.0 to 0:04.0, 0 to 6,000 Hz")
    page.locator(".placer .whole").click()
    page.locator(".placer .stage").evaluate("e => e.scrollIntoView({ block: 'center' })")
    return page


def stretch(page: Page) -> None:
    page.get_by_text("The image", exact=True).click()
    page.get_by_role("radio", name="Stretch").click()


def type_in(page: Page, label: str, value: str) -> None:
    field = page.get_by_role("spinbutton", name=label)
    field.fill(value)
    field.press("Enter")


def where(page: Page) -> Locator:
    return page.locator(".placer .where")


def expect_where(page: Page, words: str | re.Pattern[str]) -> None:
    from playwright.sync_api import expect

    expect(where(page)).to_have_text(words)


def told(page: Page) -> list[float]:
    """Where the box says it is: start, end, low, high; once the numbers beside it say the same."""
    from playwright.sync_api import expect

    found = re.fullmatch(
        r"(\d+):([\d.]+) to (\d+):([\d.]+), ([\d,]+) to ([\d,]+) Hz", where(page).inner_text()
    )
    assert found
    minutes, seconds, minutes_2, seconds_2, low, high = (g.replace(",", "") for g in found.groups())
    spot = [60 * float(minutes) + float(seconds), 60 * float(minutes_2) + float(seconds_2)]
    spot += [float(low), float(high)]
    fields = [page.get_by_role("spinbutton", name=label) for label in FIELDS]
    expect(fields[2]).to_have_value(f"{spot[2]:.0f}")
    expect(fields[3]).to_have_value(f"{spot[3]:.0f}")
    for field, seconds, off in ((fields[0], spot[0], 0.06), (fields[1], spot[1] - spot[0], 0.11)):
        element = field.element_handle()
        near = f"field => Math.abs(field.value - {seconds}) < {off}"
        page.wait_for_function(near, arg=element)
    return spot


def drag(page: Page, where: tuple[float, float], by: tuple[float, float]) -> None:
    """Drag from a place on the stage by a way, both in shares of its width and height (down)."""
    frame = page.locator(".placer .stage").bounding_box()
    assert frame
    x, y = frame["x"] + where[0] * frame["width"], frame["y"] + where[1] * frame["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 0.5 * by[0] * frame["width"], y + 0.5 * by[1] * frame["height"])
    page.mouse.move(x + by[0] * frame["width"], y + by[1] * frame["height"])
    page.mouse.up()


def canvas_of_the_run(page: Page, data: Path) -> dict[str, Any]:
    """Start a short run; return the canvas that its folder tells of."""
    from playwright.sync_api import expect

    before = set(data.rglob("run.json"))
    page.get_by_text("How much to learn").click()
    type_in(page, "Steps", "1")
    expect(page.get_by_text("one hybrid to steer, 1 step")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("button", name=re.compile("more steps")).first).to_be_visible()
    (written,) = set(data.rglob("run.json")) - before
    found: dict[str, Any] = json.loads(written.read_text())["config"]["canvas"]
    return found


@on_desktop
def test_the_mouse_moves_and_resizes_the_box_and_the_run_is_there(placed: Page, data: Path) -> None:
    page = placed
    drag(page, (0.2, 0.75), (0.3, -0.25))  # 3 s later, a quarter of 12 kHz up
    expect_where(page, re.compile(r"0:03\.0 to 0:07\.0, (2,9|3,0)\d\d to (8,9|9,0)\d\d Hz"))
    moved = told(page)
    drag(page, (0.7, 0.25), (0.1, 0.125))  # its upper right corner: a second longer, 1.5 kHz lower
    expect_where(page, re.compile(r"0:03\.0 to 0:08\.0, "))
    resized = told(page)
    assert resized[3] == pytest.approx(moved[3] - 1500, abs=60)
    assert resized[2] == moved[2]
    numbers = [float(page.get_by_role("spinbutton", name=f).input_value()) for f in FIELDS]
    shape = page.locator(".placer .box").bounding_box()
    assert shape
    canvas = canvas_of_the_run(page, data)
    assert [canvas[name] for name in ("start", "duration", "low", "high")] == numbers
    assert canvas["aspect"] == pytest.approx(shape["width"] / shape["height"], rel=0.02)


@on_desktop
def test_keys_nudge_and_resize_the_box(placed: Page) -> None:
    page = placed
    box = page.locator(".placer .box")
    box.focus()
    for _ in range(3):
        box.press("ArrowRight")
    expect_where(page, "0:00.3 to 0:04.3, 0 to 6,000 Hz")
    box.press("Shift+ArrowRight")
    expect_where(page, "0:01.3 to 0:05.3, 0 to 6,000 Hz")
    box.press("Alt+ArrowRight")
    expect_where(page, "0:01.3 to 0:05.4, 0 to 6,000 Hz")
    box.press("Alt+Shift+ArrowDown")
    expect_where(page, re.compile(r"0:01\.3 to 0:05\.4, 0 to 5,[45]\d\d Hz"))
    box.press("ArrowUp")
    expect_where(page, re.compile(r"0:01\.3 to 0:05\.4, \d\d to 5,[5]\d\d Hz"))
    spot = told(page)
    page.get_by_text("Keep its shape").click()
    box.press("+")
    expect_where(page, re.compile(r"0:01\.3 to 0:05\.6, "))
    larger = told(page)
    assert (larger[3] - larger[2]) / (spot[3] - spot[2]) == pytest.approx(1.05, abs=0.01)
    type_in(page, "Start (s)", "5")  # and the other way round: the box follows the numbers
    expect_where(page, re.compile(r"0:05\.0 to 0:09\.3, "))


def touch(page: Page, *paths: list[tuple[float, float]]) -> None:
    """Draw with fingers, each along its path of as many points."""
    frame = page.locator(".placer .stage").bounding_box()
    assert frame
    client = page.context.new_cdp_session(page)
    client.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    for step, points in enumerate(zip(*paths, strict=True)):
        fingers = [
            {
                "x": frame["x"] + x * frame["width"],
                "y": frame["y"] + y * frame["height"],
                "id": number,
            }
            for number, (x, y) in enumerate(points)
        ]
        kind = "touchMove" if step else "touchStart"
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@on_phone
def test_fingers_drag_the_box_and_two_of_them_zoom(placed: Page, data: Path) -> None:
    from playwright.sync_api import expect

    page = placed
    touch(page, [(0.2, 0.75), (0.3, 0.75), (0.4, 0.75), (0.5, 0.75)])
    expect_where(page, "0:03.0 to 0:07.0, 0 to 6,000 Hz")
    touch(page, [(0.3, 0.75), (0.25, 0.75), (0.2, 0.75)])  # its left edge
    expect_where(page, "0:02.0 to 0:07.0, 0 to 6,000 Hz")
    told(page)
    window = page.locator(".placer .window")
    expect(window).to_have_attribute("style", re.compile(r"width: 100%"))
    touch(page, [(0.4, 0.5), (0.3, 0.5), (0.2, 0.5)], [(0.6, 0.5), (0.7, 0.5), (0.8, 0.5)])
    expect(window).to_have_attribute("style", re.compile(r"width: 33\.3"))
    expect_where(page, "0:02.0 to 0:07.0, 0 to 6,000 Hz")  # the box did not move
    canvas = canvas_of_the_run(page, data)
    assert (canvas["start"], canvas["duration"]) == pytest.approx((2, 5), abs=0.05)


@on_desktop
def test_the_section_is_heard_wherever_it_is(placed: Page) -> None:
    from playwright.sync_api import expect

    page = placed
    page.locator(".placer .play").click()
    expect(page.locator(".placer .play")).to_have_text("Pause")
    expect(page.locator(".placer .playhead")).to_be_visible()
    clock = page.locator(".player .time")
    expect(clock).to_have_text(re.compile(r"0:0[0-3]\.\d / 0:04\.0"))
    drag(page, (0.2, 0.75), (0.5, 0))
    expect(clock).to_have_text(re.compile(r"0:0[5-8]\.\d / 0:09\.0"))
    expect(page.locator(".placer .play")).to_have_text("Pause")
    # What plays now is the new section: two channels of four seconds.
    heard = "() => { const [e] = mossEngines.values(); return e.buffers.get('preview').buffer }"
    page.wait_for_function(
        f"(({heard})().numberOfChannels === 2) && Math.abs(({heard})().duration - 4) < 0.01"
    )
    page.locator(".placer .play").click()
    expect(page.locator(".placer .play")).to_have_text("Play this part")


@on_desktop
def test_one_press_moves_the_box_to_the_best_place(placed: Page) -> None:
    from playwright.sync_api import expect

    page = placed
    page.get_by_role("button", name="Best place").click()
    first = page.get_by_role("button", name=re.compile(r"0:\d\d\.\d to 0:\d\d\.\d$")).first
    expect(first).to_be_visible()
    words = re.search(r"\d:\d\d\.\d to \d:\d\d\.\d", first.inner_text())
    assert words
    first.click()
    expect_where(page, f"{words[0]}, 0 to 6,000 Hz")
    told(page)


@pytest.fixture(scope="module")
def long_song() -> bytes:
    """Ten minutes at 48 kHz, stereo: a beat of 120 a minute."""
    rate = 48_000
    beat = np.zeros((rate // 2, 2), np.int16)
    time = np.arange(4800) / rate
    beat[:4800, 0] = 12_000 * np.sin(2 * np.pi * 220 * time) * np.exp(-30 * time)
    beat[:4800, 1] = 9_000 * np.sin(2 * np.pi * 3300 * time) * np.exp(-60 * time)
    file = io.BytesIO()
    soundfile.write(file, np.tile(beat, (1200, 1)), rate, format="FLAC")
    return file.getvalue()


@on_desktop
def test_a_song_of_ten_minutes_opens_and_snaps_to_its_beats(page: Page, long_song: bytes) -> None:
    from playwright.sync_api import expect

    stretch(page)
    page.get_by_role("radio", name="Upload").last.click()
    file = {"name": "song.flac", "mimeType": "audio/flac", "buffer": long_song}
    page.locator("input[type=file]").last.set_input_files(file)
    expect(page.get_by_text("Snap to beats (120 a minute)")).to_be_visible()
    expect_where(page, "0:00.0 to 0:30.0, 0 to 8,000 Hz")
    type_in(page, "Length (s)", "8")
    expect_where(page, "0:00.0 to 0:08.0, 0 to 8,000 Hz")
    type_in(page, "Start (s)", "540")
    expect_where(page, "9:00.0 to 9:08.0, 0 to 8,000 Hz")
    expect(page.locator(".player .time", has_text="9:00.0 / 9:08.0")).to_be_visible()
    page.locator(".placer .near").click()
    page.get_by_text("Snap to beats").click()
    page.locator(".placer .stage").evaluate("e => e.scrollIntoView({ block: 'center' })")
    drag(page, (0.5, 0.7), (0.105, 0))  # not quite a beat: about a second of ten
    expect_where(page, re.compile(r"9:0[12]\.[05] to 9:(09|10)\.[05], 0 to 8,000 Hz"))
    told(page)
