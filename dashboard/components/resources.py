"""What all visitors share, made once per process: the job manager, the plugins, the thumbnails."""

from __future__ import annotations

import atexit

import streamlit as st

from jobs import JobManager
from moss_core import plugins
from sources import Card, Source, image_card, sample_images, sample_tracks, track_card


@st.cache_resource(show_spinner=False)
def job_manager() -> JobManager:
    """Return the process's job manager."""
    manager = JobManager()
    atexit.register(manager.close)  # a thread killed inside a step would abort the process
    return manager


@st.cache_resource(show_spinner="Loading the objectives")
def installed() -> plugins.Plugins:
    """Return the plugins that were there when the dashboard started."""
    return plugins.discover()


@st.cache_resource(show_spinner="Reading the samples")
def sample_cards(kind: str) -> tuple[Card, ...]:
    """Return the cards of the sample images or tracks."""
    if kind == "image":
        return tuple(map(image_card, sample_images()))
    return tuple(map(track_card, sample_tracks()))


def read_upload(kind: str, name: str, content: bytes) -> Card:
    """Return the card of an upload; raises MossError for what cannot be used."""
    source = Source(name, name, content)
    return image_card(source) if kind == "image" else track_card(source)
