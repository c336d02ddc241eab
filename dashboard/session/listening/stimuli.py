"""What is heard and seen in a listening test, made once it is begun."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import streamlit as st

from background.encodings import part_shown, picture_of, target_of
from background.job import Job
from background.snapshots import Shown
from moss_core.errors import MossError
from moss_core.listening import IMAGE, TRACK, excerpt, excerpt_place
from moss_core.optimization import Run
from moss_core.runs import load, read_manifest
from moss_core.synthesis import encode_flac
from session.links import Link
from session.listening.sitting import Sitting, heard_positions
from session.shared import installed, job_manager
from sources.kept import Kept, size_of
from sources.made_later import MadeLater, Waiting

MAX_KEPT_BYTES = 64_000_000
_SHOWN = Shown()


@dataclass(frozen=True)
class Stimuli:
    """A front as it is heard and seen: excerpts of the same place and alike in loudness, pictures.

    Args:
        step: that the run had come to.
        positions: picture share in percent of each candidate, by index (`heard_positions`).
        sample_rate: of the sounds, Hz.
        sounds: FLAC by index of the candidate, `TRACK` and `IMAGE` too.
        pictures: WebP by index of the candidate.
        target: PNG of the image as it is painted.
        aspect: how many times as wide as high the pictures are.
    """

    step: int
    positions: dict[int, float]
    sample_rate: int
    sounds: dict[int, bytes]
    pictures: dict[int, bytes]
    target: bytes
    aspect: float


def stimuli(job: Job, sitting: Sitting) -> Stimuli | Waiting:
    """Return what is played of a run, or what it waits for; to be asked again till then.

    Raises:
        MossError: if the run has been let go of, or learned on meanwhile.
    """
    return _made_later().ask((sitting.folder, sitting.step), lambda: _made(job.reading))


def stimuli_of_link(link: Link) -> Stimuli | Waiting:
    """Return what is played to those whom a link invites, as it was saved last (`stimuli`).

    The run is read from the disk: no job is opened for it.

    Raises:
        MossError: if the run cannot be read, nothing of it was saved yet, or it is learning: each
            saving would give other sounds.
    """
    job = job_manager().find(link.folder.name)
    if job and job.look().at_work:
        rule = "must be at rest while people listen"
        raise MossError("run", rule, "it is learning", "Try the link again later.")
    step, plugins = read_manifest(link.folder).steps, installed()

    def make() -> Stimuli:
        run = load(link.folder, plugins)
        return _made(lambda: nullcontext(run))

    return _made_later().ask((link.folder, step), make)


def _made(reading: Callable[[], AbstractContextManager[Run]]) -> Stimuli:
    with reading() as run:
        state, place, rate = run.state, excerpt_place(run), run.track.sample_rate
        target, aspect = target_of(run, _SHOWN), part_shown(run, _SHOWN).canvas.aspect
    positions = heard_positions(state.front)
    sounds, pictures = {}, {}
    # One at a time: whoever renames the run meanwhile waits less.
    for index in (TRACK, IMAGE, *positions):
        with reading() as run:
            sounds[index] = encode_flac(excerpt(run, index, place), rate)
    for index in positions:
        with reading() as run:
            pictures[index] = picture_of(run, state.waveform[index], _SHOWN)
    return Stimuli(state.record.step, positions, rate, sounds, pictures, target, aspect)


@st.cache_resource(show_spinner=False)
def _made_later() -> MadeLater:
    """Return what makes excerpts: a line of its own, in which nobody waits for demonstrations."""
    return MadeLater(Kept(MAX_KEPT_BYTES, size_of))
