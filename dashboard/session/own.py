"""What a visitor brought: images, tracks and presets, there again in their next session.

They lie in a folder of the visitor's workspace, which nobody finds without its token.
"""

from __future__ import annotations

from moss_core.errors import MossError
from moss_core.machine import limits, logger
from moss_core.runs import PRESET_SUFFIX, Preset, parse_preset, preset_file
from session import memory
from session.allowance import MEGABYTE
from session.workspace import library_folder
from sources.belongings import MOST_BYTES, Belongings
from sources.cards import Card, image_card, track_card
from sources.kept import Kept
from sources.source import KINDS, Kind, Source

_FOLDER = ".own"
_PRESET = "preset"
_CHOICE = (memory.IMAGE, memory.TRACK, memory.RIGHT)
_MOST_READ_BYTES = 128_000_000

# A reload must not read four songs again. Its keys hold the folder: nobody gets another's.
_read = Kept(_MOST_READ_BYTES, lambda card: len(card.source.data) + len(card.sound))


def own_card(kind: Kind, name: str, title: str, content: bytes) -> Card:
    """Return the card of something of a visitor's own; raises MossError for the unusable."""
    source = Source(name, title, content)
    return image_card(source) if kind == "image" else track_card(source)


def own_cards(kind: Kind) -> tuple[Card, ...]:
    """Return what the visitor brought of a kind, the newest first."""
    _restore()
    cards: tuple[Card, ...] = memory.get(memory.OWN)[kind]
    return cards


def add_own(kind: Kind, card: Card) -> None:
    """Add a card of the visitor's own, and choose it; the oldest goes when there are too many."""
    cards = (card, *(other for other in own_cards(kind) if other.id != card.id))
    memory.put_in(memory.OWN, kind, cards[: memory.MAX_OWN])
    memory.put(kind, card.id)
    _belongings().keep(kind, card.source, memory.MAX_OWN)


def remember_choice() -> None:
    """Keep which image and track are chosen, if that is news."""
    _restore()
    told = {key: memory.get(key) for key in _CHOICE}
    if told != memory.get(memory.CHOICE_KEPT):
        _belongings().choose(told)
        memory.put(memory.CHOICE_KEPT, told)


def own_presets() -> tuple[Preset, ...]:
    """Return the presets that the visitor saved or opened, the newest first."""
    _restore()
    presets: tuple[Preset, ...] = memory.get(memory.OWN_PRESETS)
    return presets


def add_preset(preset: Preset) -> None:
    """Add a preset of the visitor's own in the place of one of its label."""
    forget_preset(preset)
    kept = (preset, *own_presets())[: memory.MAX_OWN_PRESETS]
    memory.put(memory.OWN_PRESETS, kept)
    source = Source(preset.name + PRESET_SUFFIX, preset.label, preset_file(preset))
    _belongings().keep(_PRESET, source, memory.MAX_OWN_PRESETS)


def forget_preset(preset: Preset) -> None:
    """Remove the preset of this label."""
    others = tuple(other for other in own_presets() if other.label != preset.label)
    memory.put(memory.OWN_PRESETS, others)
    _belongings().forget(_PRESET, preset.label)


def _belongings() -> Belongings:
    most = min(MOST_BYTES, limits().uploads_mb_each * MEGABYTE)
    return Belongings(library_folder(memory.get(memory.WORKSPACE)) / _FOLDER, most)


def _restore() -> None:
    """Bring back what lies in the workspace, once a session."""
    if memory.get(memory.RESTORED):
        return
    memory.put(memory.RESTORED, True)
    kept = _belongings()
    for kind in KINDS:
        found = [_card(kept, kind, source) for source in kept.sources(kind)]
        cards = tuple(card for card in found if card)[: memory.MAX_OWN]
        memory.put_in(memory.OWN, kind, cards)
    presets = [_preset(source) for source in kept.sources(_PRESET)]
    memory.put(memory.OWN_PRESETS, tuple(preset for preset in presets if preset))
    chosen = kept.chosen()
    told = {key: chosen.get(key, "") for key in _CHOICE}
    for key, card in told.items():
        memory.put(key, memory.get(key) or card)
    memory.put(memory.CHOICE_KEPT, told)


def _card(kept: Belongings, kind: Kind, source: Source) -> Card | None:
    key = (kept.folder, kind, source.name, source.title, hash(source.data))
    try:
        return _read.once(key, lambda: own_card(kind, source.name, source.title, source.data))
    except MossError as error:  # of a MOSS that took more, or less, than this one
        logger.warning("%r, which a visitor brought, cannot be used: %s", source.name, error)
        return None


def _preset(source: Source) -> Preset | None:
    try:
        return parse_preset(source.data, source.name)
    except MossError as error:
        logger.warning("a preset of a visitor's own cannot be used: %s", error)
        return None
