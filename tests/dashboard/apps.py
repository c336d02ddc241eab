"""What tests ask an AppTest for."""

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from background.job import Job
from moss_core import objectives
from moss_core.objectives.installed import Plugins
from serving.log import start_log
from session import exhibit, shared

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboard"


def end_server() -> None:
    """Forget what a server knows of its visitors; what is made of the samples stays as it is."""
    for known in (shared.job_manager, shared.plugin_watch, shared._library, exhibit._gallery):
        known.clear()
    start_log.clear()


def button(app: AppTest, label: str):
    return next(b for b in app.button if b.label == label)


def has(app: AppTest, label: str) -> bool:
    return any(b.label == label for b in app.button)


def offer(monkeypatch: pytest.MonkeyPatch, found: Plugins) -> None:
    """Let these be the plugins that the dashboard finds."""
    monkeypatch.setattr(objectives, "discover", lambda earlier: found)
    shared.plugin_watch.clear()


def texts(elements: Iterable[Any]) -> str:
    return "\n".join(str(element.value) for element in elements)


def component(app: AppTest, key: str) -> dict[str, Any]:
    """Return the data of a component that is on the page."""
    for element in app.get("bidi_component"):
        if element.key == key:
            data: dict[str, Any] = json.loads(element.proto.json)
            return data
    raise AssertionError(f"no component {key}")


def job_of(app: AppTest) -> Job:
    job = shared.job_manager().find(app.session_state["token"])
    assert job
    return job


def wait(app: AppTest, ready: Callable[[], bool]) -> None:
    """Run the page until something is so."""
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.05)
        app.run()
        assert not app.exception


def until(app: AppTest, phase: str) -> None:
    """Run the page until the run is in this phase."""
    wait(app, lambda: job_of(app).look().phase == phase and button_count(app) > 0)
    app.run()
    assert not app.exception


def button_count(app: AppTest) -> int:
    return len(app.button)
