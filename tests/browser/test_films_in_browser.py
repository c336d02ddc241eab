"""A video of a run, made on its page, taken home, and played by the browser itself."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from screens import on_desktop

from moss_core import Adjustments, Canvas, Run, RunConfig, load_image, load_track
from moss_core.runs.library import Library
from moss_core.runs.saving import save_progress
from server import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Loads the film, and gives its length, its size, and the mean difference of two of its frames.
PLAY = """async url => {
  const video = document.createElement('video')
  video.muted = true
  video.src = url
  await new Promise((good, bad) => {
    video.onloadeddata = good
    video.onerror = () => bad(new Error(video.error.message))
  })
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 270
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  const frame = async seconds => {
    const there = new Promise(good => { video.onseeked = good })
    video.currentTime = seconds
    await there
    pen.drawImage(video, 0, 0, 270, 270)
    return pen.getImageData(0, 0, 270, 270).data
  }
  const [one, two] = [await frame(0.3), await frame(video.duration - 0.3)]
  const differences = one.map((value, place) => Math.abs(value - two[place]))
  const sum = differences.reduce((total, value) => total + value, 0)
  return {
    duration: video.duration,
    size: [video.videoWidth, video.videoHeight],
    sound: video.webkitAudioDecodedByteCount > 0,
    difference: sum / one.length,
  }
}"""


@pytest.fixture
def folder(data: Path, tmp_path: Path) -> Iterator[Path]:
    """A run of one candidate on a second, in the library of the machine's user, alone."""
    image = load_image(ROOT / "assets" / "images" / "line-drawing-rose.png")
    track = load_track(ROOT / "assets" / "audio" / "drums-groove.flac")
    objectives = (("ssim", 1.0), ("log_mel", 1.0))
    canvas, whole = Canvas(start=1.0, duration=1.0), Adjustments(fit="stretch")
    config = RunConfig(objectives, candidates=1, steps=2, canvas=canvas, adjustments=whole)
    run = Run(image, track, config)
    for _ in run.steps():
        pass
    run.title = "Rose on Drums"
    save_progress(run, tmp_path / "run")
    library = Library(data / "runs")
    shutil.rmtree(library.folder, ignore_errors=True)
    yield library.path(library.add_folder(tmp_path / "run"))
    shutil.rmtree(library.folder, ignore_errors=True)


@on_desktop
def test_a_video_made_on_the_page_plays_in_the_browser(
    tab: Page, address: str, folder: Path
) -> None:
    from playwright.sync_api import expect

    tab.goto(f"{address}/front?run={folder.name}")
    expect(tab.get_by_text(re.compile(r"about \d s to make"))).to_be_visible()
    tab.get_by_role("button", name="Make the video").click()
    download = tab.get_by_role("button", name=re.compile(r"^(download )?Download the video \("))
    expect(download).to_be_visible()
    with tab.expect_download() as coming:
        download.click()
    assert coming.value.suggested_filename == "moss-rose-on-drums-step-2-left.mp4"
    content = Path(coming.value.path()).read_bytes()
    kind = 'video/mp4; codecs="avc1.640028, mp4a.40.2"'
    if not tab.evaluate("kind => document.createElement('video').canPlayType(kind)", kind):
        pytest.skip("this browser has no H.264")
    tab.goto("about:blank")
    shown = tab.evaluate(PLAY, "data:video/mp4;base64," + base64.b64encode(content).decode())
    assert shown["duration"] == pytest.approx(2.6, abs=0.1)
    assert shown["size"] == [1080, 1080]
    assert shown["sound"]
    assert shown["difference"] > 3
