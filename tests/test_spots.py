"""The best place: where it is, that its rank is that of real crossfades, and what it says."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from moss_core import Canvas, Image, MossError, Track, load_image, load_track
from moss_core.cli import main
from moss_core.machine import sample_image, sample_track
from moss_core.objectives import discover
from moss_core.synthesis import HybridModel, best_spots, resample
from moss_core.synthesis.placing.spots import all_spots
from samples import small_image, wav_file

RATE = 16_000
CANVAS = Canvas(duration=2.0)


@pytest.fixture(scope="module")
def half_and_half() -> Track:
    """Ten seconds of single piano notes, then ten of dense noise."""
    piano = load_track(sample_track("piano-prelude.flac"))
    notes = resample(piano.mono, piano.sample_rate, RATE)[: 10 * RATE]
    noise = torch.randn(10 * RATE, generator=torch.Generator().manual_seed(0))
    sound = torch.cat([notes / notes.square().mean().sqrt(), noise])
    return Track(0.1 * sound[None], RATE, "song.wav", "0" * 64)


@pytest.fixture(scope="module")
def image() -> Image:
    return load_image(sample_image("portrait-astronaut.jpg"))


def test_dense_noise_wins_over_sparse_notes(half_and_half, image):
    spots = best_spots(image, half_and_half, CANVAS)
    assert len(spots) == 3
    assert all(spot.start >= 10 and "dense" in spot.words for spot in spots)
    costs = [spot.cost for spot in all_spots(image, half_and_half, CANVAS)]
    assert spots[0].cost == min(costs)
    assert [spot.cost for spot in spots] == sorted(spot.cost for spot in spots)


def test_spots_lie_on_the_track_and_do_not_overlap(half_and_half, image):
    spots = best_spots(image, half_and_half, CANVAS, count=20)
    starts = sorted(spot.start for spot in spots)
    assert 5 <= len(spots) <= 10
    assert all(later - earlier >= 1.99 for earlier, later in itertools.pairwise(starts))
    for spot in spots:
        Canvas(start=spot.start, duration=spot.duration).on(half_and_half)


def test_louder_alone_changes_neither_costs_nor_order(half_and_half, image):
    half = Track(half_and_half.samples / 2, RATE, "song.wav", "0" * 64)
    before = [spot.cost for spot in all_spots(image, half_and_half, CANVAS)]
    assert [spot.cost for spot in all_spots(image, half, CANVAS)] == pytest.approx(before, rel=1e-3)


def test_silence_is_no_place(image):
    sound = torch.zeros(1, 12 * RATE)
    sound[:, 6 * RATE :] = 0.1 * torch.randn(1, 6 * RATE, generator=torch.Generator())
    spots = best_spots(image, Track(sound, RATE, "song.wav", "0" * 64), CANVAS, count=9)
    assert spots
    assert all(spot.start > 3.5 for spot in spots)


def test_a_canvas_as_long_as_the_track_has_one_place(image):
    track = load_track(sample_track("drums-groove.flac"))
    (spot,) = best_spots(image, track, Canvas())
    assert (spot.start, spot.duration) == (0, track.duration)
    with pytest.raises(MossError, match="must lie on the track"):
        best_spots(image, track, Canvas(duration=11.0))


def test_the_reason_says_what_is_there_and_when(half_and_half):
    (spot,) = best_spots(small_image(), half_and_half, Canvas(duration=8.0), count=1)
    first, last = round(spot.start), round(spot.start + 8)
    assert spot.reason == f"{spot.words}, 0:{first:02d} to 0:{last:02d}"


def ranks(values: list[float]) -> torch.Tensor:
    return torch.tensor(values).argsort().argsort().double()


def likeness(one: torch.Tensor, other: torch.Tensor) -> float:
    return float(torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1])


def loss_at_equal_picture(image: Image, track: Track, canvas: Canvas, equal: float) -> float:
    """Crossfade as a run does, until the picture resembles the image; return the loss heard."""
    model = HybridModel(image, track, canvas)
    target = model.targets[0]
    least, most = 0.0, 1.0
    for _ in range(5):
        share = (least + most) / 2
        sound = model.heard(model.crossfade(torch.tensor([share])), 0)
        enough = likeness(model.picture(sound), target.picture) >= equal
        least, most = (least, share) if enough else (share, most)
    objective = discover().find("multi_resolution_stft").objective
    defaults = {name: parameter.default for name, parameter in objective.parameters.items()}
    sound = model.heard(model.crossfade(torch.tensor([most])), 0)
    return float(objective.build(target, **defaults)(model.observe(sound)))


@torch.no_grad()
def test_its_ranks_are_those_of_real_crossfades(image):
    names = ("rain-storm", "piano-prelude", "choir-chorale", "drums-groove", "speech-poem")
    parts = []
    for name in names:
        track = load_track(sample_track(f"{name}.flac"))
        parts.append(resample(track.mono, track.sample_rate, RATE)[2 * RATE : 7 * RATE])
    song = Track(torch.cat(parts)[None], RATE, "song.wav", "0" * 64)
    spots = all_spots(image, song, CANVAS)[::7]
    assert len(spots) >= 12
    measured = [
        loss_at_equal_picture(image, song, Canvas(start=spot.start, duration=2.0), 0.8)
        for spot in spots
    ]
    told = [spot.cost for spot in spots]
    spearman = likeness(ranks(told), ranks(measured))
    print(f"rank correlation {spearman:.2f} over {len(spots)} spots")
    assert spearman > 0.7


def test_the_command_lists_them(half_and_half, tmp_path: Path):
    song = tmp_path / "song.wav"
    song.write_bytes(wav_file(half_and_half.samples, RATE))
    image = str(sample_image("line-drawing-rose.png"))
    done = CliRunner().invoke(main, ["spots", image, str(song), "--duration", "2", "--count", "2"])
    assert done.exit_code == 0
    header, *rows = done.output.splitlines()
    assert header.split()[:2] == ["START", "COST"]
    assert len(rows) == 2
    for row in rows:
        found = re.fullmatch(r"(\d+\.\d\d) +[\d.]+ dB +[a-z, ]+, 0:\d\d\.\d to 0:\d\d\.\d", row)
        assert found
        assert float(found[1]) >= 10
    done = CliRunner().invoke(main, ["spots", image, str(song), "--duration", "99"])
    assert done.exit_code == 2
    assert "must lie on the track" in done.output
