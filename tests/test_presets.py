"""What to aim for, by name: the presets that come with MOSS, and files of people's own."""

from __future__ import annotations

import json
import os
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from moss_core import Blend, MossError, Run, RunConfig
from moss_core.cli.commands import main
from moss_core.objectives import discover
from moss_core.optimization import image_share, sweep_preferences
from moss_core.runs import (
    PRESET_SUFFIX,
    PRESETS,
    Preset,
    find_preset,
    parse_preset,
    preset_file,
    read_manifest,
)
from moss_core.runs.presets.files import read_preset
from samples import small_image, small_track

MINE = Preset(
    "Méine 2",
    "Outlines, and the beat.",
    (("gradient_similarity", 3.0), ("onset", 1.0), ("log_mel", 0.5)),
    {"onset": {"groups": 8}, "gradient_similarity": {"pooling": "deviation"}},
    Blend("glow", 12.0, 0.1, 0.2),
    0.7,
)


def moss(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.parametrize("preset", [*PRESETS, MINE], ids=lambda preset: preset.name)
def test_a_preset_can_be_used_and_is_read_back_as_it_was_written(preset: Preset) -> None:
    preset.check(discover())
    assert parse_preset(preset_file(preset), "p") == preset


def test_presets_differ_and_one_is_what_a_run_aims_for_by_itself() -> None:
    names = [preset.name for preset in PRESETS]
    assert names == ["subtle", "balanced", "poster", "lettering", "drums-stay-sharp"]
    usual = RunConfig()
    same = [p.name for p in PRESETS if replace(usual, **p.settings) == usual]
    assert same == ["balanced"]
    made_of = [json.dumps(json.loads(preset_file(p)) | {"label": "", "words": ""}) for p in PRESETS]
    assert len(set(made_of)) == len(PRESETS)


def told(**changed: object) -> bytes:
    return json.dumps(json.loads(preset_file(MINE)) | changed).encode()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[" * 20_000, "JSON"),
        (b"[]", "object"),
        (b"{}", "moss_preset"),
        (b" " * 64_001, "64 kB"),
        (told(moss_preset=2), "Update MOSS"),
        (told(moss_preset=True), "moss_preset"),
        (told(extra=1), "extra"),
        (told(label=""), "label"),
        (told(label="x" * 41), "label"),
        (told(label="a\nb"), "label"),
        (told(label=3), "label"),
        (told(words="x" * 201), "words"),
        (told(words=None), "words"),
        (told(objectives={}), "objectives"),
        (told(objectives=["ssim"]), "objectives"),
        (told(objectives={"SSIM; rm": 1}), "objectives"),
        (told(objectives={f"o{k}": 1 for k in range(33)}), "32"),
        (told(objectives={"ssim": 1, "onset": 0}), "onset"),
        (told(objectives={"ssim": -1, "onset": 1}), "ssim"),
        (told(objectives={"ssim": True, "onset": 1}), "true or false"),
        (told(objectives={"ssim": "1", "onset": 1}), "text where"),
        (preset_file(MINE).replace(b"3.0", b"NaN"), "NaN"),
        (preset_file(MINE).replace(b"3.0", b"1e999"), "objectives"),
        (preset_file(MINE).replace(b"3.0", b"9" * 400), "objectives"),
        (preset_file(MINE).replace(b"3.0", b"9" * 9000), "JSON"),
        (told(parameters=[]), "parameters"),
        (told(parameters={"onset": 8}), "parameters"),
        (told(parameters={"onset": {"groups": None}}), "parameters"),
        (told(parameters={"onset": {"groups": "x" * 201}}), "parameters"),
        (told(parameters={"lpips": {}}), "lpips"),
        (told(blend="glow"), "blend"),
        (told(blend={"mode": "melt"}), "melt"),
        (told(blend={"mode": []}), "mode"),
        (told(blend={"black": 141}), "black"),
        (told(blend={"soft_time": "0.1"}), "soft_time"),
        (told(blend={"soft": 0.1}), "soft"),
        (told(lean=0.05), "lean"),
        (told(lean=None), "lean"),
        (told(lean=[0.5]), "lean"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_by_its_name(content: bytes, word: str) -> None:
    with pytest.raises(MossError, match=r"^preset p\.json") as error:
        parse_preset(content, "p.json")
    assert word in str(error.value)
    assert len(str(error.value)) < 1000


def test_damaged_files_are_refused_or_read_but_never_break() -> None:
    content, chance = preset_file(MINE), random.Random(1)
    refused = 0
    for _ in range(400):
        damaged = bytearray(content)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(damaged))
            damaged[place : place + chance.randint(0, 3)] = bytes(
                chance.choices(b'{}[]":,0e9-tnN\xc3 ', k=chance.randint(0, 3))
            )
        try:
            parse_preset(bytes(damaged), "p")
        except MossError:
            refused += 1
    assert refused > 200


def test_what_is_not_installed_is_named_with_what_helps() -> None:
    plugins = discover()
    with pytest.raises(MossError, match=r"nonsense, which is not.*pip install"):
        replace(MINE, objectives=(("nonsense", 1.0),), parameters={}).check(plugins)
    with pytest.raises(MossError, match="no audio objective"):
        replace(MINE, objectives=(("ssim", 1.0),), parameters={}).check(plugins)
    with pytest.raises(MossError, match=r"onset\.depth"):
        replace(MINE, parameters={"onset": {"depth": 3}}).check(plugins)
    with pytest.raises(MossError, match=r"onset\.groups"):
        replace(MINE, parameters={"onset": {"groups": 17}}).check(plugins)


def test_only_a_regular_file_is_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "pipe"):
        if path != tmp_path:
            os.mkfifo(path)
        with pytest.raises(MossError, match="must be a file"):
            read_preset(path)
    with pytest.raises(MossError, match="must be one of subtle, balanced"):
        find_preset(str(tmp_path / "nothing"))


def test_a_single_candidate_leans_and_a_sweep_comes_nearer_from_the_far_end() -> None:
    objectives = discover().choose(["ssim", "onset"])

    def shares(candidates: int, leaning: float) -> list[float]:
        found = sweep_preferences(objectives, [1.0, 1.0], candidates, leaning)
        return [round(image_share(objectives, row), 6) for row in found.tolist()]

    assert [shares(1, leaning) for leaning in (0.1, 0.5, 0.95)] == [[0.1], [0.5], [0.95]]
    assert shares(3, 0.5) == [0.1, 0.525, 0.95]
    assert shares(2, 0.25) == [0.1, 0.7]
    assert shares(2, 0.75) == [0.35, 0.95]
    for bad in (0.0, 1.0, float("nan")):
        with pytest.raises(MossError, match="lean"):
            RunConfig(lean=bad)


def test_optimize_takes_a_preset_and_options_win_over_it(tmp_path: Path) -> None:
    file = tmp_path / f"mine{PRESET_SUFFIX}"
    file.write_bytes(preset_file(MINE))
    common = ("optimize", "--sample", "--duration", 1, "--steps", 0, "--candidates", 1)
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    result = moss(*common, "--preset", file, "--out", first)
    assert result.exit_code == 0, result.output
    config = read_manifest(first).config
    assert {name: getattr(config, name) for name in MINE.settings} == MINE.settings | {
        "parameters": config.parameters  # with the defaults filled in
    }
    assert config.parameters["onset"] == {"groups": 8}
    options = ("--objectives", "ssim,onset", "--black", 30, "--onset.groups", 2, "--lean", 0.2)
    assert moss(*common, "--preset", file, *options, "--out", second).exit_code == 0
    config = read_manifest(second).config
    assert config.objectives == (("ssim", 1.0), ("onset", 1.0))
    assert config.blend == replace(MINE.blend, black=30.0)
    assert config.parameters["onset"] == {"groups": 2}
    assert config.lean == 0.2
    like = ("optimize", "--sample", "--like", second, "--preset", "poster", "--out", third)
    result = moss(*like)
    assert result.exit_code == 0, result.output
    config, poster = read_manifest(third).config, find_preset("poster")
    assert (config.canvas.duration, config.steps) == (1, 0)
    assert (config.objectives, config.blend) == (poster.objectives, poster.blend)
    assert config.lean == poster.lean


def test_the_command_line_lists_presets_and_prints_one_as_its_file(tmp_path: Path) -> None:
    listed = moss("presets")
    assert listed.exit_code == 0
    assert all(preset.name in listed.stdout and preset.words in listed.stdout for preset in PRESETS)
    printed = moss("presets", "lettering")
    assert parse_preset(printed.stdout.encode(), "p") == find_preset("lettering")
    result = moss("optimize", "--sample", "--preset", "postr", "--out", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "must be one of subtle, balanced" in result.stderr


def test_a_single_candidate_does_as_its_preset_says() -> None:
    """On notes with clear beginnings: more song, more image, and beats that stay."""
    found = {}
    for preset in PRESETS:
        run = Run(
            small_image(),
            small_track(),
            replace(RunConfig(candidates=1, steps=12, device="cpu"), **cheap(preset)),
        )
        for _ in run.steps():
            pass
        found[preset.name] = judge(run)
    usual = found["balanced"]
    assert found["subtle"]["multi_resolution_stft"] < usual["multi_resolution_stft"]
    assert found["poster"]["ssim"] < usual["ssim"]
    assert found["lettering"]["gradient_similarity"] < usual["gradient_similarity"]
    assert found["drums-stay-sharp"]["onset"] < usual["onset"]


def cheap(preset: Preset) -> dict[str, object]:
    """A preset without LPIPS, which takes nearly all of a step's time."""
    rest = tuple((name, weight) for name, weight in preset.objectives if name != "lpips")
    return preset.settings | {"objectives": rest}


YARDSTICKS = ("ssim", "gradient_similarity", "multi_resolution_stft", "onset")


def judge(run: Run) -> dict[str, float]:
    """What a run's first sound is by all yardsticks, however it was learned."""
    plain = RunConfig(tuple((name, 1.0) for name in YARDSTICKS), candidates=1, device="cpu")
    judging = Run(run.image, run.track, plain)
    with torch.no_grad():
        rendered = judging.model.parts[0].observe(run.state.waveform[0])
    losses = judging.scorer.losses(rendered)[0].tolist()
    return dict(zip(YARDSTICKS, losses, strict=True))
