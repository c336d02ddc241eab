"""Links that show one candidate of one run, and nothing else."""

import json
import shutil

import pytest
import streamlit as st
from apps import DASHBOARD, button, component, has, texts
from streamlit.testing.v1 import AppTest

from moss_core import MossError, Run, RunConfig, save
from moss_core.runs.library import Library
from samples import small_image, small_track
from session import memory, shared
from session.links import find_link, link_to, make_link, withdraw_link

TWO = (("ssim", 1.0), ("multi_resolution_stft", 1.0))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    run = Run(small_image(), small_track(), RunConfig(TWO, candidates=2, steps=1))
    for _ in run.steps():
        pass
    run.title = "Disc *on* notes"
    folder = tmp_path_factory.mktemp("made") / "out"
    save(run, folder)
    return folder


@pytest.fixture
def folder(monkeypatch, tmp_path, made):
    """The folder of a run in the library of the machine's user."""
    monkeypatch.setenv("MOSS_DATA", str(tmp_path / "data"))
    library = Library(tmp_path / "data" / "runs")
    return library.path(library.add_folder(made))


def test_a_link_leads_to_its_candidate_and_is_the_same_until_it_is_taken_back(folder):
    token = make_link(folder, 1)
    assert (find_link(token).folder, find_link(token).candidate) == (folder, 1)
    assert make_link(folder, 1) == token == link_to(folder, 1).token
    assert link_to(folder, 0) is None
    other = make_link(folder, 0)
    assert other != token
    withdraw_link(folder, 1)
    assert find_link(token) is None
    assert find_link(other).candidate == 0
    assert make_link(folder, 1) != token
    assert find_link(token) is None


def test_a_token_tells_nothing_and_cannot_be_made_up(folder):
    token = make_link(folder, 0)
    assert folder.name not in token
    assert not any(folder.name[k : k + 8] in token for k in range(25))
    forged = token[:-1] + ("0" if token[-1] != "0" else "1")
    for text in (None, "", forged, token[:16], token + "0", "../" * 16, "*" * 48, folder.name):
        assert find_link(text) is None


def test_what_is_damaged_is_no_link(folder, tmp_path):
    token = make_link(folder, 0)
    (path,) = (tmp_path / "data" / "shown").rglob("*.json")
    for content in ("", "[]", "{}", json.dumps({"run": "x", "candidate": "y", "token": token})):
        path.write_text(content)
        assert find_link(token) is None


def test_a_link_that_cannot_be_kept_is_an_error(folder, tmp_path):
    (tmp_path / "data" / "shown").write_text("in the way")
    with pytest.raises(MossError, match="link: must be kept"):
        make_link(folder, 0)


def visit(token: str, **parameters: str) -> AppTest:
    """The page of a link, as a stranger opens it."""
    app = AppTest.from_file(str(DASHBOARD / "Home.py"), default_timeout=60)
    for name, value in {memory.SHOW_PARAMETER: token, **parameters}.items():
        app.query_params[name] = value
    app.switch_page("app_pages/shown.py")
    app.query_params[memory.SHOW_PARAMETER] = token
    app.run()
    assert not app.exception
    return app


@pytest.fixture
def stranger(create, folder, monkeypatch):
    """Let whoever comes now be somebody on another machine."""
    monkeypatch.setattr(memory, "is_own_machine", lambda *_: False)


def test_a_stranger_sees_and_hears_one_candidate_and_gets_no_further(stranger, folder):
    token = make_link(folder, 1)
    app = visit(token)
    assert app.title[0].value == r"Disc \*on\* notes"
    data = component(app, "player:shown")
    assert [source["label"] for source in data["sources"]] == ["Hybrid", "Original"]
    assert all(source["sound"] and source["picture"] for source in data["sources"])
    assert data["target"]
    assert app.subheader[0].value.startswith("Picture ")
    assert [b.label for b in app.button] == ["Make yours"]
    assert not app.get("download_button")
    # No key to anything of the owner's, nor of the visitor's, leaves the server.
    told = "".join(str(element.proto) for element in app.main) + str(app.query_params)
    assert folder.name not in told
    assert not {"run", "workspace"} & set(app.query_params)
    assert memory.TOKEN not in app.session_state
    assert shared.job_manager().find(folder.name) is None
    button(app, "Make yours").click().run()
    app.switch_page("app_pages/create.py").run()  # the harness goes back to where it was
    assert app.session_state[memory.TOKEN] is None
    assert app.session_state[memory.WORKSPACE]


def test_a_restarted_server_still_knows_it_and_shows_what_was_saved_last(stranger, folder):
    token = make_link(folder, 1)
    st.cache_resource.clear()
    before = visit(token)
    Library(folder.parent).rename(folder.name, "Another name")
    assert before.run().title[0].value == "Another name"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda folder: withdraw_link(folder, 1), "taken it back"),
        (lambda folder: Library(folder.parent).delete(folder.name), "was deleted"),
        (lambda folder: shutil.rmtree(folder), "was deleted"),
        (lambda folder: shutil.rmtree(folder / "inputs"), "cannot be opened just now"),
    ],
)
def test_a_link_that_shows_nothing_says_why(stranger, folder, spoil, told):
    token = make_link(folder, 1)
    spoil(folder)
    app = visit(token)
    assert told in texts(app.markdown)
    assert folder.name not in texts(app.markdown)
    assert has(app, "Make yours")


def test_a_candidate_that_is_not_saved_is_not_shown(stranger, folder):
    app = visit(make_link(folder, 7))
    assert "cannot be opened just now" in texts(app.markdown)


def test_a_forged_link_says_so(stranger, folder):
    make_link(folder, 1)
    app = visit("0" * 48)
    assert "not whole" in texts(app.markdown)


def sharing() -> None:
    """What Front shows of a link: to candidate 1 of the run whose folder the session has."""
    from types import SimpleNamespace

    import streamlit as st

    from components.front.share import share_link
    from session import memory

    memory.prepare()
    memory.put(memory.WORKSPACE, st.session_state["workspace_of"])
    snapshot = SimpleNamespace(saved=3, deleted=False)
    job = SimpleNamespace(folder=st.session_state["folder"])
    share_link(SimpleNamespace(job=job, snapshot=snapshot, candidate=1))


@pytest.fixture
def offer_link(folder) -> AppTest:
    app = AppTest.from_function(sharing)
    app.session_state["folder"], app.session_state["workspace_of"] = folder, None
    return app.run()


def test_the_owner_makes_a_link_and_takes_it_back(offer_link, folder):
    app = offer_link
    assert not app.code
    button(app, "Make a link").click().run()
    assert app.code[0].value.endswith(f"/shown?show={link_to(folder, 1).token}")
    assert "on this machine" in texts(app.caption)
    assert not has(app, "Make a link")
    button(app, "Stop sharing").click().run()
    assert link_to(folder, 1) is None
    assert has(app, "Make a link")


def test_the_link_on_a_shared_host_holds_no_key_to_the_workspace(offer_link, folder, monkeypatch):
    address = property(lambda _: "https://moss.example.org/app/front")
    monkeypatch.setattr(type(st.context), "url", address)
    offer_link.session_state["workspace_of"] = "a" * 32
    button(offer_link, "Make a link").click().run()
    token = link_to(folder, 1).token
    assert offer_link.code[0].value == f"https://moss.example.org/app/shown?show={token}"
    assert "this machine" not in texts(offer_link.caption)


def test_what_cannot_be_shared_says_why(offer_link, tmp_path):
    (tmp_path / "data" / "shown").write_text("in the way")
    button(offer_link, "Make a link").click().run()
    assert "link: must be kept in the data folder" in texts(offer_link.error)
