"""The player alone in a real browser, with sounds and pictures whose every place is known."""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL.Image
import pytest
import soundfile
import torch
from screens import on_desktop

from components.widgets import player as players
from components.widgets.web import parts_of
from moss_core.synthesis import PlacedCanvas, encode_picture, encode_preview
from sources.sound import Sound

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

RATE = 16_000
ADDRESS = "http://player.test/"
THEMES = {
    "light": ("#a8326f", "#fcfafd", "#f2edf5", "#251b30", "#ddd3e3"),
    "dark": ("#c73f78", "#120d1a", "#1f1829", "#f0e9f4", "#3a2f47"),
}
PAGE = """
<!doctype html><meta name="viewport" content="width=device-width">
<body style="margin: 16px; background: var(--st-background-color)">
<button id="outside">Outside</button>
<div id="host" style="max-width: 46rem"></div>
<script type="module">
  import start from "/player.js"
  const root = document.getElementById("host").attachShadow({ mode: "open" })
  root.innerHTML = await (await fetch("/player.html")).text()
  window.told = []
  const setTriggerValue = (...told) => window.told.push(told)
  window.show = (data) => { start({ data, parentElement: root, setTriggerValue }) }
  // As Streamlit listens for the shortcuts of buttons.
  window.walked = []
  document.addEventListener("keydown", ({ key }) => window.walked.push(key))
  document.documentElement.dataset.ready = ""
</script>
"""
ENGINE = "[...mossEngines.values()][0]"
CANVAS = PlacedCanvas(start=10.0, duration=4.0, low=0.0, high=8000.0, aspect=1.5)


def tone(seconds: float, *hertz: float) -> Sound:
    """A sine in each channel."""
    time = np.arange(round(seconds * RATE)) / RATE
    waves = np.stack([0.3 * np.sin(2 * np.pi * f * time) for f in hertz], 1)
    file = io.BytesIO()
    soundfile.write(file, waves, RATE, format="FLAC")
    return Sound(1, file.getvalue(), -20.0)


def picture(rows: slice = slice(0, 256)) -> bytes:
    """Black, with some rows of 256 white."""
    pixels = torch.zeros(256, 384)
    pixels[rows] = 1
    return encode_preview(pixels)


def playable(id: str, label: str, sound: Sound | None, seen: bytes | None = None) -> Any:
    return players.Playable(id, label, "", seen or picture(), sound, f"Spectrogram of {label}")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Gives what the page would send to the browser."""

    def of(*playables: Any, canvas: PlacedCanvas = CANVAS, **more: Any) -> dict[str, Any]:
        sent: dict[str, Any] = {}
        monkeypatch.setattr(players, "_component", lambda **given: sent.update(given["data"]))
        players.player("test", playables, canvas, RATE, **more)
        return sent

    return of


@pytest.fixture(scope="session")
def serve() -> Callable[[Page], None]:
    """Opens a page with nothing but the player."""
    html, css, js = parts_of("player", *players.SCRIPTS, constants={"COLOURS": players.COLOURS})
    files = {
        "": ("text/html", PAGE),
        "player.js": ("text/javascript", js),
        "player.html": ("text/html", f"<style>{css}</style>{html}"),
    }

    def answer(route: Route) -> None:
        kind, body = files[route.request.url.removeprefix(ADDRESS)]
        route.fulfill(content_type=kind, body=body)

    def opened(page: Page) -> None:
        page.route(f"{ADDRESS}**", answer)
        page.goto(ADDRESS)
        dressed(page, "light")
        page.wait_for_selector("html[data-ready]", state="attached")

    return opened


@pytest.fixture
def alone(tab: Page, serve: Callable[[Page], None]) -> Page:
    """A page with nothing but the player."""
    serve(tab)
    return tab


def dressed(page: Page, theme: str) -> None:
    """Give the page the colours that Streamlit's theme does."""
    names = ("primary-color", "background-color", "secondary-background-color", "text-color")
    style = {f"--st-{n}": c for n, c in zip((*names, "border-color"), THEMES[theme], strict=True)}
    style |= {"--st-base-radius": "0.5rem", "--st-button-radius": "0.5rem"}
    style |= {"--st-font": "sans-serif", "--st-heading-font": "sans-serif"}
    style |= {"--st-red-text-color": "#d33"}
    page.evaluate(
        "style => { for (const [k, v] of Object.entries(style)) "
        "document.documentElement.style.setProperty(k, v) }",
        style,
    )


def show(page: Page, sent: dict[str, Any]) -> None:
    page.evaluate("data => window.show(data)", sent)


def heard(page: Page, what: str) -> Any:
    """Evaluate something of what is played, as `e`."""
    return page.evaluate(f"() => {{ const e = {ENGINE}; return {what} }}")


def until_heard(page: Page, what: str) -> None:
    page.wait_for_function(f"() => {{ const e = {ENGINE}; return {what} }}")


def head(page: Page) -> float:
    """Where the playhead is, 0 to 100."""
    return float(page.locator(".playhead").evaluate("e => parseFloat(e.style.left)"))


def bright(page: Page) -> list[float]:
    """Which share of its height each white band on the screen lies at, from above."""
    rows: list[int] = page.locator(".screen").evaluate(
        """e => {
          const { data } = e.getContext("2d").getImageData(e.width / 2, 0, 1, e.height)
          return Array.from({ length: e.height }, (_, y) => data[4 * y])
        }"""
    )
    edges = np.flatnonzero(np.diff([0, *(np.array(rows) > 128).astype(int), 0]))
    return [(a + b) / 2 / len(rows) for a, b in zip(edges[::2], edges[1::2], strict=True)]


@on_desktop
def test_the_length_is_that_of_the_sound_that_is_there_now(alone: Page, told: Any) -> None:
    from playwright.sync_api import expect

    time = alone.locator(".time")
    show(alone, told(playable("a", "Preview", tone(4, 440))))
    expect(time).to_have_text("0:10.0 / 0:14.0")
    until_heard(alone, "e.buffers.has('a')")
    later = replace(CANVAS, start=30.0, duration=600.0)
    show(alone, told(playable("a", "Preview", tone(2, 440)), canvas=later))
    expect(time).to_have_text("0:30.0 / 0:32.0")  # what is heard of ten minutes
    # Played at once, it is the sound of this place and not of the one before.
    show(alone, told(playable("a", "Preview", tone(3, 440)), canvas=replace(CANVAS, duration=3.0)))
    alone.get_by_role("button", name="Play sound").click()
    until_heard(alone, "e.playing")
    assert heard(alone, "e.node.buffer.duration") == pytest.approx(3)
    assert heard(alone, "e.round.to") == pytest.approx(3)


@on_desktop
def test_left_and_right_are_the_pages_where_they_walk_along_a_front(alone: Page, told: Any) -> None:
    show(alone, told(playable("a", "One", tone(4, 440)), playable("b", "Two", None), arrows=False))
    until_heard(alone, "e.buffers.has('a')")
    seek = alone.get_by_role("slider", name="Position in seconds")
    for focused in (".play", ".swap", ".player"):
        alone.locator(focused).focus()
        alone.keyboard.press("ArrowRight")
    assert alone.evaluate("walked") == ["ArrowRight"] * 3
    assert heard(alone, "e.position") == 0
    for slider in (seek, alone.get_by_role("slider", name="Volume")):
        slider.focus()
        alone.keyboard.press("ArrowRight")
    assert alone.evaluate("walked") == ["ArrowRight"] * 3
    assert heard(alone, "e.position") == pytest.approx(1)
    show(alone, told(playable("a", "One", tone(4, 440))))
    alone.locator(".play").focus()
    alone.keyboard.press("ArrowRight")
    assert alone.evaluate("walked") == ["ArrowRight"] * 3
    assert heard(alone, "e.position") == pytest.approx(2)


@on_desktop
@pytest.mark.parametrize("theme", THEMES)
def test_no_slider_is_white_on_a_dark_page(alone: Page, told: Any, theme: str) -> None:
    show(alone, told(playable("a", "One", tone(4, 440))))
    dressed(alone, theme)
    primary, background, _, _, _ = THEMES[theme]
    colours = pixels(alone.locator(".seek").screenshot()).reshape(-1, 3)
    far = [np.abs(colours - rgb(c)).max(1) for c in ("#ffffff", primary, background)]
    if theme == "dark":
        assert far[0].min() > 40
    assert (far[1] < 8).sum() > 50  # its thumb
    rail = luminance(colours[len(colours) // 2 + 100]), luminance(rgb(background))
    assert (max(rail) + 0.05) / (min(rail) + 0.05) > 3  # WCAG 1.4.11


def pixels(png: bytes) -> Any:
    return np.asarray(PIL.Image.open(io.BytesIO(png)).convert("RGB")).astype(float)


def rgb(colour: str) -> Any:
    return np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)], float)


def luminance(colour: Any) -> float:
    line = np.where(colour <= 10, colour / 255 / 12.92, ((colour / 255 + 0.055) / 1.055) ** 2.4)
    return float(line @ (0.2126, 0.7152, 0.0722))


def test_ticks_never_touch(alone: Page, told: Any) -> None:
    sound = tone(1, 440)
    for axis in ("linear", "log", "mel"):
        for aspect, start, high in ((0.2, 0.0, 8000.0), (1.5, 545.0, 24_000.0), (4.0, 3.0, 900.0)):
            canvas = PlacedCanvas(
                start=start, duration=7.0, low=50.0, high=high, axis=axis, aspect=aspect
            )
            show(alone, told(playable("a", "One", sound), canvas=canvas))
            for key in ("0", "t", "f", "f", "t", "t"):
                alone.keyboard.press(key)
                boxes = alone.evaluate(TICKS)
                assert boxes["x"], canvas
                assert boxes["y"], canvas
                for side, low, high_ in (("x", 0, 2), ("y", 1, 3)):
                    places = sorted((box[low], box[high_]) for box in boxes[side])
                    for (_, end), (begin, _) in itertools.pairwise(places):
                        assert begin >= end, (canvas, key, boxes[side])
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert alone.evaluate(overflow) <= 0


TICKS = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const root = document.getElementById("host").shadowRoot
  const of = (side) => [...root.querySelectorAll(`.ticks.${side} span`)].map((e) => {
    const { left, top, right, bottom } = e.getBoundingClientRect()
    return [left, top, right, bottom]
  })
  done({ x: of("x"), y: of("y") })
})))"""


@on_desktop
def test_colours_axes_and_zoom_ask_nothing_of_the_server(alone: Page, told: Any) -> None:
    """A band at 1 kHz is drawn at its place on every axis, in every colour, in part or whole."""
    from playwright.sync_api import expect

    seen = picture(slice(256 - 34, 256 - 30))  # rows of 31.25 Hz: 937 to 1062 Hz
    show(alone, told(playable("a", "One", tone(4, 440, 660), seen)))
    expect(alone.locator(".screen")).to_be_visible()
    until_heard(alone, "e.buffers.has('a')")
    asked: list[str] = []
    alone.on("request", lambda request: asked.append(request.url))
    assert bright(alone) == [pytest.approx(1 - 1000 / 8000, abs=0.01)]
    alone.get_by_role("button", name="View").click()
    axis = alone.get_by_role("combobox", name="Frequencies")
    axis.select_option("log")
    log = 1 - math.log(1000 / 50) / math.log(8000 / 50)
    expect_bright(alone, log)
    axis.select_option("mel")
    expect_bright(alone, 1 - math.log1p(1000 / 700) / math.log1p(8000 / 700))
    axis.select_option("own")
    expect_bright(alone, 1 - 1000 / 8000)
    alone.locator(".frame").hover(position={"x": 100, "y": 1})
    alone.keyboard.down("Control")
    alone.mouse.wheel(0, -300)  # about the top: the band moves down, out of view
    alone.keyboard.up("Control")
    expect_bright(alone, None)
    alone.keyboard.press("0")
    expect_bright(alone, 1 - 1000 / 8000)
    for name, corner in (("magma", (0, 0, 4)), ("viridis", (68, 1, 84)), ("own", (0, 0, 0))):
        alone.get_by_role("combobox", name="Colours").select_option(name)
        alone.wait_for_function(
            """([corner]) => {
              const screen = document.getElementById("host").shadowRoot.querySelector(".screen")
              const { data } = screen.getContext("2d").getImageData(5, 5, 1, 1)
              return corner.every((value, k) => Math.abs(value - data[k]) < 4)
            }""",
            arg=[corner],
        )
    alone.get_by_role("combobox", name="Colours").select_option("viridis")
    assert asked == []
    alone.reload()  # the choice lasts as long as the tab
    alone.wait_for_selector("html[data-ready]", state="attached")
    show(alone, told(playable("a", "One", None, seen)))
    expect(alone.get_by_role("combobox", name="Colours")).to_have_value("viridis")


def expect_bright(page: Page, place: float | None) -> None:
    page.evaluate(TICKS)  # two frames later
    wanted = [] if place is None else [pytest.approx(place, abs=0.012)]
    assert bright(page) == wanted


@on_desktop
def test_a_loop_is_dragged_set_by_keys_and_cleared(alone: Page, told: Any) -> None:
    from playwright.sync_api import expect

    show(alone, told(playable("a", "One", tone(4, 440)), playable("b", "Two", tone(4, 880))))
    until_heard(alone, "e.buffers.has('a')")
    box = alone.locator(".sound").bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    alone.mouse.move(box["x"] + 0.5 * box["width"], middle)
    alone.mouse.down()
    alone.mouse.move(box["x"] + 0.6 * box["width"], middle, steps=3)
    alone.mouse.up()
    loop = heard(alone, "e.loop")
    assert (loop["from"], loop["to"]) == pytest.approx((2.0, 2.4), abs=0.02)
    alone.keyboard.press(" ")
    until_heard(alone, "e.playing && e.context.currentTime > e.startedAt + 0.6")
    assert 2.0 <= heard(alone, "e.position") <= 2.41
    assert heard(alone, "[e.node.loopStart, e.node.loopEnd]") == [loop["from"], loop["to"]]
    alone.keyboard.press("b")  # another sound in the same loop
    until_heard(alone, "e.wanted === 'b' && e.heard === e.buffers.get('b')?.url")
    assert heard(alone, "e.node.loopEnd") == loop["to"]
    alone.keyboard.press("b")
    until_heard(alone, "e.heard === e.buffers.get('a').url")
    alone.keyboard.press("Escape")
    until_heard(alone, "!e.loop && e.node.loopEnd > 3.9")
    alone.keyboard.press(" ")
    alone.locator(".sound").click(position={"x": 0.25 * box["width"], "y": 5})
    alone.keyboard.press("[")
    alone.keyboard.press("ArrowRight")
    alone.keyboard.press("]")
    loop = heard(alone, "e.loop")
    assert (loop["from"], loop["to"]) == pytest.approx((1.0, 2.0), abs=0.02)
    alone.get_by_role("button", name="Clear loop").click()
    assert heard(alone, "e.loop") is None
    expect(alone.locator(".play")).to_be_focused()


@on_desktop
def test_one_channel_is_heard_and_the_volume_is_for_all_players(alone: Page, told: Any) -> None:
    from playwright.sync_api import expect

    show(alone, told(playable("a", "One", tone(4, 440, 880))))
    until_heard(alone, "e.buffers.has('a')")
    alone.keyboard.press(" ")
    until_heard(alone, "e.playing")
    alone.evaluate(
        f"() => {{ const e = {ENGINE}; window.meter = e.context.createAnalyser();"
        "meter.fftSize = 4096; e.master.connect(meter) }"
    )
    loudest = """() => { const bins = new Float32Array(2048); meter.getFloatFrequencyData(bins)
      return bins.indexOf(Math.max(...bins)) * meter.context.sampleRate / 4096 }"""
    alone.keyboard.press("v")
    alone.get_by_role("combobox", name="Hear").select_option("right")
    alone.wait_for_function(f"({loudest})() > 800")
    alone.get_by_role("combobox", name="Hear").select_option("left")
    alone.wait_for_function(f"Math.abs(({loudest})() - 440) < 20")
    volume = alone.get_by_role("slider", name="Volume")
    volume.focus()
    for _ in range(50):
        volume.press("ArrowLeft")
    expect(volume).to_have_attribute("aria-valuetext", "50 %")
    until_heard(alone, "Math.abs(e.master.gain.value - 0.25) < 0.01")
    alone.locator(".player").press("m")
    until_heard(alone, "e.master.gain.value < 0.001")
    assert '"volume":0.5' in alone.evaluate("sessionStorage.getItem('moss-player')")


@on_desktop
def test_the_sheet_tells_the_keys_and_gives_the_focus_back(alone: Page, told: Any) -> None:
    from playwright.sync_api import expect

    show(alone, told(playable("a", "One", tone(4, 440)), focus=3))
    expect(alone.locator(".player")).to_be_focused()  # asked for: a run has just started
    alone.locator("#outside").focus()
    for focus in (3, 0, 3):  # another page's player asks for nothing
        show(alone, told(playable("a", "One", tone(4, 440)), focus=focus))
    expect(alone.locator("#outside")).to_be_focused()  # once
    alone.locator(".play").focus()
    alone.keyboard.press("?")
    sheet = alone.get_by_role("dialog", name="Keys of the player")
    expect(sheet).to_be_visible()
    alone.keyboard.press("b")  # is nobody's meanwhile
    alone.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(alone.locator(".play")).to_be_focused()
    for key in "criaCRIA":  # Streamlit's, and those of Studio
        alone.keyboard.press(key)
    assert alone.evaluate("walked").count("c") == 1
    assert [key for key in alone.evaluate("walked") if len(key) == 1] == list("criaCRIA")


@on_desktop
def test_what_the_page_chooses_is_told_to_it(alone: Page, told: Any) -> None:
    from playwright.sync_api import expect

    offered = (("moss", "MOSS"), ("audacity", "Audacity"))
    choice = players.Choice("viewer", "As seen in", "moss", offered)
    show(alone, told(playable("a", "One", None), choices=[choice]))
    alone.keyboard.press("v")
    select = alone.get_by_role("combobox", name="As seen in")
    select.select_option("audacity")
    assert alone.evaluate("told") == [["chosen", {"id": "viewer", "value": "audacity"}]]
    show(alone, told(playable("a", "One", None), choices=[choice]))  # has not yet heard of it
    expect(select).to_have_value("audacity")


def test_every_control_is_named_and_large_enough_for_a_finger(
    browser: Browser, told: Any, serve: Callable[[Page], None]
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    serve(page)
    one, two = playable("a", "One", tone(4, 440, 660)), playable("b", "Two", tone(4, 880))
    offered = (("moss", "MOSS"), ("audacity", "Audacity"))
    choices = [players.Choice("viewer", "As seen in", "moss", offered)]
    show(page, told(one, two, target=encode_picture(torch.zeros(8, 8)), choices=choices))
    page.wait_for_function(f"{ENGINE}.buffers.has('a')")
    page.evaluate(f"() => {{ {ENGINE}.loop = {{ from: 1, to: 2 }} }}")
    page.get_by_role("button", name="View").tap()
    page.evaluate(TICKS)
    names = []
    for control in page.locator(".player :is(button, input, select):visible").all():
        box = control.bounding_box()
        assert box
        name = control.evaluate("e => e.ariaLabel ?? e.labels?.[0]?.firstChild.data ?? e.innerText")
        names.append(name)
        assert box["height"] >= 44, name
        assert box["width"] >= 44, name
    assert len(names) > 18
    assert len(set(names)) == len(names)
    assert all(name and "*" not in name for name in names)
    assert page.locator(".help").is_hidden()  # there is no keyboard
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0
    page.close()
