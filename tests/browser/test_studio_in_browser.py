"""The Studio page in a real browser: watch, hear, steer, look back, come back."""

from __future__ import annotations

import io
import re
import time
from typing import TYPE_CHECKING

import pytest
import soundfile
from screens import on_desktop, plan_steps, stop_button

from server import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


@pytest.fixture
def studio(page: Page) -> Page:
    """A long run of one candidate, just started."""
    from playwright.sync_api import expect

    page.get_by_role("radio", name="Rose").click()
    expect(page.get_by_text("Rose on Piano")).to_be_visible()
    page.get_by_role("radiogroup", name="Tracks").get_by_role("radio", name="Drums").click()
    expect(page.get_by_text("Rose on Drums")).to_be_visible()
    page.get_by_text("How much to learn").click()
    plan_steps(page, 500)
    expect(page.get_by_text("one hybrid to steer, 500 steps")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("button", name="Play sound")).to_be_enabled()
    expect(page.get_by_role("button", name="Better image")).to_be_enabled()
    return page


SECONDS = 5
"""Of the canvas: the rose is half as wide as what it is placed on, all ten seconds of the track."""


def step(page: Page) -> int:
    text = page.get_by_text(re.compile(r"step \d+ of 500")).first.text_content()
    found = re.search(r"step (\d+) of", text or "")
    assert found
    return int(found.group(1))


def wait_for_step(page: Page, wanted: int) -> None:
    """Wait until the page shows this step or a later one."""
    deadline = time.monotonic() + 60
    while step(page) < wanted:
        assert time.monotonic() < deadline, f"step {wanted} did not come"
        page.wait_for_timeout(50)


def playhead(page: Page) -> float:
    """Return where the playhead is, 0 to 100."""
    return float(page.locator(".playhead").evaluate("e => parseFloat(e.style.left)"))


def apart(moved: float, passed: float) -> float:
    """Return how many seconds the playhead, which goes round, is from where it should be."""
    return abs((moved * SECONDS / 100 - passed + SECONDS / 2) % SECONDS - SECONDS / 2)


def weight(page: Page, label: str) -> Locator:
    return page.get_by_role("slider", name=re.compile(f"^{label}"))


def test_the_picture_learns_and_the_front_is_there(studio: Page) -> None:
    from playwright.sync_api import expect

    picture = studio.get_by_role("img", name="Spectrogram of candidate 1")
    first = picture.get_attribute("src")
    wait_for_step(studio, 4)
    expect(picture).not_to_have_attribute("src", first or "")
    assert picture.evaluate("e => e.naturalWidth") > 300
    expect(studio.locator("path[aria-roledescription=point]").first).to_be_visible()
    for name in ("Picture", "Sound"):
        expect(studio.get_by_role("meter", name=name)).to_be_visible()
    chart = re.compile("by Picture like the image and Sound like the track")
    expect(studio.get_by_label(chart).first).to_be_visible()
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert studio.evaluate(overflow) <= 0


@on_desktop
def test_the_sound_goes_on_while_new_ones_come_and_is_switched_in_place(studio: Page) -> None:
    from playwright.sync_api import expect

    studio.get_by_role("button", name="Play sound").click()
    expect(studio.get_by_role("button", name="Pause sound")).to_be_visible()
    expect(studio.locator(".playhead")).to_be_visible()
    sound = re.compile(r"sound: step|^step")
    note = studio.locator(".note")
    expect(note).to_have_text(sound)
    before, began, said = playhead(studio), time.monotonic(), step(studio)
    wait_for_step(studio, said + 12)  # more than three seconds: another sound has come
    moved, passed = (playhead(studio) - before) % 100, time.monotonic() - began
    assert apart(moved, passed) < 1
    studio.get_by_role("button", name="Original").click()
    expect(studio.locator(".player")).to_have_attribute("data-heard", "original")
    after = (playhead(studio) - before) % 100
    assert apart(after, time.monotonic() - began) < 1
    expect(studio.get_by_role("img", name="Spectrogram of the track Drums")).to_be_visible()
    studio.get_by_role("button", name="Pause sound").click()
    stood = playhead(studio)
    expect(studio.get_by_role("button", name="Play sound")).to_be_visible()
    assert playhead(studio) == pytest.approx(stood, abs=1)


@on_desktop
def test_click_and_keys_seek(studio: Page) -> None:
    from playwright.sync_api import expect

    frame = studio.locator(".frame")
    box = frame.bounding_box()
    assert box
    frame.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    assert playhead(studio) == pytest.approx(50, abs=1)
    studio.locator(".player").press("ArrowRight")
    assert playhead(studio) == pytest.approx(50 + 100 / SECONDS, abs=1)
    studio.locator(".player").press("ArrowLeft")
    assert playhead(studio) == pytest.approx(50, abs=1)
    studio.locator(".player").press(" ")
    expect(studio.get_by_role("button", name="Pause sound")).to_be_visible()
    studio.locator(".player").press(" ")
    expect(studio.get_by_role("button", name="Play sound")).to_be_visible()
    studio.get_by_role("button", name="Image", exact=True).click()
    expect(studio.get_by_role("img", name="The image Rose")).to_be_visible()


def test_steer_by_button_and_key_undo_pause_and_come_back(studio: Page) -> None:
    from playwright.sync_api import expect

    image = weight(studio, "Weight on the image")
    expect(image).to_have_value("50")
    studio.get_by_role("button", name="Better image").click()
    expect(image).to_have_value("60")
    studio.keyboard.press("i")
    expect(image).to_have_value("70")
    studio.keyboard.press("a")
    expect(image).to_have_value("60")
    expect(studio.get_by_text("Undo: back to before the last push")).to_be_visible()
    studio.get_by_role("button", name="Undo").click()
    expect(image).to_have_value("70")

    studio.get_by_role("button", name="Pin", exact=True).click()
    expect(studio.get_by_role("button", name="Pin 1", exact=True)).to_be_visible()

    studio.get_by_role("button", name="Pause", exact=True).click()
    expect(studio.get_by_role("button", name="Resume")).to_be_visible()
    expect(studio.get_by_text("Paused by you. Nothing is lost")).to_be_visible()
    stood = step(studio)
    picture = studio.get_by_role("img", name="Spectrogram of candidate 1")
    source = picture.get_attribute("src")
    studio.wait_for_timeout(1500)
    assert step(studio) == stood
    assert picture.get_attribute("src") == source

    reopened = studio.url
    assert "run=" in reopened
    studio.reload()
    expect(studio.get_by_role("button", name="Resume")).to_be_visible()
    assert step(studio) == stood
    assert studio.url == reopened
    expect(studio.get_by_text("in another tab, or before this page was reloaded")).to_be_visible()
    expect(image).to_have_value("70")
    studio.get_by_role("button", name="Resume").click()
    expect(studio.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    wait_for_step(studio, stood + 1)


@on_desktop
def test_stop_and_take_the_sound_home(studio: Page) -> None:
    from playwright.sync_api import expect

    wait_for_step(studio, 3)
    stop_button(studio).click()
    expect(studio.get_by_text("Stopped by you.")).to_be_visible()
    expect(studio.get_by_role("button", name=re.compile("more steps"))).to_be_visible()
    with studio.expect_download() as download:
        studio.get_by_role("button", name="WAV", exact=True).click()
    samples, rate = soundfile.read(io.BytesIO(download.value.path().read_bytes()))
    assert "moss-rose-on-drums-step-" in download.value.suggested_filename
    original, original_rate = soundfile.read(ROOT / "assets" / "audio" / "drums-groove.flac")
    assert rate == original_rate
    assert samples.shape == original.shape
    assert abs(samples - original).max() > 0.01


@on_desktop
def test_another_page_shows_the_run_and_leads_back(studio: Page) -> None:
    from playwright.sync_api import expect

    studio.get_by_role("link", name="Create").click()
    expect(studio.get_by_text("Running: Rose on Drums")).to_be_visible()
    studio.get_by_role("link", name="Open in Studio").click()
    expect(studio.get_by_role("button", name="Better image")).to_be_visible()
    wait_for_step(studio, 1)


@on_desktop
def test_a_slider_steers_and_the_others_make_room(studio: Page) -> None:
    from playwright.sync_api import expect

    studio.get_by_text("Details", exact=True).first.click()
    audio, ssim = weight(studio, "Multi-resolution STFT"), weight(studio, "SSIM")
    audio.focus()
    for _ in range(10):
        audio.press("ArrowRight")
    expect(audio).to_have_value("60")
    expect(ssim).to_have_value("20")
    expect(audio).to_be_focused()
    expect(studio.get_by_label("Multi-resolution STFT 60 %, SSIM 20 %").first).to_be_visible()
    wait_for_step(studio, step(studio) + 8)
    expect(audio).to_have_value("60")


@on_desktop
def test_the_replay_goes_back_and_returns(studio: Page) -> None:
    from playwright.sync_api import expect

    wait_for_step(studio, 8)
    studio.get_by_role("slider", name="Step").fill("2")
    expect(studio.locator(".note")).to_have_text("replay: step 2, left")
    picture = studio.get_by_role("img", name="Spectrogram of candidate 1 at step 2,")
    expect(picture).to_be_visible()
    studio.get_by_role("button", name="Back from step 2").click()
    expect(studio.locator(".note")).not_to_have_text(re.compile("replay"))
