"""The films of a run: what is seen and heard when.

All of them play the canvas's section of the track with a playhead that moves over the picture.
*picture* shows one candidate. *morph* goes along the front, from the track itself to the candidate
with the most image, while the music goes round; picture and sound change from one to the next
together. *learning* shows a candidate's pictures at past steps over its last sound.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.optimization import Run, State, image_share
from moss_core.runs.films.music import Music, places_of, playing_of
from moss_core.runs.films.stage import SHAPES, Pixels, Stage

FILMS = {
    "picture": "One candidate's picture and sound",
    "morph": "From the track to the image, along the front",
    "learning": "How a candidate's picture was learned",
}
"""What each kind of film shows, by its word."""
FRAMES_A_SECOND = 25
CARD_SECONDS = 1.6  # whole frames
STOP_SECONDS = 3.0
"""What a morph takes at least for each candidate."""
LEARNING_SECONDS = 8.0, 60.0
"""What a replay of the learning takes at least and at most."""

# What a film of 1080 x 1080 needs, measured on the samples, on one core: megabytes a second, and
# frames written a second, where the picture stands still and where it changes.
_MEGABYTES, _STILL, _MOVING = 0.12, 50.0, 32.0

_HELD = 0.85  # of a replay shows steps, the rest the last one

Draw = Callable[[Tensor], Tensor]
"""Gives the picture `(H, W)` in [0, 1] of painted channels `(P, samples)` at the working rate."""
Past = Sequence[tuple[int, Callable[[], Tensor]]]
"""Numbers of past steps in order, and what gives the picture `(H, W)` in [0, 1] of each."""
Stops = Sequence[tuple[Tensor, float]]
"""Painted channels `(P, samples)` with their image share, from 0 to 1."""


@dataclass(frozen=True)
class Look:
    """What is seen at a moment: `Stage.frame`'s arguments but the playhead."""

    picture: Pixels
    words: str
    along: float = 0.0


@dataclass(frozen=True)
class Film:
    """What a film shows and plays; made as it is written.

    Args:
        stage: the frame.
        section: seconds after which the music begins anew.
        playing: seconds of music in all.
        sample_rate: of the sound, Hz.
        channels: of the sound, 1 or 2.
        look: what is seen at a share 0 to 1 of the music.
        music: the sound in parts `(channels, samples)`.
        card: gives the title card; None: there is none.
    """

    stage: Stage
    section: float
    playing: float
    sample_rate: int
    channels: int
    look: Callable[[float], Look]
    music: Callable[[], Iterator[Tensor]]
    card: Callable[[], Pixels] | None

    @property
    def seconds(self) -> float:
        """How long it is in all."""
        return self.playing + (CARD_SECONDS if self.card else 0.0)

    @property
    def count(self) -> int:
        """How many frames it has."""
        return round(self.seconds * FRAMES_A_SECOND)

    @property
    def needs(self) -> tuple[int, float]:
        """About how many bytes it will take, and how many seconds to write."""
        area = self.stage.shape.width * self.stage.shape.height / 1080**2
        size = _MEGABYTES * 1e6 * self.seconds * math.sqrt(area)
        pace = _MOVING if self.stage.ends else _STILL
        return round(size), self.count * math.sqrt(area) / pace

    def frames(self) -> Iterator[Pixels]:
        """Give the frames as planes (`Stage.frame`)."""
        begin = self.count - round(self.playing * FRAMES_A_SECOND)
        if self.card:
            card = self.card()
            for _ in range(begin):
                yield card
        for number in range(self.count - begin):
            seconds = number / FRAMES_A_SECOND
            look = self.look(min(1.0, seconds / self.playing))
            head = seconds % self.section / self.section
            yield self.stage.frame(look.picture, head, look.words, look.along)

    def sound(self) -> Iterator[Tensor]:
        """Give the sound in parts `(channels, samples)`, the silence of the title card first."""
        if self.card:
            yield torch.zeros(self.channels, round(CARD_SECONDS * self.sample_rate))
        yield from self.music()


def film_of(
    run: Run,
    kind: str,
    candidate: int,
    shape: str = "square",
    *,
    card: bool = True,
    heard: int = 0,
    draw: Draw | None = None,
    note: str = "",
    past: Past = (),
) -> Film:
    """Return a film of a run as it is now; nothing is rendered before it is written.

    A track of more than two channels is heard as their mean.

    Args:
        run: with at least one step taken.
        kind: a key of `FILMS`.
        candidate: index of the one that "picture" and "learning" show.
        shape: a key of `SHAPES`.
        card: whether it begins with a title card.
        heard: which one of `model.painted.heard` is shown; of several images it names one.
        draw: what is shown of a candidate; that one's picture by default.
        note: what of a candidate `draw` shows, for people.
        past: the candidate's pictures at past steps, for "learning".

    Raises:
        MossError: for a kind, shape or candidate that is not there, and if no pictures of past
            steps were kept for "learning".
    """
    for thing, known, given in (("kind of film", FILMS, kind), ("shape", SHAPES, shape)):
        if given not in known:
            words = ", ".join(known)
            raise MossError(thing, f"must be one of {words}", repr(given), "Use one of these.")
    state, rendered = run.state, len(run.state.waveform)
    if not 0 <= candidate < rendered:
        rule = f"must be 1 to {rendered}"
        number = state.front.number(candidate)
        raise MossError("candidate", rule, number, "Choose one that is there.")
    if kind == "learning" and not past:
        rule = "must have pictures of past steps"
        remedy = "They are kept while a run is open: learn some more steps, or film the picture."
        raise MossError("film of the learning", rule, "none", remedy)
    ends = {"morph": ("track", "image"), "learning": ("first step", "last step")}.get(kind)
    part, _ = run.model.part_of(heard)
    stage = Stage(SHAPES[shape], part.canvas, run.title, ends)
    music = Music(run, part)
    seen = draw or (lambda waveform: run.picture(run.heard(waveform, heard), heard))
    waveform = state.waveform[candidate]
    if kind == "morph":
        stops = _stops(run, state)
        loops = math.ceil(STOP_SECONDS * len(stops) / music.seconds)
        playing = loops * music.seconds
        look, plays = (
            _morph_look(stage, stops, seen),
            playing_of(music, [sound for sound, _ in stops], playing),
        )
    elif kind == "learning":
        least, most = LEARNING_SECONDS
        playing = min(math.ceil(least / music.seconds) * music.seconds, most)
        look = _learning_look(stage, past, run.planned)
        plays = playing_of(music, [waveform], playing)
    else:
        playing = music.seconds
        look = _still_look(stage, seen, waveform, _told(state, candidate))
        plays = playing_of(music, [waveform], playing)
    return Film(
        stage,
        music.seconds,
        playing,
        music.sample_rate,
        music.channels,
        _noted(look, note) if note else look,
        plays,
        (lambda: stage.card(run.image.pixels, _sources(run))) if card else None,
    )


def _sources(run: Run) -> str:
    names = run.image.name, run.track.name
    image, track = (name.rpartition("/")[2] for name in names)
    return f"{image} on {track}"


def _told(state: State, candidate: int) -> str:
    """Say which candidate it is, and what it has of picture and sound."""
    front, count = state.front, len(state.waveform)
    shares = str(front.shares(state.record.losses[candidate]))
    if count == 1:
        return shares
    return f"candidate {front.number(candidate)} of {count}: {shares.lower()}"


def _stops(run: Run, state: State) -> Stops:
    """Return the track itself and the candidates on the front, from the most track."""
    on_front = [c for c in state.front.candidates if not c.dominated]
    return [(run.model.track, 0.0)] + [
        (state.waveform[c.index], image_share(run.objectives, c.preference)) for c in on_front
    ]


def _noted(look: Callable[[float], Look], note: str) -> Callable[[float], Look]:
    def noted(share: float) -> Look:
        found = look(share)
        return replace(found, words=f"{found.words}, {note}")

    return noted


def _still_look(stage: Stage, seen: Draw, waveform: Tensor, words: str) -> Callable[[float], Look]:
    picture = cache(lambda: stage.fitted(seen(waveform)))
    return lambda share: Look(picture(), words)


def _morph_look(stage: Stage, stops: Stops, seen: Draw) -> Callable[[float], Look]:
    picture = cache(lambda number: stage.fitted(seen(stops[number][0])))

    def look(share: float) -> Look:
        place = float(places_of(torch.tensor([share]), len(stops))[0])
        number = min(int(place), len(stops) - 2)
        moved = place - number
        mixed = picture(number) * (1 - moved) + picture(number + 1) * moved
        image = stops[number][1] * (1 - moved) + stops[number + 1][1] * moved
        words = "the track" if place == 0 else f"{100 * image:.0f} % image"
        return Look(mixed.round().astype("uint8"), words, place / (len(stops) - 1))

    return look


def _learning_look(stage: Stage, past: Past, planned: int) -> Callable[[float], Look]:
    picture = lru_cache(maxsize=1)(lambda number: stage.fitted(past[number][1]()))

    def look(share: float) -> Look:
        number = min(int(share / _HELD * len(past)), len(past) - 1)
        step = past[number][0]
        return Look(picture(number), f"step {step} of {planned}", step / max(1, planned))

    return look
