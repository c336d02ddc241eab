"""Batches in the Library: one entry, which opens into its rows."""

import shutil

import pytest
from apps import button, component, has, texts

from moss_core import Run, RunConfig, save
from moss_core.batch import Place, Row
from moss_core.runs import Library
from samples import small_image, small_track
from session import memory


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run as a row leaves it."""
    run = Run(small_image(), small_track(), RunConfig((("ssim", 1.0), ("log_mel", 1.0)), 1, 0))
    run.step()
    folder = tmp_path_factory.mktemp("made") / "out"
    save(run, folder)
    return folder


@pytest.fixture
def place(tmp_path, made):
    """A batch in the library: a row done, one failed, one not begun."""
    rows = [Row(number, name, {}) for number, name in ((2, "one"), (3, "two"), (4, "three"))]
    batch = Place.begun(tmp_path / "data" / "runs" / "album", "al*bum*", rows)
    shutil.copytree(made, batch.run_folder("one"))
    batch.mark("one", "0" * 64, "done")
    batch.mark("two", "1" * 64, "failed", "image *x*: must be a file")
    return batch


def cards(app, key):
    return component(app, key)["cards"]


def opened(app):
    app.switch_page("app_pages/library.py").run()
    assert not app.exception
    (card,) = cards(app, "batches")
    assert card["title"] == "al*bum*"
    assert card["lines"][0] == "Batch: 1 of 3 rows done, 1 failed"
    assert card["picture"]
    app.session_state[memory.BATCH] = card["id"]
    app.run()
    assert not app.exception
    return app


def test_a_batch_is_one_entry_that_opens_into_its_rows(create, place):
    app = opened(create)
    rows = cards(app, "rows")
    assert [card["title"] for card in rows] == ["2. one", "3. two", "4. three"]
    assert [card["lines"] for card in rows[1:]] == [["failed"], ["waiting"]]
    assert rows[0]["lines"][0].startswith("Picture ")
    assert "**" not in texts(app.subheader)
    app.session_state[memory.ROW] = "two"
    app.run()
    assert r"image \*x\*: must be a file" in texts(app.error)
    assert not has(app, "Open a copy")
    app.session_state[memory.ROW] = "three"
    app.run()
    assert "Nothing was learned yet" in texts(app.caption)
    button(app, "All runs").click().run()
    assert not app.exception
    assert cards(app, "batches")


def test_a_row_is_opened_as_a_run_of_the_library_and_stays_as_it_is(create, place, tmp_path):
    app = opened(create)
    before = (place.run_folder("one") / "run.json").stat()
    button(app, "Open a copy").click().run()
    assert not app.exception
    (entry,) = Library(tmp_path / "data" / "runs").entries()
    assert app.session_state[memory.TOKEN] == entry.id
    assert (place.run_folder("one") / "run.json").stat() == before
