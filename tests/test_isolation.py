"""Objectives that fail in a run: it goes on without them, or stops with everything kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import PIL.Image
import pytest
import soundfile
from click.testing import CliRunner, Result

from moss_core import MossError, Objective, Parameter, Run, RunConfig, load, save
from moss_core.cli.commands import main
from moss_core.machine.distribution import DISTRIBUTION
from moss_core.objectives.discovery import discover
from moss_core.objectives.installed import Installed, Plugins
from moss_core.runs.saving import save_progress
from samples import small_image, small_track

USUAL = (("ssim", 1.0), ("multi_resolution_stft", 1.0))
BANDS = Parameter(64, "How many.", unit="bands", least=16, most=128)


def fails_at(call: int, domain: str = "image") -> Objective:
    """An objective whose loss raises from one call on: one at each end, then one a candidate."""
    calls = []

    def build(target):
        def loss(rendered):
            calls.append(1)
            if len(calls) >= call:
                raise RuntimeError("out of luck")
            if domain == "audio":
                return (rendered.waveform - target.waveform).abs().mean(1)
            return (rendered.picture - target.picture).abs().mean((1, 2, 3))

        return loss

    return Objective("fragile", "Fragile", domain, "https://example.org", build)


def with_one_more(objective: Objective) -> Plugins:
    known = discover()
    entry = Installed(objective, "moss-sound-mine", "1.0", objective.name)
    return Plugins(known.installed | {objective.name: entry}, ())


def run_with(objective: Objective, weights=(*USUAL, ("fragile", 1.0)), **config) -> Run:
    config = RunConfig(weights, **{"candidates": 3, "steps": 6} | config)
    return Run(small_image(), small_track(), config, with_one_more(objective))


def test_a_run_goes_on_without_what_fails() -> None:
    run = run_with(fails_at(5))
    records = list(run.steps())
    assert len(records) == 7
    assert not run.halted
    assert [failure.name for failure in run.failures] == ["fragile"]
    assert run.active == (0, 1)


def test_a_run_stops_at_what_fails_if_it_is_to_and_goes_on_when_told(tmp_path: Path) -> None:
    run = run_with(fails_at(9), on_failure="stop")
    records = list(run.steps())
    assert 1 < len(records) < 7
    assert run.halted
    assert not run.finished
    save(run, tmp_path / "run")
    assert len(list((tmp_path / "run" / "audio").iterdir())) == 3
    run.accept_failures()
    assert len(records) + len(list(run.steps())) == 7
    assert run.finished


def test_what_cannot_be_built_is_an_error_before_a_run_that_is_to_stop() -> None:
    def build(target):
        raise OSError("weights are missing")

    broken = Objective("fragile", "Fragile", "image", "https://example.org", build)
    with pytest.raises(MossError, match="objective fragile: must work; found OSError: weights"):
        run_with(broken, on_failure="stop")
    assert run_with(broken).failures[0].name == "fragile"


def test_values_of_parameters_are_kept_with_the_run_defaults_included(tmp_path: Path) -> None:
    def build(target, *, bands):
        return lambda r: bands * (r.picture - target.picture).abs().mean((1, 2, 3))

    about = ("Fragile", "image", "https://example.org", build)
    run = run_with(Objective("fragile", *about, parameters={"bands": BANDS}), steps=1)
    list(run.steps())
    save_progress(run, tmp_path / "run")
    told = json.loads((tmp_path / "run" / "run.json").read_text())
    assert told["config"]["parameters"] == {"fragile": {"bands": 64}}
    other_default = replace(BANDS, default=32)
    later = Objective("fragile", *about, parameters={"bands": other_default})
    again = load(tmp_path / "run", with_one_more(later))
    assert again.config.parameters["fragile"] == {"bands": 64}
    assert not again.failures
    assert again.candidates() == run.candidates()


@pytest.mark.parametrize("changed", [{}, {"bands": replace(BANDS, most=65, default=60)}])
def test_a_run_of_a_version_with_other_parameters_still_opens(changed, tmp_path: Path) -> None:
    def build(target, **values):
        return lambda r: (r.picture - target.picture).abs().mean((1, 2, 3))

    about = ("Fragile", "image", "https://example.org", build)
    first = Objective("fragile", *about, parameters={"bands": BANDS})
    run = run_with(first, steps=1, parameters={"fragile": {"bands": 100}}, on_failure="stop")
    list(run.steps())
    save_progress(run, tmp_path / "run")
    again = load(tmp_path / "run", with_one_more(Objective("fragile", *about, parameters=changed)))
    (failure,) = again.failures
    assert failure.name == "fragile"
    assert "bands" in failure.reason
    assert not again.halted
    assert again.history == run.history
    again.extend(1)
    assert len(list(again.steps())) == 1
    save_progress(again, tmp_path / "run")
    assert load(tmp_path / "run", with_one_more(first)).failures == ()


def test_an_uninstalled_objective_with_parameters_is_named_as_such(tmp_path: Path) -> None:
    def build(target, *, bands):
        return lambda r: (r.picture - target.picture).abs().mean((1, 2, 3))

    about = ("Fragile", "image", "https://example.org", build)
    run = run_with(Objective("fragile", *about, parameters={"bands": BANDS}), steps=1)
    list(run.steps())
    save_progress(run, tmp_path / "run")
    again = load(tmp_path / "run")
    (failure,) = again.failures
    assert "objective fragile: must be installed" in failure.reason
    assert "Install moss-sound-mine 1.0, and open the run again." in failure.reason
    assert again.config.parameters["fragile"] == {"bands": 64}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"patience": 0.5}, "patience: must be 1 to 3,600 seconds; found 0.5"),
        ({"patience": float("nan")}, "patience: must be"),
        ({"on_failure": "panic"}, "on_failure: must be one of continue, stop; found 'panic'"),
        ({"parameters": {"lpips": {"x": 1}}}, "parameters of objective lpips: must be of a chosen"),
        ({"parameters": {"ssim": {"x": 1}}}, "parameter ssim.x: must be one that the objective"),
    ],
)
def test_bad_configuration_is_said(options, said) -> None:
    with pytest.raises(MossError) as error:
        Run(small_image(), small_track(), RunConfig(USUAL, **options))
    assert said in str(error.value)


PLUGIN = """
import time
from moss_core import Objective, Parameter, hookimpl

calls = []

def build(target, *, call=0):
    def loss(rendered):
        calls.append(1)
        if len(calls) >= call:
            {fault}
        return (rendered.waveform - target.waveform).abs().mean(1)
    return loss

@hookimpl
def moss_objectives():
    call = Parameter(10000, "The call from which it fails.", least=1, most=10000)
    about = ("Fragile", "audio", "https://example.org", build)
    return [Objective("fragile", *about, parameters={{"call": call}})]
"""


@pytest.fixture
def command(tmp_path: Path, install) -> Callable[..., Result]:
    """`moss optimize` with a plugin that fails from a call on."""
    image, track = tmp_path / "disc.png", tmp_path / "notes.wav"
    PIL.Image.fromarray((small_image().pixels.numpy() * 255).astype("uint8")).save(image)
    soundfile.write(track, small_track().samples.T.numpy(), 16_000)

    def call(*words: object, fault: str = "raise RuntimeError('out of luck')") -> Result:
        install("moss-sound-fragile", "fragile = fragile", fragile=PLUGIN.format(fault=fault))
        common = ["optimize", image, track, "--out", tmp_path / "out", "--candidates", 3]
        return CliRunner().invoke(main, [str(word) for word in (*common, *words)])

    return call


def written(folder: Path) -> int:
    return len(list((folder / "out" / "audio").glob("*.wav")))


def test_parameters_are_options(command, tmp_path: Path) -> None:
    names = "ssim,multi_resolution_stft,fragile"
    result = command("--steps", 3, "--objectives", names, "--fragile.call", 4)
    assert result.exit_code == 0, result.output
    assert "objective fragile was switched off: RuntimeError: out of luck" in result.stderr
    assert written(tmp_path) == 3
    told = json.loads((tmp_path / "out" / "run.json").read_text())
    assert told["config"]["parameters"] == {"fragile": {"call": 4}}
    about = (tmp_path / "out" / "about.txt").read_text()
    assert "Fragile (call 4, moss-sound-fragile 1.0, switched off, as it failed): https://" in about
    assert f"SSIM ({DISTRIBUTION} " in about


def test_options_say_what_they_take(command) -> None:
    shown = " ".join(command("--help").output.split())
    assert (
        "--fragile.call NUMBER The call from which it fails. [1 to 10000; default: 10000]" in shown
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fragile.call", "0"], "fragile.call: must be a whole number from 1 to 10000; found 0"),
        (["--fragile.calls", "3"], "No such option"),
        (["--fragile.call", "3"], "parameters of objective fragile: must be of a chosen objective"),
    ],
)
def test_wrong_options_are_refused(command, tmp_path: Path, words, said) -> None:
    result = command(*words, "--steps", 1)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert not (tmp_path / "out").exists()


def test_the_command_stops_and_writes_everything_if_it_is_to(command, tmp_path: Path) -> None:
    names = "ssim,multi_resolution_stft,fragile"
    result = command(
        "--steps", 50, "--objectives", names, "--fragile.call", 9, "--on-failure", "stop"
    )
    assert result.exit_code == 2
    assert "of 50; writing what is there" in result.output
    assert "objective fragile: must work; found RuntimeError: out of luck" in result.stderr
    assert written(tmp_path) == 3
    assert load(tmp_path / "out").state.record.step < 50


def test_when_the_last_objective_of_a_domain_fails_everything_is_written(
    command, tmp_path: Path
) -> None:
    result = command("--steps", 50, "--objectives", "ssim,fragile", "--fragile.call", 9)
    assert result.exit_code == 2
    assert "audio objectives: must hold at least one that works" in result.stderr
    assert written(tmp_path) == 3
    header, *rows = (tmp_path / "out" / "front.csv").read_text().splitlines()
    assert "ssim" in header
    assert len(rows) == 3


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("time.sleep(30)", "must return within 1 s"),
        ("while True: pass", "must return within 1 s"),
        ("return rendered.waveform.mean(1) * float('nan')", "must be finite"),
        ("return rendered.waveform", "must return one value a rendering"),
        ("raise SystemExit('bye')", "SystemExit: bye"),
    ],
)
def test_whatever_it_does_the_others_go_on(command, tmp_path: Path, fault, said) -> None:
    names = "ssim,multi_resolution_stft,fragile"
    words = ("--steps", 3, "--objectives", names, "--fragile.call", 3, "--patience", 1)
    result = command(*words, fault=fault)
    assert result.exit_code == 0, result.output
    assert "objective fragile was switched off" in result.stderr
    assert said in result.stderr
    assert written(tmp_path) == 3


def test_an_objective_in_detail(command) -> None:
    command("--help")
    result = CliRunner().invoke(main, ["objectives", "fragile"])
    assert result.exit_code == 0
    assert "fragile: Fragile" in result.output
    assert "moss-sound-fragile 1.0, entry point fragile" in result.output
    assert "--fragile.call NUMBER" in result.output
    assert "Must be a whole number from 1 to 10000; 10000 by default." in result.output
    missing = CliRunner().invoke(main, ["objectives", "nothing"])
    assert missing.exit_code == 2
    assert "found 'nothing'" in missing.stderr


def test_a_new_objective_from_the_command_line(tmp_path: Path) -> None:
    words = ["new-objective", "foo", "--domain", "audio", "--out", str(tmp_path / "it")]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0
    assert {path.name for path in (tmp_path / "it").iterdir()} == {
        "README.md", "moss_foo.py", "pyproject.toml", "tests",
    }  # fmt: skip
    assert f"pip install {tmp_path / 'it'}" in result.output
    again = CliRunner().invoke(main, words)
    assert again.exit_code == 2
    assert "must be new or empty" in again.stderr
