"""What stands in the field of an exported file that says what made it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from moss_core.optimization import MAX_CANDIDATES, MAX_STEPS
from moss_core.reading import Number, Record, Seconds, Sha256, Share, Text, Word
from moss_core.runs.written.configuring import MOST_OBJECTIVES, Name, WrittenConfig
from moss_core.synthesis import MAX_PLACEMENTS


class WrittenSettings(Record):
    """The candidate that the file holds, and its run; an earlier version did not say the shares."""

    version: Text
    title: Text
    inputs: Annotated[dict[Word, tuple[Text, Sha256]], Meta(max_length=MAX_PLACEMENTS + 2)]
    canvas: tuple[Seconds, Seconds, Number, Number]
    config: WrittenConfig
    step: Annotated[int, Meta(ge=0, le=MAX_STEPS)]
    candidate: Annotated[int, Meta(ge=1, le=MAX_CANDIDATES)]
    of: Annotated[int, Meta(ge=1, le=MAX_CANDIDATES)]
    image_share: Share
    losses: Annotated[dict[Name, Number | None], Meta(max_length=MOST_OBJECTIVES)]
    steered: bool
    shares: tuple[Share | None, Share | None] = (None, None)
