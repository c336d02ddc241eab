"""The Objectives page in Streamlit's own test harness."""

import re
from dataclasses import replace

import pytest
from apps import texts
from streamlit.testing.v1 import AppTest

from components import catalogue, resources
from components.objectives import plain
from moss_core import Objective, plugins
from moss_core.plugins import Installed
from moss_core.testing import assert_objective_contract

LINKS = {
    "lpips": "[arXiv:1801.03924](https://arxiv.org/abs/1801.03924)",
    "ssim": "[doi:10.1109/TIP.2003.819861](https://doi.org/10.1109/TIP.2003.819861)",
    "multi_resolution_stft": "[arXiv:1910.11480](https://arxiv.org/abs/1910.11480)",
}


def opened(app: AppTest) -> AppTest:
    app.switch_page("app_pages/objectives.py").run()
    assert not app.exception
    return app


def facts(app: AppTest) -> dict[str, dict[str, str]]:
    """What each card's table says, by the objective's name."""
    tables = [table.value.iloc[:, 0].to_dict() for table in app.table]
    names = re.findall(r"^`(\w+)`$", texts(app.markdown), re.MULTILINE)
    return dict(zip(names, tables, strict=True))


def test_everything_installed_is_shown(create):
    app = opened(create)
    shown = facts(app)
    found = resources.installed().installed
    assert set(shown) == set(found)
    for name, entry in found.items():
        assert f"**{plain(entry.objective.label)}**" in [m.value for m in app.markdown]
        assert plain(entry.objective.description) in texts(app.caption)
        assert shown[name]["From"] == (
            f"{entry.distribution} {entry.version}, entry point `{entry.entry_point}`"
        )
        for parameter, value in entry.objective.parameters.items():
            assert shown[name][parameter] == plain(str(value))


def test_papers_are_linked_as_people_cite_them(create):
    shown = facts(opened(create))
    assert {name: shown[name]["Defined in"] for name in LINKS} == LINKS


def test_the_objectives_stand_under_their_domain(create):
    image, audio = opened(create).columns[:2]
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
    monkeypatch.setattr(plugins, "discover", lambda: found)
    resources.installed.clear()
    app = opened(create)
    assert facts(app)["other"]["Defined in"] == shown
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
    assert catalogue.ENTRY_POINT.strip() in [text.strip() for text in shown]
    (snippet,) = (text for text in shown if "hookimpl" in text and text in catalogue.SNIPPET)
    namespace: dict[str, object] = {}
    exec(compile(snippet, "snippet", "exec"), namespace)
    (objective,) = namespace["moss_objectives"]()
    assert f'{objective.name} = "moss_brightness"' in catalogue.ENTRY_POINT
    assert_objective_contract(objective)


def test_the_whole_guide_is_there_without_dead_links(create):
    app = opened(create)
    (guide,) = (e for e in app.expander if "guide" in e.label)
    text = texts(guide.markdown)
    assert "### The contract" in text
    assert "`plugins/example/`" in text
    assert "](example/)" not in text


def test_without_the_guide_the_rest_is_there(monkeypatch, tmp_path, create):
    monkeypatch.setattr(catalogue, "_GUIDE", tmp_path / "README.md")
    app = opened(create)
    assert not app.expander
    assert len(app.table) == len(resources.installed().installed)


def test_a_pip_install_needs_a_restart(create):
    assert "restart it after a `pip install`" in texts(opened(create).markdown)
