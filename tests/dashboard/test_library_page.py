"""The Library page in Streamlit's own test harness."""

import json
import re
import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import streamlit as st
from apps import DASHBOARD, button, component, has, job_of, texts, until, wait
from streamlit.testing.v1 import AppTest

from components.widgets.failures import plain
from moss_core import Adjustments, Canvas, Run, RunConfig, load_image, save
from moss_core.runs.library import Library
from moss_core.synthesis import Placement
from samples import small_image, small_track
from session import memory, shared

TWO = (("ssim", 1.0), ("multi_resolution_stft", 1.0))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run as the command line writes it."""
    canvas, adjustments = Canvas(low=100, axis="log"), Adjustments(gamma=1.25, invert=True)
    config = RunConfig(TWO, 2, 1, seed=7, canvas=canvas, adjustments=adjustments)
    run = Run(small_image(), small_track(), config)
    for _ in run.steps():
        pass
    folder = tmp_path_factory.mktemp("made") / "out"
    save(run, folder)
    return folder


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "data" / "runs")


@pytest.fixture
def two(create, library, made):
    """The Library page with two runs, "Alpha" and "Beta", the second one newer."""
    for title in ("Alpha", "Beta"):
        library.rename(library.add_folder(made), title)
    return show(create)


def show(app):
    app.switch_page("app_pages/library.py").run()
    assert not app.exception
    return app


def titles(app) -> list[str]:
    return [card["title"] for card in component(app, "runs")["cards"]]


def cards(app) -> list[dict[str, str]]:
    return component(app, "runs")["cards"]


def charts(app) -> list[str]:
    return [
        str(c.proto.spec) for c in app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")
    ]


def choose(app, title: str):
    cards = component(app, "runs")["cards"]
    app.session_state["opened"] = next(card["id"] for card in cards if card["title"] == title)
    return app.run()


def test_empty_it_says_what_to_do_next(create, library):
    show(create)
    assert "There is none yet" in texts(create.markdown)
    assert plain(str(library.folder)) in texts(create.caption)
    assert has(create, "Create a hybrid")


def test_a_run_is_there_as_soon_as_it_has_learned_something(start):
    app = start(steps=2)
    until(app, "finished")
    wait(app, lambda: job_of(app).look().saved == 2)
    show(app)
    assert titles(app) == ["Astronaut on Piano"]
    (card,) = component(app, "runs")["cards"]
    assert card["picture"]
    assert card["sound"]
    assert re.fullmatch(r"Picture \d+ %, sound \d+ %", card["lines"][0])
    assert card["lines"][1:3] == ["1 candidate, 2 steps", "0:00.0 to 0:01.0 of 0:10"]
    told = texts(app.markdown)
    assert "Piano, 10.0 s" in told
    assert ":gray[Where:] 0:00.0 to 0:01.0 of 0:10, 0 to 8,000 Hz" in told
    assert f":gray[Reached:] {card['lines'][0]}" in told


def test_runs_are_searched_and_sorted(two):
    assert titles(two) == ["Beta", "Alpha"]
    two.selectbox(key="sorted_widget").select("Title").run()
    assert titles(two) == ["Alpha", "Beta"]
    two.text_input(key="found_widget").set_value("DISC alp").run()
    assert titles(two) == ["Alpha"]
    two.text_input(key="found_widget").set_value("nothing like it").run()
    assert "No run matches" in texts(two.info)


def test_terms_of_the_field_are_one_press_deeper(two):
    (card, _) = component(two, "runs")["cards"]
    words = " ".join(card["lines"]) + texts(two.markdown)
    assert not re.search("covers|hypervolume|SSIM|STFT|axis|linear", words, re.IGNORECASE)
    assert "Covers most" not in two.selectbox(key="sorted_widget").options
    two.toggle(key="details_widget").set_value(True).run()
    (card, _) = component(two, "runs")["cards"]
    assert "2 candidates, 1 step, covers " in " ".join(card["lines"])
    assert "SSIM" in " ".join(card["lines"])
    assert "of the box (hypervolume)" in texts(two.markdown)
    assert "100 to 8,000 Hz (log)" in texts(two.markdown)
    assert "Covers most" in two.selectbox(key="sorted_widget").options
    two.selectbox(key="sorted_widget").select("Covers most").run()
    two.toggle(key="details_widget").set_value(False).run()  # then it is not on offer any more
    assert two.selectbox(key="sorted_widget").value == "Newest"


def test_a_run_of_before_shares_were_kept_is_told_without(two, library):
    for entry in library.entries():
        path = library.path(entry.id) / "run.json"
        told = json.loads(path.read_text())
        for objective in told["objectives"]:
            del objective["worst"]
        path.write_text(json.dumps(told))
    two.run()
    (card, _) = component(two, "runs")["cards"]
    assert card["lines"][0] == "2 candidates, 1 step"
    assert "Reached" not in texts(two.markdown)
    two.selectbox(key="sorted_widget").select("Best of both").run()
    two.selectbox(key="against_widget").select_index(0).run()  # by losses: there are no shares
    assert "loss (0 = identical)" in charts(two)[0]


def test_every_image_is_told_with_its_place(create, library, tmp_path):
    canvases = Canvas(duration=0.5), Canvas(start=1.25, duration=0.5, low=500, high=4000)
    moon = load_image(Path(DASHBOARD).parent / "assets" / "images" / "moon-gibbous.jpg")
    stretched = Adjustments(fit="stretch")
    others = (Placement(1, canvases[1], stretched), Placement(0, Canvas(2.5, 0.5), stretched))
    config = RunConfig(TWO, 1, 0, canvas=canvases[0], adjustments=stretched, others=others)
    run = Run(small_image(), small_track(12.0), config, others=[moon])
    run.step()
    save(run, tmp_path / "several")
    library.add_folder(tmp_path / "several")
    show(create)
    told = texts(create.markdown)
    assert ":gray[Images:] disc, Moon" in told
    assert ":gray[Where (1):] disc: 0:00.0 to 0:00.5 of 0:12, 0 to 8,000 Hz" in told
    assert ":gray[Where (2):] Moon: 0:01.2 to 0:01.8 of 0:12, 500 to 4,000 Hz" in told
    assert ":gray[Where (3):] disc: 0:02.5 to 0:03.0 of 0:12, 0 to 8,000 Hz" in told
    (card,) = component(create, "runs")["cards"]
    assert "3 images, 0:00 to 0:03 of 0:12" in card["lines"]


def test_names_that_people_give_are_no_markdown(two, library):
    run = choose(two, "Alpha").session_state["opened"]
    library.rename(run, "*Loud* [x](https://example.org) `tick`")
    two.run()
    assert two.subheader[0].value == r"\*Loud\* \[x\](https://example.org) \`tick\`"
    button(two, "Delete").click().run()
    assert r"Deleted **\*Loud\* \[x\]" in texts(two.markdown)


def test_times_are_those_of_the_browser(two, library, monkeypatch):
    told = {"timezone": "Asia/Kolkata", "timezone_offset": -330, "locale": "en-GB"}
    assert "UTC" in texts(two.markdown)
    for name, value in told.items():
        monkeypatch.setattr(type(st.context), name, property(lambda _, value=value: value))
    two.run()
    (card, _) = component(two, "runs")["cards"]
    (entry, _) = library.entries()
    zone = timezone(timedelta(hours=5, minutes=30))
    saved = datetime.fromtimestamp(entry.changed, zone)
    assert card["lines"][-1] == f"{saved.day} {saved:%b %Y, %H:%M}"
    assert f":gray[Saved:] {card['lines'][-1]}" in texts(two.markdown)
    started = datetime.fromisoformat(entry.manifest.created).astimezone(zone)
    assert f":gray[Started:] {started.day} {started:%b %Y, %H:%M}" in texts(two.markdown)
    assert "UTC" not in texts(two.markdown) + "".join(two.selectbox(key="against_widget").options)


def test_a_card_plays_what_its_run_sounds_like(two, library):
    (newest, _) = library.entries()
    assert all(card["sound"] for card in cards(two))
    (library.path(newest.id) / "cover.mp3").unlink()  # as of an older run
    two.run()
    assert [bool(card["sound"]) for card in cards(two)] == [False, True]


def test_a_run_is_opened_in_front(two):
    choose(two, "Alpha")
    button(two, "Open run").click().run()
    wait(two, lambda: job_of(two).look().phase == "finished")
    two.switch_page("app_pages/front.py").run()  # the harness goes back to where it was
    assert "Alpha" in texts(two.title)
    assert "(2 candidates" in texts(two.markdown)


def test_a_run_is_renamed_open_or_not(two, library):
    choose(two, "Alpha")
    button(two, "Open run").click().run()
    wait(two, lambda: job_of(two).look().phase == "finished")
    show(two)
    run = two.session_state["opened"]
    two.text_input(key=f"rename:{run}").set_value("Gamma").run()
    assert "Gamma" in titles(two)
    assert job_of(two).title == "Gamma"
    assert library.find(run).title == "Gamma"


def test_deleting_can_be_undone(two, library):
    choose(two, "Alpha")
    button(two, "Delete").click().run()
    assert titles(two) == ["Beta"]
    assert "Deleted **Alpha**" in texts(two.markdown)
    button(two, "Undo").click().run()
    assert sorted(titles(two)) == ["Alpha", "Beta"]
    assert not has(two, "Undo")


def test_a_run_is_duplicated_with_changes(two):
    choose(two, "Alpha")
    button(two, "Duplicate with changes").click().run()
    assert "Make a sound" in texts(two.title)
    assert not two.exception
    cards = component(two, "image_gallery")
    assert next(c for c in cards["cards"] if c["id"] == cards["chosen"])["title"] == "disc"
    assert two.number_input(key="seed_widget").value == 7
    assert two.number_input(key="map_steps_widget").value == 1
    assert two.number_input(key="candidates_widget").value == 2
    assert two.number_input(key="low_widget").value == 100
    assert two.selectbox(key="axis_widget").value == "log"
    assert not two.checkbox(key="objective:lpips").value
    assert two.radio(key="preset").value == "Your own"
    assert two.toggle(key="adjust:levels_widget").value
    assert two.toggle(key="adjust:invert_widget").value
    assert two.select_slider(key="adjust:gamma_widget").value == 1.25
    assert button(two, "Start").disabled is False


def test_a_run_of_before_there_were_adjustments_is_duplicated_without(two, library):
    choose(two, "Alpha")
    path = library.path(two.session_state["opened"]) / "run.json"
    told = json.loads(path.read_text())
    del told["config"]["adjustments"]
    path.write_text(json.dumps(told))
    button(two.run(), "Duplicate with changes").click().run()
    assert not two.toggle(key="adjust:levels_widget").value
    assert not two.toggle(key="adjust:invert_widget").value


def test_a_run_of_two_images_is_told_and_duplicated_with_both(create, library, tmp_path):
    moon = load_image(Path(DASHBOARD).parent / "assets" / "images" / "moon-gibbous.jpg")
    config = RunConfig(TWO, candidates=1, steps=0)
    run = Run(small_image(), small_track(channels=2), config, right=moon)
    run.step()
    save(run, tmp_path / "stereo")
    library.add_folder(tmp_path / "stereo")
    show(create)
    told = texts(create.markdown)
    assert ":gray[Images:] disc (left), Moon (right)" in told
    assert ":gray[Channels:] an image on each" in told
    button(create, "Duplicate with changes").click().run()
    assert not create.exception
    for gallery, title in (("image_gallery", "disc"), ("right_gallery", "Moon")):
        cards = component(create, gallery)
        assert next(c for c in cards["cards"] if c["id"] == cards["chosen"])["title"] == title
    assert "**disc and Moon** on **notes**" in texts(create.markdown)


def test_a_run_is_duplicated_with_its_channels(create, library, tmp_path):
    config = RunConfig(TWO, candidates=1, steps=0, channels="sides")
    run = Run(small_image(), small_track(channels=2), config)
    run.step()
    save(run, tmp_path / "stereo")
    library.add_folder(tmp_path / "stereo")
    show(create)
    assert ":gray[Channels:] the sides only" in texts(create.markdown)
    button(create, "Duplicate with changes").click().run()
    assert next(r for r in create.radio if r.label.startswith("Channels")).value == "sides"


def test_two_fronts_are_compared(two):
    choose(two, "Alpha")
    box = two.selectbox(key="against_widget")
    other = box.options[0]
    assert other.startswith("Beta")
    box.select_index(0).run()
    assert len(charts(two)) == 1
    assert "picture (%)" in charts(two)[0]
    two.toggle(key="details_widget").set_value(True).run()
    assert len(charts(two)) == 1
    assert "loss (0 = identical)" in charts(two)[0]


def test_fronts_without_common_objectives_are_not_laid_side_by_side(two, library):
    choose(two, "Alpha")
    run = next(entry for entry in library.entries() if entry.title == "Beta")
    path = library.path(run.id) / "run.json"
    told = json.loads(path.read_text())
    told["objectives"][0]["name"] = "other"
    told["config"]["objectives"][0][0] = "other"
    path.write_text(json.dumps(told))
    two.run()
    two.toggle(key="details_widget").set_value(True).run()
    two.selectbox(key="against_widget").select_index(0).run()
    assert "no image objective and no audio objective in common" in texts(two.info)


def test_an_objective_that_is_gone_is_named_and_the_run_opens_with_the_rest(two, library):
    run = library.entries()[0]
    path = library.path(run.id) / "run.json"
    told = json.loads(path.read_text())
    extra = told["objectives"][0] | {"name": "gone", "label": "Gone"}
    told["objectives"][0] = extra
    told["config"]["objectives"][0][0] = "gone"
    path.write_text(json.dumps(told))
    choose(two, run.title)
    assert "Not installed any more: Gone" in texts(two.warning)
    button(two, "Open run").click().run()
    two.switch_page("app_pages/front.py").run()
    wait(two, lambda: job_of(two).look().phase == "failed")
    two.run()
    assert "objective gone: must be installed" in texts(two.error)


def test_a_broken_run_is_named_and_the_rest_stays_usable(two, library):
    run = library.entries()[0]
    (library.path(run.id) / "run.json").write_text("{}")
    two.run()
    card = next(c for c in component(two, "runs")["cards"] if c["id"] == run.id)
    assert card["lines"][0] == "cannot be opened"
    two.session_state["opened"] = run.id
    two.run()
    assert "must be as MOSS wrote it" in texts(two.error)
    assert button(two, "Open run").disabled
    choose(two, "Alpha")
    assert not button(two, "Open run").disabled


def test_what_cannot_be_duplicated_says_why(two, library):
    choose(two, "Alpha")
    shutil.rmtree(library.path(two.session_state["opened"]) / "inputs")
    button(two, "Duplicate with changes").click().run()
    assert "must lie in the folder inputs" in texts(two.error)
    assert "Library" in texts(two.title)


def test_a_run_that_vanished_meanwhile_is_a_message(two, library):
    choose(two, "Alpha")
    shutil.rmtree(library.path(two.session_state["opened"]))
    button(two, "Delete").click().run()
    assert "must be in the library" in texts(two.error)
    assert titles(two) == ["Beta"]


def test_a_zip_or_a_folder_is_brought_in(create, made, tmp_path):
    show(create)
    packed = shutil.make_archive(str(tmp_path / "run"), "zip", made.parent, made.name)
    content = Path(packed).read_bytes()
    create.file_uploader(key="run_zip").upload("run.zip", content, "application/zip").run()
    assert titles(create) == ["disc on notes"]
    create.text_input(key="run_folder").set_value(str(made)).run()
    assert titles(create) == ["disc on notes"] * 2
    create.text_input(key="run_folder").set_value(str(tmp_path / "nowhere")).run()
    assert "no such folder" in texts(create.error)
    create.file_uploader(key="run_zip").upload("x.zip", b"no zip", "application/zip").run()
    assert "ZIP of a run" in texts(create.error)


def visitor(**parameters: str) -> AppTest:
    app = AppTest.from_file(str(DASHBOARD / "Home.py"), default_timeout=60)
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


def test_on_a_shared_host_each_browser_has_its_own(create, made, monkeypatch):
    monkeypatch.setattr(memory, "is_own_machine", lambda *_: False)
    first, second = visitor(), visitor()
    tokens = {app.session_state["workspace"] for app in (first, second)}
    assert len(tokens) == 2
    assert not first.query_params
    first.session_state["kept"] = True  # AppTest is no browser that keeps a cookie
    show(first)
    assert "this browser alone holds the key" in texts(first.caption)
    assert not [box for box in first.text_input if box.key == "run_folder"]
    folder = shared.library_folder(first.session_state["workspace"])
    run = Library(folder).add_folder(made)
    assert titles(show(first)) == ["disc on notes"]
    assert "There is none yet" in texts(show(second).markdown)
    first.session_state["token"] = run
    first.switch_page("app_pages/front.py").run()
    assert texts(first.title) == "disc on notes"  # it is open now
    for page in ("front", "studio"):
        second.session_state["token"] = run  # as by its address
        second.switch_page(f"app_pages/{page}.py").run()
        assert "is not there" in texts(second.warning)
        assert not [b for b in second.button if b.label in ("Resume", "Stop", "Better image")]
    with monkeypatch.context() as browser:  # one that was given the first one's key
        browser.setattr(memory, "token_of", lambda _: first.session_state["workspace"])
        again = visitor()
    assert titles(show(again)) == ["disc on notes"]
    named = visitor(workspace=first.session_state["workspace"])
    assert named.session_state["workspace"] not in tokens
    assert "keeps no cookie" in texts(show(named).warning)
