from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from moss_core.synthesis.sound import resample
from moss_core.synthesis.spectrogram import (
    AXIS_NAMES,
    Axis,
    decibels,
    percentile,
    pixel_centres,
    resampling_matrix,
)
from moss_core.synthesis.stft import power


def test_power_and_decibels_are_differentiable_in_silence():
    spectrum = torch.zeros(1, 3, 2, dtype=torch.complex64, requires_grad=True)
    level = decibels(power(spectrum), floor=1e-8)
    assert torch.allclose(level, torch.tensor(-80.0))
    level.sum().backward()
    assert spectrum.grad.isfinite().all()


@pytest.mark.parametrize("percent", [0, 50, 99, 99.5, 100])
@pytest.mark.parametrize("count", [1, 2, 201, 1000])
def test_percentile_agrees_with_numpy(percent, count, generator):
    values = torch.randn(3, count, generator=generator)
    nearest = np.percentile(values.numpy(), percent, axis=1, method="nearest")
    lower = np.percentile(values.numpy(), percent, axis=1, method="lower")
    higher = np.percentile(values.numpy(), percent, axis=1, method="higher")
    found = percentile(values, percent).numpy()
    rank = percent / 100 * (count - 1)
    if rank % 1 == 0.5:  # as near to both neighbours
        assert np.all((found == lower) | (found == higher))
    else:
        np.testing.assert_array_equal(found, nearest)


def test_percentile_has_no_gradient():
    assert not percentile(torch.rand(1, 9, requires_grad=True), 50).requires_grad


@pytest.mark.parametrize("name", AXIS_NAMES)
def test_axis_round_trip(name):
    axis = Axis(name, 50.0, 8000.0)
    position = torch.linspace(0, 1, 101, dtype=torch.float64)
    frequency = axis.frequency(position)
    torch.testing.assert_close(axis.position(frequency), position, rtol=0, atol=1e-9)
    assert frequency[0] == pytest.approx(50)
    assert frequency[-1] == pytest.approx(8000)
    assert (frequency.diff() > 0).all()


def test_the_axes_bend_as_their_names_say():
    middle = torch.tensor(0.5)
    linear, log, mel = (float(Axis(name, 50.0, 8000.0).frequency(middle)) for name in AXIS_NAMES)
    assert linear == pytest.approx(4025)
    assert log == pytest.approx((50 * 8000) ** 0.5)
    assert log < mel < linear
    ears = Axis("mel", 0.0, 1000.0)
    assert float(ears.position(torch.tensor(500.0))) == pytest.approx(
        np.log(1 + 500 / 700) / np.log(1 + 1000 / 700)
    )


@pytest.mark.parametrize(("count", "size"), [(5, 40), (40, 5), (7, 7), (1, 9), (9, 1)])
def test_resampling_matrix_rows_sum_to_one(count, size):
    matrix = resampling_matrix(pixel_centres(count, size), size)
    assert matrix.shape == (count, size)
    assert (matrix >= 0).all()
    torch.testing.assert_close(matrix.sum(1), torch.ones(count))


def test_resampling_to_the_same_size_changes_nothing():
    torch.testing.assert_close(resampling_matrix(pixel_centres(9, 9), 9), torch.eye(9))


@pytest.mark.parametrize(("count", "size"), [(33, 100), (10, 80), (100, 33), (57, 64)])
def test_resampling_agrees_with_pytorchs_antialiased_bilinear_filter(count, size, generator):
    line = torch.rand(1, 1, 1, size, generator=generator)
    expected = interpolate(line, (1, count), mode="bilinear", antialias=True)
    found = resampling_matrix(pixel_centres(count, size), size) @ line[0, 0, 0]
    torch.testing.assert_close(found, expected[0, 0, 0], rtol=0, atol=1e-5)


@pytest.mark.parametrize(("count", "size"), [(10, 80), (80, 10), (33, 99)])
def test_resampling_keeps_a_ramp(count, size):
    centres = pixel_centres(count, size)
    found = resampling_matrix(centres, size).double() @ torch.arange(size).double()
    reach = max(1.0, size / count)
    inside = (centres >= reach - 0.5) & (centres <= size - 0.5 - reach)
    assert inside.sum() > count / 2
    torch.testing.assert_close(found[inside], centres[inside], rtol=0, atol=1e-4)
    assert (found.diff() >= -1e-5).all()


@pytest.mark.parametrize("old", [8000, 16_000, 22_050])
@pytest.mark.parametrize("new", [44_100, 44_101, 96_000])
def test_the_way_down_undoes_the_way_up(old, new, generator):
    waveform = torch.rand(2, 4001, generator=generator) * 2 - 1
    there = resample(waveform, old, new)
    assert there.shape == (2, round(4001 * new / old))
    assert there.dtype == waveform.dtype
    back = resample(there, new, old)
    assert back.shape == waveform.shape
    assert (back - waveform).abs().max() <= 1e-5


@pytest.mark.parametrize(("old", "new"), [(44_101, 16_000), (44_100, 16_000), (16_000, 44_101)])
def test_a_sine_stays_a_sine_at_another_rate(old, new):
    def sine(rate):
        # Sample k of a waveform stands for the time (k + 0.5) / rate: both cover the same second.
        return torch.sin(
            2 * torch.pi * 440 * (torch.arange(rate, dtype=torch.float64) + 0.5) / rate
        )

    found = resample(sine(old), old, new)
    inside = slice(new // 20, -new // 20)  # the mirror bends a sine at the very ends
    assert (found - sine(new))[inside].abs().max() <= 1e-3
    assert found.abs().max() <= 1.05


def test_what_the_lower_rate_cannot_hold_is_gone():
    high = torch.sin(2 * torch.pi * 9000 * torch.arange(44_100, dtype=torch.float64) / 44_100)
    inside = resample(high, 44_100, 16_000)[800:-800]
    assert inside.abs().max() <= 1e-2
