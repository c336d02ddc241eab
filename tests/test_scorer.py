from __future__ import annotations

import sys
import time
from dataclasses import replace

import pytest
import torch

from moss_core import MossError, Needs, Objective, Parameter
from moss_core.objectives.scorer import Scorer
from samples import fresh_memory


def objective(name, build, domain="image"):
    return Objective(name, name.title(), domain, "https://example.org", build)


def _picture(target):
    return lambda rendered: (rendered.picture - target.picture).square().mean((1, 2, 3))


def _waveform(target):
    return lambda rendered: (rendered.waveform - target.waveform).abs().mean(1)


PICTURE = objective("picture", _picture)
WAVEFORM = objective("waveform", _waveform, "audio")


def _raises_at_build(target):
    raise RuntimeError("no such network")


def _writes_into(target):
    target.picture.zero_()

    def loss(rendered):
        rendered.picture.zero_()
        return rendered.picture.mean((1, 2, 3))

    return loss


def _raises(rendered):
    raise KeyError("layer 3")


BROKEN = {
    "build": (_raises_at_build, "RuntimeError: no such network"),
    "not a loss": (lambda target: 3, "not callable"),
    "step": (lambda target: _raises, "KeyError: 'layer 3'"),
    "shape": (lambda target: lambda r: r.picture.mean((2, 3)), "(3,); found (3, 1)"),
    "scalar": (lambda target: lambda r: r.picture.mean(), "(3,); found ()"),
    "type": (lambda target: lambda r: [0.0, 0.0, 0.0], "(3,); found list"),
    "nan": (
        lambda target: lambda r: r.picture.mean((1, 2, 3)) * torch.nan,
        "must be finite; found 3",
    ),
    "infinite": (
        lambda target: lambda r: 1 / (0 * r.picture.mean((1, 2, 3))),
        "must be finite; found 3",
    ),
}
BROKEN_GRADIENT = {
    "nan gradient": (
        lambda target: lambda r: (0 * r.picture).sqrt().mean((1, 2, 3)),
        "gradient: must be finite",
    ),
    "no gradient": (
        lambda target: lambda r: r.picture.detach().mean((1, 2, 3)),
        "does not require grad",
    ),
    "writes": (_writes_into, "in-place"),
}


def test_measures_in_the_order_of_the_objectives(target, rendered):
    scorer = Scorer((WAVEFORM, PICTURE), [target])
    losses = scorer.losses(rendered)
    assert scorer.active == (0, 1)
    assert scorer.failures == ()
    torch.testing.assert_close(losses[:, 0], _waveform(target)(rendered))
    torch.testing.assert_close(losses[:, 1], _picture(target)(rendered))
    assert not losses.requires_grad


def test_gradients_are_those_of_the_weighted_sum(target, rendered, generator):
    scorer = Scorer((WAVEFORM, PICTURE, objective("twice", _picture)), [target])
    weights = torch.rand(3, 3, generator=generator)
    losses, picture, waveform = scorer.losses_and_gradients(rendered, weights)
    leaves = rendered.picture.requires_grad_(), rendered.waveform.requires_grad_()
    parts = _waveform(target)(rendered), _picture(target)(rendered), _picture(target)(rendered)
    total = sum((part * weights[:, index]).sum() for index, part in enumerate(parts))
    expected = torch.autograd.grad(total, leaves)
    torch.testing.assert_close((picture, waveform), expected)
    torch.testing.assert_close(losses, torch.stack(parts, 1).detach())


@pytest.mark.parametrize("case", BROKEN | BROKEN_GRADIENT)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_fails_is_switched_off_alone(case, place, target, rendered):
    build, said = (BROKEN | BROKEN_GRADIENT)[case]
    chosen = [WAVEFORM, PICTURE]
    chosen.insert(place, objective("broken", build))
    others = [index for index in range(3) if index != place]
    weights = torch.ones(3, 3)
    scorer = Scorer(chosen, [target])
    found, *gradients = scorer.losses_and_gradients(rendered, weights)
    expected, *expected_gradients = Scorer((WAVEFORM, PICTURE), [target]).losses_and_gradients(
        rendered, weights[:, :2]
    )
    assert torch.equal(found[:, others], expected)
    assert found[:, place].isnan().all()
    assert all(map(torch.equal, gradients, expected_gradients))
    assert scorer.active == tuple(others)
    (failure,) = scorer.failures
    assert failure.name == "broken"
    assert said in failure.reason
    assert "Traceback" in failure.details
    again = scorer.losses(rendered)
    assert torch.equal(again[:, others], expected)
    assert again[:, place].isnan().all()
    assert len(scorer.failures) == 1


@pytest.mark.parametrize("case", BROKEN)
def test_what_fails_without_gradients_is_switched_off_too(case, target, rendered):
    build, said = BROKEN[case]
    scorer = Scorer((objective("broken", build), PICTURE, WAVEFORM), [target])
    assert scorer.losses(rendered)[:, 1:].isfinite().all()
    assert [failure.name for failure in scorer.failures] == ["broken"]
    assert said in scorer.failures[0].reason


def test_what_writes_into_its_input_spoils_no_other(target, rendered):
    before = [t.clone() for t in (target.picture, rendered.picture, rendered.waveform)]
    alone = Scorer((PICTURE, WAVEFORM), [target]).losses(rendered)
    beside = Scorer((objective("writes", _writes_into), PICTURE, WAVEFORM), [target]).losses(
        rendered
    )
    assert torch.equal(beside[:, 1:], alone)
    assert all(map(torch.equal, before, (target.picture, rendered.picture, rendered.waveform)))


@pytest.mark.parametrize("domain", ["image", "audio"])
def test_the_last_of_a_domain_that_fails_at_build(domain, target):
    other = WAVEFORM if domain == "image" else PICTURE
    with pytest.raises(MossError) as error:
        Scorer((objective("broken", _raises_at_build, domain), other), [target])
    assert error.value.thing == f"{domain} objectives"
    assert "broken (RuntimeError: no such network)" in str(error.value)


def test_the_last_of_a_domain_that_fails_in_a_step(target, rendered):
    fails = {"on": False}

    def build(target):
        return lambda r: _raises(r) if fails["on"] else _picture(target)(r)

    scorer = Scorer((objective("fading", build), WAVEFORM), [target])
    weights = torch.ones(3, 2)
    assert scorer.losses_and_gradients(rendered, weights)[0].isfinite().all()
    fails["on"] = True
    with pytest.raises(MossError, match=r"^image objectives: .* none left: fading \(KeyError"):
        scorer.losses_and_gradients(rendered, weights)


def test_ctrl_c_is_nobodys_failure(target, rendered):
    def interrupted(rendered):
        raise KeyboardInterrupt

    scorer = Scorer((objective("slow", lambda target: interrupted), PICTURE, WAVEFORM), [target])
    with pytest.raises(KeyboardInterrupt):
        scorer.losses(rendered)
    assert scorer.failures == ()


def test_what_hangs_is_switched_off_and_the_others_go_on(target, rendered):
    def build(target):
        return lambda rendered: time.sleep(5)

    scorer = Scorer((WAVEFORM, PICTURE, objective("slow", build)), [target], patience=0.5)
    began = time.monotonic()
    losses, *_ = scorer.losses_and_gradients(rendered, torch.ones(3, 3))
    assert time.monotonic() - began < 4
    assert losses[:, :2].isfinite().all()
    assert losses[:, 2].isnan().all()
    (failure,) = scorer.failures
    assert failure.name == "slow"
    assert "objective slow: must return within 0.5 s" in failure.reason
    began = time.monotonic()
    scorer.losses(rendered)
    assert time.monotonic() - began < 0.5  # it is not asked again


def test_what_hangs_while_it_is_built_is_switched_off(target, rendered):
    scorer = Scorer(
        (WAVEFORM, PICTURE, objective("slow", lambda target: time.sleep(5))), [target], patience=0.5
    )
    (failure,) = scorer.failures
    assert "build of objective slow: must return within 0.5 s" in failure.reason
    assert scorer.active == (0, 1)


def test_what_leaks_is_switched_off(target, rendered):
    kept, megabytes = [], 8

    def build(target):
        def loss(rendered):
            kept.append(fresh_memory(megabytes))
            return (rendered.picture - target.picture).abs().mean((1, 2, 3))

        return loss

    leaky = objective("leaky", build)
    scorer = Scorer((WAVEFORM, PICTURE, leaky), [target], leak_megabytes=100)
    while not scorer.failures:
        scorer.losses_and_gradients(rendered, torch.ones(3, 3))
        assert megabytes * len(kept) < 1000
    (failure,) = scorer.failures
    assert failure.name == "leaky"
    assert "must not keep memory from call to call" in failure.reason
    assert scorer.active == (0, 1)


def test_a_plugin_that_exits_is_switched_off(target, rendered):
    def build(target):
        return lambda rendered: sys.exit("licence expired")

    scorer = Scorer((WAVEFORM, PICTURE, objective("rude", build)), [target])
    scorer.losses(rendered)
    assert scorer.failures[0].reason == "SystemExit: licence expired"


FACTOR = Parameter(2.0, "Times what.", least=0, most=8)


def _scaled(target, *, factor):
    return lambda r: factor * (r.picture - target.picture).square().mean((1, 2, 3))


def scaled(**parts):
    about = ("Scaled", "image", "https://example.org")
    return Objective("scaled", *about, _scaled, parameters={"factor": FACTOR}, **parts)


def test_parameters_reach_build_with_defaults_filled_in(target, rendered):
    plain = Scorer((WAVEFORM, PICTURE), [target]).losses(rendered)[:, 1]
    for given, factor in (({}, 2.0), ({"scaled": {"factor": 5.0}}, 5.0)):
        scorer = Scorer((WAVEFORM, scaled()), [target], given)
        assert scorer.parameters == {"scaled": {"factor": factor}}
        torch.testing.assert_close(scorer.losses(rendered)[:, 1], factor * plain)


@pytest.mark.parametrize(
    ("given", "needs", "said"),
    [
        ({"factor": 9.0}, Needs(), "scaled.factor: must be a number from 0 to 8; found 9.0"),
        ({"gain": 1.0}, Needs(), "parameter scaled.gain: must be one that the objective has"),
        ({}, Needs(seconds=3), "must have a canvas of at least 3 s; found 0.50 s"),
        ({}, Needs(devices=("cuda",)), "must run on cuda; found cpu"),
    ],
)
def test_what_cannot_be_used_is_an_error_where_strict_and_else_switched_off(
    given, needs, said, target, rendered
):
    chosen, parameters = (WAVEFORM, PICTURE, scaled(needs=needs)), {"scaled": given}
    with pytest.raises(MossError) as error:
        Scorer(chosen, [target], parameters, strict=True)
    assert said in str(error.value)
    scorer = Scorer(chosen, [target], parameters)
    assert scorer.active == (0, 1)
    assert said in scorer.failures[0].reason
    assert scorer.parameters["scaled"] == given


def test_an_objective_is_built_once_for_each_picture_or_sound_it_compares_with(target, rendered):
    built = []

    def counted(name, build):
        return lambda target: built.append(name) or build(target)

    chosen = (
        objective("look", counted("look", _picture)),
        objective("sound", counted("sound", _waveform), "audio"),
    )
    other = replace(target, waveform=target.waveform * 0.5)
    both = replace(other, picture=1 - target.picture)
    scorer = Scorer(chosen, [target, other, other])
    assert built == ["look", "sound", "sound"]
    Scorer(chosen, [target, both])
    assert built[3:] == ["look", "look", "sound", "sound"]
    for heard, heard_target in enumerate((target, other, other)):
        calls = scorer.measurements(rendered, heard=heard)
        losses, *_ = scorer.gather(rendered, [call.function() for call in calls])
        torch.testing.assert_close(losses[:, 0], _picture(heard_target)(rendered))
        torch.testing.assert_close(losses[:, 1], _waveform(heard_target)(rendered))


def test_only_the_objectives_of_a_domain_are_asked_where_that_is_wanted(target, rendered):
    scorer = Scorer((WAVEFORM, PICTURE), [target])
    calls = scorer.measurements(rendered, domains=("image",))
    losses, *_ = scorer.gather(rendered, [call.function() for call in calls])
    assert losses[:, 0].isnan().all()
    assert losses[:, 1].isfinite().all()
