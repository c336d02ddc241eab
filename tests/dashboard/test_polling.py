"""How often a page looks at its run: a run that waits for others is looked at less often."""

from types import SimpleNamespace

import pytest

from background.turns import Wait
from components.run import polling

SEEN = ("drawn",)


class RedrawnError(Exception):
    """As Streamlit draws the page anew."""


def redraw() -> None:
    raise RedrawnError


@pytest.fixture(autouse=True)
def page(monkeypatch):
    """Notes how often its fragments run."""
    every = []

    def fragment(look, run_every):
        every.append(run_every)
        return lambda *_: None

    monkeypatch.setattr(polling, "st", SimpleNamespace(fragment=fragment, rerun=redraw))
    monkeypatch.setattr(polling, "view_of", lambda *_: None)
    monkeypatch.setattr(polling, "_controls_of", lambda _: SEEN)
    monkeypatch.setattr(polling.memory, "get", lambda _: SEEN)
    monkeypatch.setattr(polling.memory, "put", lambda *_: None)
    return every


def run(phase: str, ahead: int | None, candidates: int = 1) -> SimpleNamespace:
    return SimpleNamespace(
        at_work=phase in ("waiting", "running"),
        gone=False,
        wait=None if ahead is None else Wait(ahead, 9.0, 19.0),
        look=lambda: SimpleNamespace(phase=phase),
        request=SimpleNamespace(config=SimpleNamespace(candidates=candidates)),
    )


@pytest.mark.parametrize(
    ("job", "every"),
    [
        (run("running", 0), polling.POLL_SECONDS),
        (run("running", 0, candidates=9), polling.SLOW_POLL_SECONDS),
        (run("waiting", None), polling.POLL_SECONDS),  # before it is in the line
        (run("waiting", 0), polling.POLL_SECONDS),  # next
        (run("waiting", 3), polling.WAITING_POLL_SECONDS),
        (run("finished", None), 5.0),
    ],
)
def test_a_run_that_waits_for_others_is_looked_at_less_often(page, job, every):
    polling.poll(job, lambda _: None, idle=5.0)
    assert page == [every]


@pytest.mark.parametrize(("before", "ahead"), [(False, 2), (True, 0)])
def test_a_page_is_drawn_anew_when_its_run_begins_to_wait_or_is_next(before, ahead):
    drawn = []
    with pytest.raises(RedrawnError):
        polling._look(run("waiting", ahead), drawn.append, before, [None])
    polling._look(run("waiting", ahead), drawn.append, not before, [None])
    polling._look(run("waiting", ahead), drawn.append, before, [])  # part of drawing the page
    assert len(drawn) == 3
