"""The configuration of a run: everything that decides its result besides image and track."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch

from moss_core.errors import MossError
from moss_core.objectives import DEVICES, PATIENCE, Value
from moss_core.optimization.preferences import SWEEP_ENDS
from moss_core.synthesis import (
    ANY_EDITOR,
    CHANNEL_CHOICES,
    Adjustments,
    Blend,
    Canvas,
    Placement,
)

MAX_CANDIDATES = 256
MAX_STEPS = 100_000
MAX_FFT_SIZE = 16_384
MAX_PATIENCE = 3600.0
ON_FAILURE = ("continue", "stop")


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides a run's result besides the image and the track.

    Args:
        objectives: names with their weights inside their domain.
        candidates: how many masks to learn, 1 to 256.
        steps: how many times to learn, 0 or more; 0 gives the crossfade.
        learning_rate: of Adam on the masks' logits, above 0.
        seed: of everything random.
        device: "auto" (CUDA, then MPS, then CPU), "cpu", "cuda" or "mps".
        canvas: where the image is painted.
        fft_size: of the STFT, in samples at the working rate, 64 to 16,384; the hop is a quarter.
        working_rate: Hz; None: the lowest standard rate that holds the canvas.
        parameters: values of the objectives' parameters, by objective and parameter; what is left
            out has its default.
        patience: seconds that one call of one objective may take, 1 to 3,600.
        on_failure: what happens when an objective fails while the run learns: "continue" without
            it, or "stop" with all that was learned until then.
        channels: which of the track's channels are painted: "every", "mono" (the mono mix, what
            changes is added to every channel alike), "left", "right" or "sides" (what left has and
            right has not; it vanishes in mono).
        viewers: names of the programs in which the picture is to be seen: those that are installed,
            or "any_editor", which stands for the windows that editors have.
        adjustments: what is done to the image before everything.
        blend: how the image sits in the song.
        others: more placed images: each has its own canvas and mask, and all are learned together.
        lean: the image's share of a single candidate's preference, 0.1 (the song decides) to 0.95
            (the image does). Several candidates share out what lies around it: the further it is
            from 0.5, the nearer the far end comes.

    Raises:
        MossError: for a value outside these ranges.
    """

    objectives: tuple[tuple[str, float], ...] = (
        ("lpips", 1.0),
        ("ssim", 1.0),
        ("multi_resolution_stft", 1.0),
    )
    candidates: int = 9
    steps: int = 60
    learning_rate: float = 0.3
    seed: int = 0
    device: str = "auto"
    canvas: Canvas = field(default_factory=Canvas)
    fft_size: int = 1024
    working_rate: int | None = None
    parameters: Mapping[str, Mapping[str, Value]] = field(default_factory=dict, hash=False)
    patience: float = PATIENCE
    on_failure: str = "continue"
    channels: str = "every"
    viewers: tuple[str, ...] = (ANY_EDITOR,)
    adjustments: Adjustments = field(default_factory=Adjustments)
    blend: Blend = field(default_factory=Blend)
    others: tuple[Placement, ...] = ()
    lean: float = 0.5

    def __post_init__(self) -> None:
        check_whole("candidates", self.candidates, 1, MAX_CANDIDATES, "Use 9.")
        check_whole("steps", self.steps, 0, MAX_STEPS, "Use 60; 0 gives the crossfade.")
        check_whole("seed", self.seed, 0, 2**63 - 1, "Use 0.")
        check_whole("fft_size", self.fft_size, 64, MAX_FFT_SIZE, "Use 1024.")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise MossError(
                "learning_rate", "must be a number above 0", self.learning_rate, "Use 0.3."
            )
        if self.device not in ("auto", *DEVICES):
            raise MossError(
                "device",
                f"must be one of auto, {', '.join(DEVICES)}",
                repr(self.device),
                "Use auto.",
            )
        if not 1 <= self.patience <= MAX_PATIENCE:
            raise MossError(
                "patience",
                f"must be 1 to {MAX_PATIENCE:,.0f} seconds",
                self.patience,
                f"Use {PATIENCE:g}.",
            )
        if self.channels not in CHANNEL_CHOICES:
            raise MossError(
                "channels",
                f"must be one of {', '.join(CHANNEL_CHOICES)}",
                repr(self.channels),
                "Use every.",
            )
        if not self.viewers:
            raise MossError("viewers", "must name at least one", "none", f"Use {ANY_EDITOR}.")
        if self.on_failure not in ON_FAILURE:
            raise MossError(
                "on_failure",
                f"must be one of {', '.join(ON_FAILURE)}",
                repr(self.on_failure),
                "Use continue.",
            )
        least, most = SWEEP_ENDS
        if not least <= self.lean <= most:
            raise MossError(
                "lean",
                f"must be {least:g} (to the track) to {most:g} (to the image)",
                self.lean,
                "Use 0.5.",
            )
        chosen = {name for name, _ in self.objectives}
        for name in self.parameters:
            if name not in chosen:
                raise MossError(
                    f"parameters of objective {name}",
                    f"must be of a chosen objective: {', '.join(sorted(chosen))}",
                    repr(name),
                    "Choose the objective too, or leave them out.",
                )
        for name, weight in self.objectives:
            if not (math.isfinite(weight) and weight > 0):
                raise MossError(
                    f"weight of objective {name}",
                    "must be a number above 0",
                    weight,
                    "Leave the objective out to switch it off.",
                )

    @property
    def placements(self) -> tuple[Placement, ...]:
        """All placed images, the first one first."""
        first = Placement(0, self.canvas, self.adjustments, self.blend)
        return (first, *self.others)

    def as_dict(self) -> dict[str, Any]:
        """Return the configuration as plain dictionaries, lists, numbers and strings."""
        return asdict(self)


def check_whole(name: str, value: int, least: int, most: int, remedy: str) -> None:
    """Raise `MossError` unless `value` lies in `least` to `most`."""
    if not least <= value <= most:
        raise MossError(name, f"must be a whole number from {least} to {most:,}", value, remedy)


def choose_device(name: str) -> torch.device:
    """Return the device of this name; "auto" takes the fastest that is there.

    Raises:
        MossError: for "cuda" or "mps" on a machine that has none.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        name = next(kind for kind, present in there.items() if present)
    if not there[name]:
        raise MossError(
            f"device {name}", "must be present on this machine", "none", "Use auto or cpu."
        )
    return torch.device(name)
