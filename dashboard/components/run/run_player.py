"""The player with a run's sounds: a candidate, those beside it, a pin, and the track."""

from __future__ import annotations

from functools import partial

import streamlit as st

from background.publisher import REPLAYED
from components.run.choose_shown import choices, choose
from components.run.view import View
from components.widgets.player import Playable, player
from session import memory


def show_player(view: View, *, arrows: bool = True, focus: int = 0) -> None:
    """Show the candidate of a view in the player, with what it is compared with beside it.

    Args:
        view: what to show.
        arrows: whether left and right seek (`player`).
        focus: when it grows, the player takes the keyboard's focus, once.
    """
    snapshot, job = view.snapshot, view.job
    canvas, request, front = snapshot.canvas, job.request, snapshot.front
    # Of two images each channel shows its own.
    image = request.right if request.right and view.shown.channel else request.image
    assert canvas is not None
    edges = (
        f"{canvas.start:.1f} to {canvas.start + canvas.duration:.1f} s, "
        f"{canvas.low:,.0f} to {canvas.high:,.0f} Hz ({canvas.axis})"
    )
    viewer = (view.shown if view.replayed is None else REPLAYED).viewer
    name = f"Candidate {front.number(view.candidate)}"
    playables = [
        Playable(
            "this",
            name,
            view.note,
            view.picture,
            view.sound,
            f"Spectrogram of candidate {front.number(view.candidate)} at step {view.step}, {edges}",
        )
    ]
    for other in view.beside:
        playables.append(
            Playable(
                f"candidate-{other}",
                f"Candidate {front.number(other)}",
                f"step {snapshot.rendered_at(other)}",
                job.picture(other, snapshot, view.shown),
                job.sound(other, snapshot),
                f"Spectrogram of candidate {front.number(other)}, {edges}",
            )
        )
    if view.pin:
        pin = view.pin
        playables.append(
            Playable(
                "pinned",
                f"Pin {pin.number}",
                f"pin {pin.number}: candidate {front.number(pin.candidate)}, step {pin.step}",
                job.pinned(pin, view.shown),
                pin.sound,
                f"Spectrogram of pin {pin.number}, {edges}",
            )
        )
    if snapshot.track_sound:
        playables.append(
            Playable(
                "original",
                "Original",
                f"the track, {request.track.title}",
                job.track_picture(view.shown),
                snapshot.track_sound,
                f"Spectrogram of the track {request.track.title}, {edges}",
            )
        )
    player(
        job.token,
        playables,
        canvas,
        snapshot.sample_rate,
        target=job.target(view.shown) if snapshot.track_sound else b"",
        target_alt=f"The image {image.title}, in grays",
        colours=viewer.colours if viewer else "gray",
        arrows=arrows,
        played=memory.get(memory.PLAYED),
        focus=focus,
        choices=choices(snapshot),
        on_choice=partial(choose, job),
    )
    if view.sound and view.sound.warnings:
        st.warning("  \n".join(view.sound.warnings), icon=":material/hearing:")
