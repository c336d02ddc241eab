from __future__ import annotations

import shutil
import sys
import time

import pytest

from moss_core import MossError
from moss_core.machine.distribution import DISTRIBUTION
from moss_core.objectives import discovery as plugins_module
from moss_core.objectives.contract import CONTRACT, Objective
from moss_core.objectives.discovery import discover, fingerprint

IMAGE = ("gradient_similarity", "haarpsi", "lettering", "lpips", "ms_ssim", "ssim")
AUDIO = ("codec", "log_mel", "loudness", "masking", "multi_resolution_stft", "onset")
BUILT_IN = {*IMAGE, *AUDIO}
OFFERS = """
from moss_core import Objective, hookimpl

@hookimpl
def moss_objectives():
    return [Objective("{name}", "A label", "image", "https://example.org", lambda target: None)]
"""


def offers(name):
    return OFFERS.format(name=name)


GOOD = OFFERS.format(name="x")


def failures(plugins):
    return {failure.name: failure for failure in plugins.failures}


def test_moss_brings_its_own_through_the_same_door():
    plugins = discover()
    assert set(plugins.installed) >= BUILT_IN
    assert plugins.failures == ()
    for name in BUILT_IN:
        found = plugins.installed[name]
        assert (found.distribution, found.entry_point) == (DISTRIBUTION, name)
        assert found.version
        assert hasattr(sys.modules[f"moss_objectives.{name}"], "moss_objectives")


def test_a_plugin_is_found(install):
    install("moss-sound-tone", "tone = tone_plugin", "2.5", tone_plugin=offers("tone"))
    plugins = discover()
    assert plugins.failures == ()
    found = plugins.installed["tone"]
    assert (found.distribution, found.version, found.entry_point) == (
        "moss-sound-tone",
        "2.5",
        "tone",
    )
    assert isinstance(found.objective, Objective)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import a_library_that_is_missing", "No module named 'a_library_that_is_missing'"),
        ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
        ("import sys; sys.exit('wrong platform')", "SystemExit: wrong platform"),
        ("this is no Python", "SyntaxError"),
        (offers("Bad Name"), "objective name: must be lower-case"),
        (GOOD.replace("return [", "raise OSError('no weights')\n    return ["), "no weights"),
        (GOOD.replace("[Objective", "['a string', Objective"), "a str in it"),
        (GOOD.replace("return [", "return (").replace("None)]", "None))"), "not iterable"),
        (GOOD.replace("return [", "[").replace("None)]", "None)]"), "must offer an objective"),
        (GOOD.replace("@hookimpl", ""), "marked with @moss_core.hookimpl"),
        (GOOD.replace("def moss_objectives", "def moss_objective"), "unknown hook"),
    ],
)
def test_a_plugin_that_fails_is_named_and_the_others_load(source, said, install):
    install("moss-sound-broken", "broken = broken_plugin", "3.1", broken_plugin=source)
    install("moss-sound-tone", "tone = tone_plugin", tone_plugin=offers("tone"))
    plugins = discover()
    assert set(plugins.installed) == BUILT_IN | {"tone"}
    (failure,) = plugins.failures
    assert (failure.name, failure.distribution) == ("broken", "moss-sound-broken 3.1")
    assert said in failure.reason
    assert "Traceback" in failure.details
    with pytest.raises(MossError) as error:
        plugins.choose(["broken", "ssim", "multi_resolution_stft"])
    assert error.value.thing == "objective broken"
    assert failure.reason in str(error.value)
    assert "moss-sound-broken 3.1" in str(error.value)


def test_a_plugin_for_a_newer_contract_says_so(install):
    newer = (
        GOOD
        + """
@hookimpl
def moss_contract():
    return 2

@hookimpl
def moss_something_new(planet):
    return []
"""
    )
    install("moss-sound-newer", "newer = newer_plugin", "9.0", newer_plugin=newer)
    plugins = discover()
    assert "x" not in plugins.installed
    (failure,) = plugins.failures
    assert (failure.name, failure.distribution) == ("newer", "moss-sound-newer 9.0")
    assert "a contract that this MOSS keeps: 1 or older; found contract 2" in failure.reason
    assert "Update MOSS" in failure.reason


@pytest.mark.parametrize("answer", ["0", "'2'", "None or 1.5"])
def test_a_contract_is_a_number(answer, install):
    source = GOOD + f"\n@hookimpl\ndef moss_contract():\n    return {answer}\n"
    install("moss-sound-odd", "odd = odd_plugin", odd_plugin=source)
    assert "found contract" in failures(discover())["odd"].reason


def test_a_plugin_may_name_the_contract_that_is_kept(install):
    source = GOOD + "\n@hookimpl\ndef moss_contract():\n    return 1\n"
    install("moss-sound-exact", "exact = exact_plugin", exact_plugin=source)
    assert discover().find("x").distribution == "moss-sound-exact"


def test_a_name_that_this_moss_does_not_have_yet(install):
    install(
        "moss-sound-ahead", "ahead = ahead_plugin", ahead_plugin="from moss_core import Hologram"
    )
    reason = failures(discover())["ahead"].reason
    assert "cannot import name 'Hologram'" in reason
    assert f"is it for another version of MOSS? This one has contract {CONTRACT}" in reason


@pytest.mark.parametrize("where", ["import", "hook"])
def test_a_plugin_that_hangs_is_left_behind(where, install, monkeypatch):
    monkeypatch.setattr(plugins_module, "PATIENCE", 0.3)
    wait = "import time; time.sleep(3)"
    source = wait + GOOD if where == "import" else GOOD.replace("return [", f"{wait}; return [")
    install("moss-sound-hanging", "hanging = hanging_plugin", hanging_plugin=source)
    install("moss-sound-tone", "tone = tone_plugin", tone_plugin=offers("tone"))
    began = time.monotonic()
    plugins = discover()
    assert time.monotonic() - began < 2.5
    assert set(plugins.installed) == BUILT_IN | {"tone"}
    assert "must return within 0.3 s" in failures(plugins)["hanging"].reason


def test_what_is_installed_later_is_found_without_a_restart(install):
    before, known = fingerprint(), discover()
    assert fingerprint() == before
    install("moss-sound-tone", "tone = tone_plugin", tone_plugin=offers("tone"))
    assert fingerprint() != before
    assert discover(known).find("tone").version == "1.0"


def test_another_version_of_what_runs_needs_a_restart_and_says_so(install, tmp_path):
    install("moss-sound-tone", "tone = tone_plugin", "1.0", tone_plugin=offers("tone"))
    known = discover()
    shutil.rmtree(tmp_path / "moss_sound_tone-1.0.dist-info")
    install("moss-sound-tone", "tone = tone_plugin", "1.1", tone_plugin=offers("tone"))
    again = discover(discover(known))
    assert again.find("tone").version == "1.0"
    (failure,) = again.failures
    assert (failure.name, failure.distribution) == ("tone", "moss-sound-tone 1.1")
    assert failure.reason == "1.0 is what runs until MOSS is restarted"


def test_what_is_uninstalled_is_gone(install, tmp_path):
    install("moss-sound-tone", "tone = tone_plugin", tone_plugin=offers("tone"))
    known = discover()
    shutil.rmtree(tmp_path / "moss_sound_tone-1.0.dist-info")
    with pytest.raises(MossError, match="'tone'"):
        discover(known).find("tone")


def test_an_entry_point_to_nothing(install):
    install("moss-sound-gone", "gone = a_module_that_is_gone\nlost = json:nothing_of_this_name")
    plugins = discover()
    assert set(plugins.installed) == BUILT_IN
    gone = failures(plugins)["gone"].reason
    assert (
        "No module named 'a_module_that_is_gone' (if it was installed by `pip install -e`" in gone
    )
    assert "nothing_of_this_name" in failures(plugins)["lost"].reason


def test_two_distributions_with_one_entry_point_name(install):
    install("moss-sound-first", "tone = first_plugin", first_plugin=offers("first_tone"))
    install("moss-sound-second", "tone = second_plugin", second_plugin=offers("second_tone"))
    plugins = discover()
    assert set(plugins.installed) == BUILT_IN | {"first_tone"}
    (failure,) = plugins.failures
    assert (failure.name, failure.distribution) == ("tone", "moss-sound-second 1.0")
    assert failure.reason == "the entry-point name is taken by moss-sound-first 1.0"


def test_two_objectives_with_one_name(install):
    install("moss-sound-first", "first = first_plugin", first_plugin=offers("tone"))
    install("moss-sound-second", "second = second_plugin", second_plugin=offers("tone"))
    plugins = discover()
    assert plugins.installed["tone"].distribution == "moss-sound-first"
    (failure,) = plugins.failures
    assert (failure.name, failure.distribution) == ("tone", "moss-sound-second 1.0")
    assert failure.reason == "the objective name is taken by moss-sound-first 1.0"


def test_nobody_takes_the_place_of_a_built_in_objective(install):
    install("aaa", "mine = mine_plugin\nssim = ssim_plugin", mine_plugin=offers("lpips"))
    plugins = discover()
    assert {plugins.installed[name].distribution for name in BUILT_IN} == {DISTRIBUTION}
    assert {f.name for f in plugins.failures} == {"lpips", "ssim"}
    assert all("is taken by moss" in failure.reason for failure in plugins.failures)


@pytest.mark.parametrize("finder", ["importlib.metadata", "importlib_metadata"])
def test_what_an_interrupted_installation_leaves_behind(install, monkeypatch, finder):
    """The one is Python's; the other takes its place in a process as soon as it is imported."""
    found = pytest.importorskip(finder)
    monkeypatch.setattr(plugins_module, "distributions", lambda: _distributions(found))
    install("moss-sound-left", "tone = tone_plugin", metadata=False, tone_plugin=offers("tone"))
    install("moss-sound-torn", "a line that is no entry point")
    plugins = discover()
    assert set(plugins.installed) == BUILT_IN | {"tone"}
    assert plugins.installed["tone"].distribution == "an unnamed distribution"
    (failure,) = plugins.failures
    assert failure.name == "moss-sound-torn"
    assert "entry points cannot be read" in failure.reason


def _distributions(found):
    """What a module finds on the path, whichever one answers for the whole process."""
    return found.MetadataPathFinder.find_distributions(found.DistributionFinder.Context())


def test_choose_keeps_the_order():
    names = ["multi_resolution_stft", "ssim", "lpips"]
    assert [chosen.name for chosen in discover().choose(names)] == names


@pytest.mark.parametrize(
    ("names", "rule", "found", "remedy"),
    [
        (["lpips", "mrstft"], "lpips, ", "'mrstft'", "spelling"),
        (["lpips", "lpips"], "once each", "lpips twice", "Name it once"),
        (["lpips", "ssim"], "one of each domain", "no audio objective in lpips, ssim",
         "Add one of: " + ", ".join(AUDIO)),
        (["multi_resolution_stft"], "one of each domain", "no image objective",
         ", ".join(IMAGE)),
        ([], "one of each domain", "an empty list", "Add one of"),
    ],
)  # fmt: skip
def test_choose_says_what_is_wrong(names, rule, found, remedy):
    with pytest.raises(MossError) as error:
        discover().choose(names)
    assert error.value.thing == "objectives"
    assert rule in error.value.rule
    assert found in str(error.value.found)
    assert remedy in error.value.remedy
