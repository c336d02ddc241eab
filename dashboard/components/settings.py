"""How to run: quick or a front, how long, and where on the track the image is painted."""

from __future__ import annotations

import streamlit as st

import state
from components.objectives import Chosen
from components.view import axes_of
from moss_core.optimization import RunConfig
from moss_core.synthesis import AXIS_NAMES, DEFAULT_HIGH, Canvas
from snapshots import Snapshot
from sources import Card

_ON_FAILURE = {"continue": "Go on without it", "stop": "Stop, and keep what was learned"}
MOST_CANDIDATES, MOST_STEPS, MOST_SECONDS, MOST_HERTZ = 24, 500, 30.0, 96_000


def choose_canvas(track: Card) -> Canvas:
    """Show where the image is painted; return it, not yet checked against the track."""
    with st.expander("Where the image goes", icon=":material/crop_free:"):
        start, duration = _choose_section(track)
        one, two, three = st.columns(3)
        with one:
            number(
                "Lowest (Hz)", state.LOW, 0, MOST_HERTZ, "Bottom edge; 0 becomes 50 on a log axis."
            )
        with two:
            number(
                "Highest (Hz)",
                state.HIGH,
                200,
                MOST_HERTZ,
                "Top edge, or half the track's sample rate if that is lower.",
            )
        with three:
            st.selectbox(
                "Frequency axis",
                AXIS_NAMES,
                index=AXIS_NAMES.index(state.get(state.AXIS)),
                key=state.widget(state.AXIS),
                on_change=state.keep,
                args=(state.AXIS,),
                help="How frequency runs from bottom to top, as in the viewer that you have in "
                "mind: Audacity shows mel by default, Sonic Visualiser linear.",
            )
    high = state.get(state.HIGH)
    return Canvas(
        start=start,
        duration=duration,
        low=float(state.get(state.LOW)) or None,
        high=None if high == DEFAULT_HIGH else float(high),
        axis=state.get(state.AXIS),
    )


def choose_effort() -> None:
    """Show how many steps and candidates to spend, for the mode in force."""
    with st.expander("How much to learn", icon=":material/tune:"):
        one, two, three = st.columns(3)
        quick = state.get(state.MODE) == state.QUICK
        with one:
            number(
                "Steps",
                state.QUICK_STEPS if quick else state.MAP_STEPS,
                0,
                MOST_STEPS,
                "More look and sound better, and take longer; 0 gives a plain crossfade.",
            )
        with two:
            if not quick:
                number(
                    "Candidates",
                    state.CANDIDATES,
                    2,
                    MOST_CANDIDATES,
                    "Hybrids to learn at once, from closest to the track to closest to the image.",
                )
        with three:
            number("Seed", state.SEED, 0, 2**31, "The same seed gives the same result.")

        st.selectbox(
            "If an objective fails while it learns",
            list(_ON_FAILURE),
            index=list(_ON_FAILURE).index(state.get(state.ON_FAILURE)),
            format_func=_ON_FAILURE.__getitem__,
            key=state.widget(state.ON_FAILURE),
            on_change=state.keep,
            args=(state.ON_FAILURE,),
            help="Either way it is named, and nothing that was learned is lost.",
        )


def configure(chosen: Chosen, canvas: Canvas) -> RunConfig:
    """Return the configuration of what was chosen."""
    quick = state.get(state.MODE) == state.QUICK
    return RunConfig(
        objectives=chosen.weights,
        candidates=1 if quick else state.get(state.CANDIDATES),
        steps=state.get(state.QUICK_STEPS if quick else state.MAP_STEPS),
        seed=state.get(state.SEED),
        canvas=canvas,
        parameters=chosen.parameters,
        on_failure=state.get(state.ON_FAILURE),
    )


def number(label: str, key: str, least: int, most: int, explanation: str) -> None:
    """Show a field for a whole number that the session remembers."""
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


def _choose_section(track: Card) -> tuple[float, float | None]:
    """Return start and duration in seconds of the part that the image is painted on."""
    if track.seconds <= 1:
        return 0.0, None
    # Whole hundredths inside the track, so that the slider's end is never past its last sample.
    length = int(track.seconds * 100) / 100
    kept = state.get(state.SECTION)
    key = f"section:{track.id}"
    first, last = st.slider(
        "Part of the track (s)",
        0.0,
        length,
        kept[1:] if kept and kept[0] == track.id else (0.0, min(length, MOST_SECONDS)),
        step=0.1,
        key=key,
        on_change=lambda: state.put(state.SECTION, (track.id, *st.session_state[key])),
        help="Learning takes longer the longer it is.",
    )
    if first == 0 and last == length:
        return 0.0, None
    return float(first), float(last - first)


def choose_axes(snapshot: Snapshot) -> None:
    """Show which two objectives span the front, where there is a choice."""
    axes = axes_of(snapshot)
    if axes is None or len(snapshot.objectives) < 3:
        return
    names = (state.ACROSS, "Front, left to right"), (state.UP, "Front, bottom to top")
    for (key, label), chosen, other in zip(names, axes, reversed(axes), strict=True):
        offered = {o.name: o.label for o in snapshot.objectives if o is not other}
        if len(offered) > 1:
            st.selectbox(
                label,
                list(offered),
                index=list(offered).index(chosen.name),
                format_func=offered.__getitem__,
                key=state.widget(key),
                on_change=state.keep,
                args=(key,),
            )
