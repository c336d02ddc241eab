"""Comparing candidates side by side."""

from __future__ import annotations

import streamlit as st

from components.run.view import View, beside, pick
from session import memory

MOST_BESIDE = 4


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


def side_by_side(view: View) -> None:
    """Show the compared candidates: pictures, differences from the image, losses, sound."""
    snapshot, job = view.snapshot, view.job
    chosen = beside(snapshot)
    if not chosen:
        return
    st.subheader("Side by side")
    st.caption(
        "Top: the picture. Below: its difference from the image (black: none, white: all the way "
        "from black to white). The player above switches between them at the same place."
    )
    losses = {c.index: c.losses for c in snapshot.candidates}
    for column, index in zip(st.columns(MOST_BESIDE), chosen, strict=False):
        with column, st.container(border=True, key=f"beside-{index}"):
            st.markdown(f"**Candidate {index + 1}**, step {snapshot.rendered_at(index)}")
            st.image(
                job.picture(index, snapshot, view.shown), alt=f"Picture of candidate {index + 1}"
            )
            st.image(
                job.difference(index, snapshot, view.shown),
                alt=f"Difference of candidate {index + 1} from the image",
            )
            for k, objective in enumerate(snapshot.objectives):
                best = min(losses[other][k] for other in chosen) == losses[index][k]
                mark = " :green[(best here)]" if best and len(chosen) > 1 else ""
                st.markdown(f"{objective.label}: {losses[index][k]:.3f}{mark}")
            with st.container(horizontal=True, gap="small"):
                st.button(
                    "Play",
                    key=f"play-{index}",
                    icon=":material/play_arrow:",
                    on_click=pick,
                    args=(job, index),
                )
                _toggle_button(index, "Remove", f"remove-{index}")
