"""MOSS: hybrid audio by multi-objective optimization of a spectral mask."""

from moss_core.errors import MossError
from moss_core.objectives import Needs, Objective, Parameter, Rendered, Target, Viewer, hookimpl
from moss_core.optimization import Run, RunConfig
from moss_core.runs import certify, load, save
from moss_core.synthesis import (
    STFT,
    Adjustments,
    Blend,
    Canvas,
    Image,
    Placement,
    Track,
    load_image,
    load_track,
    power,
)

__all__ = [
    "STFT",
    "Adjustments",
    "Blend",
    "Canvas",
    "Image",
    "MossError",
    "Needs",
    "Objective",
    "Parameter",
    "Placement",
    "Rendered",
    "Run",
    "RunConfig",
    "Target",
    "Track",
    "Viewer",
    "certify",
    "hookimpl",
    "load",
    "load_image",
    "load_track",
    "power",
    "save",
]
