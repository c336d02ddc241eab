"""Which objectives hear like whoever listened, on Objectives, and the preset that fits them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from apps import button, offer, texts, wait

from heard_runs import guess, listen, middle
from moss_core.listening import kept_answers
from moss_core.objectives import discovery as plugins
from session.listening.agreeing import trusted
from session.listening.sitting import PAIRS

SOME = ("ssim", "gradient_similarity", "multi_resolution_stft", "log_mel")


@pytest.fixture
def objectives(monkeypatch, kept, create):
    """Opens Objectives with that run on show."""
    found = plugins.discover()
    few = {name: one for name, one in found.installed.items() if name in SOME}
    assert len(few) == len(SOME)
    offer(monkeypatch, replace(found, installed=few))

    def open_it():
        create.session_state["token"] = kept[0].name
        create.switch_page("app_pages/objectives.py").run()
        wait(create, lambda: "Measuring" not in texts(create.info))
        assert not create.exception
        return create

    return open_it


def test_without_answers_the_page_is_as_ever(objectives):
    app = objectives()
    assert "Which hears like you" not in texts(app.subheader)
    assert "like you" not in texts(app.markdown)


def test_answers_say_which_objective_hears_alike_and_weights_become_a_preset(objectives, kept):
    folder, snapshot = kept
    listen(folder, snapshot, middle(snapshot))
    listen(folder, snapshot, middle(snapshot), kinds=PAIRS)
    app = objectives()
    assert "Which hears like you" in texts(app.subheader)
    told = texts(app.markdown)
    assert "Hears like you: **" in told
    assert "Sees like you: **" in told
    assert "sees most like you" in told
    charts = [element.proto.alt for element in app.get("vega_lite_chart")]
    (agreements,) = [alt for alt in charts if "1 at best" in alt]
    # Whoever orders pairs by the picture's share agrees with what the share is made of.
    (ssim,) = re.findall(r"SSIM (−?[\d.]+) \(", agreements)
    assert float(ssim.replace("−", "-")) > 0.5
    (weights,) = [t.value.iloc[:, 0].to_dict() for t in app.table if "SSIM" in t.value.index]
    assert len(weights) == len(SOME)  # those of the run, and those that agree as well
    assert all("±" in weight for weight in weights.values())
    button(app, "Aim for it").click().run()
    assert not app.exception
    assert [preset.label for preset in app.session_state["own_presets"]] == [
        "My ears: Disc on notes"
    ]
    assert set(app.session_state["chosen_objectives"]) == set(SOME)
    assert "is what Create aims for now" in texts(app.success)
    app.switch_page("app_pages/create.py").run()
    assert app.radio(key="preset").value == "own:My ears: Disc on notes"


def test_whoever_guessed_is_left_out_with_all_they_said(kept):
    folder, snapshot = kept
    guess(folder, snapshot)
    assert trusted(kept_answers(folder), snapshot) == ()
    listen(folder, snapshot, middle(snapshot), again=True)
    listeners = {answer.listener for answer in kept_answers(folder)}
    assert len(listeners) == 2
    assert len({answer.listener for answer in trusted(kept_answers(folder), snapshot)}) == 1
