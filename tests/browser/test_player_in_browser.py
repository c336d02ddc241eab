"""The player alone in a real browser, with sounds and pictures whose every place is known."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
import torch
from screens import on_desktop

from components.widgets import player as players
from components.widgets.web import parts_of
from moss_core.synthesis import PlacedCanvas, encode_picture, encode_preview
from sources.sound import Sound

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

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
  window.show = (data) => { window.leave = start({ data, parentElement: root }) }
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
def data(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Gives what the page would send to the browser."""

    def of(*playables: Any, canvas: PlacedCanvas = CANVAS, **more: Any) -> dict[str, Any]:
        sent: dict[str, Any] = {}
        monkeypatch.setattr(players, "_component", lambda **given: sent.update(given["data"]))
        players.player("test", playables, canvas, RATE, **more)
        return sent

    return of


@pytest.fixture
def alone(tab: Page) -> Page:
    """A page with nothing but the player."""
    html, css, js = parts_of(
        "player", *players.SCRIPTS, constants={"COLOURS": players.COLOURS}
    )
    files = {
        "": ("text/html", PAGE),
        "player.js": ("text/javascript", js),
        "player.html": ("text/html", f"<style>{css}</style>{html}"),
    }

    def serve(route: Route) -> None:
        kind, body = files[route.request.url.removeprefix(ADDRESS)]
        route.fulfill(content_type=kind, body=body)

    tab.route(f"{ADDRESS}**", serve)
    tab.goto(ADDRESS)
    dressed(tab, "light")
    tab.wait_for_selector("html[data-ready]", state="attached")
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
