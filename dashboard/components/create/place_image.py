"""Where on the track the image goes: by hand on its spectrogram, and in numbers beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from components.widgets.failures import plain
from components.widgets.placer import Bounds, Box, placer
from moss_core.errors import MossError
from moss_core.machine import limits
from moss_core.synthesis import (
    AXIS_NAMES,
    DEFAULT_HIGH,
    MAX_CANVAS_SECONDS,
    USUAL_SECONDS,
    Adjustments,
    Canvas,
    PlacedCanvas,
)
from session import memory
from session.shared import image_overlay, image_spots, track_beats, track_overview
from sources.cards import Card
from sources.overview import Overlay, view_of

_LEAST_SECONDS = 0.5
_LEAST_ROOM = 0.5
_LOWEST_ON_LOG_AXIS = 20
_MOST_ASPECT = 16.0
_FIELD_WIDTH = 168


def place_image(
    image: Card,
    track: Card,
    adjustments: Adjustments,
    player: str,
    staying: Sequence[PlacedCanvas] = (),
) -> Canvas:
    """Show where the image goes; return it, not yet checked against the track.

    Args:
        image: that is placed.
        track: that it is placed on.
        adjustments: of the image.
        player: key of the player on the page that plays the section.
        staying: where other images lie already.
    """
    st.subheader("Where the image goes")
    spot = st.container()
    canvas = _canvas(track)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _numbers(track)
        _offer_best(image, track, canvas, adjustments)
    try:
        laid = image_overlay(image, adjustments, canvas.on(track.source.as_track()))
    except MossError:
        # What is wrong with the canvas or the adjustments is told beside them.
        laid = Overlay(image.thumbnail, canvas.start)
    view = view_of(canvas, track.sample_rate)
    beats = track_beats(track)
    with spot:
        placer(
            track.id,
            track_overview(track, view),
            laid,
            _box(canvas, track),
            Bounds(
                _length(track),
                _LEAST_SECONDS,
                _longest(),
                _LOWEST_ON_LOG_AXIS if canvas.axis == "log" else 0,
                track.sample_rate // 2,
            ),
            lambda box: put_box(track, box),
            player=player,
            tempo=beats.tempo if beats else None,
            beats=beats.times if beats else (),
            bars=beats.bars if beats else (),
            staying=[Box(c.start, c.duration, c.low, c.high) for c in staying],
        )
    return canvas


def _offer_best(image: Card, track: Card, canvas: Canvas, adjustments: Adjustments) -> None:
    """Offer the spots where the image costs least; one press moves it there."""
    if track.seconds - _box(canvas, track).duration < _LEAST_ROOM:
        return  # it covers all of the track: there is nowhere else to go
    with st.popover(
        "Best place",
        icon=":material/auto_awesome:",
        key=f"best:{track.id}",
        on_change="rerun",
        help="Where this image, at this length and in this band, changes the sound least.",
    ) as opened:
        if not opened.open:
            return
        try:
            spots = image_spots(image, track, canvas, adjustments)
        except MossError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        st.markdown("Where the image changes least of what is heard, the best first:")
        for spot in spots:
            st.button(
                spot.reason.capitalize(),
                key=f"spot:{track.id}:{spot.start}",
                on_click=_put_section,
                args=(track, spot.start, spot.start + spot.duration),
                width="stretch",
                help=f"For an equally clear picture the sound changes by {spot.cost:.1f} dB on "
                "average, weighed by how loud it is.",
            )
        if not spots:
            st.markdown("The track is silent everywhere in this band.")


def put_box(track: Card, box: Box) -> None:
    """Remember where on a track an image goes."""
    memory.put(memory.SECTION, (track.id, box.start, box.start + box.duration))
    memory.put(memory.LOW, round(box.low))
    memory.put(memory.HIGH, round(box.high))
    if box.aspect:
        memory.put(memory.ASPECT, min(_MOST_ASPECT, max(1 / _MOST_ASPECT, box.aspect)))


def _canvas(track: Card) -> Canvas:
    start, end = _section(track)
    whole = start == 0 and end == _length(track)
    high = memory.get(memory.HIGH)
    return Canvas(
        start=start,
        duration=None if whole else round(end - start, 6),
        low=float(memory.get(memory.LOW)) or None,
        high=None if high == DEFAULT_HIGH else float(high),
        axis=memory.get(memory.AXIS),
        aspect=memory.get(memory.ASPECT),
    )


def _box(canvas: Canvas, track: Card) -> Box:
    """Return a canvas as numbers, wherever it lies."""
    start, end = _section(track)
    low = (50.0 if canvas.axis == "log" else 0.0) if canvas.low is None else canvas.low
    high = min(DEFAULT_HIGH, track.sample_rate / 2) if canvas.high is None else canvas.high
    return Box(start, end - start, low, high)


def _length(track: Card) -> float:
    """Return the track's length in whole hundredths of a second, none past its last sample."""
    return int(track.seconds * 100) / 100


def _longest() -> float:
    """Return how long a part of a track may be painted here, seconds."""
    return min(MAX_CANVAS_SECONDS, limits().section_s)


def _section(track: Card) -> tuple[float, float]:
    """Return where the canvas begins and ends, seconds."""
    kept = memory.get(memory.SECTION)
    if kept and kept[0] == track.id:
        return float(kept[1]), min(float(kept[2]), float(kept[1]) + _longest())
    return 0.0, min(_length(track), USUAL_SECONDS)


def _numbers(track: Card) -> None:
    """Show the box in numbers, which follow it and move it."""
    length = _length(track)
    start, end = _section(track)
    _field(
        "Start (s)",
        f"start:{track.id}",
        min(start, length),
        (0.0, length),
        lambda value: _move_section(track, value),
        "Where the image begins, in seconds from the start of the track.",
    )
    longest = max(min(length, _longest()), _LEAST_SECONDS)
    _field(
        "Length (s)",
        f"length:{track.id}",
        min(longest, max(_LEAST_SECONDS, end - start)),
        (_LEAST_SECONDS, longest),
        lambda value: _stretch_section(track, value),
        f"How long it lasts; {_longest():.0f} s at most. Learning takes longer the longer it is.",
    )
    _hertz("Lowest (Hz)", memory.LOW, 0, "Bottom edge; 0 becomes 50 on a log axis.")
    _hertz(
        "Highest (Hz)",
        memory.HIGH,
        200,
        "Top edge, or half the track's sample rate if that is lower.",
    )
    st.selectbox(
        "Frequency axis",
        AXIS_NAMES,
        index=AXIS_NAMES.index(memory.get(memory.AXIS)),
        key=memory.widget(memory.AXIS),
        on_change=memory.keep,
        args=(memory.AXIS,),
        width=_FIELD_WIDTH,
        help="How frequency runs from bottom to top, as in the viewer that you have in "
        "mind: Audacity shows mel by default, Sonic Visualiser linear.",
    )


# Where the section is when a number changes, not when it was drawn: two may change in one go.
def _move_section(track: Card, start: float) -> None:
    first, last = _section(track)
    _put_section(track, start, min(_length(track), start + last - first))


def _stretch_section(track: Card, seconds: float) -> None:
    start, _ = _section(track)
    _put_section(track, start, start + seconds)


def _put_section(track: Card, start: float, end: float) -> None:
    memory.put(memory.SECTION, (track.id, round(start, 2), round(end, 2)))


def _field(
    label: str,
    key: str,
    value: float,
    ends: tuple[float, float],
    put: Callable[[float], None],
    explanation: str,
) -> None:
    # The box moves the numbers too: what they show is said before they are drawn.
    memory.show_as(key, round(value, 2))
    st.number_input(
        label,
        *ends,
        step=0.1,
        format="%.2f",
        key=key,
        on_change=lambda: put(st.session_state[key]),
        width=_FIELD_WIDTH,
        help=explanation,
    )


def _hertz(label: str, name: str, least: int, explanation: str) -> None:
    key = memory.widget(name)
    memory.show_as(key, memory.get(name))
    st.number_input(
        label,
        least,
        memory.MOST_HERTZ,
        key=key,
        on_change=memory.keep,
        args=(name,),
        width=_FIELD_WIDTH,
        help=f"{explanation} {least:,} to {memory.MOST_HERTZ:,}.",
    )
