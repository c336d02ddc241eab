"""Sliders that the page moves too, such as weights that buttons also change.

A Streamlit slider sends its value with every rerun; while the page polls, one that has not yet
heard of a new value sends the old one back, which then counts as a person's change. These report
only what a person did.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from components.widgets.web import web_component

_component = web_component("faders", "range")


@dataclass(frozen=True)
class Fader:
    """One slider of whole numbers.

    Args:
        id: differs between the sliders of a group.
        label: what it sets.
        value: where it stands.
        most: its largest value; its smallest is 0.
        note: a term beside the label.
        help: shown when the pointer rests on it.
        unit: written after the value.
        names: what to write instead of each value.
        disabled: whether it cannot be moved.
    """

    id: str
    label: str
    value: int
    most: int
    note: str = ""
    help: str = ""
    unit: str = ""
    names: tuple[str, ...] | None = None
    disabled: bool = False


def faders(
    key: str,
    label: str,
    group: Sequence[Fader],
    on_move: Callable[[str, int], None],
    *,
    total: int | None = None,
    live: bool = False,
) -> None:
    """Show sliders.

    Args:
        key: of the group on the page.
        label: of the group, for screen readers.
        group: from top to bottom.
        on_move: called with the id and the value of a slider that a person moved.
        total: what all values sum to; the others make room while one is moved.
        live: whether to call during a movement too, and not only at its end.
    """

    def moved() -> None:
        event = st.session_state[key]["moved"]
        known = {fader.id: fader.most for fader in group}
        if event and event["id"] in known:
            on_move(event["id"], max(0, min(known[event["id"]], round(event["value"]))))

    _component(
        key=key,
        data={
            "label": label,
            "sum": total,
            "live": live,
            "rows": [asdict(fader) | {"least": 0} for fader in group],
        },
        on_moved_change=moved,
    )
