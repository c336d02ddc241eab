"""What stands in a run's `run.json`, of every format that is read.

A part that is not named here is left out: a newer version of the same format may write more.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Annotated, Literal

from msgspec import Meta

from moss_core.objectives import Described
from moss_core.optimization import MAX_CANDIDATES, MAX_STEPS, Candidate, Front
from moss_core.reading import Number, Record, Seconds, Sha256, Share, Text, clean
from moss_core.runs.written.configuring import MOST_OBJECTIVES, Name, WrittenCanvas, WrittenConfig
from moss_core.synthesis import MAX_PLACEMENTS, Canvas

_Index = Annotated[int, Meta(ge=0, lt=MAX_CANDIDATES)]
_Steps = Annotated[int, Meta(ge=0, le=MAX_STEPS)]
_FURTHER = Meta(max_length=MAX_PLACEMENTS - 1)
_CANDIDATES = Meta(max_length=MAX_CANDIDATES)
_NEAR = 1e-2


class WrittenFormat(Record):
    """Which format it is; what else stands there depends on it."""

    format: int


class WrittenFile(Record):
    """A file that the run was made from."""

    name: Text
    sha256: Sha256


class WrittenTrack(WrittenFile):
    """The track's."""

    duration_s: Seconds
    channels: Annotated[int, Meta(ge=1, le=1000)]


class WrittenUsed(Record):
    """What the configuration came to with these inputs."""

    canvas: WrittenCanvas
    other_canvases: Annotated[tuple[WrittenCanvas, ...], _FURTHER] = ()


class WrittenObjective(Record):
    """An objective of the run."""

    name: Name
    label: Text
    domain: Literal["image", "audio"]
    reference: Text
    distribution: Text
    version: Text
    worst: Number | None = None

    def made(self) -> Described:
        """Return what it says."""
        texts = self.label, self.reference, self.distribution, self.version
        label, reference, distribution, version = map(clean, texts)
        return Described(self.name, label, self.domain, reference, distribution, version)


class WrittenCandidate(Record):
    """A candidate as last rendered."""

    index: _Index
    preference: Annotated[tuple[Share, ...], Meta(min_length=1, max_length=MOST_OBJECTIVES)]
    losses: Annotated[tuple[Number | None, ...], Meta(min_length=1, max_length=MOST_OBJECTIVES)]
    dominated: bool

    def made(self) -> Candidate:
        """Return what it says; raise `ValueError` for weights that are no preference."""
        if abs(math.fsum(self.preference) - 1) > _NEAR:
            raise ValueError(f"a preference that sums to {math.fsum(self.preference):g}, not to 1")
        losses = tuple(math.nan if loss is None else loss for loss in self.losses)
        return Candidate(self.index, self.preference, losses, self.dominated)


class WrittenRun(Record):
    """A run."""

    title: Text
    created: Text
    image: WrittenFile
    track: WrittenTrack
    config: WrittenConfig
    used: WrittenUsed
    planned: _Steps
    steps_taken: _Steps
    learned_s: Seconds
    hypervolume: Number
    knee: _Index | None
    candidates: Annotated[tuple[WrittenCandidate, ...], Meta(max_length=MAX_CANDIDATES)]
    objectives: Annotated[tuple[WrittenObjective, ...], Meta(max_length=MOST_OBJECTIVES)]
    # Without them: of a version that knew one image only.
    right: WrittenFile | None = None
    others: Annotated[tuple[WrittenFile, ...], _FURTHER] = ()

    def described(self) -> tuple[Described, ...]:
        """Return the objectives; raise `ValueError` where the configuration names others."""
        found = tuple(objective.made() for objective in self.objectives)
        if [name for name, _ in self.config.objectives] != [one.name for one in found]:
            raise ValueError("other objectives in config than in objectives")
        return found

    def canvas(self) -> Canvas:
        """Return the canvas as it was used; white's loudness is what the configuration says."""
        return replace(self.used.canvas.made(), top=self.config.canvas.top)

    def front(self) -> Front:
        """Return the front; raise `ValueError` for candidates that do not fit together."""
        candidates = tuple(candidate.made() for candidate in self.candidates)
        if not candidates and self.steps_taken:
            raise ValueError("no candidates after steps were taken")
        count = len(self.objectives)
        for one in candidates:
            if not len(one.preference) == len(one.losses) == count:
                raise ValueError(
                    f"a candidate with {len(one.losses)} losses for {count} objectives"
                )
        if sorted(one.index for one in candidates) != list(range(len(candidates))):
            raise ValueError("a candidate that is there twice, or not at all")
        if self.knee is not None and self.knee >= len(candidates):
            raise ValueError("a knee at a candidate that is not there")
        ends = [objective.worst for objective in self.objectives]
        known = any(end is not None for end in ends)
        worst = tuple(math.nan if end is None else end for end in ends) if known else ()
        rows = [candidate.losses for candidate in candidates] + [worst] * known
        columns = enumerate(zip(*rows, strict=True))
        return Front(
            candidates,
            tuple(k for k, told_of in columns if all(map(math.isfinite, told_of))),
            self.knee,
            worst,
            tuple(objective.domain for objective in self.objectives),
        )
