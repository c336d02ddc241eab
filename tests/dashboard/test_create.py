"""The Create page in Streamlit's own test harness."""

import io
from dataclasses import replace

import numpy as np
import PIL.Image
import pytest
from apps import button, component, job_of, offer, texts, wait
from streamlit.testing.v1 import AppTest

from background.cause import Cause
from background.manager import JobManager
from background.snapshots import Request
from moss_core import Adjustments, MossError, Needs, Objective, Parameter, RunConfig
from moss_core.objectives.installed import Installed
from session import shared


def uploader(app: AppTest, kind: str):
    app.segmented_control(key=f"{kind}_way").set_value(":material/upload: Upload").run()
    return next(u for u in app.get("file_uploader") if u.key == f"{kind}_upload")


def chosen(app: AppTest, kind: str) -> str:
    data = component(app, f"{kind}_gallery")
    (card,) = (card for card in data["cards"] if card["id"] == data["chosen"])
    return str(card["title"])


def preview(app: AppTest):
    track = component(app, "track_gallery")["chosen"]
    return component(app, f"player:preview-{track[:12]}")


def test_the_empty_page_is_ready_to_start(create):
    assert not create.exception
    assert not create.error
    assert "just press **Start**" in texts(create.markdown)
    assert not button(create, "Start").disabled
    assert "**Astronaut** on **Piano**: one hybrid to steer, 120 steps" in texts(create.markdown)
    assert len(component(create, "image_gallery")["cards"]) == 10
    tracks = component(create, "track_gallery")["cards"]
    assert len(tracks) == 9
    assert all(card["sound"] and card["alt"] for card in tracks)
    assert preview(create)["sources"][0]["sound"]


def test_a_card_can_be_chosen(create):
    card = component(create, "image_gallery")["cards"][7]
    create.session_state["image"] = card["id"]
    create.run()
    assert chosen(create, "image") == card["title"] == "Rose"
    assert "**Rose** on **Piano**" in texts(create.markdown)


@pytest.mark.parametrize(
    ("kind", "name", "content", "message"),
    [
        ("image", "a.png", b"not an image", "must be a PNG"),
        ("image", "a.png", b"", "must not be empty"),
        ("track", "a.wav", b"not a sound", "must be a WAV"),
        ("track", "a.wav", b"RIFF\x24\x00\x00\x00WAVEfmt ", "damaged or cut-off"),
    ],
)
def test_a_bad_upload_is_explained_and_the_choice_stays(create, kind, name, content, message):
    uploader(create, kind).upload(name, content).run()
    assert not create.exception
    assert message in texts(create.error)
    assert chosen(create, kind) in ("Astronaut", "Piano")
    assert not button(create, "Start").disabled


def test_a_good_upload_is_chosen_and_survives_a_page_switch(create, wav):
    uploader(create, "track").upload("mine.wav", wav).run()
    assert chosen(create, "track") == "mine.wav"
    create.switch_page("app_pages/studio.py").run()
    create.switch_page("app_pages/create.py").run()
    assert chosen(create, "track") == "mine.wav"
    assert "on **mine.wav**" in texts(create.markdown)


def test_many_uploads_are_bounded_and_the_latest_is_first(create):
    for shade in range(6):
        pixels = np.zeros((32, 32), np.uint8)
        pixels[:, shade : shade + 8] = 255
        file = io.BytesIO()
        PIL.Image.fromarray(pixels).save(file, "PNG")
        uploader(create, "image").upload(f"{shade}.png", file.getvalue()).run()
    titles = [card["title"] for card in component(create, "image_gallery")["cards"]]
    assert titles[:5] == ["5.png", "4.png", "3.png", "2.png", "Astronaut"]


def test_text_becomes_an_image(create):
    create.segmented_control(key="image_way").set_value(":material/title: Text").run()
    create.text_input(key="text_widget").set_value("APHEX").run()
    assert chosen(create, "image") == "APHEX"
    before = component(create, "image_gallery")["chosen"]
    create.selectbox(key="font_widget").set_value("Pixel").run()
    assert chosen(create, "image") == "APHEX"
    assert component(create, "image_gallery")["chosen"] != before
    create.text_input(key="text_widget").set_value("漢字").run()
    assert "no 漢 字" in texts(create.error)
    assert not button(create, "Start").disabled


def test_a_domain_without_objective_is_explained(create):
    create.checkbox(key="objective:multi_resolution_stft").uncheck().run()
    assert "no audio objective" in texts(create.error)
    assert button(create, "Start").disabled
    create.checkbox(key="objective:multi_resolution_stft").check().run()
    assert not create.error


def test_weights_are_those_of_the_run(create):
    create.slider(key="weight:ssim").set_value(10).run()
    assert create.slider(key="weight:ssim").label == "Weight of SSIM (67% of its side)"
    button(create, "Start").click().run()
    weights = dict(job_of(create).request.config.objectives)
    assert weights["ssim"] == 2 * weights["lpips"]


def test_a_canvas_that_does_not_fit_is_explained_before_the_start(create):
    create.number_input(key="low_widget").set_value(9000).run()
    assert "must lie in 0 to" in texts(create.error)
    assert button(create, "Start").disabled
    create.number_input(key="low_widget").set_value(0).run()
    assert not button(create, "Start").disabled


def test_a_log_axis_works_with_the_defaults(create):
    create.selectbox(key="axis_widget").set_value("log").run()
    assert not create.error
    shown = preview(create)
    assert (shown["axis"], shown["low"], shown["high"]) == ("log", 50, 8000)


def test_mapping_the_front_offers_candidates(create):
    create.segmented_control(key="mode_widget").set_value("Map the front").run()
    assert "9 hybrids, 60 steps" in texts(create.markdown)
    create.number_input(key="candidates_widget").set_value(3).run()
    assert "3 hybrids, 60 steps" in texts(create.markdown)


def test_a_failed_plugin_is_named(broken_plugin):
    assert "broken" in texts(broken_plugin.warning)
    assert "ImportError: no such thing" in texts(broken_plugin.warning)
    assert not button(broken_plugin, "Start").disabled


def test_start_goes_to_studio_and_a_second_start_to_the_same_run(create):
    button(create, "Start").click().run()
    first = job_of(create)
    assert "Astronaut on Piano" in texts(create.title)
    create.switch_page("app_pages/create.py").run()
    button(create, "Start").click().run()
    assert job_of(create) is first


def test_starting_something_else_pauses_the_run_before(create):
    button(create, "Start").click().run()
    first = job_of(create)
    create.switch_page("app_pages/create.py").run()
    create.number_input(key="seed_widget").set_value(3).run()
    button(create, "Start").click().run()
    wait(create, lambda: not first.at_work)
    assert (first.look().phase, first.look().cause) == ("paused", Cause("replaced"))
    assert job_of(create) is not first


def test_other_pages_show_the_run(create):
    button(create, "Start").click().run()
    create.switch_page("app_pages/create.py").run()
    badges = texts(create.markdown)
    assert "Astronaut on Piano" in badges
    job_of(create).stop()


def test_a_full_line_is_explained(create, full_line):
    button(create, "Start").click().run()
    assert "line of runs" in texts(create.error)


BANDS = Parameter(64, "How many bands.", unit="bands", least=16, most=128)


@pytest.fixture
def set_up(monkeypatch, create):
    """The Create page with one more objective, which is set up by its parameters and needs."""

    def make(**parts) -> AppTest:
        def build(target, **settings):
            return lambda rendered: (rendered.waveform - target.waveform).abs().mean(1)

        mine = Objective("mine", "Mine", "audio", "https://example.org", build, **parts)
        known = shared.installed()
        entry = Installed(mine, "moss-sound-mine", "1.0", "mine")
        offer(monkeypatch, replace(known, installed=known.installed | {"mine": entry}))
        create.run().checkbox(key="objective:mine").check().run()
        assert not create.exception
        return create

    return make


def test_what_a_preset_is_made_of_is_one_click_away_and_the_rest_two(create):
    (aim,) = (e for e in create.expander if e.label == "What it aims for")
    assert not aim.proto.expanded
    every = {box.key for box in create.checkbox}
    assert every == {box.key for box in aim.checkbox}
    more = [expander for expander in aim.expander if "objectives" in expander.label]
    usual = {name for name, _ in RunConfig().objectives}
    inside = {box.key for expander in more for box in expander.checkbox}
    assert every - inside == {f"objective:{name}" for name in usual}
    assert [expander.proto.expanded for expander in more] == [False, False]
    create.checkbox(key="objective:masking").check().run()
    more = [expander for expander in create.expander if "objectives" in expander.label]
    assert [expander.proto.expanded for expander in more] == [False, True]


def test_parameters_are_widgets_of_their_kind_and_reach_the_run(set_up):
    app = set_up(
        parameters={
            "bands": BANDS,
            "level": Parameter(0.5, "How loud.", unit="dB", least=-3, most=3),
            "pooling": Parameter("mean", "How.", choices=("mean", "deviation")),
            "fast": Parameter(True, "Whether it is fast."),
        }
    )
    bands = app.number_input(key="parameter:mine.bands")
    assert (bands.label, bands.min, bands.max, bands.value) == ("Mine: Bands", 16, 128, 64)
    assert "Must be a whole number from 16 to 128 bands." in bands.help
    bands.set_value(32)
    level = app.number_input(key="parameter:mine.level")
    assert (level.label, level.proto.format) == ("Mine: Level (dB)", "%g")
    level.set_value(-1.5)
    app.selectbox(key="parameter:mine.pooling").set_value("deviation")
    app.toggle(key="parameter:mine.fast").set_value(False)
    button(app.run(), "Start").click().run()
    found = job_of(app).request.config.parameters["mine"]
    assert found == {"bands": 32, "level": -1.5, "pooling": "deviation", "fast": False}


def test_parameters_survive_a_page_switch(set_up):
    app = set_up(parameters={"bands": BANDS})
    app.number_input(key="parameter:mine.bands").set_value(32).run()
    app.switch_page("app_pages/library.py").run()
    app.switch_page("app_pages/create.py").run()
    assert app.number_input(key="parameter:mine.bands").value == 32


def test_a_value_that_an_objective_has_no_more_becomes_the_default(set_up):
    app = set_up(parameters={"bands": BANDS})
    app.session_state["parameters"] = {"mine": {"bands": 4000, "gone": 3}}
    app.run()
    assert not app.exception
    assert app.number_input(key="parameter:mine.bands").value == 64


@pytest.mark.parametrize(
    ("needs", "said"),
    [
        (Needs(seconds=60), "must have a canvas of at least 60 s; found 6.67 s"),
        (Needs(sample_rate=44_100), "must have a working rate of at least 44100 Hz; found 16000"),
        (Needs(stereo=True), "it needs stereo, where MOSS gives the mono mix"),
        (Needs(megabytes=10**9), "must have 1,000,000,000 MB of free memory"),
    ],
)
def test_what_an_objective_needs_is_said_before_the_start(set_up, needs, said):
    app = set_up(needs=needs)
    assert said in texts(app.error)
    assert button(app, "Start").disabled
    app.checkbox(key="objective:mine").uncheck().run()
    assert not app.error
    assert not button(app, "Start").disabled


def test_what_happens_when_an_objective_fails_is_a_choice(create):
    choice = create.selectbox(key="on_failure_widget")
    assert choice.value == "continue"
    choice.set_value("stop").run()
    button(create, "Start").click().run()
    assert job_of(create).request.config.on_failure == "stop"


def adjust(app: AppTest, name: str):
    """Return the widget of one of the image's adjustments."""
    kinds = dict.fromkeys(("levels", "invert", "flip"), app.toggle)
    kinds |= {"brightness": app.slider, "crop0": app.slider, "crop1": app.slider}
    kinds |= {"rotate": app.segmented_control, "fit": app.segmented_control}
    return kinds.get(name, app.select_slider)(key=f"adjust:{name}_widget")


def upload_image(app: AppTest, pixels: np.ndarray) -> AppTest:
    file = io.BytesIO()
    PIL.Image.fromarray(pixels).save(file, "PNG")
    return uploader(app, "image").upload("mine.png", file.getvalue()).run()


def test_the_images_adjustments_reach_the_run_and_survive_a_page_switch(create):
    (expander,) = (e for e in create.expander if e.label == "The image")
    assert not expander.proto.expanded
    assert adjust(create, "levels").value
    assert not adjust(create, "invert").value
    assert adjust(create, "brightness").value == 0
    assert adjust(create, "contrast").value == adjust(create, "gamma").value == 1
    adjust(create, "levels").set_value(False)
    adjust(create, "invert").set_value(True)
    adjust(create, "flip").set_value(True)
    adjust(create, "rotate").set_value(270)
    adjust(create, "fit").set_value("fill")
    adjust(create, "crop0").set_value((10, 85))
    adjust(create, "crop1").set_value((0, 50))
    adjust(create, "brightness").set_value(0.1)
    adjust(create, "contrast").set_value(2.0)
    adjust(create, "gamma").set_value(0.5).run()
    told = Adjustments(False, 0.1, 2, 0.5, True, 270, True, crop=(0.1, 0, 0.85, 0.5), fit="fill")
    create.switch_page("app_pages/library.py").run()
    create.switch_page("app_pages/create.py").run()
    assert adjust(create, "gamma").value == 0.5
    assert adjust(create, "invert").value
    assert adjust(create, "rotate").value == 270
    assert adjust(create, "fit").value == "fill"
    assert adjust(create, "crop0").value == (10, 85)
    assert adjust(create, "crop1").value == (0, 50)
    button(create, "Start").click().run()
    assert job_of(create).request.config.adjustments == told


def test_the_canvas_takes_the_images_shape_or_the_image_the_canvass(create):
    upload_image(create, np.tile(np.linspace(0, 255, 64, dtype=np.uint8), (96, 1)))
    assert preview(create)["aspect"] == pytest.approx(2 / 3)
    assert preview(create)["start"] > 2
    assert "the canvas narrows to its shape" in texts(create.caption)
    assert "Painted at 2.8 to 7.2 s, 0 to 8,000 Hz." in texts(create.caption)
    adjust(create, "crop1").set_value((50, 50)).run()  # nothing would be left: it is a hundredth
    assert "cropped: must have at least 8 pixels" in texts(create.error)
    assert button(create, "Start").disabled
    adjust(create, "crop1").set_value((50, 100)).run()
    assert preview(create)["aspect"] == pytest.approx(64 / 48)
    for fit, words in (("fill", "what is beyond its shape is cut off"), ("stretch", "than it is")):
        adjust(create, "fit").set_value(fit).run()
        assert (preview(create)["aspect"], preview(create)["start"]) == (1.5, 0)
        assert words in texts(create.caption)
    assert not create.error


def test_the_image_stands_beside_itself_as_it_will_be_painted(create):
    before = component(create, "cropper")
    assert before["part"] == before["crop"] == [0, 0, 1, 1]
    assert before["original"]["aspect"] == pytest.approx(before["painted"]["aspect"])
    adjust(create, "gamma").set_value(2.0).run()
    lighter = component(create, "cropper")
    assert lighter["original"] == before["original"]
    assert lighter["painted"]["picture"] != before["painted"]["picture"]
    adjust(create, "crop0").set_value((0, 50)).run()
    adjust(create, "fit").set_value("fill").run()
    found = component(create, "cropper")
    assert found["crop"] == [0, 0, 0.5, 1]
    assert found["part"] == pytest.approx([0, 1 / 3, 0.5, 2 / 3], abs=0.01)
    assert found["painted"]["aspect"] == 1.5


def test_the_middle_of_a_factors_slider_changes_nothing(create):
    for name, (least, most) in Adjustments.RANGES.items():
        if name != "brightness":
            stops = [float(stop.removeprefix("× ")) for stop in adjust(create, name).options]
            assert (stops[0], stops[len(stops) // 2], stops[-1]) == (least, 1, most)
            assert stops == sorted(stops)


def test_the_preview_is_of_the_adjusted_image(create, monkeypatch):
    asked = []
    crossfade = shared.crossfade

    def noted(images, track, canvas, adjustments, *rest):
        asked.append(adjustments)
        return crossfade(images, track, canvas, adjustments, *rest)

    monkeypatch.setattr(shared, "crossfade", noted)
    before = preview(create)["sources"][0]["picture"]
    adjust(create, "invert").set_value(True).run()
    assert asked == [Adjustments(invert=True)]
    assert preview(create)["sources"][0]["picture"] != before
    adjust(create, "invert").set_value(False).run()
    adjust(create, "invert").set_value(True).run()
    assert len(asked) <= 2  # each is kept
    assert preview(create)["sources"][0]["picture"] != before


def test_adjustments_that_leave_one_gray_are_explained_before_the_start(create):
    adjust(create, "brightness").set_value(1.0).run()
    assert "image portrait-astronaut.jpg, adjusted: must have light" in texts(create.error)
    assert "Bring brightness (1) closer to 0." in texts(create.error)
    assert button(create, "Start").disabled
    adjust(create, "brightness").set_value(0.0).run()
    assert not create.error
    assert not button(create, "Start").disabled


def test_a_dark_image_is_told_with_what_helps(create):
    assert not create.warning
    shades = np.linspace(0, 60, 64 * 64).reshape(64, 64).astype(np.uint8)
    upload_image(create, shades)
    assert not create.warning  # levels make it light
    adjust(create, "levels").set_value(False).run()
    # The middle of 5 % (black below) and 60 / 255.
    assert "half of what is not black in this image is below 14% gray" in texts(create.warning)
    assert "Switch on automatic levels." in texts(create.warning)
    adjust(create, "levels").set_value(True)
    adjust(create, "gamma").set_value(0.25).run()
    assert not create.warning
    shades[0] = 255  # a lamp: white is there already, and levels change nothing
    upload_image(create, shades // 2 + (shades == 255) * np.uint8(128))
    adjust(create, "gamma").set_value(1.0).run()
    assert "Lighten its midtones (gamma)." in texts(create.warning)
    assert not button(create, "Start").disabled
    adjust(create, "gamma").set_value(4.0).run()
    assert not create.warning


def test_white_lines_on_black_are_not_dark(create):
    lines = np.zeros((64, 64), np.uint8)
    lines[::16] = 255
    upload_image(create, lines)
    adjust(create, "levels").set_value(False).run()
    assert not create.warning


def channels(app: AppTest):
    track = component(app, "track_gallery")["chosen"]
    return app.radio(key=f"channels_widget:{track}")


def test_the_channels_that_a_track_has_can_be_chosen(create):
    assert channels(create).options == [
        "Every channel",
        "The mono mix only",
        "Left",
        "Right",
        "Sides only",
        "Two images",
    ]
    assert channels(create).value == "every"
    assert "the spectrogram of Piano, left**" in texts(create.caption)
    before = preview(create)["sources"][0]["picture"]
    channels(create).set_value("sides").run()
    assert "the spectrogram of Piano, sides**" in texts(create.caption)
    assert "120 steps, sides only" in texts(create.markdown)
    assert preview(create)["sources"][0]["picture"] != before
    assert not create.exception


def test_the_choice_of_channels_goes_into_the_run_and_outlasts_the_page(create, monkeypatch):
    asked = noted_requests(monkeypatch)
    channels(create).set_value("right").run()
    create.switch_page("app_pages/library.py").run()
    create.switch_page("app_pages/create.py").run()
    assert channels(create).value == "right"
    button(create, "Start").click().run()
    assert asked[0].config.channels == "right"
    assert asked[0].right is None


def test_a_mono_track_has_no_choice_of_channels(create, encode_sound, sine):
    channels(create).set_value("left").run()
    content = encode_sound(sine(), 16_000, "WAV")
    uploader(create, "track").upload("m.wav", content, "audio/wav").run()
    assert [radio for radio in create.radio if (radio.key or "").startswith("channels")] == []
    assert not create.error
    assert not button(create, "Start").disabled


def test_a_choice_that_the_next_track_does_not_allow_is_every_channel(create, encode_sound, sine):
    channels(create).set_value("sides").run()
    alike = np.repeat(sine(), 2, axis=1)
    content = encode_sound(alike, 16_000, "WAV")
    uploader(create, "track").upload("alike.wav", content, "audio/wav").run()
    assert "Sides only" not in channels(create).options
    assert channels(create).value == "every"
    assert not create.error


def test_two_images_are_chosen_one_for_each_side(create, monkeypatch):
    asked = noted_requests(monkeypatch)
    assert "right_gallery" not in [e.key for e in create.get("bidi_component")]
    channels(create).set_value("two").run()
    assert chosen(create, "right") == "Cat"
    assert "**Astronaut and Cat** on **Piano**" in texts(create.markdown)
    cards = component(create, "right_gallery")["cards"]
    create.session_state["right"] = cards[6]["id"]
    create.run()
    assert "**Astronaut and Moon** on **Piano**" in texts(create.markdown)
    button(create, "Start").click().run()
    (request,) = asked
    assert request.config.channels == "every"
    assert request.right.title == "Moon"
    assert request.title == "Astronaut and Moon on Piano"


def noted_requests(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """Note what is asked of the job manager, and start nothing."""
    asked: list[Request] = []

    def submit(manager: JobManager, request: Request, folder: object = None) -> None:
        asked.append(request)
        raise MossError("line of runs", "must be open", "closed", "Wait.")

    monkeypatch.setattr(JobManager, "submit", submit)
    return asked
