"""Comparing candidates side by side."""

from __future__ import annotations

import streamlit as st

from charts.shared import Row
from components.run.shaped_image import shaped_image
from components.run.view import View, beside, pick
from components.widgets.details import details
from components.widgets.failures import plain
from components.widgets.web import web_component
from moss_core.words import percent_text
from session import memory

MOST_BESIDE = 4
_HEADING = "side-by-side"
_reveal = web_component("reveal")


def compare_button(view: View) -> None:
    """Show the button that puts the candidate beside others, or takes it away from there."""
    chosen = beside(view.snapshot)
    if view.candidate in chosen:
        _toggle_button(view.candidate, "Remove from comparison", "compare")
        return
    full = len(chosen) >= MOST_BESIDE
    st.button(
        "Compare",
        key="compare",
        icon=":material/compare:",
        disabled=full,
        on_click=_toggle,
        args=(view.candidate,),
        help=f"{MOST_BESIDE} are compared already; remove one first"
        if full
        else f"Put it beside up to {MOST_BESIDE - 1} others, below",
    )


def _toggle_button(candidate: int, label: str, key: str) -> None:
    st.button(label, key=key, icon=":material/close:", on_click=_toggle, args=(candidate,))


def _toggle(candidate: int) -> None:
    others = tuple(other for other in memory.get(memory.BESIDE) if other != candidate)
    fresh = len(others) == len(memory.get(memory.BESIDE))
    memory.put(memory.BESIDE, (*others, candidate) if fresh else others)
    if fresh:
        memory.put(memory.OPENED_BESIDE, memory.get(memory.OPENED_BESIDE) + 1)


def side_by_side(view: View) -> None:
    """Show the compared candidates: pictures, differences from the image, numbers, sound."""
    _reveal(key="reveal", data={"heading": _HEADING, "opened": memory.get(memory.OPENED_BESIDE)})
    chosen = beside(view.snapshot)
    if not chosen:
        return
    st.subheader("Side by side", anchor=_HEADING)
    st.caption(
        "Top: the picture. Below: its difference from the image (black: none, white: all the way "
        "from black to white). The player above switches between them at the same place."
    )
    rows = {index: _numbers(view, index) for index in chosen}
    for column, index in zip(st.columns(MOST_BESIDE), chosen, strict=False):
        with column, st.container(border=True, key=f"beside-{index}"):
            _card(view, index, rows)


def _card(view: View, index: int, rows: dict[int, Row]) -> None:
    snapshot, job = view.snapshot, view.job
    number = snapshot.front.number(index)
    aspect = snapshot.canvas.aspect if snapshot.canvas else 1.5
    st.markdown(f"**Candidate {number}**, step {snapshot.rendered_at(index)}")
    for content, what in (
        (job.picture(index, snapshot, view.shown), f"Picture of candidate {number}"),
        (
            job.difference(index, snapshot, view.shown),
            f"Difference of candidate {number} from the image",
        ),
    ):
        shaped_image(content, what, aspect, f"{job.token}:{what}")
    for name, (better, text) in rows[index].items():
        best = better == max(row[name][0] for row in rows.values())
        mark = " :green[(best here)]" if best and len(rows) > 1 else ""
        st.markdown(f"{plain(name)}: {text}{mark}")
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Play",
            key=f"play-{index}",
            icon=":material/play_arrow:",
            on_click=pick,
            args=(job, index),
        )
        _toggle_button(index, "Remove", f"remove-{index}")


def _numbers(view: View, index: int) -> Row:
    """Return what is told of a candidate by name: how good it is there, and the words."""
    snapshot = view.snapshot
    losses = next(c.losses for c in snapshot.candidates if c.index == index)
    shares = snapshot.front.shares(losses)
    rows: Row = {
        name: (share, percent_text(share))
        for name, share in (("Picture", shares.picture), ("Sound", shares.sound))
        if share is not None
    }
    if details():
        rows |= {
            objective.label: (-loss, f"{loss:.3f}")
            for objective, loss in zip(snapshot.objectives, losses, strict=True)
        }
    return rows
