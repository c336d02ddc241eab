"""Which channels are painted, and what that leaves of the others in the file that is exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch

from moss_core import Canvas, MossError, Run, RunConfig, Track
from moss_core.optimization.turns import Turns
from moss_core.runs.exports.full_rate import hybrid
from moss_core.runs.exports.width import WidthMeter
from moss_core.synthesis.channels import (
    CHANNEL_CHOICES,
    allows_two_images,
    channel_choices,
    painted_channels,
)
from moss_core.synthesis.hybrid import HybridModel
from samples import small_image, small_track

OBJECTIVES = (("ssim", 1.0), ("multi_resolution_stft", 1.0))


def sound(*kinds: int, length: int = 100) -> torch.Tensor:
    """Channels: equal numbers are equal channels, 0 is silence."""
    generator = torch.Generator().manual_seed(0)
    known = {kind: torch.randn(length, generator=generator) for kind in sorted(set(kinds))}
    return torch.stack([known[kind] if kind else torch.zeros(length) for kind in kinds])


def track_of(*kinds: int, rate: int = 16_000) -> Track:
    """A track of which channels are equal, silent or others."""
    made = {kind: small_track(0.6, rate, seed=kind, level=0.2).samples[0] for kind in set(kinds)}
    made[0] = torch.zeros_like(next(iter(made.values())))
    return Track(torch.stack([made[kind] for kind in kinds]), rate, "made.wav", "2" * 64)


def run_of(track: Track, channels: str = "every", steps: int = 2, **more: object) -> Run:
    config = RunConfig(OBJECTIVES, candidates=2, steps=steps, channels=channels)
    run = Run(small_image(), track, config, **more)  # type: ignore[arg-type]
    for _ in run.steps():
        pass
    return run


def flipped():
    return replace(small_image(), pixels=small_image().pixels.flip(1), name="flipped.png")


@pytest.mark.parametrize(
    ("kinds", "choice", "names", "heard"),
    [
        ((1,), "every", ("mono",), ("mono",)),
        ((1,), "mono", ("mono",), ("mono",)),
        ((1, 2), "every", ("left", "right"), ("left", "right", "mono mix")),
        ((1, 2), "mono", ("mono mix",), ("mono mix",)),
        ((1, 2), "left", ("left",), ("left",)),
        ((1, 2), "right", ("right",), ("right",)),
        ((1, 2), "sides", ("sides",), ("sides",)),
        ((1, 1), "every", ("left",), ("left",)),
        ((0, 1), "every", ("right",), ("right",)),
        (
            (1, 2, 3),
            "every",
            ("channel 1", "channel 2", "channel 3"),
            ("channel 1", "channel 2", "channel 3", "mono mix"),
        ),
        (
            (1, 2, 3, 0, 4, 4),
            "every",
            ("left", "right", "centre", "left rear"),
            ("left", "right", "centre", "left rear", "mono mix"),
        ),
        ((1, 2, 3, 4, 5, 6), "right", ("right",), ("right",)),
    ],
)
def test_what_is_painted_and_heard(
    kinds: Sequence[int], choice: str, names: Sequence[str], heard: Sequence[str]
) -> None:
    samples = sound(*kinds)
    painted = painted_channels(samples, choice)
    assert (painted.names, painted.heard) == (names, heard)
    assert painted.take.shape == (len(names), len(kinds))
    assert painted.give.shape == (len(kinds), len(names))
    assert painted.hear.shape == (len(heard), len(names))
    assert painted.images == (0,) * len(heard)


@pytest.mark.parametrize("choice", CHANNEL_CHOICES)
@pytest.mark.parametrize("kinds", [(1, 2), (1, 2, 2), (1, 2, 3, 0, 4, 5)])
def test_what_is_taken_is_what_a_change_of_it_changes(choice: str, kinds: Sequence[int]) -> None:
    painted = painted_channels(sound(*kinds), choice)
    torch.testing.assert_close(painted.take @ painted.give, torch.eye(len(painted.names)))


@pytest.mark.parametrize("kinds", [(1, 2), (1, 1, 2), (0, 1, 2), (1, 2, 3, 0, 4, 4)])
def test_the_mono_mix_that_is_heard_is_that_of_the_hybrid(kinds: Sequence[int]) -> None:
    samples = sound(*kinds)
    painted = painted_channels(samples, "every")
    change = torch.randn(len(painted.names), samples.shape[1])
    whole = (samples + painted.give @ change).mean(0)
    torch.testing.assert_close(painted.hear[-1] @ (painted.take @ samples + change), whole)


@pytest.mark.parametrize(
    ("kinds", "choice", "images", "message"),
    [
        ((1, 2), "both", 1, "must be one of every, mono, left, right, sides; found 'both'"),
        ((1,), "left", 1, "must be every or mono, with one image, for a track with 1 channel"),
        ((1,), "sides", 1, "found sides"),
        ((1,), "every", 2, "found two images"),
        ((1, 2), "mono", 2, "must be every where there are two images; found mono"),
        ((1, 1), "sides", 1, "found silence in sides"),
        ((0, 1), "left", 1, "found silence in left"),
        ((1, 0), "every", 2, "found silence in right"),
    ],
)
def test_what_a_track_has_no_channels_for_is_a_message(
    kinds: Sequence[int], choice: str, images: int, message: str
) -> None:
    with pytest.raises(MossError) as error:
        painted_channels(sound(*kinds), choice, images)
    assert error.value.thing == "channels"
    assert message in str(error.value)


def test_a_section_that_is_silent_in_all_channels_is_painted_all_the_same() -> None:
    assert painted_channels(torch.zeros(2, 50), "every").names == ("left",)
    assert painted_channels(torch.zeros(2, 50), "sides").names == ("sides",)


def test_two_images_lie_on_left_and_right() -> None:
    painted = painted_channels(sound(1, 1, 2), "every", 2)
    assert painted.names == painted.heard == ("channel 1", "channel 2")
    assert painted.images == (0, 1)
    assert not painted.give[2].any()


def test_choices_are_those_that_differ() -> None:
    assert channel_choices(sound(1)) == ("every",)
    assert channel_choices(sound(1, 2)) == channel_choices(sound(1, 2, 3)) == CHANNEL_CHOICES
    assert channel_choices(sound(1, 1)) == ("every", "mono", "left", "right")
    assert channel_choices(sound(0, 1)) == ("every", "mono", "right", "sides")
    found = [allows_two_images(sound(*kinds)) for kinds in ((1,), (1, 2), (1, 1), (1, 0))]
    assert found == [False, True, True, False]
    with pytest.raises(MossError, match="channels: must be one of"):
        RunConfig(channels="all")


# What is exported


def difference(run: Run, candidate: int = 1) -> torch.Tensor:
    found = hybrid(run, run.state.waveform[candidate]) - run.track.samples
    assert float(found.abs().max()) > 1e-3
    return found


@pytest.mark.parametrize("kinds", [(1, 2), (1, 2, 3, 0, 4, 5)])
def test_mono_changes_every_channel_alike(kinds: Sequence[int]) -> None:
    found = difference(run_of(track_of(*kinds, rate=22_050), "mono"))
    torch.testing.assert_close(found, found[:1].expand_as(found), atol=1e-6, rtol=0)


@pytest.mark.parametrize(("choice", "kept"), [("left", 1), ("right", 0)])
def test_one_channel_leaves_the_other_as_it_was_bit_by_bit(choice: str, kept: int) -> None:
    run = run_of(track_of(1, 2, rate=22_050), choice)
    found = hybrid(run, run.state.waveform[1])
    assert torch.equal(found[kept], run.track.samples[kept])
    assert not torch.equal(found[1 - kept], run.track.samples[1 - kept])


def test_sides_vanish_in_the_mono_mix() -> None:
    found = difference(run_of(track_of(1, 2, rate=22_050), "sides"))
    assert float(found.mean(0).abs().max()) < 1e-6


def test_channels_that_are_equal_stay_equal_and_silent_ones_silent() -> None:
    run = run_of(track_of(1, 2, 1, 0, 3, 3))
    assert run.state.waveform.shape[1] == 3
    found = hybrid(run, run.state.waveform[1])
    assert torch.equal(found[0], found[2])
    assert torch.equal(found[4], found[5])
    assert not torch.equal(found[0], found[1])
    assert not found[3].any()


def test_every_channel_shows_the_image_by_itself() -> None:
    run = run_of(track_of(1, 2), steps=12)
    model, wanted = run.model, run.model.targets[0].picture
    track, hybrid_at = model.track, run.state.waveform[1]
    for channel in range(2):
        before, after = (
            float((model.picture(sound[channel][None]) - wanted).abs().mean())
            for sound in (track, hybrid_at)
        )
        assert after < 0.7 * before


def test_two_images_are_shown_one_by_each_channel() -> None:
    run = run_of(track_of(1, 2), steps=12, right=flipped())
    first, second = (target.picture for target in run.model.targets)
    torch.testing.assert_close(second, first.flip(3))
    for channel, (own, other) in enumerate(((first, second), (second, first))):
        shown = run.model.picture(run.heard(run.state.waveform[1], channel)[None])
        assert float((shown - own).abs().mean()) < 0.6 * float((shown - other).abs().mean())


def test_what_is_heard_is_one_channel_or_the_mix() -> None:
    run = run_of(track_of(1, 2), steps=0)
    waveform = run.state.waveform[0]
    assert torch.equal(run.heard(waveform), waveform[0])
    assert torch.equal(run.heard(waveform, 1), waveform[1])
    torch.testing.assert_close(run.heard(waveform, 2), waveform.mean(0))


# Turns


@pytest.mark.parametrize("heard", range(1, 8))
@pytest.mark.parametrize("sights", range(1, 6))
def test_turns_show_each_sound_through_each_lens_in_as_many_steps_as_there_are_pairs(
    heard: int, sights: int
) -> None:
    turns = Turns(heard, sights)
    seen = [turns.at(step) for step in range(len(turns))]
    assert {(turn.heard, turn.sight) for turn in seen} == {
        (h, s) for h in range(heard) for s in range(sights)
    }
    assert sorted(turn.place for turn in seen) == list(range(len(turns)))
    for sound in range(heard):
        of_it = [turn.number for turn in seen if turn.heard == sound]
        assert of_it == list(range(sights))


def test_a_step_takes_its_turn_and_keeps_what_the_others_measured() -> None:
    run = run_of(track_of(1, 2), steps=3)
    learned = run.optimizer.learned()[0][-1]  # candidates x turns x objectives
    assert learned.shape == (2, 3 * len(run.model.sights), 2)
    measured = learned[0, :, 0].isfinite()
    assert int(measured.sum()) == 4
    assert run.state.record.losses[0][0] == pytest.approx(float(learned[0, measured, 0].mean()))


# Width


def test_width_is_that_of_the_track_until_something_changes() -> None:
    run = run_of(track_of(1, 2, rate=22_050), steps=0)
    assert WidthMeter(run).width(run.model.track) == pytest.approx(1, abs=1e-4)


def test_width_goes_down_when_the_middle_is_painted_and_up_when_the_sides_are() -> None:
    for choice, wider in (("mono", False), ("sides", True)):
        run = run_of(track_of(1, 2), choice, steps=0)
        louder = run.model.track * 2
        found = WidthMeter(run).width(louder)
        assert found is not None
        assert found == pytest.approx(2 if wider else 0.5, rel=1e-3)


def test_width_is_told_of_stereo_only() -> None:
    for kinds in ((1,), (1, 1), (1, 2, 3)):
        run = run_of(track_of(*kinds), steps=0)
        assert WidthMeter(run).width(run.model.track) is None


def test_the_top_is_each_channels_own() -> None:
    """In a channel that is quieter the image is quieter too, and looks the same."""
    track = track_of(1, 2)
    quiet = replace(track, samples=track.samples * torch.tensor([[1.0], [0.1]]))
    model = HybridModel(small_image(), quiet, Canvas())
    tops = model._image_db.amax((1, 2))
    assert float(tops[0] - tops[1]) == pytest.approx(20, abs=6)
