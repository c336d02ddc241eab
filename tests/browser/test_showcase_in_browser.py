"""The first screen in a real browser: it plays, and leads to something of one's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from screens import on_desktop

if TYPE_CHECKING:
    from playwright.sync_api import Page

KEEP_GAINS = """
window.gains = []
window.GainNode = class extends GainNode {
  constructor(...given) { super(...given); window.gains.push(this) }
}
"""


@on_desktop
def test_the_slider_fades_picture_and_sound_and_make_yours_leads_on(
    tab: Page, address: str
) -> None:
    from playwright.sync_api import expect

    def picture() -> str:
        found = tab.get_by_role("img", name=re.compile("^Spectrogram of Astronaut in Piano"))
        return str(found.evaluate("canvas => canvas.toDataURL()"))

    tab.add_init_script(KEEP_GAINS)
    sounds: list[str] = []
    tab.on("request", lambda request: request.url.endswith(".mp3") and sounds.append(request.url))
    tab.goto(address, wait_until="commit")
    slider = tab.get_by_role("slider", name="From the piano to the astronaut")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("Hybrid . of 5: picture"))
    assert not sounds
    tab.get_by_role("button", name="Play A portrait in a piano").click()
    expect(tab.get_by_role("button", name="Pause A portrait in a piano")).to_be_visible()
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^Piano alone: picture [0-2] %"))
    tab.wait_for_function("gains.length == 7 && gains[1].gain.value > 0.2")
    track = picture()
    slider.press("End")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("Most of the image: picture 9"))
    tab.wait_for_function("gains[1].gain.value < 0.001 && gains[6].gain.value > 0.2")
    assert picture() != track
    assert len(sounds) == 6
    slider.press(" ")
    expect(tab.get_by_role("button", name="Play A portrait in a piano")).to_be_visible()
    tab.get_by_role("button", name="Make yours").click()
    expect(tab.get_by_role("radio", name="Astronaut")).to_be_focused()
    expect(slider).to_have_count(0)
    preview = tab.get_by_role("img", name="Astronaut on the spectrogram of Piano")
    expect(preview).to_be_in_viewport(ratio=1)
    expect(tab.get_by_role("radio", name="Astronaut")).to_be_focused()
