from __future__ import annotations

import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import auraloss
import lpips
import pytest
import pytorch_msssim
import torch
from safetensors.torch import load_file

from moss_core import MossError, Objective, Rendered, Target
from moss_core.objectives.discovery import discover

BUILT_IN = ("lpips", "ssim", "multi_resolution_stft")
ROOT = Path(__file__).parents[1]
WEIGHTS = ROOT / "plugins" / "moss_objectives" / "weights" / "alexnet_features_fp16.safetensors"


@pytest.fixture(scope="module")
def objectives():
    return {name: found.objective for name, found in discover().installed.items()}


@pytest.fixture(scope="module")
def published_lpips():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package asks torchvision in a deprecated way
        network = lpips.LPIPS(net="alex", pnet_rand=True, verbose=False)
    slices = [getattr(network.net, f"slice{number}") for number in range(1, 6)]
    layers = {name: layer for part in slices for name, layer in part.named_children()}
    for name, values in load_file(WEIGHTS).items():
        _, layer, kind = name.split(".")
        with torch.no_grad():
            getattr(layers[layer], kind).copy_(values)
    return network.eval().double()


def _in_double(given):
    """In float64 no rounding decides on which side of a kink (ReLU, maximum) a gradient lies."""
    doubled = given.picture.double(), given.waveform.double()
    return replace(given, picture=doubled[0], waveform=doubled[1])


def _published(name, target, rendered, network):
    """What the published implementation says: `(N,)`."""
    if name == "lpips":
        colour = rendered.picture.expand(-1, 3, -1, -1) * 2 - 1
        image = target.picture.expand(len(colour), 3, -1, -1) * 2 - 1
        return network(colour, image).flatten()
    if name == "ssim":
        image = target.picture.expand_as(rendered.picture)
        return 1 - pytorch_msssim.ssim(rendered.picture, image, data_range=1, size_average=False)
    loss = auraloss.freq.MultiResolutionSTFTLoss(
        fft_sizes=[512, 1024, 2048], hop_sizes=[128, 256, 512], win_lengths=[512, 1024, 2048]
    )
    return torch.stack([loss(one[None, None], target.waveform[None]) for one in rendered.waveform])


@pytest.mark.parametrize("name", BUILT_IN)
def test_agrees_with_the_published_implementation(
    name, objectives, published_lpips, target, rendered
):
    domain = "picture" if objectives[name].domain == "image" else "waveform"
    target, rendered = _in_double(target), _in_double(rendered)
    leaf = getattr(rendered, domain).requires_grad_()
    found = objectives[name].build(target)(rendered)
    expected = _published(name, target, rendered, published_lpips)
    assert found.shape == (3,)
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=0)
    for row in range(3):
        ours, theirs = (
            torch.autograd.grad(values[row], leaf, retain_graph=True)[0][row]
            for values in (found, expected)
        )
        assert theirs.abs().max() > 0
        assert (ours - theirs).norm() <= 1e-3 * theirs.norm()


@pytest.mark.parametrize("name", BUILT_IN)
def test_gradients_match_numerical_ones(name, objectives, target, rendered, generator):
    target = Target(target.picture.double(), target.waveform.double(), target.sample_rate)
    picture, waveform = rendered.picture[1:2].double(), rendered.waveform[1:2].double()
    loss = objectives[name].build(target)
    along_picture = torch.randn(picture.shape, generator=generator, dtype=torch.float64)
    along_waveform = torch.randn(waveform.shape, generator=generator, dtype=torch.float64)

    def along(step):
        moved = picture + step * along_picture, waveform + step * along_waveform
        return loss(Rendered(*moved, 16_000))

    zero = torch.zeros((), dtype=torch.float64, requires_grad=True)
    assert torch.autograd.grad(along(zero).sum(), zero)[0] != 0
    assert torch.autograd.gradcheck(along, zero, eps=1e-8, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["lpips", "ssim"])
def test_a_picture_and_an_image_can_change_places(name, objectives, target, rendered):
    there = objectives[name].build(target)(rendered)[2]
    other = Target(rendered.picture[2:], target.waveform, 16_000)
    swapped = Rendered(target.picture, rendered.waveform[:1], 16_000)
    torch.testing.assert_close(objectives[name].build(other)(swapped)[0], there)


@pytest.mark.parametrize("name", BUILT_IN)
def test_has_what_people_read(name, objectives):
    objective = objectives[name]
    assert objective.reference.startswith("https://")
    assert objective.label
    assert objective.description.endswith(".")
    assert objective.facts


def test_facts_say_what_is_computed(objectives):
    sizes = objectives["multi_resolution_stft"].facts["FFT sizes"]
    assert sizes == "512, 1024, 2048 samples"
    assert objectives["ssim"].facts["Window"] == "Gaussian, 11 x 11 pixels, sigma 1.5"
    assert "AlexNet, 5 layers" in objectives["lpips"].facts["Network"]


def test_facts_are_optional_and_leave_an_objective_hashable():
    assert Objective(**GOOD).facts == {}
    named = Objective(**GOOD, facts={"Bands": 64})
    assert named != Objective(**GOOD)
    assert len({named, Objective(**GOOD, facts={"Bands": 64})}) == 1


def test_a_silent_target_is_usable(objectives, target, rendered):
    silent = Target(target.picture, torch.zeros_like(target.waveform), 16_000)
    waveform = rendered.waveform.requires_grad_()
    losses = objectives["multi_resolution_stft"].build(silent)(rendered)
    assert losses.isfinite().all()
    assert torch.autograd.grad(losses.sum(), waveform)[0].isfinite().all()


def test_the_parts_that_are_measured_in_turn_add_up_to_the_whole_loss(objectives, target, rendered):
    """Of an objective that measures one part a turn, as of those that do not."""
    for objective in objectives.values():
        loss = objective.build(target, **objective.settings({}))
        turns = [loss(replace(rendered, turn=turn)) for turn in range(3)]
        torch.testing.assert_close(torch.stack(turns).mean(0), loss(rendered))
    parts = objectives["multi_resolution_stft"].build(target)
    assert not torch.equal(parts(replace(rendered, turn=0)), parts(replace(rendered, turn=1)))
    assert torch.equal(parts(replace(rendered, turn=0)), parts(replace(rendered, turn=3)))


def test_loading_and_measuring_prints_nothing():
    code = """
import torch
from moss_core import Rendered, Target
from moss_core.objectives.discovery import discover
from moss_core.objectives.scorer import Scorer
target = Target(torch.rand(1, 1, 256, 256), torch.randn(1, 8000), 16000)
installed = discover().installed.values()
scorer = Scorer([found.objective for found in installed], [target])
scorer.losses(Rendered(target.picture, target.waveform, 16000))
assert not scorer.failures
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


GOOD = {
    "name": "good",
    "label": "Good",
    "domain": "image",
    "reference": "https://example.org",
    "build": lambda target: (
        lambda rendered: (rendered.picture - target.picture).square().mean((1, 2, 3))
    ),
}


@pytest.mark.parametrize(
    ("part", "value", "thing"),
    [
        ("name", "Good", "objective name"),
        ("name", "", "objective name"),
        ("name", "2good", "objective name"),
        ("name", "a b", "objective name"),
        ("name", "good\n", "objective name"),
        ("domain", "video", "domain of objective good"),
        ("label", "", "objective good"),
        ("reference", "", "objective good"),
        ("build", None, "objective good"),
        ("facts", ["Bands"], "facts of objective good"),
        ("parameters", ["Bands"], "parameters of objective good"),
    ],
)
def test_an_objective_has_its_form(part, value, thing):
    with pytest.raises(MossError) as error:
        Objective(**GOOD | {part: value})
    assert error.value.thing == thing
    assert repr(value) in str(error.value)
