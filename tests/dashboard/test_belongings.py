"""What a visitor brought: there again after a reload, theirs alone, and bounded."""

import io

import numpy as np
import PIL.Image
import pytest
from apps import DASHBOARD, component, texts
from streamlit.testing.v1 import AppTest

from session import memory, own
from sources.belongings import Belongings
from sources.source import Source


def again() -> AppTest:
    """The Create page in another session, on a server that has read nothing of it yet."""
    own._read._entries.clear()
    app = AppTest.from_file(str(DASHBOARD / "Home.py"), default_timeout=60).run()
    assert not app.exception
    return app


def bring(app: AppTest, kind: str, name: str, content: bytes) -> AppTest:
    app.segmented_control(key=f"{kind}_way").set_value(":material/upload: Upload").run()
    (place,) = (u for u in app.get("file_uploader") if u.key == f"{kind}_upload")
    return place.upload(name, content).run()


def cards(app: AppTest, kind: str) -> list[str]:
    return [card["title"] for card in component(app, f"{kind}_gallery")["cards"]]


def chosen(app: AppTest, kind: str) -> str:
    data = component(app, f"{kind}_gallery")
    return next(card["title"] for card in data["cards"] if card["id"] == data["chosen"])


def image(shade: int) -> bytes:
    pixels = np.zeros((32, 32), np.uint8)
    pixels[:, shade : shade + 8] = 255
    file = io.BytesIO()
    PIL.Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_what_was_brought_and_chosen_is_there_in_the_next_session(create, wav, tmp_path):
    bring(create, "track", "mein_*Lied*.wav", wav)
    create.segmented_control(key="image_way").set_value(":material/title: Text").run()
    create.text_input(key="text_widget").set_value("HALLO").run()
    for shade in range(3):
        bring(create, "image", f"{shade}.png", image(shade))
    next_one = component(create, "image_gallery")["cards"][3]
    create.session_state["image"] = next_one["id"]
    create.run()
    other = again()
    assert cards(other, "image")[:5] == ["2.png", "1.png", "0.png", "HALLO", "Astronaut"]
    assert chosen(other, "image") == "HALLO"
    assert chosen(other, "track") == "mein_*Lied*.wav"
    assert "HALLO" in texts(other.markdown)
    bring(other, "image", "3.png", image(3))
    assert cards(again(), "image")[:5] == ["3.png", "2.png", "1.png", "0.png", "Astronaut"]
    names = {path.name for path in (tmp_path / "data" / "runs" / ".own").iterdir()}
    assert len(names) == 4 + 1 + 1  # four images, a track, what is chosen
    assert not any("Lied" in name or "png" in name for name in names)


def test_a_sample_that_was_chosen_is_chosen_again(create):
    create.session_state["image"] = component(create, "image_gallery")["cards"][7]["id"]
    create.run()
    assert chosen(again(), "image") == "Rose"


def test_another_visitor_sees_nothing_of_it(create, monkeypatch, wav):
    monkeypatch.setattr(memory, "is_own_machine", lambda *_: False)
    workspaces = iter(["a" * 32, "b" * 32, "a" * 32])
    monkeypatch.setattr(memory, "new_token", lambda: next(workspaces))
    bring(again(), "track", "mine.wav", wav)
    assert "mine.wav" not in cards(again(), "track")
    assert chosen(again(), "track") == "mine.wav"


def test_what_is_refused_is_not_kept(create, tmp_path):
    bring(create, "image", "a.png", b"not an image")
    assert "must be a PNG" in texts(create.error)
    assert not list((tmp_path / "data" / "runs").glob(".own/*.image"))


def test_what_is_broken_or_foreign_is_skipped_and_logged(create, wav, tmp_path, caplog):
    bring(create, "track", "mine.wav", wav)
    bring(create, "image", "0.png", image(0))
    folder = tmp_path / "data" / "runs" / ".own"
    (kept,) = folder.glob("*.image")
    kept.write_bytes(kept.read_bytes()[:-1])
    (folder / ("0" * 64 + ".image")).write_bytes(b"no header")
    (folder / "notes.txt").write_text("foreign")
    (folder / ("1" * 64 + ".track")).mkdir()
    (folder / ("2" * 64 + ".track")).symlink_to(tmp_path / "elsewhere")
    (folder / "chosen.json").write_text("[" * 3000)
    Belongings(folder).keep("image", Source("x.png", "x", b"no picture"), 4)
    Belongings(folder).keep("preset", Source("x.json", "x", b"{}"), 4)
    other = again()
    assert cards(other, "image")[0] == "Astronaut"
    assert cards(other, "track")[0] == "mine.wav"
    for word in ("is left alone", "cannot be read", "cannot be used", "a preset", "chosen last"):
        assert word in caplog.text
    assert "x.png" not in caplog.text  # nobody's words are in the log


def test_a_disk_that_takes_nothing_does_not_keep_anybody_from_working(create, wav, tmp_path):
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "runs").write_text("a file where the folder should be")
    bring(create, "track", "mine.wav", wav)
    assert not create.exception
    assert chosen(create, "track") == "mine.wav"
    assert chosen(again(), "track") == "Piano"


def test_a_folder_is_bounded_in_number_and_bytes(tmp_path):
    kept = Belongings(tmp_path / "own", 10_000)
    for number in range(6):
        kept.keep("track", Source(f"{number}.wav", f"{number}", bytes([number]) * 1000), 4)
    assert [source.title for source in kept.sources("track")] == ["5", "4", "3", "2"]
    kept.keep("track", Source("3.wav", "again", bytes([3]) * 1000), 4)
    assert [source.title for source in kept.sources("track")] == ["again", "5", "4", "2"]
    kept = Belongings(tmp_path / "own", 3500)
    kept.keep("image", Source("i.png", "i", b"i" * 1000), 4)
    assert [source.title for source in kept.sources("track")] == ["again", "5"]
    assert [source.title for source in kept.sources("image")] == ["i"]
    kept.forget("track", "5")
    assert [source.title for source in kept.sources("track")] == ["again"]


def test_a_title_is_data_and_no_path(tmp_path):
    kept = Belongings(tmp_path / "own")
    kept.keep("image", Source("../../evil\n.png", '"}\n{', b"\n\n{}\n"), 4)
    (source,) = kept.sources("image")
    assert source.data == b"\n\n{}\n"
    assert (source.name, source.title) == (
        "../../evil\N{REPLACEMENT CHARACTER}.png",
        '"}\N{REPLACEMENT CHARACTER}{',
    )
    assert [path.parent for path in tmp_path.rglob("*.image")] == [tmp_path / "own"]


@pytest.mark.parametrize(
    "told", ["[]", '{"image": 3, "track": ["x"]}', "x", '{"image": "' + "x" * 400 + '"}']
)
def test_a_choice_that_cannot_be_read_is_none(tmp_path, told):
    (tmp_path / "chosen.json").write_text(told)
    assert Belongings(tmp_path).chosen() == {}
