"""Choosing the objectives, and the settings of a run."""

from __future__ import annotations

import streamlit as st

import state
from moss_core.canvas import DEFAULT_HIGH, Canvas
from moss_core.errors import MossError
from moss_core.plugins import Installed, PluginFailure, Plugins
from moss_core.config import RunConfig
from moss_core.spectrogram import AXIS_NAMES
from sources import Card

MOST_CANDIDATES, MOST_STEPS, MOST_SECONDS = 24, 500, 30.0
_HEADINGS = {"image": "Look like the image", "audio": "Sound like the track"}


def choose_objectives(plugins: Plugins) -> tuple[str, ...] | None:
    """Show the objectives by domain; return the chosen names, None if they cannot be used."""
    st.subheader("3. What to aim for")
    chosen: list[str] = []
    for column, domain in zip(st.columns(2), _HEADINGS, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{_HEADINGS[domain]}**")
            for name, entry in plugins.installed.items():
                if entry.objective.domain == domain and _checkbox(name, entry):
                    chosen.append(name)
    state.put(state.OBJECTIVES, tuple(chosen))
    show_failures(plugins.failures, "cannot be used")
    try:
        plugins.choose(chosen)
    except MossError as error:
        st.error(str(error), icon=":material/error:")
        return None
    return tuple(chosen)


def _checkbox(name: str, entry: Installed) -> bool:
    objective = entry.objective
    ticked = st.checkbox(
        f"**{objective.label}**",
        value=name in state.get(state.OBJECTIVES),
        key=f"objective:{name}",
        help=f"From {entry.distribution} {entry.version}. Defined in {objective.reference}",
    )
    if objective.description:
        st.caption(objective.description)
    return ticked


def show_failures(failures: tuple[PluginFailure, ...], what: str) -> None:
    """Name each plugin that failed, with its reason."""
    for failure in failures:
        text = f"Objective **{failure.name}** ({failure.distribution}) {what}: {failure.reason}"
        st.warning(text, icon=":material/extension_off:")
        if failure.details:
            with st.expander(f"Details of {failure.name}"):
                st.code(failure.details, language=None)


def choose_settings(track: Card | None, objectives: tuple[str, ...]) -> RunConfig | None:
    """Show the other settings; return the configuration, None if it cannot be used."""
    with st.expander("Settings", icon=":material/tune:"):
        one, two, three = st.columns(3)
        with one:
            _number(
                "Candidates",
                state.CANDIDATES,
                1,
                MOST_CANDIDATES,
                "Hybrids to learn at once, from closest to the track to closest to the image.",
            )
            _number("Steps", state.STEPS, 0, MOST_STEPS, "0 gives a plain crossfade.")
        with two:
            _number(
                "Lowest frequency (Hz)",
                state.LOW,
                0,
                96_000,
                "Bottom edge of the image; 0 becomes 50 on a log axis.",
            )
            _number(
                "Highest frequency (Hz)",
                state.HIGH,
                200,
                96_000,
                "Top edge of the image, or half the track's rate if that is lower.",
            )
        with three:
            st.selectbox(
                "Frequency axis",
                AXIS_NAMES,
                index=AXIS_NAMES.index(state.get(state.AXIS)),
                key=state.widget(state.AXIS),
                on_change=state.keep,
                args=(state.AXIS,),
                help="How frequency runs from bottom to top.",
            )
            _number("Seed", state.SEED, 0, 2**31, "The same seed gives the same result.")
        start, duration = _choose_section(track)
    try:
        return RunConfig(
            objectives=tuple((name, 1.0) for name in objectives),
            candidates=state.get(state.CANDIDATES),
            steps=state.get(state.STEPS),
            seed=state.get(state.SEED),
            canvas=Canvas(
                start=start,
                duration=duration,
                low=float(state.get(state.LOW)) or None,
                high=None
                if state.get(state.HIGH) == DEFAULT_HIGH
                else float(state.get(state.HIGH)),
                axis=state.get(state.AXIS),
            ),
        )
    except MossError as error:
        st.error(str(error), icon=":material/error:")
        return None


def _number(label: str, key: str, least: int, most: int, explanation: str) -> None:
    st.number_input(
        label,
        least,
        most,
        state.get(key),
        key=state.widget(key),
        on_change=state.keep,
        args=(key,),
        help=f"{explanation} {least:,} to {most:,}.",
    )


def _choose_section(track: Card | None) -> tuple[float, float | None]:
    """Return start and duration in seconds of the part that the image is painted on."""
    if not track or track.seconds <= 1:
        return 0.0, None
    # Whole hundredths inside the track, so that the slider's end is never past its last sample.
    length = int(track.seconds * 100) / 100
    first, last = st.slider(
        "Part of the track that the image covers (s)",
        0.0,
        length,
        (0.0, min(length, MOST_SECONDS)),
        step=0.1,
        key=f"section:{track.source.name}:{length}",
        help="Time grows with its length: about 0.1 s a step for each second.",
    )
    if first == 0 and last == length:
        return 0.0, None
    return float(first), float(last - first)
