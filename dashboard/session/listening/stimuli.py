"""What is played in a listening test, made once it is begun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from background.job import Job
from moss_core.listening import IMAGE, TRACK, excerpt, excerpt_place
from moss_core.synthesis import encode_flac
from session.listening.sitting import Sitting, heard_positions
from sources.kept import Kept, size_of
from sources.made_later import MadeLater, Waiting

MAX_KEPT_BYTES = 64_000_000


@dataclass(frozen=True)
class Stimuli:
    """The excerpts of a run, all of the same place and alike in loudness.

    Args:
        start: seconds from the track's beginning.
        sample_rate: Hz.
        sounds: FLAC by index of the candidate, `TRACK` and `IMAGE` too.
    """

    start: float
    sample_rate: int
    sounds: Mapping[int, bytes]

    @property
    def track(self) -> bytes:
        """The track's own excerpt."""
        return self.sounds[TRACK]


def stimuli(job: Job, sitting: Sitting) -> Stimuli | Waiting:
    """Return what is played of a run, or what it waits for; to be asked again till then.

    Raises:
        MossError: if the run has been let go of, or learned on meanwhile.
    """
    return _made_later().ask((sitting.folder, sitting.step), lambda: _made(job))


def _made(job: Job) -> Stimuli:
    indices = (TRACK, IMAGE, *heard_positions(job.look()))
    with job.reading() as run:
        place, rate = excerpt_place(run), run.track.sample_rate
    sounds = {}
    for index in indices:
        with job.reading() as run:  # one at a time: whoever renames the run meanwhile waits less
            samples = excerpt(run, index, place)
        sounds[index] = encode_flac(samples, rate)
    return Stimuli(place.start, rate, sounds)


@st.cache_resource(show_spinner=False)
def _made_later() -> MadeLater:
    """Return what makes excerpts: a line of its own, in which nobody waits for demonstrations."""
    return MadeLater(Kept(MAX_KEPT_BYTES, size_of))
