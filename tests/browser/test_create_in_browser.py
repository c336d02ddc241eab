"""The Create page in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from screens import on_desktop

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_cards_are_chosen_by_click_and_by_key(page: Page) -> None:
    from playwright.sync_api import expect

    page.get_by_role("radio", name="Rose").click()
    expect(page.get_by_text("Rose on Piano")).to_be_visible()
    page.get_by_role("radio", name="Rose").press("ArrowRight")
    expect(page.get_by_role("radio", name="Profile")).to_be_checked()
    expect(page.get_by_text("Profile on Piano")).to_be_visible()
    page.get_by_role("radiogroup", name="Tracks").get_by_role("radio", name="Drums").click()
    expect(page.get_by_text("Profile on Drums")).to_be_visible()
    picture = page.get_by_role("img", name="Profile on the spectrogram of Drums")
    expect(picture).to_be_visible()


@on_desktop
def test_start_is_a_few_tabs_from_the_top(page: Page) -> None:
    from playwright.sync_api import expect

    skip = page.get_by_role("button", name="Skip to Start")
    start = page.get_by_role("button", name="Start", exact=True)
    assert skip.evaluate("link => getComputedStyle(link).clipPath") == "inset(50%)"
    presses = 0
    while presses < 11 and not skip.evaluate("link => link.matches(':focus')"):
        page.keyboard.press("Tab")
        presses += 1
    expect(skip).to_be_focused()  # and Start one Tab more at most
    assert skip.evaluate("link => getComputedStyle(link).clipPath") == "none"
    page.keyboard.press("Enter")
    expect(start).to_be_focused()


@on_desktop
def test_what_was_brought_outlasts_a_reload_and_what_is_open_a_preset(page: Page) -> None:
    from playwright.sync_api import expect

    start = page.get_by_role("button", name="Start", exact=True)
    page.get_by_role("radio", name="Text", exact=False).first.click()
    page.get_by_placeholder("HELLO").fill("RELOAD")
    page.get_by_placeholder("HELLO").press("Enter")
    expect(page.get_by_role("radio", name="RELOAD")).to_be_checked()
    page.get_by_role("radiogroup", name="Tracks").get_by_role("radio", name="Drums").click()
    expect(page.get_by_text("RELOAD on Drums")).to_be_visible()
    page.reload(wait_until="commit")
    expect(start).to_be_enabled()
    expect(page.get_by_role("radio", name="RELOAD")).to_be_checked()
    expect(page.get_by_text("RELOAD on Drums")).to_be_visible()
    page.get_by_text("What it aims for").click()
    lean = page.get_by_role("slider", name="Between the song and the image")
    expect(lean).to_have_value("50")
    page.get_by_text("Poster", exact=True).click()
    expect(lean).to_have_value("80")
    lean.press("ArrowLeft")
    expect(page.get_by_role("radio", name="Your own")).to_be_checked()
    expect(lean).to_have_value("79")


@on_desktop
def test_a_track_plays_on_its_card_and_one_at_a_time(page: Page) -> None:
    from playwright.sync_api import expect

    piano = page.get_by_role("button", name="Play Piano")
    strings = page.get_by_role("button", name="Play Strings")
    piano.click()
    expect(piano).to_have_attribute("aria-pressed", "true")
    strings.click()
    expect(strings).to_have_attribute("aria-pressed", "true")
    expect(piano).to_have_attribute("aria-pressed", "false")
    strings.click()
    expect(strings).to_have_attribute("aria-pressed", "false")
    page.get_by_role("radio", name="Organ").hover(position={"x": 20, "y": 60})
    expect(page.get_by_role("button", name="Play Organ")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("heading", name="A track to hear").hover()
    expect(page.get_by_role("button", name="Play Organ")).to_have_attribute("aria-pressed", "false")


def test_what_is_painted_is_dragged_and_nudged_and_looks_as_it_is(page: Page) -> None:
    from playwright.sync_api import expect

    page.get_by_role("radio", name="Rose").click()  # 768 x 1024
    player = page.get_by_role("img", name="Rose on the spectrogram of Piano")
    expect(player).to_be_visible()
    shown = player.bounding_box()
    assert shown
    assert shown["width"] / shown["height"] == pytest.approx(3 / 4, rel=0.02)
    page.get_by_text("The image", exact=True).click()
    frame = page.get_by_role("group", name="What is painted of the image")
    frame.scroll_into_view_if_needed()
    whole = frame.bounding_box()
    assert whole
    assert whole["width"] / whole["height"] == pytest.approx(3 / 4, rel=0.02)
    # It is held 7 pixels left of the edge.
    place = {"x": 0.75 * whole["width"] - 7, "y": whole["height"] / 2}
    handle = frame.locator('[data-edges="e"]')
    handle.drag_to(frame, source_position={"x": 6, "y": 13}, target_position=place)
    edges = page.get_by_role("slider", name="Crop: left and right edge")
    expect(edges.last).to_have_value(re.compile(r"7\d"))
    dragged = int(edges.last.input_value())
    frame.press("Shift+ArrowLeft")
    expect(edges.last).to_have_value(str(dragged - 1))
    frame.press("ArrowRight")
    expect(edges.last).to_have_value(str(dragged))
    expect(edges.first).to_have_value("1")
    frame.press("Escape")
    expect(edges.last).to_have_value("100")
    expect(edges.first).to_have_value("0")


def test_a_bad_upload_is_explained_where_the_user_looks(page: Page) -> None:
    from playwright.sync_api import expect

    page.get_by_role("radio", name="Upload").first.click()
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="JPEG")
    uploader.locator("input[type=file]").set_input_files(
        {"name": "song.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    expect(page.get_by_text("image song.png: must be a PNG")).to_be_visible()
    expect(page.get_by_role("radio", name="Astronaut")).to_be_checked()


def test_a_photo_and_a_line_of_text_become_images(page: Page) -> None:
    from playwright.sync_api import expect

    page.get_by_role("radio", name="Camera").click()
    take = page.get_by_role("button", name="Take Photo")
    expect(take).to_be_enabled()
    # A browser pauses a silent video that is out of sight.
    page.locator("video").scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('video')?.currentTime > 1")  # not black any more
    take.click()
    expect(page.get_by_role("radio", name="Photo")).to_be_checked()
    page.get_by_role("radio", name="Text", exact=False).first.click()
    field = page.get_by_placeholder("HELLO")
    field.fill("APHEX")
    field.press("Enter")
    expect(page.get_by_role("radio", name="APHEX")).to_be_checked()
    expect(page.get_by_text("APHEX on Piano")).to_be_visible()


@on_desktop
def test_a_recording_becomes_a_track(page: Page) -> None:
    from playwright.sync_api import expect

    page.get_by_role("radio", name="Record").click()
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text("00:02")).to_be_visible()
    page.get_by_role("button", name="Stop recording").click()
    expect(page.get_by_role("radio", name="Recording")).to_be_checked()


def test_nothing_is_wider_than_the_screen(page: Page) -> None:
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0


@on_desktop
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_each_name_of_this_machine_leads_its_user_to_the_same_runs(
    tab: Page, address: str, name: str
) -> None:
    from playwright.sync_api import expect

    tab.goto(f"{address.replace('127.0.0.1', name)}/library")
    expect(tab.get_by_role("heading", name="Library")).to_be_visible()
    tab.get_by_role("link", name="Create").click()
    expect(tab.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    assert "workspace=" not in tab.url
