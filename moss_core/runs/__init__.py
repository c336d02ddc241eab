"""What a run leaves on the disk, what people take home, and how it is opened again.

`layout` names what lies in a run's folder, `saving` writes it, `keeping` while it learns, and
`loading` reads it back: the `manifest` says what the run is, `tensors` hold what it learned, and
`written` is what may stand in both; `reports`, the `front_chart` and pictures with `axes` are for
people. `exports` are hybrids at the track's own rate and what they measure, `archive` is a folder
as a ZIP, a `library` a folder of
runs, `films` show a run as a video, `certificates` say what others see in a sound file, and
`presets` what a run can aim for.
"""

from moss_core.runs.archive import write_candidate_zip, write_zip
from moss_core.runs.axes import picture_png
from moss_core.runs.certificates import (
    CODECS,
    Certificate,
    Showing,
    certify,
    certify_candidate,
    certify_sounds,
    run_around,
    score_rows,
    showing_in,
    sounds_in,
    write_certificates,
)
from moss_core.runs.exports.ear_safety import ear_safety
from moss_core.runs.exports.full_rate import hybrid, hybrid_on, hybrid_stretch
from moss_core.runs.exports.settings import FileSettings, read_settings, tagged
from moss_core.runs.exports.width import WidthMeter
from moss_core.runs.films.mp4 import write_film
from moss_core.runs.films.scenes import FILMS, film_of
from moss_core.runs.films.stage import SHAPES
from moss_core.runs.front_chart import IMAGE_COLOUR, MIDDLE_COLOUR, TRACK_COLOUR
from moss_core.runs.keeping.disk import put_file
from moss_core.runs.keeping.health import examine_runs
from moss_core.runs.keeping.keeper import Keeper
from moss_core.runs.keeping.temporaries import owned_prefix, temporary_folder
from moss_core.runs.layout import DICTIONARY, INPUTS, LISTENING, check_folder, stamp
from moss_core.runs.library import Entry, Library, is_put_away
from moss_core.runs.loading import input_file, load
from moss_core.runs.manifest import MAX_TITLE, Manifest, read_manifest, version_of
from moss_core.runs.presets.built_in import PRESETS
from moss_core.runs.presets.files import (
    PRESET_SUFFIX,
    find_preset,
    parse_preset,
    preset_file,
)
from moss_core.runs.presets.preset import MOST_LABEL, Preset
from moss_core.runs.reports import csv_of, front_csv_of
from moss_core.runs.saving import Written, save
from moss_core.runs.written.kept import MOST_LISTENING

__all__ = [
    "CODECS",
    "DICTIONARY",
    "FILMS",
    "IMAGE_COLOUR",
    "INPUTS",
    "LISTENING",
    "MAX_TITLE",
    "MIDDLE_COLOUR",
    "MOST_LABEL",
    "MOST_LISTENING",
    "PRESETS",
    "PRESET_SUFFIX",
    "SHAPES",
    "TRACK_COLOUR",
    "Certificate",
    "Entry",
    "FileSettings",
    "Keeper",
    "Library",
    "Manifest",
    "Preset",
    "Showing",
    "WidthMeter",
    "Written",
    "certify",
    "certify_candidate",
    "certify_sounds",
    "check_folder",
    "csv_of",
    "ear_safety",
    "examine_runs",
    "film_of",
    "find_preset",
    "front_csv_of",
    "hybrid",
    "hybrid_on",
    "hybrid_stretch",
    "input_file",
    "is_put_away",
    "load",
    "owned_prefix",
    "parse_preset",
    "picture_png",
    "preset_file",
    "put_file",
    "read_manifest",
    "read_settings",
    "run_around",
    "save",
    "score_rows",
    "showing_in",
    "sounds_in",
    "stamp",
    "tagged",
    "temporary_folder",
    "version_of",
    "write_candidate_zip",
    "write_certificates",
    "write_film",
    "write_zip",
]
