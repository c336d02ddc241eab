"""The Objectives page in Streamlit's own test harness."""

import json
import re
from dataclasses import replace

import pyarrow
import pytest
from apps import component, offer, texts, wait
from streamlit.testing.v1 import AppTest

from components.catalogue import guide
from components.widgets.failures import plain
from moss_core import Adjustments, Objective
from moss_core.objectives import discovery as plugins
from moss_core.objectives.installed import Installed
from moss_core.objectives.parameters import as_text
from moss_core.testing import assert_objective_contract
from session import shared
from sources.demonstration import MASKS

LINKS = {
    "lpips": "[arXiv:1801.03924](https://arxiv.org/abs/1801.03924)",
    "ssim": "[doi:10.1109/TIP.2003.819861](https://doi.org/10.1109/TIP.2003.819861)",
    "multi_resolution_stft": "[arXiv:1910.11480](https://arxiv.org/abs/1910.11480)",
}


def opened(app: AppTest, *, details: bool = True) -> AppTest:
    app.session_state["details"] = details
    app.switch_page("app_pages/objectives.py").run()
    assert not app.exception
    wait(app, lambda: "Measuring" not in texts(app.info))
    return app


def facts(app: AppTest) -> dict[str, dict[str, str]]:
    """What each card's table says, by the objective's name."""
    tables = [table.value.iloc[:, 0].to_dict() for table in app.table]
    names = re.findall(r"^`(\w+)`$", texts(app.markdown), re.MULTILINE)
    return dict(zip(names, tables, strict=True))


def papers(app: AppTest) -> list[str]:
    """What each card says of where its objective is defined, in the order of `facts`."""
    return re.findall(r"^:small\[Defined in (.*)\]$", texts(app.markdown), re.MULTILINE)


def charts(app: AppTest) -> dict[str, list[dict[str, object]]]:
    """The rows of each card's chart, by the objective's label."""
    found = {}
    for element in app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart"):
        spec = json.loads(element.proto.spec)
        label = spec["layer"][1]["encoding"]["tooltip"][1]["title"]
        rows = pyarrow.ipc.open_stream(element.proto.datasets[0].data.data).read_all()
        found[label] = rows.to_pylist()
    return found


def test_names_and_facts_are_one_press_deeper(create):
    app = opened(create, details=False)
    assert not app.table
    assert "`lpips`" not in texts(app.markdown)
    assert "restart the server" not in texts(app.markdown)
    assert papers(app)
    app.toggle(key="details_widget").set_value(True).run()
    assert app.table
    assert "`lpips`" in texts(app.markdown)
    assert "restart the server" in texts(app.markdown)


def test_everything_installed_is_shown(create):
    app = opened(create)
    shown = facts(app)
    found = shared.installed().installed
    assert set(shown) == set(found)
    for name, entry in found.items():
        assert f"**{plain(entry.objective.label)}**" in [m.value for m in app.markdown]
        assert plain(entry.objective.description) in texts(app.caption)
        assert shown[name]["From"] == (
            f"{entry.distribution} {entry.version}, entry point `{entry.entry_point}`"
        )
        for fact, value in entry.objective.facts.items():
            assert shown[name][fact] == plain(str(value))
        for parameter, declared in entry.objective.parameters.items():
            told = shown[name][plain(declared.title(parameter))]
            assert told.startswith(
                plain(f"{as_text(declared.default)} by default; {declared.rule}.")
            )


def test_papers_are_linked_as_people_cite_them(create):
    app = opened(create)
    shown = dict(zip(facts(app), papers(app), strict=True))
    assert {name: shown[name] for name in LINKS} == LINKS


def test_the_objectives_stand_under_their_domain(create):
    image, audio = opened(create).columns[2:4]
    assert "Image" in image.subheader[0].value
    assert "Audio" in audio.subheader[0].value
    assert {"lpips", "ssim"} <= set(facts(image))
    assert "multi_resolution_stft" in facts(audio)


@pytest.mark.parametrize(
    ("reference", "shown"),
    [
        ("Wang *et al.*, 2004", r"Wang \*et al.\*, 2004"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("https://example.org/a_b", r"[example.org/a\_b](https://example.org/a_b)"),
        ("https://doi.org/10.1/(92)9", "[doi:10.1/(92)9](https://doi.org/10.1/%2892%299)"),
    ],
)
def test_any_reference_is_shown(monkeypatch, create, reference, shown):
    other = Objective("other", "Other", "audio", reference, lambda target: lambda rendered: None)
    found = replace(
        plugins.discover(), installed={"other": Installed(other, "third-party", "2.0", "entry")}
    )
    offer(monkeypatch, found)
    app = opened(create)
    assert papers(app) == [shown]
    assert "None is installed" in texts(app.caption)  # no image objective


def test_nothing_failed(create):
    app = opened(create)
    assert "All plugins loaded" in texts(app.markdown)
    assert not app.warning


def test_a_failed_plugin_is_named_with_its_reason_and_traceback(broken_plugin):
    app = opened(broken_plugin)
    (warning,) = app.warning
    assert "**broken** (third-party 1.0)" in warning.value
    assert "ImportError: no such thing" in warning.value
    (details,) = (e for e in app.expander if "broken" in e.label)
    assert details.code[0].value == "Traceback"
    assert "All plugins loaded" not in texts(app.markdown)


def test_the_reason_is_one_line_without_markdown():
    assert plain("TypeError: X.__init__() takes\n  1 [thing]") == (
        r"TypeError: X.\_\_init\_\_() takes 1 \[thing\]"
    )


def test_the_snippet_works_as_it_is_shown(create):
    shown = [code.value for code in opened(create).code]
    assert guide.ENTRY_POINT.strip() in [text.strip() for text in shown]
    (snippet,) = (text for text in shown if "hookimpl" in text and text in guide.SNIPPET)
    namespace: dict[str, object] = {}
    exec(compile(snippet, "snippet", "exec"), namespace)
    (objective,) = namespace["moss_objectives"]()
    # What others keep in this process would count as the objective's.
    warming, making = shared.job_manager()._warming, shared._made_later()._thread
    for thread in filter(None, (warming, making)):
        thread.join(60)
        assert not thread.is_alive()
    assert f'{objective.name} = "moss_brightness"' in guide.ENTRY_POINT
    assert_objective_contract(objective)


def test_the_whole_guide_is_there_without_dead_links(create):
    app = opened(create)
    (guide,) = (e for e in app.expander if "guide" in e.label)
    text = texts(guide.markdown)
    assert "### The contract" in text
    assert "`plugins/example/`" in text
    assert "](example/)" not in text


def test_without_the_guide_the_rest_is_there(monkeypatch, tmp_path, create):
    monkeypatch.setattr(guide, "_GUIDE", tmp_path / "README.md")
    app = opened(create)
    assert not any("guide" in expander.label for expander in app.expander)
    assert len(app.table) == len(shared.installed().installed)


def test_each_card_shows_what_its_objective_measures_on_the_pair(create):
    app = opened(create)
    assert "Astronaut on Piano" in texts(app.subheader)
    shown = charts(app)
    for entry in shared.installed().installed.values():
        rows = shown[plain(entry.objective.label)]
        assert [row["mask"] for row in rows] == list(MASKS)
        assert [row["mask"] for row in rows if row["now"]] == [0.5]
        losses = [row["loss"] for row in rows]
        away = losses if entry.objective.domain == "audio" else losses[::-1]
        assert away[0] < away[-1]
    audio = shown["Multi-resolution STFT"]
    assert audio[0]["loss"] == pytest.approx(0, abs=1e-3)  # no mask, no change


def test_the_mask_chooses_picture_sound_and_place(create):
    app = opened(create)
    before = component(app, "player:demonstration")["sources"][0]
    app.slider(key="mask_widget").set_value(0.9).run()
    after = component(app, "player:demonstration")["sources"][0]
    assert after["label"] == "Mask 0.9"
    assert after["picture"] != before["picture"]
    assert after["sound"] != before["sound"]
    for rows in charts(app).values():
        assert [row["mask"] for row in rows if row["now"]] == [0.9]
    app.switch_page("app_pages/create.py").run()
    assert opened(app).slider(key="mask_widget").value == 0.9


def test_the_image_is_adjusted_as_it_will_be_painted(create):
    before = component(opened(create), "player:demonstration")["sources"][0]["picture"]
    create.session_state["adjustments"] = Adjustments(invert=True)
    opened(create)
    assert component(create, "player:demonstration")["sources"][0]["picture"] != before
    create.session_state["adjustments"] = Adjustments(brightness=1)
    opened(create)
    assert "Nothing can be measured on this pair: image portrait" in texts(create.info)
    assert not create.exception


def test_the_pair_is_that_of_the_visitor(create):
    create.session_state["image"] = component(create, "image_gallery")["cards"][7]["id"]
    create.run()
    assert "Rose on Piano" in texts(opened(create).subheader)


def test_an_objective_that_cannot_measure_the_pair_is_named(monkeypatch, create):
    def fail(target):
        raise RuntimeError("no weights")

    other = Objective("other", "Other", "image", "https://example.org", fail)
    known = shared.installed()
    entry = Installed(other, "third-party", "2.0", "entry")
    offer(monkeypatch, replace(known, installed=known.installed | {"other": entry}))
    app = opened(create)
    (warning,) = app.warning
    assert "**other**" in warning.value
    assert "could not measure this pair: RuntimeError: no weights" in warning.value
    assert "Other" not in charts(app)


def test_what_is_installed_later_is_there_without_a_restart(create, install):
    assert "tone" not in facts(opened(create))
    install("moss-sound-tone", "tone = tone_plugin", "2.5", tone_plugin=TONE)
    app = opened(create)
    assert facts(app)["tone"]["From"] == "moss-sound-tone 2.5, entry point `tone`"
    assert "Tone" in charts(app)
    app.switch_page("app_pages/create.py").run()
    assert app.checkbox(key="objective:tone").label == "Tone"


TONE = """
from moss_core import Objective, hookimpl

def build(target):
    return lambda r: (r.picture - target.picture).abs().mean((1, 2, 3))

@hookimpl
def moss_objectives():
    return [Objective("tone", "Tone", "image", "https://example.org", build)]
"""
