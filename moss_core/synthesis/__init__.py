"""The signal path: from an image, a track and a mask to what is heard and seen.

`inputs` reads what a run is made from (`soundfiles` helps), `adjustments` says what is done to the
image, `canvas` where on the track it lies, and `channels` which of its channels are painted.
`hybrid` renders masks, through `stft` and `spectrogram`; `sound` and `files` are for whoever
takes the renderings home. `viewing` draws a sound as a program does, `lenses` do so while a mask
learns. `placing` helps to find where on a track an image goes.
"""

from moss_core.synthesis.adjustments import Adjustments
from moss_core.synthesis.canvas import (
    DEFAULT_HIGH,
    MAX_CANVAS_SECONDS,
    Canvas,
    PlacedCanvas,
    Tick,
    frequencies,
    frequency_ticks,
    time_ticks,
)
from moss_core.synthesis.channels import (
    CHANNEL_CHOICES,
    allows_two_images,
    channel_choices,
    channel_names,
)
from moss_core.synthesis.files.encoding import (
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
from moss_core.synthesis.lenses import ANY_EDITOR, lenses_of
from moss_core.synthesis.placing.bands import band_powers
from moss_core.synthesis.placing.beats import Beats, find_beats
from moss_core.synthesis.placing.spots import Spot, best_spots
from moss_core.synthesis.sound import limiter_gain, loudness, resample
from moss_core.synthesis.spectrogram import AXIS_NAMES, decibels, percentile, resize
from moss_core.synthesis.stft import STFT, power, wrapped
from moss_core.synthesis.viewing import draw, see

__all__ = [
    "ANY_EDITOR",
    "AXIS_NAMES",
    "CHANNEL_CHOICES",
    "DEFAULT_HIGH",
    "FORMATS",
    "MASK_SHAPE",
    "MAX_CANVAS_SECONDS",
    "STFT",
    "SUBTYPES",
    "Adjustments",
    "Beats",
    "Canvas",
    "HybridModel",
    "Image",
    "PlacedCanvas",
    "Spot",
    "Tick",
    "Track",
    "allows_two_images",
    "band_powers",
    "best_spots",
    "channel_choices",
    "channel_names",
    "decibels",
    "draw",
    "encode_flac",
    "encode_picture",
    "encode_preview",
    "encode_sound",
    "encode_wav",
    "find_beats",
    "frequencies",
    "frequency_ticks",
    "lenses_of",
    "limiter_gain",
    "load_image",
    "load_track",
    "loudness",
    "percentile",
    "power",
    "resample",
    "resize",
    "see",
    "shrink",
    "time_ticks",
    "wrapped",
]
