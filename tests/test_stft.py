from __future__ import annotations

import pytest
import torch

from moss_core import STFT, MossError, power

SHAPES = [(1024, 256), (512, 64), (2048, 512), (66, 16)]


@pytest.mark.parametrize(("fft_size", "hop"), SHAPES)
@pytest.mark.parametrize("samples", [5000, 8192])
def test_values_and_gradients_are_those_of_torch(fft_size, hop, samples, generator):
    stft, window = STFT(fft_size, hop), torch.hann_window(fft_size)
    waveform = torch.rand(2, samples, generator=generator) * 2 - 1
    ours, theirs = (waveform.clone().requires_grad_() for _ in range(2))
    spectrum = stft.forward(ours)
    expected = torch.stft(theirs, fft_size, hop, window=window, return_complex=True)
    assert torch.allclose(spectrum, expected, atol=1e-5)
    weights = torch.randn(spectrum.shape, dtype=torch.complex64, generator=generator)
    (spectrum * weights).real.sum().backward()
    (expected * weights).real.sum().backward()
    assert torch.allclose(ours.grad, theirs.grad, atol=1e-3)

    ours, theirs = (spectrum.detach().clone().requires_grad_() for _ in range(2))
    back = stft.inverse(ours, samples)
    expected = torch.istft(theirs, fft_size, hop, window=window, length=samples)
    assert torch.allclose(back, expected, atol=1e-5)
    weights = torch.randn(back.shape, generator=generator)
    (back * weights).sum().backward()
    (expected * weights).sum().backward()
    assert torch.allclose(ours.grad, theirs.grad, atol=1e-5)


@pytest.mark.parametrize("hop", [16, 13])
def test_gradients_are_the_numerical_ones(hop, generator):
    stft = STFT(66, hop)
    waveform = torch.randn(1, 150, dtype=torch.float64, generator=generator, requires_grad=True)
    assert torch.autograd.gradcheck(lambda given: power(stft.forward(given)), waveform)
    spectrum = stft.forward(waveform).detach().requires_grad_()
    assert torch.autograd.gradcheck(lambda given: stft.inverse(given, 150), spectrum)


@pytest.mark.parametrize(("fft_size", "hop"), [*SHAPES, (1024, 200)])
@pytest.mark.parametrize("samples", [5000, 8192, 12_345])
def test_inverse_undoes_forward(fft_size, hop, samples, generator):
    stft = STFT(fft_size, hop)
    waveform = torch.rand(2, samples, generator=generator) * 2 - 1
    spectrum = stft.forward(waveform)
    assert spectrum.shape == (2, stft.bins, stft.frames(samples))
    assert (stft.inverse(spectrum, samples) - waveform).abs().max() <= 1e-5


def test_a_sine_of_full_scale_peaks_at_its_bin_with_half_the_windows_sum():
    stft = STFT(1024, 256)
    waveform = torch.cos(2 * torch.pi * 32 / 1024 * torch.arange(8192.0))[None]
    spectrum = stft.forward(waveform)[0, :, 16]
    assert int(spectrum.abs().argmax()) == 32
    assert float(spectrum.abs()[32]) == pytest.approx(256, rel=1e-4)


@pytest.mark.parametrize(
    ("fft_size", "hop", "named"),
    [
        (63, 15, "fft_size"),
        (1025, 256, "fft_size"),
        (32, 8, "fft_size"),
        (1024, 0, "hop"),
        (1024, 257, "hop"),
    ],
)
def test_an_impossible_transform_is_refused(fft_size, hop, named):
    with pytest.raises(
        MossError, match=f"^{named}: must be .*; found {hop if named == 'hop' else fft_size}. Use"
    ):
        STFT(fft_size, hop)
