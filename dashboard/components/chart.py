"""A chart whose rows change while its specification stays."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import streamlit as st

from charts import PICK, Row, Spec


def chart(key: str, spec: Spec, rows: Sequence[Row], alt: str) -> None:
    """Show a chart of `charts` with its rows; `alt` says it in words."""
    st.vega_lite_chart(_filled(spec, rows), key=key, alt=alt)


def chart_to_pick_from(key: str, spec: Spec, rows: Sequence[Row], alt: str) -> int | None:
    """Show a chart whose points can be clicked; return the `id` of the clicked one."""
    event: Any = st.vega_lite_chart(
        _filled(spec, rows), key=key, alt=alt, on_select="rerun", selection_mode=PICK
    )
    hits = event["selection"].get(PICK) or []
    return int(hits[0]["id"]) if hits else None


def _filled(spec: Spec, rows: Sequence[Row]) -> Spec:
    return deepcopy(spec) | {"datasets": {"rows": list(rows)}}
