"""A configuration as `run.json` and exported files have it, of this version or an older one."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from moss_core.objectives import NAME
from moss_core.optimization import RunConfig
from moss_core.reading import Count, Level, Number, Record, Seconds, Share, Word
from moss_core.synthesis import (
    MAX_PLACEMENTS,
    MOST_BLACK,
    Adjustments,
    AxisName,
    Blend,
    Canvas,
    Placement,
)

MOST_OBJECTIVES, MOST_VALUES = 64, 64
Name = Annotated[str, Meta(pattern=rf"\A{NAME.pattern}\Z", max_length=100)]
"""Of an objective, a parameter or a viewer."""
_Hertz = Annotated[float, Meta(ge=0, le=1e6)]
_Ratio = Annotated[float, Meta(gt=0, le=1e3)]
_Whole = Annotated[int, Meta(ge=-(2**53), le=2**53)]
_Value = (
    bool | _Whole | Annotated[float, Meta(ge=-1e12, le=1e12)] | Annotated[str, Meta(max_length=200)]
)

WrittenParameters = Annotated[
    dict[Name, Annotated[dict[Name, _Value], Meta(max_length=MOST_VALUES)]],
    Meta(max_length=MOST_OBJECTIVES),
]
"""Values of the objectives' parameters."""


class WrittenCanvas(Record, forbid_unknown_fields=True):
    """A canvas."""

    start: Seconds
    duration: Seconds | None
    low: _Hertz | None
    high: _Hertz | None
    axis: AxisName
    top: Level | None
    range: Level
    aspect: _Ratio = Canvas.aspect

    def made(self) -> Canvas:
        """Return what it says."""
        return Canvas(
            self.start,
            self.duration,
            self.low,
            self.high,
            self.axis,
            self.top,
            self.range,
            self.aspect,
        )


class WrittenAdjustments(Record, forbid_unknown_fields=True):
    """Adjustments; without `fit` they are of a version that stretched images."""

    levels: bool = True
    brightness: Number = 0
    contrast: Number = 1
    gamma: Number = 1
    invert: bool = False
    rotate: int = 0
    flip: bool = False
    crop: tuple[Share, Share, Share, Share] = Adjustments.crop
    fit: Word = "stretch"

    def made(self) -> Adjustments:
        """Return what they say; raise `MossError` for what is out of range."""
        return Adjustments(
            self.levels,
            self.brightness,
            self.contrast,
            self.gamma,
            self.invert,
            self.rotate,
            self.flip,
            self.crop,
            self.fit,
        )


class WrittenBlend(Record, forbid_unknown_fields=True):
    """How an image sits in the song."""

    mode: Word = Blend.mode
    black: Number | None = Blend.black
    soft_time: Number = Blend.soft_time
    soft_frequency: Number = Blend.soft_frequency

    def made(self) -> Blend:
        """Return what it says; raise `MossError` for what is out of range."""
        return Blend(self.mode, self.black, self.soft_time, self.soft_frequency)


class WrittenPlacement(Record, forbid_unknown_fields=True):
    """A further image in its place."""

    image: Annotated[int, Meta(ge=0, lt=MAX_PLACEMENTS)]
    canvas: WrittenCanvas
    adjustments: WrittenAdjustments
    blend: WrittenBlend

    def made(self) -> Placement:
        """Return what it says; raise as its parts do."""
        return Placement(self.image, self.canvas.made(), self.adjustments.made(), self.blend.made())


class WrittenConfig(Record, forbid_unknown_fields=True):
    """What `RunConfig.as_dict` told, of this version or an older one."""

    objectives: Annotated[tuple[tuple[Name, Number], ...], Meta(max_length=MOST_OBJECTIVES)]
    canvas: WrittenCanvas
    candidates: Count = RunConfig.candidates
    steps: Count = RunConfig.steps
    learning_rate: Number = RunConfig.learning_rate
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] = RunConfig.seed
    device: Word = RunConfig.device
    fft_size: Count = RunConfig.fft_size
    working_rate: Annotated[int, Meta(ge=1, le=10**6)] | None = None
    parameters: WrittenParameters = field(default_factory=dict)
    patience: Number = RunConfig.patience
    on_failure: Word = RunConfig.on_failure
    # Without it: of a version that painted the mono mix of every track.
    channels: Word = "mono"
    viewers: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=MOST_VALUES)] = ("moss",)
    # Without them: of a version that left images as they were.
    adjustments: WrittenAdjustments = field(
        default_factory=lambda: WrittenAdjustments(levels=False)
    )
    # Without it: of a version whose black was silence.
    blend: WrittenBlend = field(default_factory=lambda: WrittenBlend(black=MOST_BLACK))
    others: Annotated[tuple[WrittenPlacement, ...], Meta(max_length=MAX_PLACEMENTS - 1)] = ()
    lean: Number = RunConfig.lean

    def made(self) -> RunConfig:
        """Return what it says.

        Raises:
            ValueError: for what no configuration can be; a `MossError` where a value is out of its
                range.
        """
        names = [name for name, _ in self.objectives]
        if len(set(names)) < len(names):
            raise ValueError("an objective that is named twice")
        return RunConfig(
            self.objectives,
            candidates=self.candidates,
            steps=self.steps,
            learning_rate=self.learning_rate,
            seed=self.seed,
            device=self.device,
            canvas=self.canvas.made(),
            fft_size=self.fft_size,
            working_rate=self.working_rate,
            parameters=self.parameters,
            patience=self.patience,
            on_failure=self.on_failure,
            channels=self.channels,
            viewers=self.viewers,
            adjustments=self.adjustments.made(),
            blend=self.blend.made(),
            others=tuple(placement.made() for placement in self.others),
            lean=self.lean,
        )
