"""Going to Create with the image, the track and the settings of a run that was kept."""

from __future__ import annotations

from pathlib import Path

from moss_core.runs import Entry, Manifest, input_file
from moss_core.synthesis import DEFAULT_HIGH
from session import memory
from session.aims import put_aim
from session.own import add_own, own_card
from session.shared import installed, library, sample_cards
from sources.source import KINDS, Kind, title_of


def duplicate(entry: Entry) -> None:
    """Choose what a run was made from, and how; raises MossError where its files are lost."""
    manifest, folder = entry.manifest, library().path(entry.id)
    assert manifest is not None
    if manifest.right_sha256:
        memory.put(memory.RIGHT, _choose(folder, "image", "right", manifest))
    for kind in KINDS:
        memory.put(kind, _choose(folder, kind, kind, manifest))
    _copy_settings(manifest)


def _choose(folder: Path, kind: Kind, place: str, manifest: Manifest) -> str:
    """Return the id of the card of what a run keeps in a place; one of one's own is added."""
    name: str = getattr(manifest, place)
    sha256: str = getattr(manifest, f"{place}_sha256")
    card = next((card for card in sample_cards(kind) if card.id == sha256), None)
    if card is None:
        card = own_card(kind, name, title_of(name), input_file(folder, place, sha256))
        add_own(kind, card)
    return card.id


def _copy_settings(manifest: Manifest) -> None:
    config, canvas = manifest.config, manifest.config.canvas
    quick = config.candidates == 1
    steps = min(memory.MOST_STEPS, config.steps)
    put_aim(config, installed())
    memory.put(memory.ON_FAILURE, config.on_failure)
    two = bool(manifest.right_sha256)
    memory.put(memory.CHANNELS, memory.TWO_IMAGES if two else config.channels)
    memory.put(memory.VIEWERS, config.viewers)
    memory.put(memory.ADJUSTMENTS, config.adjustments)
    memory.put(memory.MODE, memory.QUICK if quick else memory.MAP)
    memory.put(memory.QUICK_STEPS if quick else memory.MAP_STEPS, steps)
    if not quick:
        memory.put(memory.CANDIDATES, min(memory.MOST_CANDIDATES, config.candidates))
    memory.put(memory.SEED, min(2**31, config.seed))
    memory.put(memory.LOW, min(memory.MOST_HERTZ, max(0, round(canvas.low or 0))))
    memory.put(memory.HIGH, min(memory.MOST_HERTZ, max(200, round(canvas.high or DEFAULT_HIGH))))
    memory.put(memory.AXIS, canvas.axis)
    memory.put(memory.ASPECT, canvas.aspect)
    end = canvas.start + canvas.duration if canvas.duration else manifest.track_seconds
    whole = int(manifest.track_seconds * 100) / 100
    memory.put(memory.SECTION, (memory.get(memory.TRACK), canvas.start, min(end, whole)))
