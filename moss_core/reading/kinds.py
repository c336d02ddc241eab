"""Kinds of values in what is read: their types with their ranges."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

_LARGEST = 3.5e38

Number = Annotated[float, Meta(ge=-_LARGEST, le=_LARGEST)]
"""Any number that something measures: finite, as a float32 is."""
Level = Annotated[float, Meta(ge=-1e4, le=1e4)]
"""Decibels."""
Seconds = Annotated[float, Meta(ge=0, le=1e10)]
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
"""A whole number, 0 or more, as every program reads it."""
Text = Annotated[str, Meta(max_length=20_000)]
"""To be shown; `clean` makes it fit for that."""
Word = Annotated[str, Meta(pattern=r"\A[\w.,:+ /()-]{0,200}\Z")]
"""Short, of letters, digits and a few marks."""
Sha256 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
