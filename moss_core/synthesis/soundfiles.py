"""Sound files: what is read from one, and every way in which one is refused."""

from __future__ import annotations

import io
import re
from functools import partial

import soundfile
import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.synthesis.files.packets import unpack

MIN_SAMPLE_RATE, MAX_SAMPLE_RATE = 8_000, 384_000
MAX_CHANNELS = 8
MIN_TRACK_SECONDS, MAX_TRACK_SECONDS = 0.5, 900.0
MAX_TRACK_VALUES = 200_000_000
SILENCE_DB = -100.0
_STREAMED_WAV_BYTES = 0xFFFFF000  # writers to a pipe put a data size from here up to 2^32 - 1
_UNKNOWN_FRAMES = 2**63 - 1  # libsndfile's word for a header without a length


def decode(content: bytes, thing: str) -> tuple[Tensor, int]:
    """Return the samples `(channels, samples)`, float32, full scale = 1, and their rate in Hz.

    Args:
        content: of a WAV, FLAC, OGG, Opus, MP3 or M4A file.
        thing: what to call it in messages.

    Raises:
        MossError: for what is not such a sound, is damaged or cut off, is silent, holds values
            that are not numbers, is shorter than 0.5 s or longer than 15 minutes.
    """
    if content[4:8] == b"ftyp":  # which libsndfile does not read
        samples, sample_rate = unpack(content, thing, partial(_check_header, thing))
        _check_samples(thing, samples)
        _check_length(thing, samples, sample_rate)
        return samples, sample_rate
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            _check_header(thing, file.samplerate, file.channels, file.frames)
            _check_complete(thing, file, content)
            samples = torch.from_numpy(file.read(dtype="float32", always_2d=True).T.copy())
            if samples.shape[1] < file.frames:
                raise _cut_off(thing, file.frames, samples.shape[1], file.samplerate)
            sample_rate = file.samplerate
    except soundfile.LibsndfileError as error:
        if content[:4] in (b"RIFF", b"fLaC", b"OggS") or content[:3] == b"ID3":
            rule, found = "must be a complete sound file", "a damaged or cut-off one"
        else:
            rule, found = "must be a WAV, FLAC, OGG, Opus, MP3 or M4A file", "something else"
        raise MossError(
            thing,
            rule,
            f"{found} ({len(content):,} bytes)",
            "Save it again as WAV or FLAC, or choose another file.",
        ) from error
    _check_samples(thing, samples)
    _check_length(thing, samples, sample_rate)
    return samples, sample_rate


def _check_length(thing: str, samples: Tensor, sample_rate: int) -> None:
    if samples.shape[1] < MIN_TRACK_SECONDS * sample_rate:
        raise MossError(
            thing,
            f"must be at least {MIN_TRACK_SECONDS} s long",
            f"{samples.shape[1] / sample_rate:.3f} s",
            "Choose a longer one; 5 to 30 s work well.",
        )


def _check_header(thing: str, rate: int, channels: int, frames: int) -> None:
    if not MIN_SAMPLE_RATE <= rate <= MAX_SAMPLE_RATE:
        raise MossError(
            thing,
            f"must have a sample rate of {MIN_SAMPLE_RATE:,} to {MAX_SAMPLE_RATE:,} Hz",
            f"{rate:,} Hz",
            "Resample it, to 44,100 Hz for example.",
        )
    if channels > MAX_CHANNELS:
        raise MossError(
            thing,
            f"must have at most {MAX_CHANNELS} channels",
            channels,
            "Mix it down to stereo.",
        )
    if frames == _UNKNOWN_FRAMES:
        raise MossError(
            thing,
            "must give its length in its header",
            "no length (as in a FLAC file that was written to a pipe)",
            "Save it again, from an audio editor for example.",
        )
    seconds = frames / rate
    if seconds > MAX_TRACK_SECONDS or frames * channels > MAX_TRACK_VALUES:
        raise MossError(
            thing,
            f"must be at most {MAX_TRACK_SECONDS:.0f} s long, with at most "
            f"{MAX_TRACK_VALUES:,} samples over all channels",
            f"{seconds:,.0f} s, {frames * channels:,} samples",
            "Cut out the part that you want to use.",
        )


def _check_complete(thing: str, file: soundfile.SoundFile, content: bytes) -> None:
    """Raise for a file that ends before its header says; libsndfile reads those quietly."""
    cut = re.search(r"^data : (\d+) \(should be (\d+)\)", file.extra_info, re.MULTILINE)
    if cut and int(cut[2]) < int(cut[1]) < _STREAMED_WAV_BYTES:
        announced = file.frames * int(cut[1]) // max(1, int(cut[2]))
        raise _cut_off(thing, announced, file.frames, file.samplerate)
    if file.format == "OGG":
        # RFC 3533: the flag of a stream's last page, and the sizes of the segments in it.
        page = content[content.rfind(b"OggS") :]
        whole = len(page) > 26 and len(page) >= 27 + page[26] + sum(page[27 : 27 + page[26]])
        if not (whole and page[5] & 4):
            raise MossError(
                thing,
                "must be a complete sound file",
                f"one that stops at {file.frames / file.samplerate:.1f} s without its end",
                "Save or download it again.",
            )


def _cut_off(thing: str, announced: int, present: int, rate: int) -> MossError:
    return MossError(
        thing,
        f"must hold the {announced / rate:,.1f} s that its header announces",
        f"{present / rate:,.1f} s (the file is cut off)",
        "Save or download it again.",
    )


def _check_samples(thing: str, samples: Tensor) -> None:
    bad = int((~torch.isfinite(samples)).sum())
    if bad:
        raise MossError(
            thing,
            "must hold finite samples",
            f"{bad:,} that are not a number or infinite",
            "Export it again from your audio editor.",
        )
    if samples.numel() == 0:
        raise MossError(
            thing, "must hold sound", "0 samples", "Choose a file that plays in a player."
        )
    mono_rms_db = 20 * float(torch.log10(samples.mean(0).square().mean().sqrt() + 1e-12))
    if mono_rms_db < SILENCE_DB:
        cancels = float(samples.abs().max()) > 1e-4
        raise MossError(
            thing,
            f"must be louder than {SILENCE_DB:.0f} dBFS in its mono mix",
            "channels that cancel each other out" if cancels else "silence",
            "Invert one channel, or choose one." if cancels else "Choose a track with sound.",
        )
