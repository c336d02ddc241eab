"""MOSS: hybrid audio by multi-objective optimization of a spectral mask."""

from moss_core.canvas import Canvas
from moss_core.config import RunConfig
from moss_core.errors import MossError
from moss_core.hookspecs import hookimpl
from moss_core.objectives import Needs, Objective, Rendered, Target
from moss_core.parameters import Parameter
from moss_core.reopen import load
from moss_core.run import Run
from moss_core.stft import STFT, power
from moss_core.storage import save
from moss_core.targets import Image, Track, load_image, load_track

__all__ = [
    "STFT",
    "Canvas",
    "Image",
    "MossError",
    "Needs",
    "Objective",
    "Parameter",
    "Rendered",
    "Run",
    "RunConfig",
    "Target",
    "Track",
    "hookimpl",
    "load",
    "load_image",
    "load_track",
    "power",
    "save",
]
