"""Somebody whose hearing is known takes the blind test by keys alone, and finds their mark."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from screens import on_desktop

from heard_runs import kept_run, said
from moss_core.listening import kept_answers, positions_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

MOST_TRIALS = 30


def key_of(folder: Path, positions: dict[int, float], hears_from: float) -> str:
    """The key that somebody presses who hears the image from a share on, else that X is A."""
    from session.listening.sitting import BY_EAR, listening_of

    answers = kept_answers(folder)
    trial = listening_of(positions, answers, answers[-1].listener, BY_EAR).next_trial()
    assert trial
    return "ArrowRight" if said(trial, positions, hears_from) == "second" else "ArrowLeft"


@on_desktop
def test_the_test_is_taken_by_keys_and_the_mark_is_on_the_front(
    tab: Page, address: str, data: Path
) -> None:
    from playwright.sync_api import expect

    shutil.rmtree(data / "runs", ignore_errors=True)
    folder, snapshot = kept_run(data)
    front = snapshot.front
    positions = positions_of(front)
    shares = sorted(positions.values())
    hears_from = (shares[2] + shares[3]) / 2

    tab.goto(f"{address}/front?run={folder.name}")
    expect(tab.get_by_role("button", name="Begin the test")).to_be_enabled()
    expect(tab.get_by_role("button", name="Play sound")).to_be_enabled()
    at = tab.get_by_role("slider", name=re.compile("^Candidate")).input_value()
    tab.keyboard.press("l")
    booth = tab.get_by_role("dialog")
    counter = booth.get_by_text(re.compile(r"^\d+ of \d+$"))
    expect(booth.get_by_role("button", name="X", exact=True)).to_be_enabled()
    expect(counter).to_have_text(re.compile("^1 of "))
    tab.keyboard.press("ArrowRight")  # nothing was heard yet, so this is no answer
    expect(booth.get_by_text("Listen to X")).to_be_visible()
    for number in range(1, MOST_TRIALS + 1):
        if number == 3:  # stop, and go on later
            tab.keyboard.press("Escape")
            expect(booth).to_have_count(0)
            expect(tab.get_by_text(re.compile(r"2 of \d+ answered"))).to_be_visible()
            tab.get_by_role("button", name="Go on with the test").press("Enter")
        ended = booth.get_by_role("button", name="Close", exact=True)
        expect(counter.filter(has_text=f"{number} of ").or_(ended).first).to_be_visible()
        if ended.is_visible():
            break
        expect(booth.get_by_role("button", name="X", exact=True)).to_be_enabled()
        for name, key in (("A", "1"), ("X", "x")):
            tab.keyboard.press(key)
            sound = booth.get_by_role("button", name=name, exact=True)
            expect(sound).to_have_attribute("aria-pressed", "true")
        assert len(kept_answers(folder)) == number - 1
        tab.keyboard.press(key_of(folder, positions, hears_from) if number > 1 else "ArrowLeft")
        tab.keyboard.press("ArrowLeft")  # a second press says nothing of the next trial
    told = booth.get_by_role("heading", name=re.compile("^Just noticeable at")).text_content() or ""
    tab.keyboard.press("Enter")
    expect(booth).to_have_count(0)
    low, high = (int(n) for n in re.findall(r"(\d+)(?: to| %)", told)[:2])
    assert low <= hears_from <= high
    words = told.removesuffix(".")
    charts = tab.get_by_role("button", name=re.compile("^Show data: .*" + re.escape(words)))
    expect(charts).to_have_count(1)  # the chart's own words, on each of its buttons
    expect(tab.locator(".mark-rect path").first).to_be_visible()
    assert tab.get_by_role("slider", name=re.compile("^Candidate")).input_value() == at

    # Whoever opens the front after that begins where nothing was heard.
    tab.goto(f"{address}/front?run={folder.name}")
    expect(tab.get_by_text("· the most image that was not heard")).to_be_visible()
    shutil.rmtree(data / "runs", ignore_errors=True)
