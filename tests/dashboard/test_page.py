"""The first page in Streamlit's own test harness."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from components import resources
from moss_core import plugins
from moss_core.plugins import PluginFailure

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboard"


@pytest.fixture
def app() -> Iterator[AppTest]:
    yield AppTest.from_file(str(DASHBOARD / "Home.py"), default_timeout=60)
    resources.job_manager().close()
    st.cache_resource.clear()


def button(app: AppTest, label: str):
    return next(b for b in app.button if b.label == label)


def texts(elements) -> str:
    return "\n".join(str(element.value) for element in elements)


def start(app: AppTest, steps: int) -> AppTest:
    app.run()
    app.number_input(key="candidates_widget").set_value(2)
    app.number_input(key="steps_widget").set_value(steps)
    app.checkbox(key="objective:lpips").uncheck()
    app.run()
    button(app, "Start").click()
    return app.run()


def wait(app: AppTest, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.1)
        app.run()
    assert not app.exception


def has(app: AppTest, label: str) -> bool:
    return any(b.label == label for b in app.button)


def test_the_empty_page_is_ready_to_start(app):
    app.run()
    assert not app.exception
    assert not app.error
    assert "just press **Start**" in texts(app.markdown)
    assert not button(app, "Start").disabled


@pytest.mark.parametrize(
    ("kind", "name", "content", "message"),
    [
        ("image", "a.png", b"not an image", "must be a PNG"),
        ("image", "a.png", b"", "must not be empty"),
        ("track", "a.wav", b"not a sound", "must be a WAV"),
        ("track", "a.wav", b"RIFF cut off", "damaged or cut-off"),
    ],
)
def test_a_bad_upload_is_explained_and_the_choice_stays(app, kind, name, content, message):
    app.run()
    uploader = next(u for u in app.get("file_uploader") if u.key == f"{kind}_upload")
    uploader.upload(name, content).run()
    assert not app.exception
    assert message in texts(app.error)
    assert not button(app, "Start").disabled


def test_a_good_upload_is_chosen(app, wav):
    app.run()
    uploader = next(u for u in app.get("file_uploader") if u.key == "track_upload")
    uploader.upload("mine.wav", wav).run()
    assert not app.exception
    assert "mine.wav" in texts(app.caption)
    assert "22.05 kHz, stereo, 1.0 s" in texts(app.caption)


def test_a_domain_without_objective_is_explained(app):
    app.run()
    app.checkbox(key="objective:multi_resolution_stft").uncheck().run()
    assert "no audio objective" in texts(app.error)
    assert button(app, "Start").disabled


def test_a_failed_plugin_is_named(app, monkeypatch):
    failure = PluginFailure("broken", "third-party 1.0", "ImportError: no such thing", "Traceback")
    found = replace(plugins.discover(), failures=(failure,))
    monkeypatch.setattr(plugins, "discover", lambda: found)
    st.cache_resource.clear()
    app.run()
    assert "broken" in texts(app.warning)
    assert "ImportError: no such thing" in texts(app.warning)
    assert not button(app, "Start").disabled


def test_a_run_finishes_and_can_be_left(app):
    start(app, steps=1)
    wait(app, lambda: has(app, "New run"))
    assert len(app.get("download_button")) == 2
    button(app, "New run").click().run()
    assert not app.exception
    assert app.number_input(key="steps_widget").value == 1


def test_a_run_can_be_stopped(app):
    start(app, steps=500)
    wait(app, lambda: has(app, "Listen now"))
    button(app, "Listen now").click().run()
    assert has(app, "Listen again, at the latest step")
    button(app, "Stop").click().run()
    wait(app, lambda: has(app, "New run"))
    assert len(app.get("download_button")) == 2


def test_a_log_axis_works_with_the_defaults(app):
    app.run()
    app.selectbox(key="axis_widget").set_value("log").run()
    start(app, steps=0)
    wait(app, lambda: has(app, "New run"))
    assert not app.error
    assert "50 to 8,000 Hz (log)" in texts(app.caption)
