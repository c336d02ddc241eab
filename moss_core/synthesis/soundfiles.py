"""Sound files: what is read from one, and every way in which one is refused."""

from __future__ import annotations

import io
import math
import re
from functools import partial

import soundfile
import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.machine import limits
from moss_core.synthesis.files.kinds import SOUND_KINDS, is_known, is_packed
from moss_core.synthesis.files.packets import unpack_into
from moss_core.synthesis.files.tally import Tally

MIN_SAMPLE_RATE, MAX_SAMPLE_RATE = 8_000, 384_000
MAX_CHANNELS = 8
MIN_TRACK_SECONDS, MAX_TRACK_SECONDS = 0.5, 900.0
MAX_TRACK_VALUES = 200_000_000
SILENCE_DB = -100.0
_SHARE_OF_MEMORY = 0.2
"""Of what the process may take: a quarter of an hour in stereo at 48 kHz is 346 of 2200 MB."""
_BLOCK = 1 << 16  # frames that are read at once
_STREAMED_WAV_BYTES = 0xFFFFF000  # writers to a pipe put a data size from here up to 2^32 - 1
_UNKNOWN_FRAMES = 2**63 - 1  # libsndfile's word for a header without a length


def decode(content: bytes, thing: str) -> tuple[Tensor, int]:
    """Return the samples `(channels, samples)`, float32, full scale = 1, and their rate in Hz.

    It is read block by block, in little more memory than its samples take.

    Args:
        content: of a WAV, FLAC, OGG, Opus, MP3, M4A, AIFF, CAF or AU file.
        thing: what to call it in messages.

    Raises:
        MossError: for what is not such a sound, is damaged or cut off, is silent, holds values
            that are not numbers, is shorter than 0.5 s or longer than 15 minutes, or has more
            samples than there may be.
    """
    if is_packed(content):
        tally, sample_rate = unpack_into(content, thing, partial(_check_header, thing))
    else:
        tally, sample_rate = _read(content, thing)
    _check_samples(thing, tally)
    _check_length(thing, tally.length, sample_rate)
    return tally.samples, sample_rate


def most_values() -> int:
    """Return how many samples over all channels a track may have, a share of the memory in all."""
    memory = limits().memory_mb
    share = _SHARE_OF_MEMORY * 1e6 * memory / 4  # bytes of a sample
    return MAX_TRACK_VALUES if math.isinf(memory) else min(MAX_TRACK_VALUES, int(share))


class _Stream(soundfile.SoundFile):  # type: ignore[misc]  # which has no types
    """A file that is read from its beginning to its end: some kinds can be read in no other way."""

    def seekable(self) -> bool:
        """Return False: soundfile seeks after each block where it can."""
        return False


def _read(content: bytes, thing: str) -> tuple[Tally, int]:
    if not is_known(content):
        raise _unreadable(thing, content, f"must be a {SOUND_KINDS} file", "something else")
    try:
        with _Stream(io.BytesIO(content)) as file:
            _check_header(thing, file.samplerate, file.channels, file.frames)
            _check_complete(thing, file, content)
            tally = Tally(file.channels, file.frames)
            while not tally.full:
                block = file.read(min(_BLOCK, file.frames), dtype="float32", always_2d=True)
                if not len(block):
                    raise _cut_off(thing, file.frames, tally.length, file.samplerate)
                tally.add(torch.from_numpy(block).T)
            return tally, file.samplerate
    except MossError:
        raise
    except Exception as error:  # libsndfile and its Python side raise many kinds on damaged files
        rule, found = "must be a complete sound file", "a damaged or cut-off one"
        raise _unreadable(thing, content, rule, found) from error


def _unreadable(thing: str, content: bytes, rule: str, found: str) -> MossError:
    remedy = "Save it again as WAV or FLAC, or choose another file."
    return MossError(thing, rule, f"{found} ({len(content):,} bytes)", remedy)


def _check_length(thing: str, length: int, sample_rate: int) -> None:
    if length < MIN_TRACK_SECONDS * sample_rate:
        raise MossError(
            thing,
            f"must be at least {MIN_TRACK_SECONDS} s long",
            f"{length / sample_rate:.3f} s",
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
    if not 1 <= channels <= MAX_CHANNELS:
        raise MossError(
            thing,
            f"must have at least 1 and at most {MAX_CHANNELS} channels",
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
    seconds, most = frames / rate, most_values()
    if seconds > MAX_TRACK_SECONDS or frames * channels > most:
        raise MossError(
            thing,
            f"must be at most {MAX_TRACK_SECONDS:.0f} s long, with at most "
            f"{most:,} samples over all channels",
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


def _check_samples(thing: str, tally: Tally) -> None:
    if tally.bad:
        raise MossError(
            thing,
            "must hold finite samples",
            f"{tally.bad:,} that are not a number or infinite",
            "Export it again from your audio editor.",
        )
    if not tally.length:
        raise MossError(
            thing, "must hold sound", "0 samples", "Choose a file that plays in a player."
        )
    if tally.rms_db < SILENCE_DB:
        cancels = tally.peak > 1e-4
        raise MossError(
            thing,
            f"must be louder than {SILENCE_DB:.0f} dBFS in its mono mix",
            "channels that cancel each other out" if cancels else "silence",
            "Invert one channel, or choose one." if cancels else "Choose a track with sound.",
        )
