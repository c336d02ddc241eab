"""A chart whose rows change while its specification stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy

import pyarrow
import streamlit as st
from streamlit.dataframe_util import convert_arrow_table_to_arrow_bytes

from charts.shared import PICK, Row, Spec


def chart(key: str, spec: Spec, rows: Sequence[Row], alt: str) -> None:
    """Show a chart, a specification with its rows; `alt` says it in words."""
    st.vega_lite_chart(_filled(spec, rows), key=key, alt=alt)


def chart_to_pick_from(
    key: str, spec: Spec, rows: Sequence[Row], alt: str, on_pick: Callable[[int], None]
) -> None:
    """Show a chart whose points can be clicked; `on_pick` is called with the `id` of the point."""

    def picked() -> None:
        hits = st.session_state[key]["selection"].get(PICK) or []
        if hits:
            on_pick(int(hits[0]["id"]))

    st.vega_lite_chart(_filled(spec, rows), key=key, alt=alt, on_select=picked, selection_mode=PICK)


def _filled(spec: Spec, rows: Sequence[Row]) -> Spec:
    # Left to Streamlit, rows become a data frame first, which takes ten times as long: of a busy
    # server's work, whose pages poll, a fifth.
    names = dict.fromkeys(name for row in rows for name in row)
    table = pyarrow.table({name: [row.get(name) for row in rows] for name in names})
    return deepcopy(spec) | {"datasets": {"rows": convert_arrow_table_to_arrow_bytes(table)}}
