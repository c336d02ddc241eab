"""What happens to a sound file on its way to others: codecs and other sample rates."""

from __future__ import annotations

import io
from dataclasses import dataclass

import soundfile
import torch
from torch import Tensor
from torch.nn.functional import pad

from moss_core.errors import MossError
from moss_core.synthesis import FORMATS, encode_sound, resample, unpack

_MP3_BITRATES = ((32_000, 32, 320), (16_000, 8, 160), (0, 8, 64))
"""From which rate (Hz) on an MP3 has which least and most bitrate (kbit/s): MPEG 1, 2 and 2.5."""
_MOST_DELAY = 4096  # samples; LAME and its decoders together have up to 2257
_LISTENED = 1 << 18  # samples that tell the delay


@dataclass(frozen=True)
class Codec:
    """A way that a file may take.

    Args:
        name: the word used in files and on the command line.
        label: for people.
        kind: of file in between, a key of `FORMATS`; "": none.
        bitrate: kbit/s of all channels; 0: what the compression makes.
        compression: of what has no such bitrate: libsndfile's level, 0 (best) to 1.
        rate: Hz that it is resampled to, before it becomes a file of the kind; None: it keeps its
            own.
    """

    name: str
    label: str
    kind: str = ""
    bitrate: int = 0
    compression: float = 0.0
    rate: int | None = None

    def trouble(self, channels: int, sample_rate: int) -> str:
        """Return why a file of so many channels and so many Hz cannot take it; "" if it can."""
        if self.rate == sample_rate and not self.kind:
            return f"the file is at {sample_rate:,} Hz already"
        if not self.kind:
            return ""
        form = FORMATS[self.kind]
        if channels > form.channels:
            return f"{form.label} holds at most {form.channels} channels here, not {channels}"
        if (self.rate or sample_rate) not in form.rates:
            return f"{form.label} does not hold {sample_rate:,} Hz"
        if self.kind == "mp3" and self.bitrate > _bitrates(sample_rate)[1]:
            most = _bitrates(sample_rate)[1]
            return f"{form.label} holds at most {most} kbit/s at {sample_rate:,} Hz"
        return ""

    def send(self, samples: Tensor, sample_rate: int) -> tuple[Tensor, int]:
        """Return what arrives, at its rate in Hz: as long as what was sent, and not delayed.

        Args:
            samples: `(channels, samples)`, full scale = 1, for which there is no `trouble`.
            sample_rate: Hz.
        """
        if self.rate and self.rate != sample_rate:
            samples, sample_rate = resample(samples, sample_rate, self.rate), self.rate
        if not self.kind:
            return samples, sample_rate
        if self.kind in ("opus", "m4a"):
            content = encode_sound(samples, sample_rate, self.kind, bitrate=self.bitrate)
            return aligned(samples, unpack(content, self.label)[0]), sample_rate
        level = self.compression
        if self.bitrate:
            least, most = _bitrates(sample_rate)
            level = (most - self.bitrate) / (most - least)
        content = encode_sound(samples, sample_rate, self.kind, level)
        found, _ = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
        return aligned(samples, torch.from_numpy(found.T.copy())), sample_rate


CODECS = {
    codec.name: codec
    for codec in (
        Codec("exported", "as exported"),
        Codec("mp3_128", "MP3 128", "mp3", bitrate=128),
        Codec("mp3_320", "MP3 320", "mp3", bitrate=320),
        Codec("vorbis", "Vorbis q5", "ogg", compression=0.5),
        # What sites make of sounds that are put there.
        Codec("opus", "Opus 128", "opus", bitrate=128, rate=48_000),
        Codec("aac", "AAC 128", "m4a", bitrate=128),
        Codec("rate_44100", "44.1 kHz", rate=44_100),
        Codec("rate_22050", "22.05 kHz", rate=22_050),
    )
}
"""The ways by name; the first leaves a file as it is."""


def find_codec(name: str) -> Codec:
    """Return the codec of this name.

    Raises:
        MossError: if there is none.
    """
    if name not in CODECS:
        raise MossError(
            "codecs", f"must be among {', '.join(CODECS)}", repr(name), "Check the spelling."
        )
    return CODECS[name]


def _bitrates(sample_rate: int) -> tuple[int, int]:
    return next((least, most) for rate, least, most in _MP3_BITRATES if sample_rate >= rate)


def aligned(sent: Tensor, came: Tensor) -> Tensor:
    """Return what came `(channels, samples)` without its delay, as long as what was sent.

    The delay, of up to 4096 samples either way, is where the two have their highest correlation,
    over all channels.
    """
    length = sent.shape[-1]
    came = came[..., :length] if came.shape[-1] > length else came
    came = pad(came, (0, length - came.shape[-1]))
    first = max(0, (length - _LISTENED) // 2)
    pieces = (sound[:, first : first + _LISTENED].double() for sound in (sent, came))
    size = 2 * min(length, _LISTENED)
    before, after = (torch.fft.rfft(piece, n=size) for piece in pieces)
    correlation = torch.fft.irfft((after * before.conj()).sum(0), n=size)
    reach = min(_MOST_DELAY, size // 2 - 1)
    lags = torch.arange(-reach, reach + 1)
    delay = int(lags[correlation[lags].argmax()])
    moved = came.roll(-delay, -1)
    if delay > 0:
        moved[:, -delay:] = 0
    elif delay < 0:
        moved[:, :-delay] = 0
    return moved
