from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch

from moss_core import Canvas, MossError, Objective, Rendered, Target
from moss_core.machine.crews import Crew
from moss_core.objectives.contract import Loss
from moss_core.objectives.discovery import discover
from moss_core.objectives.scorer import Scorer
from moss_core.optimization.candidate_adam import CandidateAdam
from moss_core.optimization.optimizer import Optimizer
from moss_core.optimization.preferences import sweep_preferences
from moss_core.synthesis.hybrid import HybridModel
from samples import fresh_memory, small_image, small_track


def picture_distance(target: Target) -> Loss:
    return lambda rendered: (rendered.picture - target.picture).abs().mean((1, 2, 3))


def waveform_distance(target: Target) -> Loss:
    def loss(rendered: Rendered) -> torch.Tensor:
        return (rendered.waveform - target.waveform).square().mean(1)

    return loss


IMAGE = Objective("l1", "L1", "image", "test", picture_distance)
AUDIO = Objective("mse", "MSE", "audio", "test", waveform_distance)


def optimizer_of(
    candidates: int = 3,
    objectives: tuple[Objective, ...] = (IMAGE, AUDIO),
    growing: int = 0,
) -> Optimizer:
    model = HybridModel(small_image(), small_track(), Canvas())
    preferences = sweep_preferences(objectives, [1.0] * len(objectives), candidates)
    return Optimizer(model, Scorer(objectives, model.targets), preferences, growing=growing)


def test_step_0_is_the_crossfade() -> None:
    state = optimizer_of().step()
    assert state.record.step == 0
    for mask in state.mask:
        assert float(mask.std()) == pytest.approx(0, abs=1e-6)
    assert state.mask.mean((1, 2)).tolist() == sorted(state.mask.mean((1, 2)).tolist())


def test_learning_improves_what_each_candidate_prefers() -> None:
    optimizer = optimizer_of()
    first = optimizer.step().record.losses
    for _ in range(15):
        last = optimizer.step().record.losses
    assert last[0][1] < first[0][1]
    assert last[2][0] < 0.8 * first[2][0]


def test_same_seed_same_result() -> None:
    states = []
    for _ in range(2):
        optimizer = optimizer_of()
        for _ in range(3):
            state = optimizer.step()
        states.append(state)
    assert torch.equal(states[0].mask, states[1].mask)
    assert torch.equal(states[0].waveform, states[1].waveform)


def test_micro_batches_change_nothing() -> None:
    whole, split = optimizer_of(), optimizer_of()
    whole._batch, split._batch = 3, 1
    for _ in range(4):
        expected, found = whole.step(), split.step()
    torch.testing.assert_close(found.mask, expected.mask, atol=1e-4, rtol=0)
    torch.testing.assert_close(
        torch.tensor(found.record.losses),
        torch.tensor(expected.record.losses),
        rtol=1e-3,
        atol=1e-6,
    )


def test_candidates_learn_the_same_alone_and_among_others() -> None:
    among = optimizer_of(3)
    alone = Optimizer(among.model, among.scorer, among.preferences[2:])
    for _ in range(3):
        expected, found = among.step(), alone.step()
    losses = torch.tensor(expected.record.losses)
    assert (losses[2, 0] <= losses[:, 0]).all()
    torch.testing.assert_close(found.mask[0], expected.mask[2], atol=1e-4, rtol=0)


def test_steering_takes_effect_at_the_next_step_and_keeps_what_was_learned() -> None:
    steered, left_alone = optimizer_of(1), optimizer_of(1)
    for _ in range(5):
        before = steered.step()
        left_alone.step()
    steered.steer(0, [3, 1])
    after, unsteered = steered.step(), left_alone.step()
    assert before.record.preferences[0] == pytest.approx((0.5, 0.5))
    assert after.record.preferences[0] == pytest.approx((0.75, 0.25))
    assert torch.equal(after.mask, unsteered.mask)
    for _ in range(10):
        after, unsteered = steered.step(), left_alone.step()
    assert after.record.losses[0][0] < unsteered.record.losses[0][0]


@pytest.mark.parametrize(
    "weights", [[1.0], [0.0, 0.0], [-1.0, 2.0], [math.nan, 1.0], [math.inf, 1.0]]
)
def test_steering_refuses_what_is_no_preference(weights: list[float]) -> None:
    optimizer = optimizer_of()
    with pytest.raises(MossError, match="preference"):
        optimizer.steer(0, weights)
    with pytest.raises(MossError, match="candidate"):
        optimizer.steer(3, [1, 1])


def test_states_and_records_are_never_written_to_again() -> None:
    optimizer = optimizer_of()
    state = optimizer.step()
    mask, waveform, record = state.mask.clone(), state.waveform.clone(), repr(state.record)
    optimizer.step()
    optimizer.step()
    assert torch.equal(state.mask, mask)
    assert torch.equal(state.waveform, waveform)
    assert repr(state.record) == record
    with pytest.raises(AttributeError):
        state.record.step = 3  # type: ignore[misc]


def test_a_failing_objective_is_switched_off_and_the_others_learn_on() -> None:
    calls = []

    def breaks_at_the_third_step(target: Target) -> Loss:
        def loss(rendered: Rendered) -> torch.Tensor:
            calls.append(1)
            if len(calls) > 2 + 2 * 3:  # of both ends, and of two steps of three
                raise RuntimeError("out of paint")
            return (rendered.picture - target.picture).square().mean((1, 2, 3))

        return loss

    broken = Objective("broken", "Broken", "image", "test", breaks_at_the_third_step)
    optimizer = optimizer_of(objectives=(IMAGE, AUDIO, broken))
    records = [optimizer.step().record for _ in range(6)]
    (failure,) = optimizer.scorer.failures
    assert failure.name == "broken"
    assert "out of paint" in failure.reason
    assert math.isfinite(records[0].losses[2][2])
    assert math.isnan(records[-1].losses[2][2])
    assert records[-1].losses[2][0] < records[0].losses[2][0]


def test_a_restored_candidate_goes_on_as_if_nothing_had_happened() -> None:
    steered, left_alone = optimizer_of(2), optimizer_of(2)
    for _ in range(3):
        steered.step()
        left_alone.step()
    kept = steered.checkpoint(1)
    steered.steer(1, [0, 1])
    steered.step()
    steered.restore(1, kept)
    found, expected = steered.step(), left_alone.step()
    assert found.record.preferences[1] == expected.record.preferences[1]
    assert torch.equal(found.mask[1], expected.mask[1])
    assert torch.equal(found.waveform[1], expected.waveform[1])


def test_a_checkpoint_is_not_written_to_by_later_steps() -> None:
    optimizer = optimizer_of()
    optimizer.step()
    kept = optimizer.checkpoint(0)
    before = [tensor.clone() for tensor in kept.tensors]
    optimizer.step()
    optimizer.restore(0, kept)
    optimizer.step()
    assert all(map(torch.equal, before, kept.tensors))


def test_a_branch_starts_where_its_checkpoint_was_and_leaves_the_others_alone() -> None:
    branched, left_alone = optimizer_of(2), optimizer_of(2)
    for _ in range(3):
        branched.step()
        left_alone.step()
    kept = branched.checkpoint(1)
    assert branched.add(kept) == 2
    found, expected = branched.step(), left_alone.step()
    assert len(found.record.losses) == 3
    torch.testing.assert_close(found.mask[:2], expected.mask, atol=1e-6, rtol=0)
    torch.testing.assert_close(found.waveform[2], expected.waveform[1], atol=1e-5, rtol=0)
    branched.steer(2, [0, 1])
    for _ in range(10):
        found = branched.step()
    assert found.record.losses[2][1] < found.record.losses[1][1]


def test_a_preview_is_what_the_next_step_renders() -> None:
    optimizer = optimizer_of()
    for _ in range(3):
        preview = optimizer.preview(1)
        torch.testing.assert_close(preview, optimizer.step().waveform[1], atol=1e-5, rtol=0)


def test_a_candidate_whose_gradient_is_not_finite_stands_still(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    optimizer = optimizer_of()
    optimizer.step()
    kept, other = optimizer.checkpoint(1), optimizer.checkpoint(2)
    learn = CandidateAdam.learn

    def spoil(
        adam: CandidateAdam, rows: slice, gradients: list[torch.Tensor], *rest: Any
    ) -> tuple[int, ...]:
        if rows.start == 1:
            gradients[0][0, 0, 0] = math.nan
        return learn(adam, rows, gradients, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(CandidateAdam, "learn", spoil)
        state = optimizer.step()
    assert state.skipped == (1,)
    *learned, _ = optimizer.checkpoint(1).tensors  # the last one is what was measured
    assert all(map(torch.equal, learned, kept.tensors[:-1]))
    assert not torch.equal(optimizer.checkpoint(2).tensors[0], other.tensors[0])
    after = [optimizer.step() for _ in range(3)][-1]
    assert after.skipped == ()
    assert torch.isfinite(after.mask).all()
    assert torch.isfinite(after.waveform).all()


def test_those_who_sleep_are_shown_but_learn_nothing_until_they_wake() -> None:
    optimizer = optimizer_of(5, growing=10)
    assert optimizer.waiting == {1, 3}
    first = optimizer.step()
    for _ in range(3):
        state = optimizer.step()
    for tensor in ("mask", "waveform"):
        old, new = getattr(first, tensor), getattr(state, tensor)
        assert torch.equal(old[[1, 3]], new[[1, 3]])
        assert not torch.equal(old[2], new[2])
    between = optimizer.between(0, 2).tensors
    woken = optimizer.step()
    assert optimizer.waiting == frozenset()
    torch.testing.assert_close(woken.mask[1], torch.sigmoid(between[0]), atol=1e-6, rtol=0)
    assert woken.record.preferences == first.record.preferences


@pytest.mark.parametrize(
    "wake",
    [
        lambda optimizer: optimizer.steer(1, [1, 1]),
        lambda optimizer: optimizer.learn_only([1]),
        lambda optimizer: optimizer.restore(1, optimizer.checkpoint(2)),
        lambda optimizer: optimizer.join_all(),
    ],
)
def test_who_is_called_wakes(wake: Callable[[Optimizer], None]) -> None:
    optimizer = optimizer_of(5, growing=60)
    before = optimizer.step()
    wake(optimizer)
    assert 1 not in optimizer.waiting
    optimizer.step()
    assert not torch.equal(optimizer.step().mask[1], before.mask[1])


def test_phases_are_learned() -> None:
    """With a mask of all image, only phases can bring the picture nearer to it."""
    optimizer = optimizer_of(1)
    optimizer.steer(0, [1, 0])
    optimizer._adam.rows[0].fill_(12)
    first = optimizer.step().record.losses[0][0]
    for _ in range(15):
        state = optimizer.step()
    assert float(state.mask.min()) > 0.999
    assert state.record.losses[0][0] < 0.8 * first


@pytest.mark.parametrize("ask", ["preview", "checkpoint"])
def test_a_candidate_that_is_not_there_is_refused(ask: str) -> None:
    with pytest.raises(MossError, match="candidate"):
        getattr(optimizer_of(2), ask)(2)


def test_only_those_that_learn_change_and_the_others_are_shown_as_they_were() -> None:
    optimizer = optimizer_of(3)
    optimizer.step()
    before = optimizer.step()
    kept = optimizer.checkpoint(0)
    optimizer.learn_only([1])
    for _ in range(3):
        after = optimizer.step()
    for tensor in ("mask", "waveform"):
        old, new = getattr(before, tensor), getattr(after, tensor)
        assert torch.equal(old[[0, 2]], new[[0, 2]])
        assert not torch.equal(old[1], new[1])
    assert [after.record.losses[i] for i in (0, 2)] == [before.record.losses[i] for i in (0, 2)]
    assert all(map(torch.equal, optimizer.checkpoint(0).tensors, kept.tensors))
    optimizer.learn_only(None)
    optimizer.step()
    assert not torch.equal(optimizer.step().mask[0], before.mask[0])


def test_who_learns_alone_learns_what_it_would_among_the_others() -> None:
    alone, among = optimizer_of(2), optimizer_of(2)
    alone.learn_only([0])
    for _ in range(4):
        found, expected = alone.step(), among.step()
    torch.testing.assert_close(found.mask[0], expected.mask[0], atol=1e-4, rtol=0)


def test_a_candidate_between_two_comes_to_lie_between_them() -> None:
    optimizer = optimizer_of(2)
    for _ in range(10):
        optimizer.step()
    added = optimizer.add(optimizer.between(0, 1))
    optimizer.learn_only([added])
    for _ in range(20):
        record = optimizer.step().record
    assert record.preferences[added] == pytest.approx((0.525, 0.475))
    first, second, new = record.losses
    for k in range(2):
        assert min(first[k], second[k]) < new[k] < max(first[k], second[k])


@pytest.mark.parametrize("chosen", [[3], [-1]])
def test_only_candidates_that_are_there_can_learn(chosen: list[int]) -> None:
    with pytest.raises(MossError, match="must be 0 to 2"):
        optimizer_of(3).learn_only(chosen)


EVERYONE = tuple(found.objective for found in discover().installed.values())


def built_in(candidates: int = 4, growing: int = 0) -> Optimizer:
    return optimizer_of(candidates, EVERYONE, growing)


@pytest.mark.parametrize("size", [2, 5])
def test_results_do_not_depend_on_the_number_of_cores(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = []
    for cores in (1, size):
        monkeypatch.setattr("moss_core.optimization.optimizer.crew", partial(Crew, cores))
        optimizer = built_in()
        states.append([optimizer.step() for _ in range(4)][-1])
    one, several = states
    assert torch.equal(one.mask, several.mask)
    assert torch.equal(one.waveform, several.waveform)
    assert one.record.losses == several.record.losses


def test_no_built_in_objective_lets_a_candidate_depend_on_who_is_beside_it() -> None:
    alone, among = built_in(), built_in()
    alone.learn_only([1])
    for _ in range(4):
        found, expected = alone.step(), among.step()
    assert torch.equal(found.mask[1], expected.mask[1])
    assert found.record.losses[1] == expected.record.losses[1]


def test_only_an_objective_that_is_thread_safe_is_called_by_several_threads_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("moss_core.optimization.optimizer.crew", partial(Crew, 4))
    inside, most = [0], [0]

    def build(target: Target) -> Loss:
        distance = picture_distance(target)

        def loss(rendered: Rendered) -> torch.Tensor:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0.01)
            inside[0] -= 1
            return distance(rendered)

        return loss

    delicate = Objective("delicate", "Delicate", "image", "test", build)
    optimizer_of(4, (delicate, AUDIO)).step()
    assert most == [1]
    with_several = replace(delicate, thread_safe=True)
    optimizer_of(4, (with_several, AUDIO)).step()
    assert most[0] > 1


def test_an_objective_that_leaks_is_found_among_those_that_are_computed_beside_it() -> None:
    kept = []

    def build(target: Target) -> Loss:
        distance = picture_distance(target)

        def loss(rendered: Rendered) -> torch.Tensor:
            kept.append(fresh_memory(16))
            return distance(rendered)

        return loss

    leaky = Objective("leaky", "Leaky", "image", "test", build, thread_safe=True)
    model = HybridModel(small_image(), small_track(), Canvas())
    objectives = (IMAGE, AUDIO, leaky)
    scorer = Scorer(objectives, model.targets, leak_megabytes=200)
    preferences = sweep_preferences(objectives, [1.0] * 3, 3)
    optimizer = Optimizer(model, scorer, preferences)
    while not scorer.failures:
        optimizer.step()
        assert 16 * len(kept) < 2000
    assert [failure.name for failure in scorer.failures] == ["leaky"]
    assert scorer.active == (0, 1)
