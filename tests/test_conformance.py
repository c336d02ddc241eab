"""The conformance kit: what is good passes, and each planted fault is found by its own check."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import batch_norm, conv2d, dropout, pad

from moss_core import MossError, Needs, Objective, Parameter
from moss_core.conformance import conditions, costs
from moss_core.conformance.process_state import changed_since, process_state
from moss_core.machine.distribution import DISTRIBUTION
from moss_core.objectives.discovery import discover
from moss_core.testing import CHECKS, Kit, assert_objective_contract, check_objective

INSTALLED = discover().installed
SLOW = ("nothing kept", "speed", "memory")  # they look at the whole process, or at much sound


def _difference(rendered, target):
    return rendered.picture - target.picture


def _good(target, **settings):
    return lambda rendered: _difference(rendered, target).abs().mean((1, 2, 3))


def _listens(target):
    return lambda rendered: (rendered.waveform - target.waveform).abs().mean(1)


GOOD = Objective("good", "Good", "image", "https://example.org", _good)
LISTENS = replace(GOOD, domain="audio", build=_listens)


def _times(factor):
    """A good objective, multiplied by what `factor` makes of a rendering: `(N,)` or a number."""
    return lambda target: lambda rendered: _good(target)(rendered) * factor(rendered)


def _first(act):
    """A good objective that does something in `build`."""

    def build(target, **settings):
        act()
        return _good(target)

    return build


def _counts(target):
    calls = []

    def loss(rendered):
        calls.append(1)
        return _good(target)(rendered) * len(calls)

    return loss


def _writes(target):
    def loss(rendered):
        if not rendered.picture.requires_grad:
            rendered.picture.mul_(1.00001)
        return _difference(rendered, target).square().mean((1, 2, 3))

    return loss


def _wants_gradients(target):
    target.picture.requires_grad_()
    return lambda rendered: _difference(rendered, target).abs().mean((1, 2, 3))


def _seeds(target):
    torch.manual_seed(0)
    along = torch.rand(256)
    return lambda rendered: (_difference(rendered, target).abs() * along).mean((1, 2, 3))


def _draws(target):
    np.random.rand()
    random.random()
    return _good(target)


def _built_at_random(target):
    factor = 1 + torch.rand(())
    return lambda rendered: _good(target)(rendered) * factor


def _seeded_as_torch_is(target):
    generator = torch.Generator().manual_seed(torch.initial_seed())
    factor = 1 + torch.rand((), generator=generator)
    return lambda rendered: _good(target)(rendered) * factor


def _numpys(target):
    picture = target.picture.cpu().numpy()

    def loss(rendered):
        found = np.abs(rendered.picture.detach().cpu().numpy() - picture).mean((1, 2, 3))
        return torch.from_numpy(found)

    return loss


class _TwiceTheGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, difference):
        ctx.save_for_backward(difference)
        return difference.square()

    @staticmethod
    def backward(ctx, gradient):
        return 4 * gradient * ctx.saved_tensors[0]


def _leaks(target):
    kept = []

    def loss(rendered):
        kept.append(_good(target)(rendered))
        return kept[-1]

    return loss


def _grows(target):
    kept = torch.zeros(0)

    def loss(rendered):
        nonlocal kept
        kept = torch.cat([kept, rendered.waveform.detach()[0]])
        return _good(target)(rendered)

    return loss


def _multiplied(constant):
    def build(target):
        made = constant(target.picture)
        return lambda rendered: (_difference(rendered, target) @ made).abs().mean((1, 2, 3))

    return build


def _convolved(target):
    kernel = torch.ones(1, 1, 3, 3, dtype=target.picture.dtype)
    return lambda rendered: conv2d(_difference(rendered, target), kernel).abs().mean((1, 2, 3))


def _moves_what_it_keeps():
    network = torch.nn.Conv2d(1, 1, 3, bias=False)
    torch.nn.init.ones_(network.weight)

    def build(target):
        return lambda rendered: (
            network.to(target.picture.device, target.picture.dtype)(_difference(rendered, target))
            .abs()
            .mean((1, 2, 3))
        )

    return build


def _normalises(target):
    def loss(rendered):
        together = torch.cat([target.picture, rendered.picture])
        found = batch_norm(together, None, None, training=True)
        return (found[1:] - found[:1]).abs().mean((1, 2, 3))

    return loss


def _pads(target):
    """Reflects 1024 samples at either end, which takes more than one frame."""
    target = pad(target.waveform, (1024, 1024), mode="reflect")

    def loss(rendered):
        found = pad(rendered.waveform, (1024, 1024), mode="reflect")
        return (found - target).abs().mean(1)

    return loss


def _only_at(rate):
    def build(target):
        if target.sample_rate != rate:
            raise ValueError(f"made for {rate} Hz")
        return _listens(target)

    return build


def _in_decibels(target):
    def level(waveform):
        return torch.log10(waveform.square().mean(1))

    return lambda rendered: (
        (level(rendered.waveform) - level(target.waveform)).abs() + _listens(target)(rendered)
    )


def _contrast(target):
    """Divides by the picture's spread, which is 0 where it is all of one gray."""

    def normal(picture):
        return (picture - 0.5) / picture.std((1, 2, 3), keepdim=True)

    wanted = normal(target.picture)
    return lambda rendered: (normal(rendered.picture) - wanted).abs().mean((1, 2, 3))


def _bands(target, *, bands):
    if bands > 256:
        raise ValueError("no more bands than rows")
    return _good(target)


def _power(target, *, power):
    return lambda rendered: (
        (_difference(rendered, target).abs() ** power).mean((1, 2, 3)) ** (1 / power)
    )


def _modes(target, *, mode):
    return lambda rendered: _good(target)(rendered) + (mode == "sum")


def _passes_on(target):
    kept = {}

    def loss(rendered):
        kept["rendered"] = rendered
        time.sleep(0.01)
        return _difference(kept["rendered"], target).square().mean((1, 2, 3)) + 0 * (
            _difference(rendered, target).mean((1, 2, 3))
        )

    return loss


def _number(default, least, most):
    return Parameter(default, "A number.", least=least, most=most)


def _image(build):
    return replace(GOOD, build=build)


def _audio(build):
    return replace(LISTENS, build=build)


def _with(build, **parameters):
    return replace(GOOD, build=build, parameters=parameters)


AT_THE_TARGET = ["silence", "black and white pictures", "sample rates", "short sounds"]
DRAWN_AT_EVERY_CALL = ["independent in a batch", "nothing else touched", "gradient as measured"]

# What is wrong: an objective with that fault, the checks that find it, and what the first says.
FAULTS = {
    "returns no dimension": (
        _image(lambda t: lambda r: _difference(r, t).abs().mean()),
        ["one loss a rendering"],
        "returns shape ()",
    ),
    "returns two dimensions": (
        _image(lambda t: lambda r: _difference(r, t).abs().mean((2, 3))),
        ["one loss a rendering"],
        "returns shape (5, 1)",
    ),
    "returns a list": (
        _image(lambda t: lambda r: _good(t)(r).tolist()),
        ["one loss a rendering"],
        "returns a list",
    ),
    "returns whole numbers": (
        _image(lambda t: lambda r: (_good(t)(r) * 1e6).long()),
        ["one loss a rendering"],
        "not floating-point",
    ),
    "is built without its parameter": (
        _with(lambda target: _good(target), bands=_number(8, 1, 9)),
        ["one loss a rendering"],
        "unexpected keyword argument 'bands'",
    ),
    "ends the program": (
        _image(lambda target: sys.exit("no licence")),
        ["one loss a rendering"],
        "raises SystemExit: no licence (test_conformance.py, line ",
    ),
    "not 0": (
        _image(lambda t: lambda r: _good(t)(r) + 0.01),
        ["zero at the target", *AT_THE_TARGET],
        "gives 0.01 for the target itself, not 0",
    ),
    "constant": (
        _image(lambda t: lambda r: 0 * r.picture.mean((1, 2, 3))),
        ["larger for worse", "silence", "black and white pictures", "a gradient in its domain"],
        "gives 0 for the target with a little noise, which is not above 0",
    ),
    "backwards": (
        _image(lambda t: lambda r: -_good(t)(r)),
        ["larger for worse", "silence", "black and white pictures", "one column"],
        "which is not above 0",
    ),
    "less for worse": (
        _image(lambda t: lambda r: _good(t)(r) / (1 + (20 * _good(t)(r)).square())),
        ["larger for worse"],
        "larger for worse",
    ),
    "infinite at black": (
        _image(_times(lambda r: 1 / (r.picture.mean((1, 2, 3)) > 0))),
        ["black and white pictures"],
        "gives inf for a black picture, which is not finite",
    ),
    "infinite gradient at the target": (
        _image(lambda t: lambda r: _difference(r, t).square().mean((1, 2, 3)).sqrt()),
        ["finite values and gradients", *AT_THE_TARGET],
        "has a gradient that is not finite at the target itself",
    ),
    "infinite gradient at black": (
        _image(_times(lambda r: 1 + r.picture.square().mean((1, 2, 3)).sqrt())),
        ["black and white pictures"],
        "has a gradient that is not finite at a black picture",
    ),
    "infinite at an image of one gray": (
        _image(_contrast),
        ["black and white pictures"],
        "which is not finite",
    ),
    "NaN at silence": (
        _audio(lambda t: lambda r: _listens(t)(r) * (1 + 0 * r.waveform.square().mean(1).log())),
        ["silence"],
        "gives nan for a silent rendering, which is not finite",
    ),
    "infinite decibels": (
        _audio(_in_decibels),
        ["silence"],
        "gives inf for a silent rendering",
    ),
    "no gradient": (
        _image(lambda t: lambda r: _difference(r, t).detach().abs().mean((1, 2, 3))),
        ["a gradient in its domain", "gradient as measured"],
        "is not differentiable",
    ),
    "computed by NumPy": (
        _image(_numpys),
        ["a gradient in its domain", "gradient as measured"],
        "is not differentiable",
    ),
    "the other domain": (
        replace(GOOD, build=_listens),
        ["a gradient in its domain"],
        "has no gradient for its domain, image",
    ),
    "counts its calls": (
        _image(_counts),
        ["the same again", "independent in a batch", "gradient as measured"],
        "gives other values when it measures the same again",
    ),
    "noise": (
        _image(_times(lambda r: 1 + torch.rand(()))),
        ["the same again", *DRAWN_AT_EVERY_CALL],
        "gives other values when it measures the same again",
    ),
    "dropout": (
        _image(lambda t: lambda r: dropout(_difference(r, t)).abs().mean((1, 2, 3))),
        ["the same again", *DRAWN_AT_EVERY_CALL],
        "gives other values when it measures the same again",
    ),
    "built at random": (
        _image(_built_at_random),
        ["the same again", "nothing else touched"],
        "gives other values when it is built again",
    ),
    "built by torch's seed": (
        _image(_seeded_as_torch_is),
        ["the same again"],
        "gives other values when it is built again",
    ),
    "the mean of the batch": (
        _image(_times(lambda r: 1 + r.picture.mean())),
        ["independent in a batch"],
        "in a batch",
    ),
    "the gradient of the batch": (
        _image(lambda t: lambda r: _good(t)(r) + r.picture.mean() - r.picture.detach().mean()),
        ["independent in a batch", "gradient as measured"],
        "lets other items of the batch into the loss of",
    ),
    "batch normalisation": (
        _image(_normalises),
        ["independent in a batch"],
        "in a batch",
    ),
    "by its place in the batch": (
        _image(_times(lambda r: 1 + r.picture.new_ones(len(r.picture)).cumsum(0))),
        ["independent in a batch"],
        "gives other values when the batch is in another order",
    ),
    "writes into what it is given": (
        _image(_writes),
        ["nothing else touched"],
        "changed a tensor that it was given",
    ),
    "wants gradients of the target": (
        _image(_wants_gradients),
        ["nothing else touched"],
        "changed a tensor that it was given",
    ),
    "seeds torch": (
        _image(_seeds),
        ["nothing else touched", "device"],
        "changed torch's random state",
    ),
    "draws from NumPy and Python": (
        _image(_draws),
        ["nothing else touched"],
        "changed NumPy's random state and Python's random state",
    ),
    "sets the dtype": (
        _image(_first(lambda: torch.set_default_dtype(torch.float64))),
        ["nothing else touched"],
        "changed the default dtype",
    ),
    "sets the number of threads": (
        _image(_first(lambda: torch.set_num_threads(1 + torch.get_num_threads()))),
        ["nothing else touched"],
        "changed the number of threads",
    ),
    "sets an environment variable": (
        _image(_first(lambda: os.environ.update(MOSS_TEST="1"))),
        ["nothing else touched"],
        "changed environment variables",
    ),
    "goes elsewhere": (
        _image(_first(lambda: os.chdir("/"))),
        ["nothing else touched"],
        "changed the working folder",
    ),
    "silences warnings": (
        _image(_first(lambda: warnings.simplefilter("ignore", ResourceWarning))),
        ["nothing else touched"],
        "changed the filters of warnings",
    ),
    "twice the gradient": (
        _image(
            lambda t: lambda r: _TwiceTheGradient.apply(_difference(r, t)).mean((1, 2, 3)),
        ),
        ["gradient as measured"],
        "has a gradient that is",
    ),
    "a part of the gradient is missing": (
        _image(_times(lambda r: 1 + r.picture.detach().mean((1, 2, 3)))),
        ["gradient as measured"],
        "has a gradient that is",
    ),
    "float64 for float32": (
        _image(lambda t: lambda r: _good(t)(r).double()),
        ["dtypes"],
        "returns torch.float64 where everything is float32",
    ),
    "float32 alone": (
        _image(_multiplied(lambda picture: torch.eye(256, device=picture.device))),
        ["dtypes"],
        "where everything is float64",
    ),
    "one sample rate": (
        _audio(_only_at(16_000)),
        ["sample rates"],
        "raises ValueError: made for 16000 Hz (test_conformance.py, line ",
    ),
    "more than a frame": (
        _audio(_pads),
        ["short sounds"],
        "where the sound is 0.064 s long. Declare Needs(seconds=)",
    ),
    "too many bands": (
        _with(_bands, bands=_number(64, 8, 512)),
        ["parameters"],
        "raises ValueError: no more bands than rows (test_conformance.py, line ",
    ),
    "a power of 0": (
        _with(_power, power=_number(1.0, 0, 1)),
        ["parameters"],
        "with power = 0.0",
    ),
    "a choice that is not 0": (
        _with(_modes, mode=Parameter("mean", "What is done.", choices=("mean", "sum"))),
        ["parameters"],
        "gives 1 for the target itself, not 0, with mode = sum",
    ),
    "a product with a constant on the CPU": (
        _image(_multiplied(lambda picture: torch.eye(256, dtype=picture.dtype))),
        ["device"],
        "found tensors on different devices (test_conformance.py, line ",
    ),
    "a kernel on the CPU": (
        _image(_convolved),
        ["device"],
        "found tensors on different devices (test_conformance.py, line ",
    ),
    "puts its losses on the CPU": (
        _image(lambda t: lambda r: torch.tensor([value.item() for value in _good(t)(r)])),
        ["a gradient in its domain", "dtypes", "device"],
        "is not differentiable",
    ),
    "keeps what it is given while it measures": (
        replace(_image(_passes_on), thread_safe=True),
        ["several threads"],
        "while other threads measure. Keep nothing from call to call",
    ),
    "moves what it keeps": (
        _image(_moves_what_it_keeps()),
        ["device"],
        "on the CPU, once it was built for another device",
    ),
}


NOT_FOR_GOOD = ("parameters", "several threads")
"""Checks of what the good objective does not have, or does not say of itself."""


def _failures(objective, but=SLOW):
    """What fails, by check."""
    kit = Kit(objective)
    checks = [kit.run(name) for name in CHECKS if name not in but]
    return {check.name: check.message for check in checks if check.passed is False}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_by_its_checks(fault):
    objective, expected, said = FAULTS[fault]
    failures = _failures(objective)
    assert list(failures) == expected
    message = failures[expected[0]]
    assert said in message
    assert message.startswith("objective good ")
    assert "\n" not in message


@pytest.mark.parametrize("build", [_leaks, _grows])
def test_what_keeps_tensors_is_found(build):
    assert re.search(
        r"^objective good keeps [\d,]+ bytes of tensors more with every call\. Keep no results",
        Kit(_image(build)).run("nothing kept").message,
    )


def test_what_is_slow_is_found(monkeypatch):
    assert Kit(GOOD).run("speed").passed
    monkeypatch.setattr(costs, "SECONDS_LIMIT", 0.0)
    message = Kit(GOOD).run("speed").message
    assert re.search(r"^objective good takes 0\.\d\d s a candidate, more than 0 s\. ", message)


def test_what_needs_much_memory_is_found(monkeypatch):
    """Ten sums and the picture itself are kept for each candidate; the weight for all of them."""
    weight = torch.ones(30, 256, 256, requires_grad=True)

    def build(target):
        return lambda rendered: (
            sum((rendered.picture + number).square().mean((1, 2, 3)) for number in range(10))
            + 0 * (weight * rendered.picture[0, 0]).mean()
        )

    pictures = 11 * 256 * 256 * 4 / 1e6
    kit = Kit(_image(build))
    assert kit.run("memory").message == f"{pictures:.1f} MB a candidate"
    monkeypatch.setattr(costs, "MEGABYTES_LIMIT", 2.5)
    message = Kit(_image(build)).run("memory").message
    assert message.startswith("objective good keeps 3 MB a candidate, more than 2 MB, for ")


LET_PASS = {
    "listens": LISTENS,
    "needs more than a frame and says so": replace(LISTENS, build=_pads, needs=Needs(seconds=0.1)),
    "needs a long sound and says so": replace(LISTENS, needs=Needs(seconds=3)),
    "needs a high rate and says so": replace(LISTENS, needs=Needs(sample_rate=22_050)),
    "as many bands as work": _with(_bands, bands=_number(64, 8, 256)),
    "ends between whole numbers": _with(_bands, bands=_number(8, 0.5, 20.5)),
    "a switch": _with(_good, loud=Parameter(True, "Loud.")),
    "random weights of its own": _image(
        _multiplied(
            lambda picture: torch.randn(256, 8, generator=torch.Generator().manual_seed(3)).to(
                picture
            )
        )
    ),
    "a number of the target's": _image(
        lambda t: lambda r: _good(t)(r) / (1 + float(t.picture.max()))
    ),
}


@pytest.mark.parametrize("name", LET_PASS)
def test_what_keeps_the_contract_passes(name):
    assert _failures(LET_PASS[name]) == {}


@pytest.mark.parametrize(
    "name", [name for name, found in INSTALLED.items() if found.distribution == DISTRIBUTION]
)
def test_moss_s_own_objectives_keep_the_contract(name):
    assert_objective_contract(INSTALLED[name].objective)


def test_a_good_objective_passes_and_the_report_says_what_was_done():
    report = check_objective(GOOD)
    assert report.passed
    assert [check.name for check in report.checks] == list(CHECKS)
    assert len(set(CHECKS)) == len(CHECKS) >= 20
    title, *lines, summary = str(report).splitlines()
    assert title == "objective good (Good, image)"
    assert [line.split(":")[0] for line in lines] == [
        f"  {'skipped' if name in NOT_FOR_GOOD else 'ok     '}  {name}" for name in CHECKS
    ]
    by_name = dict(zip(CHECKS, lines, strict=True))
    assert re.fullmatch(r"  ok       speed: \d+\.\d ms a candidate", by_name["speed"])
    assert re.fullmatch(r"  ok       memory: \d+\.\d MB a candidate", by_name["memory"])
    assert by_name["parameters"] == "  skipped  parameters: it has none"
    assert by_name["sample rates"].endswith(": 8,000 Hz and 44,100 Hz")
    assert re.fullmatch(r"19 ok, 2 skipped, in \d+\.\d s", summary)


def test_the_report_says_what_failed_and_what_to_do():
    objective = replace(GOOD, build=lambda t: lambda r: _good(t)(r) + 0.01)
    with pytest.raises(AssertionError) as error:
        assert_objective_contract(objective)
    first, blank, title, *lines, summary = str(error.value).splitlines()
    assert first == (
        "objective good gives 0.01 for the target itself, not 0. "
        "Measure the target in build as a rendering in the loss, and compare the two."
    )
    assert (blank, title) == ("", "objective good (Good, image)")
    assert lines[CHECKS.index("zero at the target")] == f"  FAILED   zero at the target: {first}"
    assert [line.split()[0] for line in lines].count("FAILED") == 5
    assert summary.startswith("14 ok, 5 failed, 2 skipped, in ")


def test_what_returns_no_losses_is_not_asked_for_more():
    report = check_objective(replace(GOOD, build=lambda target: lambda rendered: None))
    first, *others = report.checks
    assert (first.name, first.passed) == ("one loss a rendering", False)
    assert "returns a NoneType, not a tensor" in first.message
    assert {(check.passed, check.message) for check in others} == {
        (None, "it takes one loss a rendering")
    }


@pytest.mark.parametrize(
    ("needs", "reason"),
    [
        (Needs(colour=True), "it needs colour or stereo"),
        (Needs(stereo=True), "it needs colour or stereo"),
        (Needs(devices=("cuda",)), "it does not run on the CPU"),
    ],
)
def test_what_cannot_be_tried_here_is_skipped(needs, reason):
    report = check_objective(replace(GOOD, needs=needs))
    assert report.passed
    assert all(check.passed is None and reason in check.message for check in report.checks)


def test_what_does_not_run_on_a_gpu_is_not_put_there():
    check = Kit(replace(GOOD, needs=Needs(devices=("cpu", "mps")))).run("device")
    assert (check.passed, check.message) == (None, "it says that it runs on cpu and mps only")


def test_what_cannot_do_without_values_is_skipped_where_there_is_no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    check = Kit(_image(lambda t: _multiplied(lambda p: torch.from_numpy(p.numpy())[0, 0])(t)))
    check = check.run("device")
    assert check.passed is None
    assert "there is no GPU, and it cannot be tried without: it raises TypeError" in check.message


def test_a_gpu_is_used_where_there_is_one(monkeypatch):
    """The path of a GPU, on the CPU: what differs there from the first values is found."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(conditions, "_GPU", torch.device("cpu"))
    assert Kit(GOOD).run("device").passed
    calls = []

    def build(target):
        calls.append(1)
        return _image(_times(lambda r: len(calls))).build(target)

    message = Kit(_image(build)).run("device").message
    assert message.startswith("objective good gives [")
    assert ", on a GPU. Make constants with " in message


def test_settings_are_what_it_is_built_with():
    built = []

    def build(target, *, bands, loud):
        built.append((bands, loud))
        return _good(target)

    objective = _with(build, bands=_number(8, 1, 9), loud=Parameter(False, "Loud."))
    assert check_objective(objective, bands=4).passed
    assert set(built) == {(4, False), (1, False), (9, False), (4, True)}
    with pytest.raises(MossError, match=r"good\.bands: must be a whole number from 1"):
        check_objective(objective, bands=10)


def test_only_objectives_are_checked():
    with pytest.raises(AssertionError, match=r"expected a moss_core\.Objective, got a function"):
        assert_objective_contract(lambda target: None)
    with pytest.raises(MossError, match=r"must be a moss_core\.Objective; found a function"):
        check_objective(lambda target: None)


def test_the_seed_is_that_of_the_noise():
    built = []

    def build(target):
        built.append(target)
        return _good(target)

    for seed in (0, 0, 7):
        Kit(_image(build), seed=seed).run("zero at the target")
    waveforms = [target.waveform for target in built if target.waveform.shape[1] == 16_000]
    same, other = torch.equal(waveforms[0], waveforms[2]), waveforms[-1]
    assert same
    assert not torch.equal(waveforms[0], other)


def test_a_check_is_made_once():
    built = []
    kit = Kit(_image(_first(lambda: built.append(1))))
    first = kit.run("dtypes")
    count = len(built)
    assert kit.run("dtypes") is first
    assert len(built) == count
    assert [check.name for check in kit.report.checks] == ["one loss a rendering", "dtypes"]


def _touches_everything():
    torch.manual_seed(5)
    np.random.seed(5)
    random.seed(5)
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    torch.set_grad_enabled(False)
    torch.set_num_threads(1 + torch.get_num_threads())
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = not torch.backends.cudnn.benchmark
    torch.set_float32_matmul_precision("medium")
    torch.autograd.set_detect_anomaly(True, check_nan=False)
    np.seterr(all="ignore")
    os.environ["MOSS_TEST"] = "1"
    os.chdir("/")
    sys.path.append("/nowhere")
    warnings.simplefilter("ignore", ResourceWarning)


def test_whatever_an_objective_sets_is_named_and_put_back():
    before = process_state()
    message = Kit(_image(_first(_touches_everything)))._make("nothing else touched").message
    assert changed_since(before) == []
    for name in before:
        assert name in message


def test_the_state_of_the_caller_does_not_matter():
    before = process_state()
    try:
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")
        with torch.no_grad():
            assert _failures(GOOD) == {}
            assert not torch.is_grad_enabled()
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_device(None)
        torch.set_default_dtype(torch.float32)
    assert changed_since(before) == []


PLUGIN = """
from moss_core import Objective, hookimpl

def build(target):
    return lambda rendered: (rendered.picture - target.picture).abs().mean((1, 2, 3)) + {more}

@hookimpl
def moss_objectives():
    return [Objective("{name}", "A label", "image", "https://example.org", build)]
"""


@pytest.fixture
def run_pytest(install, tmp_path):
    """Run pytest in a folder with a test that fails, where good, bad and broken are installed."""
    for name, more in (("good", "0"), ("bad", "0.01")):
        install(
            name, f"{name} = moss_{name}", **{f"moss_{name}": PLUGIN.format(name=name, more=more)}
        )
    install("broken", "broken = moss_broken", moss_broken="raise RuntimeError('no licence')")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "test_other.py").write_text("def test_other():\n    assert False, 'other'\n")

    def run(*arguments, folder=folder):
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
        environment = os.environ | {"PYTHONPATH": str(tmp_path), "COLUMNS": "200"}
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )

    return run


def test_pytest_checks_an_objective_and_nothing_else(run_pytest, tmp_path):
    done = run_pytest("-v", "--moss-objective", "good")
    assert done.returncode == 0, done.stdout + done.stderr
    for name in CHECKS:
        word = "SKIPPED" if name in NOT_FOR_GOOD else "PASSED"
        assert re.search(rf"^moss-objective::good::{re.escape(name)} {word}", done.stdout, re.M)
    assert "19 passed, 2 skipped in" in done.stdout
    assert "objective good (A label, image)\n  ok       one loss a rendering\n" in done.stdout
    assert "test_other" not in done.stdout
    empty = tmp_path / "empty"
    empty.mkdir()
    done = run_pytest("--moss-objective", "good", "-k", "dtypes", folder=empty)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed, 20 deselected in" in done.stdout


def test_pytest_checks_several_and_tests_the_paths_as_well(run_pytest):
    options = [f"--moss-objective={name}" for name in ("bad", "good", "bad")]
    done = run_pytest(*options, "test_other.py", "-k", "other or zero")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "2 failed, 1 passed, 40 deselected in" in done.stdout
    assert "AssertionError: other" in done.stdout
    title = r"_{3,} moss-objective::bad::zero at the target _{3,}"
    said = r"objective bad gives 0\.01 for the target itself, not 0\. Measure the target .*"
    assert re.search(rf"^{title}\n{said}\n={{3,}} MOSS's contract", done.stdout, re.M)
    assert "  FAILED   zero at the target: objective bad gives 0.01 " in done.stdout
    assert "moss_core/" not in done.stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing", r"must be among the installed ones: .*ssim.*, bad, good; found 'nothing'\."),
        ("broken", r"objective broken: must load; found RuntimeError: no licence \(broken 1\.0\)"),
    ],
)
def test_pytest_says_which_objectives_there_are(name, said, run_pytest):
    done = run_pytest("--moss-objective", name)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert re.search("^ERROR: .*" + said, done.stderr, re.M)
    assert "Traceback" not in done.stderr


def test_without_its_option_the_pytest_plugin_does_nothing(run_pytest, tmp_path):
    (tmp_path / "folder" / "test_other.py").write_text(
        "import sys\n\ndef test_other():\n"
        "    assert 'moss_pytest' in sys.modules\n"
        "    assert not {'torch', 'numpy', 'moss_core'} & set(sys.modules)\n"
    )
    done = run_pytest("-W", "error")
    assert done.returncode == 0, done.stdout
    assert "1 passed in" in done.stdout
    assert "moss-objective" not in done.stdout
