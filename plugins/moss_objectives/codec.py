"""What a codec keeps: how far is the sound from the track once both are MP3 or Opus?"""

from __future__ import annotations

import io
import math

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import one_hot

from moss_core import STFT, Objective, Parameter, Rendered, Target, hookimpl, power

_WINDOW_SECONDS = 0.05
_HOPS = 4  # in a window
_LEAST, _MOST = 12.0, 96.0  # kbit/s of one channel
_BITRATE = 48.0
_SMALLEST_POWER = 1e-8
_MP3_RATES = ((32_000, 32, 320), (16_000, 8, 160), (0, 8, 64))
"""From which rate (Hz) on an MP3 of libsndfile has which least and most bitrate (kbit/s)."""
_COARSEST = 0.999  # of libsndfile's levels; it refuses 1 for MP3
_OPUS_BITRATES = (6, 256)  # of a channel, libsndfile's
_OPUS_RATES = (8000, 12_000, 16_000, 24_000, 48_000)
_MOST_DELAY = 4096  # samples; LAME and its decoder together have up to 2257

_Sound = NDArray[np.float64]


class Codec:
    """Mean difference in decibels of what a codec leaves of the spectra, bands of half a Bark.

    A lossy codec throws away what its model of hearing says is not heard, and what it keeps it
    keeps with a noise that is meant not to be heard. The real encoder and decoder are run on the
    track, once, in `build`: the noise that they put there is where differences stop to matter.
    Every cell of rendering and track is compared as what is left above that noise,
    `|10 log10 ((P + noise) / (P_track + noise))|`: what lies below it is lost on the way and
    costs nothing, what lies far above it costs what it does in a logarithmic spectrum.

    The codec is not run on renderings. Straight through it (the codec's output as the value, its
    input's gradient) the gradient is not that of the value, and a residual that is renewed every
    few calls is kept from call to call and depends on which rendering came before: both break the
    contract of objectives, and encoding ten seconds takes a quarter of a second. Noise that is
    frozen at the track's is what a straight-through estimate with a frozen residual comes to near
    the track, and the farther from it, the rougher it is.

    MP3 is ISO/IEC 11172-3 by LAME, Opus is RFC 6716, https://www.rfc-editor.org/rfc/rfc6716, both
    by libsndfile at one channel. The bands are Zwicker and Terhardt's, Journal of the Acoustical
    Society of America 68(5), 1980, https://doi.org/10.1121/1.385079.

    Args:
        target: the track.
        kind: of codec, "mp3" or "opus".
        bitrate: of one channel, kbit/s.
    """

    def __init__(self, target: Target, *, kind: str, bitrate: float) -> None:
        rate = target.sample_rate
        size = 2 ** round(math.log2(_WINDOW_SECONDS * rate))
        self._stft = STFT(size, size // _HOPS)
        track = target.waveform
        came = sent(track[0].double().cpu().numpy(), rate, kind, bitrate)
        lost = torch.from_numpy(came).to(track)[None] - track
        self._noise = self._cells(lost) @ _alike(self._stft.bins, rate, size).to(track)
        self._noise = self._noise + _SMALLEST_POWER
        self._target = (self._cells(track) + self._noise).log10()

    def _cells(self, waveform: Tensor) -> Tensor:
        return power(self._stft.forward(waveform)).transpose(1, 2)  # N x frames x bins

    def __call__(self, rendered: Rendered) -> Tensor:
        """Return the mean differences `(N,)`, in dB."""
        left = (self._cells(rendered.waveform) + self._noise).log10()
        return 10 * (left - self._target).abs().mean((1, 2))


def _alike(bins: int, sample_rate: int, size: int) -> Tensor:
    """Return what takes the mean over each band of half a Bark to all its bins, `(bins, bins)`."""
    frequency = torch.arange(bins, dtype=torch.float64) * sample_rate / size
    bark = 13 * torch.atan(0.00076 * frequency) + 3.5 * torch.atan((frequency / 7500).square())
    members = one_hot((2 * bark).long()).double()
    return (members / members.sum(0).clamp(min=1)) @ members.T


def sent(samples: _Sound, sample_rate: int, kind: str, bitrate: float) -> _Sound:
    """Return one channel as it comes out of a codec: as long, and not delayed.

    Args:
        samples: full scale = 1.
        sample_rate: Hz; Opus has five rates, others are resampled to 48 kHz on the way.
        kind: "mp3" or "opus".
        bitrate: kbit/s; the nearest that the codec has at this rate.
    """
    if kind == "mp3":
        _, least, most = next(row for row in _MP3_RATES if sample_rate >= row[0])
        return _through(samples, sample_rate, "MP3", "MPEG_LAYER_III", bitrate, (least, most))
    if sample_rate in _OPUS_RATES:
        return _through(samples, sample_rate, "OGG", "OPUS", bitrate, _OPUS_BITRATES)
    # Here: half a second to import, which those who chose other objectives need not wait.
    from torchaudio.functional import resample

    there = resample(torch.from_numpy(samples), sample_rate, _OPUS_RATES[-1]).numpy()
    came = _through(there, _OPUS_RATES[-1], "OGG", "OPUS", bitrate, _OPUS_BITRATES)
    back: Tensor = resample(torch.from_numpy(came), _OPUS_RATES[-1], sample_rate)
    return back.numpy()[: len(samples)]


def _through(
    samples: _Sound,
    sample_rate: int,
    container: str,
    subtype: str,
    bitrate: float,
    bitrates: tuple[float, float],
) -> _Sound:
    least, most = bitrates
    file = io.BytesIO()
    soundfile.write(
        file,
        samples,
        sample_rate,
        subtype,
        format=container,
        compression_level=min(_COARSEST, max(0.0, (most - bitrate) / (most - least))),
        bitrate_mode="CONSTANT" if container == "MP3" else None,
    )
    file.seek(0)
    came: _Sound = soundfile.read(file)[0]
    return came if len(came) == len(samples) else _on_time(samples, came)


def _on_time(samples: _Sound, came: _Sound) -> _Sound:
    """Return what came as long as what was sent and where it was.

    An MP3 of a low bitrate has no room to say how long it is and by how much the encoder delays:
    there the sound is where the two are most alike.
    """
    size = len(samples) + _MOST_DELAY
    before, after = (np.fft.rfft(sound, 2 * size) for sound in (samples, came))
    delay = int(np.fft.irfft(after * before.conj())[:_MOST_DELAY].argmax())
    found = np.zeros_like(samples)
    there = came[delay : delay + len(samples)]
    found[: len(there)] = there
    return found


@hookimpl
def moss_objectives() -> list[Objective]:
    """Offer what a codec keeps."""
    return [
        Objective(
            name="codec",
            label="What a codec keeps",
            domain="audio",
            reference="https://www.rfc-editor.org/rfc/rfc6716",
            build=Codec,
            description="Lets the image hide where MP3 or Opus throws sound away.",
            facts={
                "Encoders": "LAME (MP3) and libopus, run on the track once",
                "Window": "about 50 ms: 512 samples at 8 kHz, 1024 at 16 kHz, 2048 at 44.1 kHz",
                "Noise": "mean of the codec's in bands of half a Bark",
            },
            parameters={
                "kind": Parameter("mp3", "Which codec throws sound away.", choices=("mp3", "opus")),
                "bitrate": Parameter(
                    _BITRATE,
                    "Of one channel: the lower, the more is thrown away.",
                    unit="kbit/s",
                    least=_LEAST,
                    most=_MOST,
                ),
            },
            thread_safe=True,
        )
    ]
