"""What all visitors share, made once per process: the job manager, the plugins, the cards."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import streamlit as st

from background.health.keeper import keeper
from background.job import Job
from background.manager import JobManager
from background.snapshots import request_to_open
from moss_core.objectives import Plugins
from moss_core.runs import Library
from moss_core.synthesis import (
    Adjustments,
    Beats,
    Blend,
    Canvas,
    PlacedCanvas,
    Spot,
    best_spots,
    find_beats,
)
from session import memory
from session.allowance import note_opened
from session.own import own_cards
from session.plugin_watch import PluginWatch
from session.uploads import bound_uploads
from session.workspace import library_folder
from sources.cards import Card, image_card, track_card
from sources.demonstration import Demonstration, demonstrate
from sources.kept import Kept, size_of
from sources.made_later import MadeLater, Waiting
from sources.overview import Overlay, Overview, overlay, overview
from sources.preview import Preview, crossfade
from sources.sound import Sound, section_of_track
from sources.source import Kind, sample_images, sample_tracks

_Made = TypeVar("_Made")
MAX_SHOWN_BYTES = 64_000_000
_one_at_a_time: dict[Callable[..., object], threading.Lock] = {}
"""What takes long, and the lock of whoever makes it."""
_LOOK_SECONDS = 0.2


@st.cache_resource(show_spinner=False)
def job_manager() -> JobManager:
    """Return the process's job manager."""
    bound_uploads()
    manager = JobManager()
    atexit.register(manager.close)  # a thread killed inside a step would abort the process
    manager.warm_up(installed())
    keeper().watch(manager)
    return manager


def library() -> Library:
    """Return the library of the visitor's workspace."""
    return _library(library_folder(memory.get(memory.WORKSPACE)))


@st.cache_resource(show_spinner=False, max_entries=64)
def _library(folder: Path) -> Library:
    return Library(folder)


def find_job(token: str | None) -> Job | None:
    """Return the job of a run of the visitor's workspace, if it is open.

    Its token alone opens nothing: it is in addresses, which people show to others.
    """
    job = job_manager().find(token)
    return job if job and job.folder and job.folder.parent == library().folder else None


def job_on_show() -> Job | None:
    """Return the run of this session; one that lies in the library is opened where need be."""
    token = memory.get(memory.TOKEN)
    job = find_job(token)
    if job or not token:
        return job
    entry = library().find(token)
    return open_run(entry.id) if entry and entry.manifest else None


def title_on_show() -> str:
    """Return what people call the run of this session; "" if there is none. It opens nothing."""
    token = memory.get(memory.TOKEN)
    if job := find_job(token):
        return job.title
    entry = library().find(token) if token else None
    return entry.title if entry and entry.manifest else ""


def open_run(run: str) -> Job:
    """Open a run of the library, unless it is open already.

    Raises:
        MossError: if it is not there, or cannot be read.
    """
    folder = library().path(run)
    note_opened(folder)
    return job_manager().submit(request_to_open(folder, installed()), folder)


def installed() -> Plugins:
    """Return the plugins that are there now."""
    return plugin_watch().look()


@st.cache_resource(show_spinner=False)
def plugin_watch() -> PluginWatch:
    """Return what looks for the process's plugins."""
    return PluginWatch()


@st.cache_resource(show_spinner="Reading the samples")
def sample_cards(kind: Kind) -> tuple[Card, ...]:
    """Return the cards of the sample images or tracks."""
    if kind == "image":
        return tuple(map(image_card, sample_images()))
    return tuple(map(track_card, sample_tracks()))


def preview(
    images: Sequence[Card],
    track: Card,
    canvas: Canvas,
    adjustments: Adjustments,
    channels: str,
    blend: Blend,
) -> Preview:
    """Return the adjusted images on the track's spectrogram (`crossfade`).

    Raises:
        MossError: for a canvas that does not fit on the track, adjustments that leave one gray, and
            channels that the track has not or that are silent there.
    """
    key = (
        tuple(image.id for image in images),
        track.id,
        repr((canvas, adjustments, channels, blend)),
    )

    def make() -> Preview:
        sources = [image.source for image in images]
        return crossfade(sources, track.source, canvas, adjustments, channels, blend)

    return _once(crossfade, key, make)


def track_overview(track: Card, view: Canvas) -> Overview:
    """Return a whole track, drawn in the band and on the axis of a view (`overview`)."""
    return _once(
        overview,
        (track.id, repr(view)),
        lambda: overview(track.source, view),
        "Reading the whole track",
    )


def image_overlay(image: Card, adjustments: Adjustments, box: PlacedCanvas) -> Overlay:
    """Return an adjusted image to lay over a box on a track (`overlay`).

    Raises:
        MossError: for adjustments that leave one gray, or too few pixels.
    """
    # Where the box lies changes nothing of the picture, which is kept while it is dragged.
    there = replace(box, start=0.0)
    key = image.id, repr((adjustments, there))
    laid = _once(overlay, key, lambda: overlay(image.source, adjustments, there))
    return replace(laid, start=box.start + laid.start)


def track_section(track: Card, canvas: PlacedCanvas) -> Sound:
    """Return a track's own sound where a canvas lies (`section_of_track`)."""
    key = track.id, canvas.start, canvas.duration
    return _once(section_of_track, key, lambda: section_of_track(track.source, canvas))


def track_beats(track: Card) -> Beats | None:
    """Return a track's beats, None where none are clear (`find_beats`)."""
    return _once(find_beats, (track.id,), lambda: find_beats(track.source.as_track()))


def image_spots(
    image: Card, track: Card, canvas: Canvas, adjustments: Adjustments
) -> tuple[Spot, ...]:
    """Return where on a track an adjusted image costs least (`best_spots`).

    Raises:
        MossError: for a canvas that does not fit on the track, and adjustments that leave one gray.
    """
    settings = repr((canvas.duration, canvas.low, canvas.high, canvas.axis, adjustments))

    def make() -> tuple[Spot, ...]:
        adjusted = adjustments.apply_to(image.source.as_image())
        return tuple(best_spots(adjusted, track.source.as_track(), canvas))

    key = image.id, track.id, settings
    return _once(best_spots, key, make, "Looking through the whole track")


def demonstration(image: Card, track: Card, adjustments: Adjustments) -> Demonstration | Waiting:
    """Return what the installed objectives measure on a pair, its image adjusted.

    It waits for those of others, and is to be asked for again until it is there.

    Raises:
        MossError: if no objective of a domain works, and for adjustments that leave one gray.
    """
    entries = installed().installed.values()
    versions = tuple((i.objective.name, i.distribution, i.version) for i in entries)
    objectives = tuple(i.objective for i in entries)
    key = demonstrate, image.id, track.id, repr(adjustments), versions

    def make() -> Demonstration:
        return demonstrate(image.source, track.source, adjustments, objectives)

    return _made_later().ask(key, make)


def chosen_card(kind: Kind) -> Card | None:
    """Return the image or the track that the visitor has chosen, the first one where none is."""
    cards = (*own_cards(kind), *sample_cards(kind))
    return next((card for card in cards if card.id == memory.get(kind)), next(iter(cards), None))


@st.cache_resource(show_spinner=False)
def _shown() -> Kept:
    """Return what keeps all that Create and Objectives show of what was chosen."""
    return Kept(MAX_SHOWN_BYTES, size_of)


@st.cache_resource(show_spinner=False)
def _made_later() -> MadeLater:
    """Return what makes demonstrations."""
    return MadeLater(_shown())


def _once(
    what: Callable[..., object],
    key: tuple[Hashable, ...],
    make: Callable[[], _Made],
    words: str = "",
) -> _Made:
    """Return what was made for this key, or make it now.

    What takes long is said, and each kind of it made for one visitor at a time: together they would
    hold up whoever learns, and take hundreds of megabytes each. What was begun goes on when its
    visitor leaves the page, who waits for it after coming back.
    """
    kept, place = _shown(), (what, *key)

    def made() -> _Made:
        if not words:
            return make()
        with st.spinner(words), _turn(what):
            return kept.once(place, make)

    return kept.once(place, made)


@contextmanager
def _turn(what: Callable[..., object]) -> Iterator[None]:
    """Wait until nobody else makes such a thing; who leaves the page meanwhile waits no more."""
    making = _one_at_a_time.setdefault(what, threading.Lock())
    while not making.acquire(timeout=_LOOK_SECONDS):
        memory.get(memory.WORKSPACE)  # asking the session ends a drawing that nobody wants any more
    try:
        yield
    finally:
        making.release()
