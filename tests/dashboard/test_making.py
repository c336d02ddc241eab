"""Files that take a while: made in the background, told of, cancelled, forgotten."""

import io
import threading
import zipfile
from pathlib import Path

import av
import pytest
from apps import button, has, job_of, texts, until, wait

from background.downloads import export as export_module
from background.downloads.export import Export, Exports, Order
from moss_core import MossError


def order(make, size: int = 1, name: str = "film.mp4") -> Order:
    return Order("video", "A film", name, "video/mp4", (size, 1.0), make)


def ended(export: Export) -> Export:
    export._thread.join(30)
    assert not export._thread.is_alive()
    return export


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """Where exports are made."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def write(path: Path, tell) -> None:
    tell(0.5, "half")
    path.write_bytes(b"film")


def test_what_is_made_can_be_taken_until_it_is_forgotten(place):
    export = ended(Export(order(write)))
    assert (export.status.state, export.status.size) == ("ready", 4)
    assert export.content() == b"film"
    export.forget()
    assert list(place.iterdir()) == []
    with pytest.raises(MossError, match="Make it again"):
        export.content()


def test_it_is_forgotten_after_a_while(place, monkeypatch):
    monkeypatch.setattr(export_module, "KEEP_SECONDS", 0.05)
    export = ended(Export(order(write)))
    export._expiry.join(30)
    assert export.status.state == "cancelled"
    assert list(place.iterdir()) == []


def test_it_tells_how_far_it_is_and_is_cancelled_between_two_parts(place):
    told, go_on = threading.Event(), threading.Event()

    def make(path, tell):
        path.write_bytes(b"half")
        tell(0.25, "Drawing")
        told.set()
        go_on.wait(30)
        tell(0.5, "Drawing on")
        raise AssertionError("it went on")

    export = Export(order(make))
    assert told.wait(30)
    assert (export.status.state, export.status.done) == ("making", 0.25)
    assert export.status.doing == "Drawing"
    export.cancel()
    assert export.cancelling
    go_on.set()
    assert ended(export).status.state == "cancelled"
    assert list(place.iterdir()) == []


def test_one_is_made_at_a_time_and_one_that_waits_is_cancelled_at_once(place):
    begun, go_on = threading.Event(), threading.Event()

    def make(path, tell):
        begun.set()
        go_on.wait(30)
        path.write_bytes(b"film")

    first = Export(order(make))
    assert begun.wait(30)
    second, third = Export(order(write)), Export(order(write))
    assert second.status.state == third.status.state == "waiting"
    second.cancel()
    assert ended(second).status.state == "cancelled"
    go_on.set()
    assert [ended(one).status.state for one in (first, third)] == ["ready", "ready"]
    for one in (first, third):
        one.forget()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device"), "must fit on the disk; found No space left"),
        (MossError("film", "must be short", "long", "Shorten it."), "Shorten it."),
        (ZeroDivisionError("of a viewer"), "Something went wrong (E-"),
    ],
)
def test_what_goes_wrong_is_said_and_leaves_nothing(place, error, words):
    def make(path, tell):
        path.write_bytes(b"half")
        raise error

    export = ended(Export(order(make)))
    assert export.status.state == "failed"
    assert words in export.status.doing
    assert list(place.iterdir()) == []


def test_a_disk_without_room_is_told_before_anything_is_made(place):
    export = ended(Export(order(write, size=10**18)))
    assert export.status.state == "failed"
    assert "must find about 1,000,000,000,000 MB free on the disk" in export.status.doing


def test_the_next_one_takes_the_place_of_the_one_before(place):
    exports = Exports()
    exports.start(order(write, name="one.mp4"))
    ended(exports.latest)
    exports.start(order(write, name="two.mp4"))
    assert ended(exports.latest).order.file_name == "two.mp4"
    assert len(list(place.iterdir())) == 1
    exports.close()
    assert exports.latest is None
    assert list(place.iterdir()) == []


@pytest.fixture
def front(start):
    """The front of a finished run of two candidates."""
    app = start(steps=2, candidates=2)
    until(app, "finished")
    app.switch_page("app_pages/front.py").run()
    assert not app.exception
    return app


def made(app, label: str) -> bytes:
    button(app, label).click().run()
    wait(app, lambda: not job_of(app).exports.latest.status.at_work)
    app.run()
    assert not app.exception
    export = job_of(app).exports.latest
    assert export.status.state == "ready", export.status
    labels = [b.label for b in app.get("download_button")]
    assert any(label.startswith(f"Download the {export.order.kind} (") for label in labels)
    return export.content()


def choose(app, key: str, value: str):
    app.segmented_control(key=f"{key}_widget").set_value(value).run()
    assert not app.exception
    return app


def test_a_video_and_a_zip_of_one_candidate_are_made_and_go_with_the_run(front, place):
    assert "3 s of video, 1080 x 1080: about 0.3 MB" in texts(front.caption)
    with av.open(io.BytesIO(made(front, "Make the video"))) as film:
        assert [stream.codec_context.name for stream in film.streams] == ["h264", "aac"]
    content = made(choose(front, "file", "zip"), "Make the ZIP")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        endings = sorted(name.rpartition(".")[2] for name in archive.namelist())
        about = next(name for name in archive.namelist() if name.endswith("about.txt"))
        assert "candidate 2 of 2: Picture" in archive.read(about).decode()
    assert endings.count("wav") == 1
    assert {"png", "html", "csv", "txt"} <= set(endings)
    made_size, needed = len(content), job_of(front).exports.latest.order.needs[0]
    assert needed / 2 < made_size < needed * 2
    button(front, "Forget it").click().run()
    assert job_of(front).exports.latest is None
    assert not list(place.glob("moss-*"))
    made(front, "Make the ZIP")
    assert list(place.glob("moss-*"))
    job_of(front).close()
    assert not list(place.glob("moss-*"))


def test_the_table_and_everything_are_made_and_cancelled(front, monkeypatch):
    table = made(choose(front, "file", "table"), "Make the table").decode()
    assert len(table.splitlines()) == 3
    choose(front, "file", "zip")
    front.segmented_control(key="parts_widget").set_value("all")
    button(front, "Make the ZIP").click().run()  # of what was chosen just before
    assert "candidate" not in job_of(front).exports.latest.order.file_name
    assert has(front, "Cancel")
    assert not has(front, "Make the ZIP")
    button(front, "Cancel").click().run()
    wait(front, lambda: not job_of(front).exports.latest.status.at_work)
    front.run()
    assert "nothing of it is kept" in texts(front.caption)
    assert has(front, "Make the ZIP")
    # Without pictures of past steps the learning is not filmed.
    choose(choose(front, "file", "video"), "film", "learning")
    assert has(front, "Make the video")
    monkeypatch.setattr(type(job_of(front)), "picture_at", lambda *_: None)
    front.run()
    assert "No pictures of past steps are kept" in texts(front.caption)
    assert not has(front, "Make the video")
