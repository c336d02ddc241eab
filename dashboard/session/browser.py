"""What the visitor's browser says of itself: where it is, and how dates are written there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import streamlit as st

_TWELVE_HOURS = {"US", "AU", "CA", "IN", "NZ", "PH", "PK"}
_MONTH_FIRST = {"US", "PH"}
_YEAR_FIRST = {"hu", "ja", "ko", "lt", "sv", "zh"}


def moment(seconds: float) -> str:
    """Return a date and a time of day in the browser's zone, in the style of its language.

    Where the browser tells no zone, it is universal time and says so.

    Args:
        seconds: since 1970.
    """
    zone = _zone()
    then = datetime.fromtimestamp(seconds, zone or UTC)
    language, _, region = (st.context.locale or "").replace("_", "-").partition("-")
    region = region.rpartition("-")[2].upper()  # after a script, as in zh-Hant-TW
    hour = f"{then:%I:%M %p}".lstrip("0") if region in _TWELVE_HOURS else f"{then:%H:%M}"
    if language in _YEAR_FIRST:
        day = f"{then:%Y-%m-%d}"
    elif region in _MONTH_FIRST:
        day = f"{then:%b} {then.day}, {then.year}"
    else:
        day = f"{then.day} {then:%b} {then.year}"
    return f"{day}, {hour}" + ("" if zone else " UTC")


def moment_of(text: str) -> str:
    """Return a time that was written as ISO 8601 like `moment`; what is none comes back as is."""
    try:
        return moment(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError, OSError):
        return text


def _zone() -> tzinfo | None:
    """Return the browser's zone; only its offset of today where Python does not know the name."""
    name, minutes = st.context.timezone, st.context.timezone_offset
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):  # no such zone, or no table of them on this machine
        return None if minutes is None else timezone(timedelta(minutes=-minutes))
