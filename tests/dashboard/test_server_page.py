"""The Server page: for the machine's own user, and nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from apps import texts
from streamlit.testing.v1 import AppTest

from background.health import keeper as keeper_module
from moss_core.machine import report, run_token
from session import memory


def test_it_tells_how_the_server_is(
    start: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start(steps=500)
    with run_token("3f9a1c02" * 4):
        id = report("a video", ValueError("of a *visitor*"))
    app.switch_page("app_pages/server.py").run()
    assert not app.exception
    assert [title.value for title in app.title] == ["Server"]
    assert "All is well." in texts(app.success)
    figures = {metric.label: metric.value for metric in app.metric}
    assert (figures["Learning"], figures["Waiting"]) in (("1", "0"), ("0", "1"))  # it warms up
    assert figures["Memory"].endswith("B")
    said = texts(app.markdown)
    assert f"`{id}` A video failed: ValueError" in said
    assert "run 3f9a1c02" in said
    assert "visitor" not in said
    monkeypatch.setattr(keeper_module, "free_on_disk", lambda _: 4_000_000)
    app.run()
    assert "Only 4 MB are free on the disk." in texts(app.error)
    assert not app.success


def test_nobody_else_finds_it(create: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "is_own_machine", lambda *_: False)
    create.switch_page("app_pages/server.py").run()
    assert not create.metric
    assert "Server" not in texts(create.title)
