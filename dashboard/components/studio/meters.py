"""How much of the picture and of the sound a candidate has, as two bars."""

from __future__ import annotations

from html import escape

import streamlit as st

from charts.shared import losses_text
from charts.ways import rests
from components.run.view import View
from moss_core.optimization import Shares
from moss_core.runs import IMAGE_COLOUR, TRACK_COLOUR

_MEANING = {
    "Picture": "0 % is no more of the image than the track alone shows, 100 % is the image itself",
    "Sound": "0 % is as far from the track as the image alone, 100 % is the track itself",
}
_COLOURS = {"Picture": IMAGE_COLOUR, "Sound": TRACK_COLOUR}


def meters(view: View) -> None:
    """Show the shares of the candidate on show, and what the last push has changed."""
    if view.shares is None:
        return
    pushed = rests(view.snapshot.history[: view.step + 1], view.candidate)
    before = None
    if pushed:
        before = view.snapshot.front.shares(pushed[-1].losses[view.candidate])
    now, then = _named(view.shares), _named(before) if before else {}
    measured = _measured(view)
    bars = [
        _bar(
            name,
            share,
            then.get(name),
            f"{_MEANING[name]}: the mean share of the way from the worse end. {measured}",
        )
        for name, share in now.items()
        if share is not None
    ]
    st.html("".join(bars))
    if pushed:
        st.caption("The small numbers: what has changed since the last push.")


def _named(shares: Shares) -> dict[str, float | None]:
    return {"Picture": shares.picture, "Sound": shares.sound}


def _measured(view: View) -> str:
    found = next(c for c in view.candidates if c.index == view.candidate)
    return f"Losses: {losses_text(view.snapshot, found.losses)}."


def _bar(name: str, share: float, before: float | None, meaning: str) -> str:
    percent = f"{100 * share:.0f} %"
    # Of the rounded numbers, so that what is shown adds up.
    moved = None if before is None else round(100 * share) - round(100 * before)
    change = "" if moved is None else f"{moved:+d} %".replace("-", "\N{MINUS SIGN}")
    change = "\N{PLUS-MINUS SIGN}0 %" if moved == 0 else change
    told = f"{percent}, {change} since the last push" if change else percent
    return (
        f'<div role="meter" aria-label="{name}" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{100 * share:.0f}" aria-valuetext="{told}" title="{escape(meaning)}" '
        'style="margin-bottom:0.9rem">'
        '<div style="display:flex;align-items:baseline;gap:0.6rem">'
        f'<span style="font-weight:600;flex:1">{name}</span>'
        f'<span style="font-size:0.9rem;opacity:0.75">{change}</span>'
        '<span style="font-size:1.7rem;line-height:1.2;font-weight:600;'
        f'font-variant-numeric:tabular-nums">{percent}</span></div>'
        '<div style="height:0.6rem;border-radius:0.3rem;overflow:hidden;'
        'background:color-mix(in srgb, currentColor 14%, transparent)">'
        f'<div style="height:100%;width:{100 * share:.1f}%;background:{_COLOURS[name]}"></div>'
        "</div></div>"
    )
