"""The contract between MOSS and an objective: what it is given, what it returns.

This is contract 1 (`CONTRACT`). The number goes up only when something changes that objectives
rely on. What is to go is named in the changelog and by a `DeprecationWarning` for at least one
minor release before it goes, and MOSS goes on loading plugins of the contract before for as long.
A plugin says which contract it was written for by the hook `moss_contract`, 1 where it says
nothing; one for a contract that this MOSS does not know yet is not loaded, and named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from torch import Tensor

from moss_core.errors import MossError
from moss_core.objectives.parameters import NAME, Parameter, Value

Domain = Literal["image", "audio"]
CONTRACT = 1
"""The contract that this version of MOSS keeps."""
PICTURE_SIZE = 256
"""Side in pixels of the pictures that objectives see."""
DEVICES = ("cpu", "cuda", "mps")
"""Kinds of devices that runs learn on."""
_ROUNDING = 1e-3  # seconds: a canvas is cut to whole samples


@dataclass(frozen=True)
class Target:
    """What an objective compares with; it may keep anything that it computes from it.

    Args:
        picture: the image, `(1, 1, 256, 256)` float32 in [0, 1], row 0 = top.
        waveform: one channel of the track on the canvas, or a mix, `(1, samples)` float32, full
            scale = 1.
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
        turn: None where the loss is wanted in whole. While a run learns, a number that goes up: an
            objective that is the mean of several parts may then measure but one of them, a
            different one each turn, and take less time.
    """

    picture: Tensor
    waveform: Tensor
    sample_rate: int
    turn: int | None = None


Loss = Callable[[Rendered], Tensor]
"""A built objective: `(N,)` losses of N renderings."""


@dataclass(frozen=True)
class Needs:
    """What an objective cannot do without; checked before a run, and told in words.

    Args:
        colour: pictures in colour. Contract 1 gives grays; most networks take a gray three times.
        stereo: sound in two channels. Contract 1 gives the mono mix.
        seconds: the shortest canvas that it works on.
        sample_rate: the lowest rate that it works at, Hz.
        megabytes: memory that must be free when it is built, for its weights and its work.
        devices: the kinds of devices that it runs on, of `DEVICES`.
    """

    colour: bool = False
    stereo: bool = False
    seconds: float = 0.0
    sample_rate: int = 0
    megabytes: float = 0.0
    devices: tuple[str, ...] = DEVICES

    def check(self, name: str, site: Site) -> None:
        """Raise `MossError` if the objective `name` cannot work there."""
        thing = f"objective {name}"
        if self.colour or self.stereo:
            found = "gray pictures" if self.colour else "the mono mix"
            raise MossError(
                thing,
                "must do with what MOSS gives",
                f"that it needs {'colour' if self.colour else 'stereo'}, where MOSS gives {found}",
                "Leave it out, or look for a version of it for this contract.",
            )
        if site.seconds < self.seconds - _ROUNDING:
            raise MossError(
                thing,
                f"must have a canvas of at least {self.seconds:g} s",
                f"{site.seconds:.2f} s",
                "Choose a longer part of the track, or leave it out.",
            )
        if site.sample_rate < self.sample_rate:
            raise MossError(
                thing,
                f"must have a working rate of at least {self.sample_rate} Hz",
                f"{site.sample_rate} Hz",
                "Raise the canvas's highest frequency, or leave it out.",
            )
        if site.device not in self.devices:
            raise MossError(
                thing,
                f"must run on {' or '.join(self.devices)}",
                site.device,
                f"Choose the device {self.devices[0]}, or leave it out.",
            )
        if site.megabytes < self.megabytes:
            raise MossError(
                thing,
                f"must have {self.megabytes:,.0f} MB of free memory",
                f"{site.megabytes:,.0f} MB",
                "Close other programs or runs, or leave it out.",
            )


@dataclass(frozen=True)
class Site:
    """Where an objective is to work.

    Args:
        seconds: length of the canvas.
        sample_rate: the working rate, Hz.
        device: one of `DEVICES`.
        megabytes: free memory of the machine.
    """

    seconds: float
    sample_rate: int
    device: str
    megabytes: float


@dataclass(frozen=True)
class Objective:
    """A named loss on a rendering.

    Args:
        name: the word used in files and on the command line: lower-case letters, digits and
            underscores.
        label: the name that people read.
        domain: "image" (looks at `Rendered.picture`) or "audio" (at `Rendered.waveform`).
        reference: the paper that defines it, or a URL.
        build: takes the `Target`, and each of `parameters` by its name, and returns the loss. The
            loss is 0 for what is identical to the target and larger for worse, differentiable,
            finite, and independent across the batch. Compute all that depends on the target alone
            here, once, on its device and in its dtype; load here what is large, not before.
        description: what it cares about, one sentence for the person who chooses it.
        facts: what it is fixed to, by name, for people to read, for example
            `{"FFT sizes": "512, 1024, 2048 samples"}`.
        parameters: what people may set, by the name of the argument of `build`.
        needs: what it cannot do without.
        thread_safe: whether its loss may be called by several threads at once, for candidates
            that are computed side by side; if not, they wait for each other at this objective.

    Raises:
        MossError: for a part that is not of this form.
    """

    name: str
    label: str
    domain: Domain
    reference: str
    build: Callable[..., Loss]
    description: str = ""
    facts: Mapping[str, object] = field(default_factory=dict, hash=False)
    parameters: Mapping[str, Parameter] = field(default_factory=dict, hash=False)
    needs: Needs = Needs()
    thread_safe: bool = False

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
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
        if not isinstance(self.facts, Mapping):
            raise MossError(
                f"facts of objective {self.name}",
                "must be a mapping from names to values",
                repr(self.facts),
                "Write {'Window': '11 x 11 pixels'}, or leave them out.",
            )
        declared = isinstance(self.parameters, Mapping) and all(
            isinstance(name, str) and NAME.fullmatch(name) and isinstance(parameter, Parameter)
            for name, parameter in self.parameters.items()
        )
        if not declared:
            raise MossError(
                f"parameters of objective {self.name}",
                "must be a mapping from argument names to moss_core.Parameter",
                repr(self.parameters),
                "Write {'bands': Parameter(64, 'Mel bands.', least=8, most=256)}; what is fixed "
                "belongs in facts.",
            )

    def settings(self, given: Mapping[str, object]) -> dict[str, Value]:
        """Return a value for every parameter: those given, checked, and defaults for the rest.

        Raises:
            MossError: for a name that is not declared, or a value that is not allowed.
        """
        unknown = [name for name in given if name not in self.parameters]
        if unknown:
            raise MossError(
                f"parameter {self.name}.{unknown[0]}",
                "must be one that the objective has",
                f"none of this name among {', '.join(self.parameters) or 'no parameters'}",
                "Leave it out.",
            )
        return {
            name: parameter.checked(given.get(name, parameter.default), f"{self.name}.{name}")
            for name, parameter in self.parameters.items()
        }


def needs(wanted: Needs) -> list[str]:
    """Return what an objective cannot do without, in words."""
    usual = Needs()
    told = {
        "pictures in colour": wanted.colour,
        "stereo": wanted.stereo,
        f"a canvas of at least {wanted.seconds:g} s": wanted.seconds > usual.seconds,
        f"a working rate of at least {wanted.sample_rate:,} Hz": wanted.sample_rate > 0,
        f"{wanted.megabytes:,.0f} MB of free memory": wanted.megabytes > 0,
        f"a device of {', '.join(wanted.devices)}": wanted.devices != usual.devices,
    }
    return [text for text, is_so in told.items() if is_so]
