"""The signal path: from an image, a track and a mask to what is heard and seen.

`inputs` reads what a run is made from (`soundfiles` helps), `adjustments` says what is done to the
image, `images` what stands against its being seen, `canvas` where on the track it lies, `blend` how
it sits there, `placing` finds a place and places several, and `channels` says which of the track's
channels are painted. `hybrid` renders masks, through `stft` and `spectrogram`; `sound` and `files`
are for whoever takes the renderings home. `viewing` draws a sound as a program does, `lenses` do so
while a mask learns.
"""

from moss_core.synthesis.adjustments import Adjustments
from moss_core.synthesis.blend import MODES, MOST_BLACK, MOST_SOFT, Blend, joints, surroundings
from moss_core.synthesis.canvas import (
    DEFAULT_HIGH,
    MAX_CANVAS_SECONDS,
    USUAL_SECONDS,
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
    check_sounds,
    painted_channels,
)
from moss_core.synthesis.files.encoding import (
    FORMATS,
    encode_flac,
    encode_picture,
    encode_preview,
    encode_sound,
    shrink,
)
from moss_core.synthesis.files.packets import unpack
from moss_core.synthesis.files.tags import (
    SETTINGS_FIELD,
    Tags,
    kept_of,
    read_tags,
    wav_chunks,
    write_tags,
)
from moss_core.synthesis.files.wav import SUBTYPE, SUBTYPES, check_subtype, fit, write_wav
from moss_core.synthesis.hybrid import MASK_SHAPE, HybridModel
from moss_core.synthesis.images.remarks import remarks
from moss_core.synthesis.inputs import Image, Track, load_image, load_track
from moss_core.synthesis.lenses import ANY_EDITOR, lenses_of
from moss_core.synthesis.placing.bands import band_powers
from moss_core.synthesis.placing.beats import Beats, find_beats
from moss_core.synthesis.placing.placement import MAX_PLACEMENTS, Analysis, Placement, place_all
from moss_core.synthesis.placing.several import Model, check_apart
from moss_core.synthesis.placing.spots import Spot, best_spots
from moss_core.synthesis.sound import (
    CEILING,
    SILENCE_LUFS,
    limiter_gain,
    loudness,
    resample,
    true_peak,
)
from moss_core.synthesis.spectrogram import AXIS_NAMES, AxisName, decibels, percentile, resize
from moss_core.synthesis.stft import STFT, power, wrapped
from moss_core.synthesis.viewing import draw, see

__all__ = [
    "ANY_EDITOR",
    "AXIS_NAMES",
    "CEILING",
    "CHANNEL_CHOICES",
    "DEFAULT_HIGH",
    "FORMATS",
    "MASK_SHAPE",
    "MAX_CANVAS_SECONDS",
    "MAX_PLACEMENTS",
    "MODES",
    "MOST_BLACK",
    "MOST_SOFT",
    "SETTINGS_FIELD",
    "SILENCE_LUFS",
    "STFT",
    "SUBTYPE",
    "SUBTYPES",
    "USUAL_SECONDS",
    "Adjustments",
    "Analysis",
    "AxisName",
    "Beats",
    "Blend",
    "Canvas",
    "HybridModel",
    "Image",
    "Model",
    "PlacedCanvas",
    "Placement",
    "Spot",
    "Tags",
    "Tick",
    "Track",
    "allows_two_images",
    "band_powers",
    "best_spots",
    "channel_choices",
    "channel_names",
    "check_apart",
    "check_sounds",
    "check_subtype",
    "decibels",
    "draw",
    "encode_flac",
    "encode_picture",
    "encode_preview",
    "encode_sound",
    "find_beats",
    "fit",
    "frequencies",
    "frequency_ticks",
    "joints",
    "kept_of",
    "lenses_of",
    "limiter_gain",
    "load_image",
    "load_track",
    "loudness",
    "painted_channels",
    "percentile",
    "place_all",
    "power",
    "read_tags",
    "remarks",
    "resample",
    "resize",
    "see",
    "shrink",
    "surroundings",
    "time_ticks",
    "true_peak",
    "unpack",
    "wav_chunks",
    "wrapped",
    "write_tags",
    "write_wav",
]
