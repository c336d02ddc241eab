"""One candidate of a kept run, read from the disk to be shown: no job is opened for it."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import streamlit as st
from torch import Tensor

from background.encodings import (
    part_shown,
    picture_of,
    sound_of,
    target_of,
    track_picture_of,
    track_sound_of,
)
from background.snapshots import Shown
from moss_core.errors import MossError
from moss_core.optimization import Run, Shares
from moss_core.runs import load, stamp
from moss_core.synthesis import PlacedCanvas, encode_preview, shrink
from session.links import Link
from session.shared import installed
from sources.kept import Kept
from sources.sound import Sound
from sources.source import title_of

MAX_KEPT_BYTES = 64_000_000
THUMBNAIL = 480
"""Longer side of the image in pixels, twice what the page shows."""
_SHOWN = Shown()


@dataclass(frozen=True)
class Exhibit:
    """A candidate to see and to hear.

    Args:
        title: what people call its run.
        image: what they call the image.
        track: what they call the track.
        canvas: where the image is painted.
        sample_rate: of the sounds, Hz.
        shares: how much of image and track it has.
        thumbnail: WebP of the image in its own shape.
        target: PNG of the image as it is painted.
        picture: WebP of the candidate's picture.
        sound: of the candidate.
        track_picture: WebP of the track's own picture.
        track_sound: of the track.
    """

    title: str
    image: str
    track: str
    canvas: PlacedCanvas
    sample_rate: int
    shares: Shares
    thumbnail: bytes
    target: bytes
    picture: bytes
    sound: Sound
    track_picture: bytes
    track_sound: Sound

    @property
    def nbytes(self) -> int:
        """How much memory it takes, about."""
        pictures = self.thumbnail, self.target, self.picture, self.track_picture
        sounds = self.sound.content, self.track_sound.content
        return sum(map(len, (*pictures, *sounds)))


class _Gallery:
    """Opens one run at a time, however many visitors come, and keeps what was shown last."""

    def __init__(self) -> None:
        self._kept = Kept(MAX_KEPT_BYTES, lambda exhibit: exhibit.nbytes)
        self._opening = threading.Lock()

    def show(self, link: Link) -> Exhibit:
        key = link, stamp(link.folder)
        with self._opening:
            return self._kept.once(key, lambda: _exhibit(link))


@st.cache_resource(show_spinner=False)
def _gallery() -> _Gallery:
    return _Gallery()


def open_exhibit(link: Link) -> Exhibit:
    """Return what a link to a candidate shows, as it was saved last.

    Raises:
        MossError: if the run cannot be read, or the candidate is not saved. What it says is for the
            log: it names the run, whose name is the key to it.
    """
    return _gallery().show(link)


def _exhibit(link: Link) -> Exhibit:
    assert link.candidate is not None
    run = load(link.folder, installed())
    found = next((c for c in run.candidates() if c.index == link.candidate), None)
    if found is None:
        raise MossError(
            f"candidate {link.candidate} of run {link.folder.name}",
            "must have been saved",
            f"{len(run.candidates())} candidates",
            "Open the link again later.",
        )
    waveform, step = run.state.waveform[link.candidate], run.state.record.step
    return Exhibit(
        title=run.title,
        image=_images(run),
        track=title_of(run.track.name),
        canvas=part_shown(run, _SHOWN).canvas,
        sample_rate=run.track.sample_rate,
        shares=run.state.front.shares(found.losses),
        thumbnail=_thumbnail(run.adjusted[0].pixels),
        target=target_of(run, _SHOWN),
        picture=picture_of(run, waveform, _SHOWN),
        sound=sound_of(run, waveform, step, _SHOWN),
        track_picture=track_picture_of(run, _SHOWN),
        track_sound=track_sound_of(run, _SHOWN),
    )


def _thumbnail(pixels: Tensor) -> bytes:
    height, width = pixels.shape
    scale = min(1.0, THUMBNAIL / max(height, width))
    size = max(1, round(scale * height)), max(1, round(scale * width))
    return encode_preview(shrink(pixels, *size))


def _images(run: Run) -> str:
    images = (run.image, *run.others, *([run.right] if run.right else []))
    names = list(dict.fromkeys(title_of(image.name) for image in images))
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
