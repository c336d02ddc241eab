"""Times as the visitor's browser has them."""

import pytest
import streamlit as st

from session.browser import moment, moment_of

NOON = 1_795_780_800.0  # 27 Nov 2026, 12:00 UTC
SUMMER = 1_782_475_200.0  # 26 Jun 2026, 12:00 UTC


@pytest.fixture
def browser(monkeypatch):
    """Let the browser be one in this zone, with this language."""

    def told(zone: str | None, offset: int | None, locale: str | None) -> None:
        values = {"timezone": zone, "timezone_offset": offset, "locale": locale}
        for name, value in values.items():
            monkeypatch.setattr(type(st.context), name, property(lambda _, value=value: value))

    return told


@pytest.mark.parametrize(
    ("zone", "offset", "locale", "told"),
    [
        ("Europe/Berlin", -60, "de-DE", "27 Nov 2026, 13:00"),
        ("Asia/Kolkata", -330, "en-IN", "27 Nov 2026, 5:30 PM"),
        ("America/New_York", 300, "en-US", "Nov 27, 2026, 7:00 AM"),
        ("Asia/Tokyo", -540, "ja", "2026-11-27, 21:00"),
        ("Asia/Taipei", -480, "zh-Hant-TW", "2026-11-27, 20:00"),
        ("UTC", 0, "en-GB", "27 Nov 2026, 12:00"),
        ("Mars/Olympus", -90, "en-GB", "27 Nov 2026, 13:30"),
        ("../etc/passwd", -90, "en-GB", "27 Nov 2026, 13:30"),
        ("Mars/Olympus", None, "en-GB", "27 Nov 2026, 12:00 UTC"),
        (None, None, None, "27 Nov 2026, 12:00 UTC"),
    ],
)
def test_a_time_is_that_of_the_browser(browser, zone, offset, locale, told):
    browser(zone, offset, locale)
    assert moment(NOON) == told


def test_summer_time_is_that_of_the_date_not_of_today(browser):
    browser("Europe/Berlin", -60, "de-DE")
    assert moment(SUMMER) == "26 Jun 2026, 14:00"


def test_what_a_run_wrote_is_read_and_what_is_no_time_stays(browser):
    browser("Europe/Berlin", -60, "de-DE")
    assert moment_of("2026-11-27T12:00:00+00:00") == "27 Nov 2026, 13:00"
    assert moment_of("long ago") == "long ago"
