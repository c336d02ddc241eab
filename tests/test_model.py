from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from moss_core import Canvas, MossError
from moss_core.synthesis.hybrid import MASK_SHAPE, HybridModel
from moss_core.synthesis.stft import STFT
from samples import small_image, small_track


def constant_masks(*levels: float) -> torch.Tensor:
    return torch.tensor(levels, dtype=torch.float32).view(-1, 1, 1).expand(-1, *MASK_SHAPE)


def model_of(canvas: Canvas | None = None, **options: object) -> HybridModel:
    return HybridModel(small_image(), small_track(), canvas or Canvas(), **options)  # type: ignore[arg-type]


def test_mask_0_is_the_track() -> None:
    model = model_of()
    (waveform,) = model.render(constant_masks(0), model.starting_offsets(torch.zeros(1)))
    noise = (waveform - model.track).square().sum()
    snr = 10 * torch.log10(model.track.square().sum() / noise)
    assert snr > 60


def test_mask_0_is_the_track_whatever_was_learned_of_phases() -> None:
    model = model_of()
    offsets = 6 * torch.rand(model.starting_offsets(torch.zeros(1)).shape)
    (waveform,) = model.render(constant_masks(0), offsets)
    torch.testing.assert_close(waveform, model.track, atol=1e-5, rtol=0)


@pytest.mark.parametrize("share", [0.01, 0.3, 1.0])
def test_offsets_turn_phases_to_those_asked_for(share: float) -> None:
    model = model_of()
    wanted = torch.rand(1, 1, model.stft.bins, model.grid.frames) * 6 - 3
    found = model.offsets_to(wanted, torch.tensor(share))
    turned = model._track_phase + found * (1 - (1 - share) ** 8)
    torch.testing.assert_close(turned.cos(), wanted.cos(), atol=1e-3, rtol=0)


def test_a_small_white_thing_on_black_is_white_and_its_black_is_black() -> None:
    """Its loudest half percent is mostly black: white is higher than that."""
    pixels = torch.zeros(64, 64)
    pixels[30:32, 40:43] = 1
    model = HybridModel(replace(small_image(), pixels=pixels), small_track(), Canvas())
    picture = model.observe(model.heard(model.crossfade(torch.ones(1)), 0)).picture[0, 0]
    assert picture.max() > 0.95
    assert picture.median() < 0.3


def test_mask_1_looks_like_the_image_after_some_phase_refinement() -> None:
    model = model_of()
    mask = constant_masks(1)
    offsets = model.starting_offsets(torch.ones(1))
    errors = []
    wanted = model.targets[0].picture
    for _ in range(20):
        (sound,) = model.render(mask, offsets)
        errors.append(float((model.observe(sound).picture - wanted).abs().mean()))
        offsets = model.offsets_to(model.stft.forward(sound).angle(), torch.ones(1))[None]
    of_the_track = float((model.observe(model.track).picture - wanted).abs().mean())
    assert errors[-1] < errors[0]
    assert errors[-1] < 0.5 * of_the_track


def test_picture_is_the_right_way_up() -> None:
    """A tone at 7 kHz, in the second half only, lights the top right quarter."""
    track = small_track()
    time = torch.arange(track.samples.shape[1]).double() / track.sample_rate
    tone = torch.where(time >= 0.5, torch.sin(2 * torch.pi * 7000 * time), 1e-6).float()
    model = model_of()
    picture = model.observe(tone[None]).picture[0, 0]
    column = picture[:, 200]
    rows = torch.arange(256) + 0.5
    assert (column * rows).sum() / column.sum() == pytest.approx(256 * (1 - 7000 / 8000), abs=3)
    assert picture[:64, 140:].mean() > 10 * picture[:, :100].mean()


def test_picture_does_not_depend_on_the_level() -> None:
    model = model_of()
    loud = model.observe(model.track).picture
    quiet = model.observe(model.track * 0.1).picture
    torch.testing.assert_close(loud, quiet, atol=2e-3, rtol=0)


def test_full_picture_and_small_picture_come_from_the_same_cells() -> None:
    model = model_of()
    full = model._own_sight.picture(model.track, model._floor)
    assert full.shape == (1, 1, model.grid.rows, model.grid.frames)
    small = model.picture(model.track)
    assert small.shape == (1, 1, 256, 256)
    shrunk = torch.nn.functional.interpolate(full, (256, 256), mode="bilinear", antialias=True)
    assert (small - shrunk).abs().mean() < 0.02


def test_cells_outside_the_canvas_keep_the_tracks_spectrum() -> None:
    model = model_of(Canvas(low=2000, high=4000), working_rate=16000)
    (waveform,) = model.render(constant_masks(1), model.starting_offsets(torch.ones(1)))
    before, after = model.stft.forward(model.track)[0], model.stft.forward(waveform)[0]
    below = slice(0, model.grid.bins.start - 24)  # beyond the window's side lobes
    torch.testing.assert_close(after[below], before[below], atol=1e-3, rtol=1e-3)
    inside = slice(model.grid.bins.start + 8, model.grid.bins.stop - 8)
    assert (after[inside] - before[inside]).abs().mean() > 0.02


def test_hybrid_fades_into_the_track_at_the_canvas_edges() -> None:
    model = model_of(Canvas(start=0.2, duration=0.6))
    (waveform,) = model.render(constant_masks(1), model.starting_offsets(torch.ones(1)))
    assert torch.equal(waveform[0, 0], model.track[0, 0])
    assert torch.equal(waveform[0, -1], model.track[0, -1])


@pytest.mark.parametrize("axis", ["linear", "log", "mel"])
def test_image_lands_where_the_axis_puts_it(axis: str) -> None:
    """A picture of the painted cells is the image, on every axis."""
    model = model_of(Canvas(axis=axis, low=100))  # type: ignore[arg-type]
    painted = model.grid.paint(model.targets[0].picture[0, 0])
    rows, columns = model.grid.picture_maps(256, 256)
    seen = rows @ painted @ columns.T
    upper = slice(0, 128)  # narrow rows of a log axis lie between two bins at the bottom
    assert (seen - model.targets[0].picture[0, 0])[upper].abs().mean() < 0.05


def test_gradients_reach_cells_that_are_darker_than_black() -> None:
    model = model_of()
    mask = constant_masks(0.5).clone().requires_grad_()
    sound = model.render(mask, model.starting_offsets(torch.full((1,), 0.5)))
    model.observe(sound[:, 0]).picture.sum().neg().backward()
    assert mask.grad is not None
    assert torch.isfinite(mask.grad).all()
    assert (mask.grad != 0).float().mean() > 0.99


def test_batch_order_does_not_matter() -> None:
    model = model_of()
    masks = constant_masks(0.1, 0.5, 0.9)
    offsets = model.starting_offsets(torch.tensor([0.1, 0.5, 0.9]))
    order = torch.tensor([2, 0, 1])
    together = model.render(masks, offsets)[order]
    shuffled = model.render(masks[order], offsets[order])
    torch.testing.assert_close(together, shuffled, atol=1e-6, rtol=0)


@pytest.mark.parametrize("rate", [8000, 48000])
def test_working_rate_must_hold_the_canvas_and_not_pass_the_track(rate: int) -> None:
    with pytest.raises(MossError, match="working_rate"):
        model_of(working_rate=rate)


def test_low_rate_track_is_painted_up_to_its_nyquist() -> None:
    model = HybridModel(small_image(), small_track(rate=11_025), Canvas())
    assert model.sample_rate == 11_025
    assert model.canvas.high == 5512.5


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_renders_what_the_cpu_renders() -> None:
    masks = constant_masks(0.2, 0.8)
    share = torch.tensor([0.2, 0.8])
    there, here = model_of(device="cuda"), model_of()
    on_cuda = there.render(masks.cuda(), there.starting_offsets(share.cuda())).cpu()
    on_cpu = here.render(masks, here.starting_offsets(share))
    torch.testing.assert_close(on_cuda, on_cpu, atol=1e-4, rtol=1e-3)


def with_brightness(factor: float) -> HybridModel:
    image = small_image()
    return HybridModel(
        replace(image, pixels=(image.pixels * factor).clamp(0, 1)), small_track(), Canvas()
    )


def test_a_dim_image_is_displayed_as_dim_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The objectives' picture is stretched until the loudest cells are white, the display not."""
    model = with_brightness(0.6)
    spectrum = torch.zeros(1, model.stft.bins, model.grid.frames, dtype=torch.complex64)
    spectrum[:, model.grid.bins] = 10 ** (model._image_db / 20)
    monkeypatch.setattr(STFT, "forward", lambda *_: spectrum)
    wanted = (1 - (model.top - model._image_db[0]) / model.range).flip(0)
    assert float((model.display(model.track)[0, 0] - wanted).abs().mean()) < 0.005
    of_objectives = model._own_sight.picture(model.track, model._floor)
    assert float((of_objectives[0, 0] - wanted).abs().mean()) > 0.1


@pytest.mark.parametrize(("factor", "headroom"), [(1.5, 0), (0, 40)])
def test_headroom_is_what_the_image_lacks_of_white_up_to_half_the_range(
    factor: float, headroom: float
) -> None:
    assert with_brightness(factor).headroom == headroom
