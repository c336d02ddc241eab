"""How to run: quick or a front, how long, and for which programs."""

from __future__ import annotations

import streamlit as st

from components.create.choose_channels import Channels
from components.create.choose_objectives import Chosen
from moss_core.optimization import RunConfig
from moss_core.synthesis import ANY_EDITOR, Adjustments, Blend, Canvas
from session import memory
from session.shared import installed

_ON_FAILURE = {"continue": "Go on without it", "stop": "Stop, and keep what was learned"}


def choose_effort() -> None:
    """Show how many steps and candidates to spend, for the mode in force."""
    with st.expander("How much to learn", icon=":material/tune:"):
        one, two, three = st.columns(3)
        quick = memory.get(memory.MODE) == memory.QUICK
        with one:
            number(
                "Steps",
                memory.QUICK_STEPS if quick else memory.MAP_STEPS,
                0,
                memory.MOST_STEPS,
                "More look and sound better, and take longer; 0 gives a plain crossfade.",
            )
        with two:
            if not quick:
                number(
                    "Candidates",
                    memory.CANDIDATES,
                    2,
                    memory.MOST_CANDIDATES,
                    "Hybrids to learn at once, from closest to the track to closest to the image.",
                )
        with three:
            number("Seed", memory.SEED, 0, 2**31, "The same seed gives the same result.")

        _choose_viewers()
        st.selectbox(
            "If an objective fails while it learns",
            list(_ON_FAILURE),
            index=list(_ON_FAILURE).index(memory.get(memory.ON_FAILURE)),
            format_func=_ON_FAILURE.__getitem__,
            key=memory.widget(memory.ON_FAILURE),
            on_change=memory.keep,
            args=(memory.ON_FAILURE,),
            help="Either way it is named, and nothing that was learned is lost.",
        )


def _choose_viewers() -> None:
    known = {name: found.viewer.label for name, found in installed().viewers.items()}
    labels = {ANY_EDITOR: "Any editor"} | known
    key = memory.widget(memory.VIEWERS)
    st.multiselect(
        "Made to be seen in",
        list(labels),
        default=[name for name in memory.get(memory.VIEWERS) if name in labels],
        format_func=labels.__getitem__,
        key=key,
        on_change=lambda: memory.put(memory.VIEWERS, tuple(st.session_state[key])),
        placeholder="Any editor",
        help="Programs differ in how they draw a spectrogram. *Any editor* learns for the windows "
        "that most of them have; the picture is a little clearer in a program that it is made "
        "for alone.",
    )


def configure(
    chosen: Chosen,
    canvas: Canvas,
    adjustments: Adjustments,
    channels: Channels,
    blend: Blend,
) -> RunConfig:
    """Return the configuration of what was chosen."""
    quick = memory.get(memory.MODE) == memory.QUICK
    return RunConfig(
        objectives=chosen.weights,
        candidates=1 if quick else memory.get(memory.CANDIDATES),
        steps=memory.get(memory.QUICK_STEPS if quick else memory.MAP_STEPS),
        seed=memory.get(memory.SEED),
        canvas=canvas,
        parameters=chosen.parameters,
        on_failure=memory.get(memory.ON_FAILURE),
        viewers=memory.get(memory.VIEWERS) or RunConfig.viewers,
        channels=channels.choice,
        adjustments=adjustments,
        blend=blend,
        lean=memory.get(memory.LEAN),
    )


def number(label: str, key: str, least: int, most: int, explanation: str) -> None:
    """Show a field for a whole number that the session remembers."""
    st.number_input(
        label,
        least,
        most,
        memory.get(key),
        key=memory.widget(key),
        on_change=memory.keep,
        args=(key,),
        help=f"{explanation} {least:,} to {most:,}.",
    )
