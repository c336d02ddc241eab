"""What kind of sound file some bytes are, told by how they begin.

libsndfile reads two dozen kinds, most of which no program has written for twenty years. Only those
that people have are given to it: of the others it trusts what their headers say.
"""

from __future__ import annotations

SOUND_KINDS = "WAV, FLAC, OGG, Opus, MP3, M4A, AIFF, CAF or AU"
"""The kinds that are read, for messages."""

_BEGINNINGS = (b"fLaC", b"OggS", b"ID3", b"caff", b".snd", b"dns.", b"riff\x2e\x91\xcf\x11")
_INSIDE = {b"RIFF": (b"WAVE",), b"RIFX": (b"WAVE",), b"RF64": (b"WAVE",)} | {
    b"FORM": (b"AIFF", b"AIFC")
}


def is_packed(content: bytes) -> bool:
    """Return whether bytes are an MP4 file such as M4A, which FFmpeg reads."""
    return content[4:8] == b"ftyp"


def is_known(content: bytes) -> bool:
    """Return whether bytes begin like one of the kinds that libsndfile is given."""
    if content.startswith(_BEGINNINGS) or content[8:12] in _INSIDE.get(content[:4], ()):
        return True
    return len(content) > 1 and content[0] == 0xFF and content[1] & 0xE0 == 0xE0  # a frame of MP3
