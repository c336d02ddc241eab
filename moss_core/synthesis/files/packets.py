"""Opus and AAC: sounds as packets in a container, which libsndfile does not write.

FFmpeg's encoders and containers, through PyAV. A codec delays what it is given by a few hundred
samples; the container says by how many (Opus' pre-skip, the edit list of an MP4), and a reader that
follows it, as FFmpeg, browsers and phones do, plays the sound where it was.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import av
import numpy as np
import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.synthesis.files.tally import Tally

_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1"}
"""FFmpeg's words for so many channels, in the order that WAV files have them."""

_PLANAR = "fltp"
"""One channel after another, where other forms have the channels of a sample together."""

_MOST_DELAY = 4096  # samples; libopus has 312, AAC encoders up to 2112


@dataclass(frozen=True)
class Packing:
    """How a kind of file is made of packets.

    Args:
        codec: FFmpeg's name of the encoder.
        container: FFmpeg's name of the muxer.
        form: FFmpeg's name of the samples that the encoder takes.
        bitrate: kbit/s a channel.
        most: bits a second that a channel may have for each Hz of its rate; None: any number.
    """

    codec: str
    container: str
    form: str
    bitrate: int
    most: int | None = None


PACKINGS = {
    "opus": Packing("libopus", "ogg", "flt", bitrate=128),
    # ISO/IEC 14496-3: a channel's frame of 1024 samples has at most 6144 bits.
    "m4a": Packing("aac", "ipod", _PLANAR, bitrate=128, most=6),
}
"""The kinds by name."""


def pack(samples: Tensor, sample_rate: int, kind: str, bitrate: int | None = None) -> bytes:
    """Return a file of `(channels, samples)`, full scale = 1; the same sound gives the same bytes.

    Args:
        samples: of 1 to 6 channels.
        sample_rate: Hz, one that the kind can have.
        kind: a key of `PACKINGS`.
        bitrate: kbit/s of all channels together, in the place of the kind's own.
    """
    packing, channels = PACKINGS[kind], len(samples)
    asked = 1000 * (bitrate or packing.bitrate * channels)
    most = packing.most and packing.most * sample_rate * channels
    file = io.BytesIO()
    # Without the flag the file holds a number drawn by chance.
    options = {"fflags": "+bitexact"}
    if packing.container == "ipod":
        options["movie_timescale"] = str(sample_rate)  # by default its length is in whole ms
    with av.open(file, "w", format=packing.container, options=options) as container:
        layout = _LAYOUTS[channels]
        added = container.add_stream(packing.codec, rate=sample_rate, layout=layout)
        stream = cast(av.AudioStream, added)  # as both codecs are a sound's
        encoder = stream.codec_context
        encoder.format = packing.form
        encoder.bit_rate = min(asked, most or asked)
        encoder.open()
        size = encoder.frame_size
        content = samples.detach().cpu().float()
        for first in range(0, content.shape[1], size):
            block = content[:, first : first + size]
            rows = block if packing.form == _PLANAR else block.T.reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(rows.numpy()), format=packing.form, layout=layout
            )
            frame.sample_rate, frame.pts = sample_rate, first
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def unpack(content: bytes, thing: str) -> tuple[Tensor, int]:
    """Return the samples `(channels, samples)` of a file that FFmpeg reads, and their rate in Hz.

    Args:
        content: of the file.
        thing: what to call it in messages.

    Raises:
        MossError: for what is no sound, or is damaged or cut off.
    """
    tally, rate = unpack_into(content, thing, lambda *_: None)
    return tally.samples, rate


def unpack_into(
    content: bytes, thing: str, check: Callable[[int, int, int], None]
) -> tuple[Tally, int]:
    """Return the samples of a file that FFmpeg reads with what was found in them; their rate in Hz.

    Args:
        content: of the file.
        thing: what to call it in messages.
        check: called with the rate in Hz, the number of channels and that of samples, as the
            header tells them, before any is decoded.

    Raises:
        MossError: for what is no sound, or is damaged or cut off, and whatever `check` raises.
    """
    try:
        with av.open(io.BytesIO(content), "r", metadata_errors="replace") as container:
            stream = container.streams.audio[0]
            rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
            # The last packet is filled up, and only the container tells how far.
            length = round((stream.duration or 0) * (stream.time_base or 0) * rate)
            check(rate, channels, length)
            tally = Tally(channels, length)
            for frame in container.decode(stream):
                tally.add(_samples_of(frame))
                if tally.full:
                    break
        if tally.length < length - _MOST_DELAY:  # which Ogg counts as part of its length
            raise ValueError(f"{tally.length / rate:,.1f} of {length / rate:,.1f} s")
    except MossError:
        raise
    except Exception as error:  # FFmpeg's errors, and what tables that lie make of them
        raise MossError(
            thing,
            "must be a complete sound file",
            f"a damaged one or none at all ({getattr(error, 'strerror', None) or error})",
            "Save or download it again.",
        ) from error
    return tally, rate


def _samples_of(frame: av.AudioFrame) -> Tensor:
    """Return what a packet holds, `(channels, samples)`."""
    rows = frame.to_ndarray()
    if not frame.format.is_planar:
        rows = rows.reshape(-1, frame.layout.nb_channels).T
    return torch.from_numpy(np.ascontiguousarray(rows, np.float32))
