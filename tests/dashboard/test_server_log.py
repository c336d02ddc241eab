"""The server's log: its level, set up once, and what visitors are refused."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from moss_core.machine.log import VARIABLE, logger
from serving import log


@pytest.fixture
def levels(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The levels that the log was configured to."""
    found: list[str] = []
    configure = log.configure

    def note(level: str, form: str) -> None:
        configure(level, form)
        found.append(level)

    monkeypatch.setattr(log, "configure", note)
    return found


@pytest.mark.parametrize(
    ("given", "level"), [(None, "warning"), ("", "warning"), ("debug", "debug")]
)
def test_the_level_is_that_of_the_environment(
    levels: list[str],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    given: str | None,
    level: str,
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if given is not None:
        monkeypatch.setenv(VARIABLE, given)
    app: AppTest = request.getfixturevalue("create")
    app.run()
    assert levels == [level]  # not again with every run of the page


def test_a_level_that_is_none_is_told_in_the_log_and_visitors_see_the_page(
    levels: list[str],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv(VARIABLE, "loud")
    app: AppTest = request.getfixturevalue("create")
    assert not app.exception
    assert levels == ["warning"]
    assert any(m.startswith("log level: must be one of critical") for m in caplog.messages)


def test_an_upload_that_is_refused_is_logged(
    create: AppTest, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger=logger.name)
    create.segmented_control(key="image_way").set_value(":material/upload: Upload").run()
    uploader = next(u for u in create.get("file_uploader") if u.key == "image_upload")
    uploader.upload("song.png", b"no picture").run()
    (line,) = (m for m in caplog.messages if m.startswith("refused: "))
    assert "must be a PNG" in line
    assert "song" not in caplog.text
