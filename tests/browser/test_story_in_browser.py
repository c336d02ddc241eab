"""The three minutes: from the first screen to a video of one's own to show, on both screens."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image
import pytest
import soundfile
from screens import stop_button

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

RATE, SECONDS, LENGTH = 22_050, 4.0, 2.0
OWN = {"Images": "Or an image of your own", "Tracks": "Or a track of your own"}

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


def an_image() -> bytes:
    """A ring on black: PNG."""
    rows, columns = np.mgrid[-1:1:160j, -1:1:160j]
    ring = np.abs(np.hypot(rows, columns) - 0.6) < 0.12
    file = io.BytesIO()
    PIL.Image.fromarray((255 * ring).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def a_song() -> bytes:
    """A chord over soft noise, in stereo: WAV."""
    times = np.arange(round(RATE * SECONDS)) / RATE
    chord = sum(np.sin(2 * np.pi * hertz * times) for hertz in (220, 277, 330, 880, 1760))
    noise = np.random.default_rng(1).normal(0, 0.02, (len(times), 2))
    file = io.BytesIO()
    soundfile.write(file, 0.1 * chord[:, None] + noise, RATE, format="WAV")
    return file.getvalue()


def bring(page: Page, gallery: str, name: str, content: bytes) -> None:
    """Choose a file of one's own below a gallery."""
    from playwright.sync_api import expect

    # By their names: where a place is open, its uploader has a button of this name too.
    place = page.get_by_role("radiogroup", name=OWN[gallery])
    upload = place.get_by_role("radio", name="Upload", exact=True)
    upload.click()
    file = page.locator("input[type=file]")
    expect(file).to_have_count(1)  # the other place closes only after the server has answered
    file.set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})
    card = page.get_by_role("radiogroup", name=gallery).get_by_role("radio", checked=True)
    expect(card).to_have_accessible_name(re.compile(name.partition(".")[0]))
    upload.click()
    expect(file).to_have_count(0)


def share(page: Page, name: str) -> Locator:
    return page.locator(f".showcase dd b.{name}")


def test_from_the_first_screen_to_a_video_to_show(page: Page) -> None:
    from playwright.sync_api import expect

    # It plays, and the slider leads from the track to the image.
    seen, heard = share(page, "seen"), share(page, "heard")
    slider = page.locator(".showcase input[type=range]")
    slider.press("Home")
    expect(heard).to_have_text("100 %")
    little = seen.text_content() or ""
    slider.press("End")
    expect(heard).not_to_have_text("100 %")
    expect(seen).not_to_have_text(little)
    page.get_by_role("button", name="Make yours").click()

    # One's own image, one's own song, and where in the song it goes.
    bring(page, "Images", "ring.png", an_image())
    bring(page, "Tracks", "chord.wav", a_song())
    expect(page.get_by_text("ring.png on chord.wav: one hybrid to steer")).to_be_visible()
    length = page.get_by_role("spinbutton", name="Length (s)")
    length.fill(str(LENGTH))
    length.press("Enter")
    start = page.get_by_role("spinbutton", name="Start (s)")
    start.fill("1")
    start.press("Enter")
    page.get_by_role("button", name="Start", exact=True).click()

    # It learns; it is pushed, and kept.
    push = page.get_by_role("button", name=re.compile("^Better image"))
    expect(push).to_be_enabled()
    push.click()
    expect(page.get_by_role("button", name=re.compile("^Undo"))).to_be_enabled()
    page.get_by_role("button", name="Pin", exact=True).click()
    expect(page.get_by_text("Pin 1", exact=True).first).to_be_visible()
    stop_button(page).click()
    expect(page.get_by_text("Stopped by you.")).to_be_visible()

    # The video that a friend gets.
    expect(page.get_by_text(re.compile(r"about \d+ s to make"))).to_be_visible()
    page.get_by_role("button", name="Make the video").click()
    download = page.get_by_role("button", name=re.compile(r"^(download )?Download the video \("))
    expect(download).to_be_visible()
    with page.expect_download() as coming:
        download.click()
    assert re.fullmatch(r"moss-ring-png-on-chord-wav.*\.mp4", coming.value.suggested_filename)
    content = Path(coming.value.path()).read_bytes()
    kind = 'video/mp4; codecs="avc1.640028, mp4a.40.2"'
    if not page.evaluate("kind => document.createElement('video').canPlayType(kind)", kind):
        pytest.skip("this browser has no H.264")
    page.goto("about:blank")
    shown = page.evaluate(PLAY, "data:video/mp4;base64," + base64.b64encode(content).decode())
    assert 2 < shown["duration"] < 1.7 + LENGTH  # the title, and as much of it as fits the image
    assert shown["size"] == [1080, 1080]
    assert shown["sound"]
    assert shown["difference"] > 3
