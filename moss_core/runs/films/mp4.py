"""Films as MP4 files: H.264 and AAC, as browsers and phones play them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.machine import on_one_core
from moss_core.runs.films.scenes import FRAMES_A_SECOND, Film
from moss_core.runs.keeping.temporaries import clear_temporaries, temporary_folder

_SOUND_BITS = 256_000
_BLOCK = 1024  # samples of a packet of AAC
_CONTAINER = {"movflags": "+faststart", "fflags": "+bitexact"}
_VIDEO = {"preset": "veryfast", "crf": "20"}


@on_one_core()
def write_film(film: Film, path: Path, tell: Callable[[float], None] = lambda done: None) -> None:
    """Write a film as an MP4 file; the same film gives the same bytes.

    It is written under another name beside its place and moved there when it is complete, so that
    nothing half written is left behind, whatever happens.

    Args:
        film: what to write.
        path: of the file; one that is there is replaced.
        tell: is told how much is done, 0 to 1; what it raises ends the work.

    Raises:
        MossError: if the folder cannot be written, the disk is full, or there is no H.264 encoder.
    """
    missing = {"libx264", "aac"} - av.codecs_available
    if missing:
        remedy = "Install PyAV from PyPI: pip install --force-reinstall av."
        raise MossError("PyAV", "must have libx264 and aac", f"no {min(missing)}", remedy)
    try:
        clear_temporaries(path.parent)
        with temporary_folder(path.parent) as temporary:
            unfinished = temporary / "film.mp4"
            _encode(film, unfinished, tell)
            unfinished.replace(path)
    except OSError as error:
        raise MossError(
            f"film {path.name}",
            "must fit on the disk, in a folder that can be written",
            error.strerror or str(error),
            "Free space, or choose another folder.",
        ) from error


def _encode(film: Film, path: Path, tell: Callable[[float], None]) -> None:
    # One thread, since the bytes depend on their number, and a run may learn beside it.
    # The index comes first, so that a browser can play what it has not loaded to its end.
    with av.open(
        str(path), "w", "mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}
    ) as file:
        picture = file.add_stream("libx264", FRAMES_A_SECOND, _VIDEO)
        picture.width, picture.height = film.stage.shape.width, film.stage.shape.height
        picture.pix_fmt = "yuv420p"
        context = picture.codec_context
        context.thread_count = 1
        context.color_range = 1
        context.colorspace = context.color_primaries = context.color_trc = 1  # BT.709
        sound = file.add_stream("aac", film.sample_rate)
        sound.bit_rate = _SOUND_BITS
        sound.layout = "mono" if film.channels == 1 else "stereo"
        blocks = _blocks(film)
        heard = 0
        for number, planes in enumerate(film.frames()):
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FRAMES_A_SECOND)
            frame.colorspace, frame.color_range = 1, 1
            file.mux(picture.encode(frame))
            # As much sound as was seen, and then some: who plays it needs both at once.
            while heard * FRAMES_A_SECOND <= (number + 1) * film.sample_rate:
                block = next(blocks, None)
                if block is None:
                    break
                file.mux(sound.encode(_sounding(film, block, heard)))
                heard += block.shape[1]
            tell(min(1.0, (number + 1) / film.count))
        for block in blocks:
            file.mux(sound.encode(_sounding(film, block, heard)))
            heard += block.shape[1]
        file.mux(picture.encode(None))
        file.mux(sound.encode(None))


def _sounding(film: Film, block: Tensor, heard: int) -> av.AudioFrame:
    samples = np.ascontiguousarray(block.numpy(), np.float32)
    frame = av.AudioFrame.from_ndarray(samples, "fltp", "mono" if film.channels == 1 else "stereo")
    frame.sample_rate, frame.pts = film.sample_rate, heard
    frame.time_base = Fraction(1, film.sample_rate)
    return frame


def _blocks(film: Film) -> Iterator[Tensor]:
    """Give a film's sound in blocks that AAC takes, `(channels, 1024)`, the last one shorter."""
    rest = torch.zeros(film.channels, 0)
    for part in film.sound():
        rest = torch.cat([rest, part.clamp(-1, 1)], dim=1)
        whole = rest.shape[1] // _BLOCK * _BLOCK
        yield from torch.split(rest[:, :whole], _BLOCK, dim=1) if whole else ()
        rest = rest[:, whole:]
    if rest.shape[1]:
        yield rest
