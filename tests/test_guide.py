"""plugins/README.md and the README's section on objectives: every snippet is run."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import PIL.Image
import pytest
import soundfile
import torch

from moss_core import Objective, hookimpl
from moss_core.objectives import hookspecs
from moss_core.objectives.contract import CONTRACT
from moss_core.synthesis import draw
from moss_core.testing import assert_objective_contract
from samples import small_image, small_track

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "plugins" / "README.md").read_text()


def blocks(language: str, text: str = GUIDE) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_every_block_is_of_a_kind_that_is_run():
    kinds = re.findall(r"^```(\w*)\n.*?^```", GUIDE, re.MULTILINE | re.DOTALL)
    assert set(kinds) == {"python", "toml", "console"}


def test_the_python_of_the_guide_runs_and_what_it_declares_keeps_the_contract():
    namespace: dict[str, object] = {}
    for source in blocks("python"):
        exec(compile(source, "plugins/README.md", "exec"), namespace)
    (brightness,) = namespace["moss_objectives"]()  # type: ignore[operator]
    declared = {"brightness": brightness, "blocks": namespace["blocks"]}
    assert [objective.name for objective in declared.values()] == list(declared)
    assert namespace["hookimpl"] is hookimpl
    assert namespace["moss_contract"]() == CONTRACT  # type: ignore[operator]
    for objective in declared.values():
        assert_objective_contract(objective)
    (scope,) = namespace["moss_viewers"]()  # type: ignore[operator]
    assert f"--as {scope.name} " in GUIDE
    assert draw(scope, torch.ones(1, 9000), 48_000, (64, 64)).isfinite().all()
    for name, parameter in declared["blocks"].parameters.items():
        assert f'"{name}"' in GUIDE
        assert parameter.help in GUIDE


@pytest.fixture
def shell(tmp_path: Path):
    """Bash where a newcomer stands: pip installs into a folder of the test's own, offline."""
    site, tools, work = (tmp_path / name for name in ("site", "tools", "work"))
    for folder in (site, tools, work):
        folder.mkdir()
    options = "--quiet --no-index --no-deps --no-build-isolation --disable-pip-version-check"
    pip = f'#!/bin/sh\nexec "{sys.executable}" -m pip "$1" {options} --target "{site}" "$2"\n'
    (tools / "pip").write_text(pip)
    (tools / "pip").chmod(0o755)
    path = os.pathsep.join([str(tools), sysconfig.get_path("scripts"), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(site), "COLUMNS": "200"}

    def run(command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command], capture_output=True, text=True, cwd=work, env=environment
        )
        assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
        return done.stdout

    run.work = work  # type: ignore[attr-defined]
    return run


def test_the_commands_of_the_guide_do_what_they_show(shell):
    brightness = shell.work / "brightness"
    brightness.mkdir()
    (brightness / "moss_brightness.py").write_text(blocks("python")[0])
    (brightness / "pyproject.toml").write_text(blocks("toml")[0])
    pixels = (small_image().pixels.numpy() * 255).astype("uint8")
    PIL.Image.fromarray(pixels).save(shell.work / "image.png")
    soundfile.write(shell.work / "track.wav", small_track().samples.T.numpy(), 16_000)
    commands = 0
    for block in blocks("console"):
        printed: list[str] = []
        for line in block.splitlines():
            if line.startswith("$ "):
                printed = [" ".join(text.split()) for text in shell(line[2:]).splitlines()]
                commands += 1
            elif line != "...":
                assert line in printed
    assert commands == 7
    assert len(list((shell.work / "hybrid" / "audio").iterdir())) == 9


def test_every_hook_is_named_with_its_signature():
    hooks = {
        name: value
        for name, value in vars(hookspecs).items()
        if inspect.isfunction(value) and hasattr(value, f"{hookspecs.PROJECT}_spec")
    }
    assert set(hooks) == {"moss_objectives", "moss_viewers", "moss_contract"}
    for name, hook in hooks.items():
        returns = inspect.signature(hook).return_annotation
        assert f"`{name}() -> {returns}`" in GUIDE
        assert not inspect.signature(hook).parameters


def test_every_part_of_an_objective_is_explained():
    table = GUIDE.partition("returns a list of `moss_core.Objective`")[2].partition("\n\n`loss(")[0]
    explained = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert explained == list(inspect.signature(Objective).parameters)


def test_the_readmes_objective_keeps_the_contract():
    (source,) = (s for s in blocks("python", (ROOT / "README.md").read_text()) if "hookimpl" in s)
    namespace: dict[str, object] = {}
    exec(compile(source, "README.md", "exec"), namespace)
    for objective in namespace["moss_objectives"]():  # type: ignore[operator]
        assert_objective_contract(objective)


def test_links_of_the_guide_lead_somewhere():
    for link in re.findall(r"\]\(([^)#]+)\)", GUIDE):
        assert link.startswith("https://") or (ROOT / "plugins" / link).exists(), link
