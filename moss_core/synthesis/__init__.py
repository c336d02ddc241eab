"""The signal path: from an image, a track and a mask to what is heard and seen.

`inputs` reads what a run is made from (`soundfiles` and `samples` help), `adjustments` says what is
done to the image, and `canvas` where on the track it lies. `hybrid` renders masks and shows the
renderings, through `stft`, `spectrogram` and `resampling`; `encoding`, `levels` and `axes` are for
whoever takes them home.
`viewing` draws a sound as a program does, `lenses` do so while a mask learns.
"""

from moss_core.synthesis.adjustments import Adjustments
from moss_core.synthesis.axes import frequencies, frequency_ticks, time_ticks
from moss_core.synthesis.canvas import DEFAULT_HIGH, Canvas, PlacedCanvas
from moss_core.synthesis.channels import CHANNEL_CHOICES, channel_names
from moss_core.synthesis.encoding import (
    FORMATS,
    SUBTYPES,
    encode_flac,
    encode_picture,
    encode_preview,
    encode_sound,
    encode_wav,
    shrink,
)
from moss_core.synthesis.hybrid import MASK_SHAPE, HybridModel
from moss_core.synthesis.inputs import Image, Track, load_image, load_track
from moss_core.synthesis.lenses import ANY_EDITOR
from moss_core.synthesis.levels import limiter_gain, loudness
from moss_core.synthesis.resampling import resample
from moss_core.synthesis.samples import font_file, given_or_sample, sample_image, sample_track
from moss_core.synthesis.spectrogram import AXIS_NAMES, decibels, percentile, resize
from moss_core.synthesis.stft import STFT, power
from moss_core.synthesis.viewing import draw, see

__all__ = [
    "ANY_EDITOR",
    "AXIS_NAMES",
    "CHANNEL_CHOICES",
    "DEFAULT_HIGH",
    "FORMATS",
    "MASK_SHAPE",
    "STFT",
    "SUBTYPES",
    "Adjustments",
    "Canvas",
    "HybridModel",
    "Image",
    "PlacedCanvas",
    "Track",
    "channel_names",
    "decibels",
    "draw",
    "encode_flac",
    "encode_picture",
    "encode_preview",
    "encode_sound",
    "encode_wav",
    "font_file",
    "frequencies",
    "frequency_ticks",
    "given_or_sample",
    "limiter_gain",
    "load_image",
    "load_track",
    "loudness",
    "percentile",
    "power",
    "resample",
    "resize",
    "sample_image",
    "sample_track",
    "see",
    "shrink",
    "time_ticks",
]
