"""The contract between MOSS and an objective: what it is given, what it returns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from torch import Tensor

from moss_core.errors import MossError

Domain = Literal["image", "audio"]
PICTURE_SIZE = 256
"""Side in pixels of the pictures that objectives see."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Target:
    """What an objective compares with; it may keep anything that it computes from it.

    Args:
        picture: the image, `(1, 1, 256, 256)` float32 in [0, 1], row 0 = top.
        waveform: the track's mono mix on the canvas, `(1, samples)` float32, full scale = 1.
        sample_rate: of `waveform`, Hz.
    """

    picture: Tensor
    waveform: Tensor
    sample_rate: int


@dataclass(frozen=True)
class Rendered:
    """N renderings: what will be exported, and what its spectrogram looks like.

    Args:
        picture: re-analysed from `waveform`, `(N, 1, 256, 256)` in [0, 1], row 0 = top.
        waveform: `(N, samples)`, full scale = 1.
        sample_rate: of `waveform`, Hz.
    """

    picture: Tensor
    waveform: Tensor
    sample_rate: int


Loss = Callable[[Rendered], Tensor]
"""A built objective: `(N,)` losses of N renderings."""


@dataclass(frozen=True)
class Objective:
    """A named loss on a rendering.

    Args:
        name: the word used in files and on the command line: lower-case letters, digits and
            underscores.
        label: the name that people read.
        domain: "image" (looks at `Rendered.picture`) or "audio" (at `Rendered.waveform`).
        reference: the paper that defines it, or a URL.
        build: takes the `Target` and returns the loss. The loss is 0 for what is identical to
            the target and larger for worse, differentiable, finite, and independent across the
            batch. Compute all that depends on the target alone here, once, on its device.
        description: what it cares about, one sentence for the person who chooses it.
        parameters: what it is fixed to, by name, for people to read, for example
            `{"FFT sizes": "512, 1024, 2048 samples"}`. They are shown as text and set nothing.

    Raises:
        MossError: for a part that is not of this form.
    """

    name: str
    label: str
    domain: Domain
    reference: str
    build: Callable[[Target], Loss]
    description: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise MossError(
                "objective name",
                "must be lower-case letters, digits and underscores, a letter first",
                repr(self.name),
                "Rename it, for example to 'edge_similarity'.",
            )
        if self.domain not in ("image", "audio"):
            raise MossError(
                f"domain of objective {self.name}",
                "must be 'image' or 'audio'",
                repr(self.domain),
                "Use 'image' if it looks at the picture, 'audio' if it listens.",
            )
        if not self.label or not self.reference or not callable(self.build):
            raise MossError(
                f"objective {self.name}",
                "must have a label, a reference and a callable build",
                f"label {self.label!r}, reference {self.reference!r}, build {self.build!r}",
                "Fill them in.",
            )
        if not isinstance(self.parameters, Mapping):
            raise MossError(
                f"parameters of objective {self.name}",
                "must be a mapping from names to values",
                repr(self.parameters),
                "Write {'Window': '11 x 11 pixels'}, or leave them out.",
            )
