"""Names that people give are text on every page, whatever they look like."""

import dataclasses
import json
import re

import pytest
from apps import button, component, job_of, texts, until
from test_library_page import made, show  # noqa: F401

from moss_core.errors import MossError
from moss_core.runs.library import Library
from moss_core.runs.reports import csv_of
from session import allowance, memory, shared

EVIL = "![x](http://evil.example/x.png) **bold** [link](http://evil.example) :red[no] # <b>"
MARKED = re.compile(r"(?<!\\)(!\[|\*\*bold|\[link|\[no|<b>)")
ONES = "markdown caption error warning info success title header subheader button checkbox"
MORE = "selectbox radio slider number_input text_input toggle expander exception"
SHOWN = (*ONES.split(), *MORE.split())


def marked(app) -> list[str]:
    """What of a page would be drawn as Markdown of a name's."""
    found = []
    for kind in SHOWN:
        for element in app.get(kind):
            told = [getattr(element, part, "") for part in ("label", "help")]
            if kind not in ("text_input", "selectbox", "slider", "number_input", "checkbox"):
                told.append(getattr(element, "value", ""))
            found += [f"{kind}: {text}" for text in told if text and MARKED.search(str(text))]
    return found


@pytest.fixture
def evil(create, monkeypatch):
    """A visitor whose own image and track have names that want to be more."""
    renamed = []
    for kind in ("image", "track"):
        (card, *_) = shared.sample_cards(kind)
        source = dataclasses.replace(card.source, title=EVIL)
        renamed.append((kind, dataclasses.replace(card, id="e" * 64, source=source)))
    create.session_state[memory.OWN] = {kind: (card,) for kind, card in renamed}
    for kind, _ in renamed:
        create.session_state[kind] = "e" * 64
    return create


def test_pages_show_names_as_text(evil):
    assert not marked(evil.run())
    (length,) = (n for n in evil.number_input if n.label == "Length (s)")
    length.set_value(1.0)
    evil.number_input(key="quick_steps_widget").set_value(1)
    evil.checkbox(key="objective:lpips").uncheck()
    button(evil.run(), "Keep it here, and place another").click().run()
    assert not marked(evil)
    button(evil, "Remove").click().run()
    button(evil, "Start").click().run()
    until(evil, "finished")
    for page in ("studio", "front", "library", "objectives", "create"):
        evil.switch_page(f"app_pages/{page}.py").run()
        assert not evil.exception
        assert not marked(evil), page
    assert job_of(evil).title.startswith(EVIL)


def test_a_library_with_halves_of_characters_is_shown_and_they_can_be_deleted(create, made):  # noqa: F811
    library = Library(shared.library_folder(None))
    run = library.add_folder(made)
    library.add_folder(made)
    path = library.path(run) / "run.json"
    told = json.loads(path.read_text())
    told["title"] = "half \ud83d of it"
    path.write_text(json.dumps(told))
    create.session_state[memory.OPENED] = run
    show(create)
    assert not create.exception
    assert len(component(create, "runs")["cards"]) == 2
    assert "half" in texts(create.subheader) or "Run " in texts(create.subheader)
    button(create, "Delete").click().run()
    assert not create.exception
    assert len(component(create, "runs")["cards"]) == 1


def test_errors_name_a_file_as_text(create, monkeypatch):
    def refuse(folder):
        raise MossError(EVIL, "must be tame", EVIL, "Tame it.")

    create.session_state[memory.OWN_ERRORS] = {"image": EVIL}
    monkeypatch.setattr(allowance, "check_room", refuse)
    button(create, "Start").click().run()
    assert "must be tame" in texts(create.error)
    assert not marked(create)


@pytest.mark.parametrize("text", ["=1+2", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_looks_like_a_formula_is_a_word(text):
    assert csv_of([[text]]).strip("\n").strip('"').startswith("'")


@pytest.mark.parametrize("text", ["-0.25", "+1e-9", "-inf", "7", "word", "a=b", ""])
def test_numbers_and_words_are_as_they_are(text):
    assert csv_of([[text, -0.5]]) == f"{text},-0.5\n"
