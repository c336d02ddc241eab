"""What is carved out of a track never gets louder than it was, in no band and at no moment.

Turning cells of a spectrogram down is a filter that changes with time, and such a filter rings: a
little of what follows an attack is heard before it, where the track is quiet. There the hybrid is
turned down further.
"""

from __future__ import annotations

import cmath
import math

import torch
from torch import Tensor
from torch.nn.functional import max_pool1d, pad

_WINDOW_SECONDS = 0.1
AROUND_SECONDS = 0.5
"""Of the track before and after a canvas, for the filters to settle in."""
_HOPS = 100  # in a window
_ALLOWED = 10 ** (0.3 / 10)  # of a band's energy: three tenths of a decibel
_AIMED = 0.4  # part of what is allowed that is left of what is too much
_SILENCE = 1e-11  # of full scale, as power: 110 dB below it nothing is heard
_ROUNDS = 100
_BESIDE = 3  # bands to each side of one that was turned down, which may have changed with it
_LOWEST, _HIGHEST = -16, 13  # third octaves from 1 kHz: 25 Hz to 20 kHz
_ORDER = 4
_SMOOTH = 64  # the length's least power of two, for the transforms


def never_louder(track: Tensor, hybrid: Tensor, sample_rate: int, section: slice) -> Tensor:
    """Return a hybrid without what is louder in it than in the track.

    Compared are the energies in third octaves (IEC 61260-1, base 10; Butterworth filters of the
    fourth order) in every tenth of a second. What such a filter F lets through of a sound h in a
    window w has an energy whose gradient is 2 F'(w F h), with F' the filter run backwards: along it
    h goes down until no window has more than 0.3 dB above the track's.

    Args:
        track: `(channels, samples)`, of the canvas and a little around it.
        hybrid: likewise, the same outside the section.
        sample_rate: Hz.
        section: samples of the canvas, outside of which nothing changes.

    Returns:
        The section of the hybrid.
    """
    bound = _Bound(track.shape[1], sample_rate, section)
    sounds = zip(track, hybrid, strict=True)
    return torch.stack([bound.apply(*pair)[section] for pair in sounds])


class _Bound:
    """Keeps sounds of one length within what others allow.

    Args:
        samples: of a sound.
        sample_rate: Hz.
        inside: samples that may change.
    """

    def __init__(self, samples: int, sample_rate: int, inside: slice) -> None:
        self._inside = inside
        self._samples = samples
        self._hop = max(1, round(_WINDOW_SECONDS * sample_rate / _HOPS))
        hops = -(-samples // self._hop) + _HOPS  # a window of silence keeps the ends apart
        self._hops = -(-hops // _SMOOTH) * _SMOOTH
        self._filters = _butterworth(self._hops * self._hop, sample_rate)

    def apply(self, track: Tensor, hybrid: Tensor) -> Tensor:
        """Return a hybrid `(samples,)` that is nowhere louder than the track."""
        cells = self._cells(track)
        energies = [self._energy(self._sound(cells * band)) for band in self._filters]
        everyone = set(range(len(energies)))
        suspects = everyone
        for _ in range(_ROUNDS):
            cells = self._cells(hybrid)
            down, found = torch.zeros_like(cells), set()
            for number in sorted(suspects):
                band = self._filters[number]
                heard = self._sound(cells * band)
                less = self._too_much(heard, energies[number])
                if less is not None:
                    down += torch.fft.rfft(heard * less) * band.conj()
                    found.add(number)
            if not found and suspects == everyone:
                break
            beside = {n + step for n in found for step in range(-_BESIDE, _BESIDE + 1)}
            suspects = beside & everyone or everyone
            less_sound = torch.zeros_like(hybrid)
            less_sound[self._inside] = self._sound(down)[self._inside]
            hybrid = hybrid - less_sound
        return hybrid

    def _too_much(self, heard: Tensor, energy: Tensor) -> Tensor | None:
        """Return which part of each sample a band has too much of; None: of none."""
        found = self._energy(heard)
        allowed = energy * _ALLOWED + _SILENCE * _HOPS * self._hop
        if not bool((found > allowed).any()):
            return None
        part = torch.where(found > allowed, 1 - (_AIMED * allowed / found).sqrt(), 0)
        # Every hop goes down as far as the loudest of the windows that it is in.
        part = max_pool1d(pad(part, (_HOPS - 1, _HOPS - 1))[None, None], _HOPS, 1)[0, 0]
        return part.float().repeat_interleave(self._hop)

    def _cells(self, sound: Tensor) -> Tensor:
        whole: Tensor = pad(sound, (0, self._hops * self._hop - self._samples))
        cells: Tensor = torch.fft.rfft(whole)
        return cells

    def _sound(self, cells: Tensor) -> Tensor:
        sound: Tensor = torch.fft.irfft(cells, n=self._hops * self._hop)
        return sound

    def _energy(self, sound: Tensor) -> Tensor:
        """Return the energy of every window, one a hop."""
        hops = sound.double().square().view(-1, self._hop).sum(1)
        total = pad(hops.cumsum(0), (1, 0))
        windows: Tensor = (total[_HOPS:] - total[:-_HOPS]).clamp(min=0)
        return windows


def _butterworth(samples: int, sample_rate: int) -> Tensor:
    """Return the responses of third octaves' filters, complex `(bands, bins)`."""
    hertz = torch.fft.rfftfreq(samples, 1 / sample_rate).double().clamp(min=1e-3)
    centres = 1000 * 10 ** (torch.arange(_LOWEST, _HIGHEST + 1).double() / 10)
    centres = centres[centres < sample_rate / 2, None]
    width = 10**0.05 - 10**-0.05  # of a band, by its middle frequency
    off = 1j * (hertz / centres - centres / hertz) / width
    response = torch.ones_like(off)
    for number in range(_ORDER):
        pole = cmath.exp(0.5j * math.pi * (2 * number + _ORDER + 1) / _ORDER)
        response /= off - pole
    return response.to(torch.complex64)
