"""Front and Library in a real browser: browse by ear, fill, compare, take home, delete, undo."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from screens import on_desktop

from moss_core import Adjustments, Canvas, Run, RunConfig, load, load_image, load_track
from moss_core.runs.exports.full_rate import hybrid
from moss_core.runs.exports.settings import read_settings
from moss_core.runs.library import Library
from moss_core.runs.saving import save_progress
from server import ROOT, dashboard

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real run of four candidates on two seconds."""
    image = load_image(ROOT / "assets" / "images" / "line-drawing-rose.png")
    track = load_track(ROOT / "assets" / "audio" / "drums-groove.flac")
    canvas = Canvas(start=1.0, duration=2.0)
    whole = Adjustments(fit="stretch")
    run = Run(image, track, RunConfig(candidates=4, steps=4, canvas=canvas, adjustments=whole))
    for _ in run.steps():
        pass
    run.title = "Rose on Drums"
    folder = tmp_path_factory.mktemp("made") / "run"
    save_progress(run, folder)
    return folder


@pytest.fixture
def folder(made: Path, data: Path) -> Iterator[Path]:
    """That run, in the library of the machine's user, alone."""
    library = Library(data / "runs")
    shutil.rmtree(library.folder, ignore_errors=True)
    yield library.path(library.add_folder(made))
    shutil.rmtree(library.folder, ignore_errors=True)


@pytest.fixture
def front(folder: Path, tab: Page, address: str) -> Page:
    """The Front page with that run."""
    from playwright.sync_api import expect

    tab.goto(f"{address}/front?run={folder.name}")
    expect(tab.get_by_role("button", name="Play sound")).to_be_enabled()
    expect(tab.get_by_text("4 candidates, from most track")).to_be_visible()
    return tab


def picture(page: Page, number: int):  # type: ignore[no-untyped-def]
    return page.get_by_role("img", name=re.compile(f"^Spectrogram of candidate {number} "))


def playhead(page: Page) -> float:
    return float(page.locator(".playhead").evaluate("e => parseFloat(e.style.left)"))


def plays(page: Page) -> None:
    """Check that a sound plays whose playhead moves."""
    from playwright.sync_api import expect

    expect(page.get_by_role("button", name="Pause sound")).to_be_visible()
    before = playhead(page)
    page.wait_for_function(
        "before => Math.abs(parseFloat(document.querySelector('.playhead')?.style.left ?? "
        "[...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('.playhead'))"
        ".find(Boolean).style.left) - before) > 2",
        arg=before,
    )


@on_desktop
def test_another_point_is_another_sound_at_the_same_place(front: Page) -> None:
    from playwright.sync_api import expect

    points = front.locator("path[aria-roledescription=point]")
    first = front.get_by_role("img", name=re.compile("^Spectrogram of candidate")).first
    shown = re.search(r"candidate (\d)", first.get_attribute("alt") or "")
    assert shown
    other = 4 if shown.group(1) != "4" else 1
    points.and_(front.locator(f'[aria-label*="Candidate {other}"]')).first.click()
    expect(picture(front, other)).to_be_visible()
    plays(front)
    sound = front.locator(".player").evaluate("e => window.mossEngines.values().next().value.heard")
    front.keyboard.press("ArrowLeft" if other == 4 else "ArrowRight")
    near = 3 if other == 4 else 2
    expect(picture(front, near)).to_be_visible()
    plays(front)
    heard = "before => window.mossEngines.values().next().value.heard !== before"
    front.wait_for_function(heard, arg=sound)
    # With the focus in the player too, the arrows walk along the front.
    front.get_by_role("button", name="Pause sound").click()
    front.keyboard.press("ArrowRight" if other == 4 else "ArrowLeft")
    expect(picture(front, other)).to_be_visible()
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert front.evaluate(overflow) <= 0


def test_the_slider_walks_along_the_front(front: Page) -> None:
    from playwright.sync_api import expect

    slider = front.get_by_role("slider", name=re.compile("^Candidate"))
    slider.focus()
    slider.press("Home")
    expect(picture(front, 1)).to_be_visible()
    slider.press("ArrowRight")
    expect(picture(front, 2)).to_be_visible()
    expect(front.get_by_text("Candidate 2", exact=False).first).to_be_visible()
    play = front.get_by_role("button", name="Play sound").or_(
        front.get_by_role("button", name="Pause sound")
    )
    seen, bar = play.bounding_box(), slider.bounding_box()
    assert seen
    assert bar
    assert seen["y"] + seen["height"] <= bar["y"]  # both on the screen, one above the other
    expect(slider).to_be_in_viewport(ratio=1)


@on_desktop
def test_a_gap_is_filled_and_the_others_stay(front: Page, folder: Path) -> None:
    from playwright.sync_api import expect

    before = load(folder)
    front.get_by_role("button", name=re.compile("^Fill the gap")).click()
    expect(front.get_by_text("5 candidates, from most track")).to_be_visible()
    new = front.locator('path[aria-roledescription=point][aria-label*="Candidate 5"]')
    expect(new.first).to_be_visible()
    expect(front.get_by_text(re.compile(r"Finished.*step (\d+) of \1 .*saved$"))).to_be_visible()
    after = load(folder)
    assert len(after.candidates()) == 5
    assert torch.equal(after.state.mask[:4], before.state.mask)


def test_two_are_compared_side_by_side(front: Page) -> None:
    from playwright.sync_api import expect

    slider = front.get_by_role("slider", name=re.compile("^Candidate"))
    for key, number in (("Home", 1), ("End", 4)):
        slider.focus()
        slider.press(key)
        expect(picture(front, number)).to_be_visible()
        front.get_by_role("button", name="Compare", exact=True).click()
        expect(front.get_by_role("heading", name="Side by side")).to_be_focused()
        expect(front.get_by_role("heading", name="Side by side")).to_be_in_viewport()
        expect(front.get_by_role("img", name=f"Picture of candidate {number}")).to_be_visible()
    for number in (1, 4):
        image = front.get_by_role("img", name=f"Difference of candidate {number} from the image")
        expect(image).to_be_visible()
        assert image.evaluate("e => e.naturalWidth") > 100
    expect(front.get_by_text("best here").first).to_be_visible()
    beside = front.get_by_role("button", name="Candidate 1", exact=True)
    beside.click()
    expect(beside).to_have_attribute("aria-pressed", "true")
    front.get_by_role("button", name="Remove", exact=True).first.click()
    expect(front.get_by_role("img", name="Picture of candidate 1")).to_have_count(0)


def taken(page: Page, label: str | re.Pattern[str]) -> tuple[str, bytes]:
    with page.expect_download(timeout=120_000) as coming:
        page.get_by_role("button", name=label, exact=True).click()
    return coming.value.suggested_filename, Path(coming.value.path()).read_bytes()


@on_desktop
def test_what_is_taken_home_is_the_run_sample_by_sample(
    front: Page, folder: Path, tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    slider = front.get_by_role("slider", name=re.compile("^Candidate"))
    slider.focus()
    slider.press("Home")
    expect(front.get_by_text("Take candidate 1 home")).to_be_visible()
    run = load(folder)
    wanted = [hybrid(run, waveform) for waveform in run.state.waveform]
    name, content = taken(front, "WAV")
    assert name == "moss-rose-on-drums-candidate-1-of-4-step-4.wav"
    track = load_track(content)
    assert track.sample_rate == run.track.sample_rate
    torch.testing.assert_close(track.samples, wanted[0], atol=2**-23, rtol=0)
    for label in ("FLAC", "OGG", "MP3", "Opus", "M4A", "Picture"):
        name, content = taken(front, label)
        path = tmp_path / name
        path.write_bytes(content)
        made = read_settings(path).made
        assert made
        assert (made.number, made.of) == (1, 4)
        if label != "Picture":
            assert path.suffix == f".{label.lower()}"
            assert load_track(path).duration == pytest.approx(track.duration, abs=0.2)
    front.get_by_role("radio", name="ZIP", exact=True).click()
    front.get_by_role("radio", name="All 4 candidates").click()
    front.get_by_role("button", name="Make the ZIP").click()
    ready = re.compile(r"Download the ZIP \(.+ MB\)")
    expect(front.get_by_role("button", name=ready)).to_be_visible(timeout=120_000)
    name, content = taken(front, ready)
    assert name == "moss-rose-on-drums.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for number, samples in enumerate(wanted, 1):
            sound = load_track(archive.read(f"moss-rose-on-drums/audio/{number:03}.wav"))
            torch.testing.assert_close(sound.samples, samples, atol=2**-23, rtol=0)
        assert "Rose on Drums" in archive.read("moss-rose-on-drums/about.txt").decode()
        rows = archive.read("moss-rose-on-drums/front.csv").decode().splitlines()
    assert len(rows) == 5


@on_desktop
def test_a_run_is_renamed_deleted_and_brought_back(front: Page, folder: Path) -> None:
    from playwright.sync_api import expect

    front.goto(front.url.replace("/front", "/library"))
    card = front.get_by_role("radio", name=re.compile("^Rose on Drums"))
    expect(card).to_be_visible()
    front.get_by_role("button", name="Rename").click()
    front.get_by_role("textbox", name=re.compile("^Title")).fill("My rose")
    front.keyboard.press("Enter")
    card = front.get_by_role("radio", name=re.compile("^My rose"))
    expect(card).to_be_visible()
    front.keyboard.press("Escape")
    front.get_by_role("button", name="Delete").click()
    expect(card).to_have_count(0)
    assert not folder.exists()
    front.get_by_role("button", name="Undo").click()
    expect(card).to_be_visible()
    assert load(folder).title == "My rose"
    front.get_by_role("button", name="Open run").click()
    expect(front.get_by_role("heading", name="My rose")).to_be_visible()


def test_another_browser_sees_the_runs_once_they_are_carried_there(
    made: Path, browser: Browser, tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    with dashboard(tmp_path, MOSS_SHARED="1") as (address, _):
        packed = shutil.make_archive(str(tmp_path / "run"), "zip", made.parent, made.name)
        first, second = browser.new_page(), browser.new_page()
        for page in (first, second):
            page.goto(f"{address}/library")
            expect(page.get_by_text("There is none yet")).to_be_visible()
        first.get_by_text("Bring in a run").click()
        first.locator("input[type=file]").set_input_files(packed)
        expect(first.get_by_role("radio", name=re.compile("^Rose on Drums"))).to_be_visible()
        first.get_by_role("button", name="Open run").click()
        expect(first.get_by_text("4 candidates, from most track")).to_be_visible()
        second.reload()
        expect(second.get_by_text("There is none yet")).to_be_visible()
        address = first.url.replace("/front", "/library")
        second.goto(address)  # which is no key: only the browser's cookie is
        expect(second.get_by_text("There is none yet")).to_be_visible()
        first.goto(address)
        first.get_by_role("button", name="Use on another device").click()
        first.get_by_role("button", name="Make the link").click()
        link = first.get_by_text(re.compile(r"/carry\?link=")).first.text_content()
        third = browser.new_page()
        third.goto(link or "")
        third.get_by_role("button", name="Open it here").click()
        expect(third.get_by_role("radio", name=re.compile("^Rose on Drums"))).to_be_visible()
        third.reload()  # it has the cookie, too
        expect(third.get_by_role("radio", name=re.compile("^Rose on Drums"))).to_be_visible()
        for page in (first, second, third):
            page.close()
