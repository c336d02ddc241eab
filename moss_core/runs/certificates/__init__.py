"""Will others see it? What a sound file shows in programs, channels and codecs.

`codec` is what happens to a file on its way, `looking` through which programs it is looked at;
`examining` does so and scores what is seen, `certificate` is what was found. `folders` has the
sounds of a run examined; `tables` and `page` are for people.
"""

from moss_core.runs.certificates.certificate import Certificate, Entry
from moss_core.runs.certificates.codec import CODECS
from moss_core.runs.certificates.examining import certify
from moss_core.runs.certificates.folders import (
    Showing,
    certificate_files,
    certify_candidate,
    certify_run,
    certify_sounds,
    run_around,
    showing_in,
    sounds_in,
    write_certificates,
)
from moss_core.runs.certificates.tables import score_rows

__all__ = [
    "CODECS",
    "Certificate",
    "Entry",
    "Showing",
    "certificate_files",
    "certify",
    "certify_candidate",
    "certify_run",
    "certify_sounds",
    "run_around",
    "score_rows",
    "showing_in",
    "sounds_in",
    "write_certificates",
]
