"""What nobody uses goes from a shared server, with a warning."""

import os
import time

import pytest
from apps import texts
from test_library_page import made, show  # noqa: F401

from moss_core.machine import host, limits
from moss_core.runs.library import Library
from serving.expiry import expire
from session.links import find_link, make_link
from session.workspace import library_folder

DAY = 86_400


@pytest.fixture
def workspace(monkeypatch, tmp_path):
    monkeypatch.setenv("MOSS_DATA", str(tmp_path))
    monkeypatch.setenv("MOSS_SHARED", "1")
    return library_folder("a" * 32)


def age(path, days):
    then = time.time() - days * DAY
    for part in sorted(path.rglob("*"), reverse=True):
        os.utime(part, (then, then))
    os.utime(path, (then, then))


def run_of(workspace, name, days):
    path = workspace / name
    path.mkdir(parents=True)
    (path / "run.json").write_text("{}")
    age(path, days)
    return path


def test_runs_go_that_nobody_has_used_for_long_with_their_links(workspace):
    keep = limits().keep_days
    old, young = run_of(workspace, "0" * 32, keep + 1), run_of(workspace, "1" * 32, keep - 1)
    gone, stays = make_link(old, 0), make_link(young, 0)
    assert expire() == 1
    assert (old.exists(), young.exists()) == (False, True)
    assert find_link(gone) is None
    assert find_link(stays) is not None


def test_workspaces_that_hold_nothing_go(workspace):
    keep = limits().keep_days
    folders = [library_folder(letter * 32) for letter in "bcdef"]
    empty, new, brought, left, deleted = folders
    for folder, days in ((empty, 1), (new, 0)):
        folder.mkdir(parents=True)
        age(folder, days)
    for folder, days in ((brought, keep - 1), (left, keep + 1)):
        (folder / ".own").mkdir(parents=True)
        (folder / ".own" / "chosen.json").write_text("{}")
        age(folder, days)
    run_of(deleted / ".deleted", "2" * 32, 2)
    age(deleted, 2)
    assert expire() == 0
    assert [folder.exists() for folder in folders] == [False, True, True, False, False]


def test_what_is_the_owners_stays(workspace, monkeypatch):
    run = run_of(workspace, "0" * 32, 1000)
    own = run_of(library_folder(None), "1" * 32, 1000)
    expire()
    assert (run.exists(), own.exists()) == (False, True)
    monkeypatch.delenv("MOSS_SHARED")
    run = run_of(workspace, "2" * 32, 1000)
    assert expire() == 0
    assert run.exists()


def test_the_library_warns_before_a_run_goes(create, made):  # noqa: F811
    show(create)
    library = Library(library_folder(None))
    run = library.path(library.add_folder(made))
    age(run, 25)
    create.run()
    assert "go soon" not in texts(create.warning)  # on one's own machine nothing goes
    host("a test")
    create.session_state["workspace"] = None
    show(create)
    moved = library_folder(create.session_state["workspace"])
    moved.parent.mkdir(exist_ok=True)
    library.folder.rename(moved)
    show(create)
    assert "go soon" in texts(create.warning)
    assert "in 5 days" in texts(create.warning)
