"""Presets on the Create page: the first choice, what they are made of, and one's own."""

import pytest
from apps import DASHBOARD, button, job_of, texts
from streamlit.testing.v1 import AppTest

from moss_core import Blend, Run, RunConfig
from moss_core.runs import PRESETS, Library, Preset, find_preset, preset_file, save
from samples import small_image, small_track

MINE = Preset(
    "My *outlines*",
    "Edges and beats.",
    (("gradient_similarity", 3.0), ("onset", 1.0), ("log_mel", 2.0)),
    {"onset": {"groups": 8}},
    Blend("glow", 12.0, 0.1, 0.2),
    0.7,
)


def again() -> AppTest:
    """The Create page in another session of the same visitor."""
    return AppTest.from_file(str(DASHBOARD / "Home.py"), default_timeout=60).run()


def preset(app: AppTest):
    return app.radio(key="preset")


def open_file(app: AppTest, content: bytes) -> AppTest:
    (place,) = (u for u in app.get("file_uploader") if u.key == "preset_file")
    return place.upload("a.moss-preset.json", content).run()


def save_as(app: AppTest, label: str) -> AppTest:
    app.text_input(key="preset_widget").set_value(label)
    return button(app, "Save").click().run()


def test_presets_are_the_first_choice_and_say_what_they_do(create):
    assert preset(create).options == [preset.label for preset in PRESETS]
    assert preset(create).value == "balanced"
    captions = list(preset(create).proto.captions)
    assert captions == [preset.words for preset in PRESETS]


def test_a_preset_sets_what_the_run_aims_for(create):
    preset(create).set_value("drums-stay-sharp").run()
    assert create.checkbox(key="objective:onset").value
    preset(create).set_value("lettering").run()
    assert not create.checkbox(key="objective:onset").value
    assert not create.checkbox(key="objective:ssim").value
    assert create.slider(key="lean_widget").value == 55
    button(create, "Start").click().run()
    config, told = job_of(create).request.config, find_preset("lettering")
    assert dict(config.objectives).keys() == dict(told.objectives).keys()
    assert len(set(dict(config.objectives).values())) == 1
    assert (config.blend, config.lean) == (told.blend, told.lean)


@pytest.mark.parametrize(
    "change",
    [
        lambda app: app.checkbox(key="objective:log_mel").check(),
        lambda app: app.slider(key="weight:ssim").set_value(7),
        lambda app: app.slider(key="lean_widget").set_value(60),
    ],
    ids=["objective", "weight", "lean"],
)
def test_what_is_changed_by_hand_is_ones_own_until_a_preset_is_chosen(create, change):
    change(create).run()
    assert preset(create).value == "Your own"
    assert preset(create).options[-1] == "Your own"
    preset(create).set_value("balanced").run()
    assert preset(create).options == [preset.label for preset in PRESETS]
    usual = dict(RunConfig().objectives)
    chosen = {box.key.partition(":")[2] for box in create.checkbox if box.value}
    assert chosen == usual.keys()
    assert create.slider(key="weight:ssim").value == create.slider(key="weight:lpips").value
    assert create.slider(key="lean_widget").value == 50


def test_one_can_be_saved_and_is_there_next_time_until_it_is_removed(create):
    create.slider(key="weight:ssim").set_value(7).run()
    save_as(create, "  Mine,   too ")
    assert not create.exception
    assert preset(create).value == "own:Mine, too"
    assert [b.label for b in create.get("download_button")] == ["Download"]
    other = again()
    assert preset(other).options == [*(preset.label for preset in PRESETS), "Mine, too"]
    assert preset(other).value == "balanced"
    preset(other).set_value("own:Mine, too").run()
    assert other.slider(key="weight:ssim").value == 7
    button(other, "Remove").click().run()
    assert preset(other).value == "Your own"
    assert preset(again()).options == [preset.label for preset in PRESETS]


@pytest.mark.parametrize("label", ["", "Poster", "Your own"])
def test_a_preset_needs_a_name_of_its_own(create, label):
    save_as(create, label)
    assert "Choose another." in texts(create.error) or "Write a short text" in texts(create.error)
    assert preset(create).options == [preset.label for preset in PRESETS]


def test_somebodys_file_can_be_opened(create):
    open_file(create, preset_file(MINE))
    assert preset(create).value == "own:My *outlines*"
    assert preset(create).options[-1] == r"My \*outlines\*"
    assert create.slider(key="weight:log_mel").value == 2
    assert create.number_input(key="parameter:onset.groups").value == 8
    button(create, "Start").click().run()
    config = job_of(create).request.config
    assert (config.blend, config.lean) == (MINE.blend, MINE.lean)
    assert dict(config.objectives)["log_mel"] == 2 * dict(config.objectives)["onset"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "must be JSON"),
        (b"\x00" * 70_000, "at most 64 kB"),
        (preset_file(MINE).replace(b"log_mel", b"long_mel"), "pip install"),
        (preset_file(MINE).replace(b"groups", b"grouse"), "grouse"),
    ],
)
def test_a_file_that_cannot_be_used_is_explained_and_nothing_changes(create, content, message):
    open_file(create, content)
    assert message in texts(create.error)
    assert preset(create).value == "balanced"
    assert preset(again()).options == [preset.label for preset in PRESETS]
    assert not button(create, "Start").disabled


def test_a_run_that_is_duplicated_shows_its_preset(create, tmp_path):
    told = find_preset("lettering")
    config = RunConfig(**told.settings, candidates=1, steps=0)
    run = Run(small_image(), small_track(), config)
    run.step()
    save(run, tmp_path / "run")
    Library(tmp_path / "data" / "runs").add_folder(tmp_path / "run")
    create.switch_page("app_pages/library.py").run()
    button(create, "Duplicate with changes").click().run()
    assert preset(create).value == told.name


def test_labels_differ_and_hold_no_marks(create):
    create.checkbox(key="objective:log_mel").check().run()
    create.checkbox(key="objective:masking").check().run()
    for widgets in (create.slider, create.number_input, create.checkbox, create.selectbox):
        names = [widget.label for widget in widgets]
        assert len(set(names)) == len(names)
        assert not any("*" in name for name in names)


def test_terms_of_the_field_are_in_the_expander_only(create):
    (aim,) = (e for e in create.expander if e.label == "What it aims for")
    inside = {id(element.proto) for element in (*aim.checkbox, *aim.caption, *aim.slider)}
    for element in (*create.checkbox, *create.caption, *create.slider, *create.markdown):
        said = str(getattr(element, "label", "")) + str(element.value)
        if id(element.proto) not in inside:
            assert not any(term in said for term in ("LPIPS", "SSIM", "STFT", "hypervolume"))
