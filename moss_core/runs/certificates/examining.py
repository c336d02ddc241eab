"""Examining sound files: drawn as each program draws them, and compared with the image."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.machine import Call, Work, crew, on_one_core
from moss_core.objectives import (
    PICTURE_SIZE,
    Domain,
    Plugins,
    Rendered,
    Scorer,
    Settings,
    Target,
    Viewer,
    discover,
)
from moss_core.runs.certificates.certificate import SCORED_BY, Certificate, Entry
from moss_core.runs.certificates.codec import CODECS, Codec, find_codec
from moss_core.runs.certificates.looking import (
    MARGIN,
    Shown,
    brighter,
    cut,
    every_level,
    fitted,
    is_clipped,
    look,
    pictures_shown,
    sounding,
)
from moss_core.synthesis import Image, PlacedCanvas, Track, resize, see

_DOMAINS: tuple[Domain, ...] = ("image",)
_LEAST_MOVE = 6.0  # dB of white that are worth a word
_BATCH = 5  # pictures, measured at once by one thread
_BYTES_A_SECOND = 50_000_000  # of a stereo file at 44.1 kHz, in all codecs


@dataclass(frozen=True)
class _Picture:
    """A picture that is compared with an image: codec, look and row say which one it is."""

    image: int
    codec: Codec
    look: Viewer
    row: int


class Examiner:
    """Examines sound files that are to show the same image on the same canvas.

    Args:
        images: one, or two for the left and the right channel, adjusted as they were painted.
        canvas: where the image is; every file must be long enough for it.
        plugins: what is installed; looked up by default.
        viewers: names of the programs to look through; None: all that are installed.
        objectives: names of image objectives to measure by; LPIPS and SSIM always are.
        parameters: what is set of these.
        channels: indices of those that are to show the image; None: all that sound in the canvas.

    Raises:
        MossError: for a viewer or an objective that is not installed, or if LPIPS does not work.
    """

    @on_one_core()
    def __init__(
        self,
        images: Sequence[Image],
        canvas: PlacedCanvas,
        plugins: Plugins | None = None,
        viewers: Sequence[str] | None = None,
        objectives: Sequence[str] = (),
        parameters: Settings | None = None,
        channels: Sequence[int] | None = None,
    ) -> None:
        plugins = plugins or discover()
        if not 1 <= len(images) <= 2:
            raise MossError("images", "must be one or two", len(images), "Give the left one first.")
        names = dict.fromkeys(plugins.viewers if viewers is None else viewers)
        if not names:
            raise MossError("viewers", "must name at least one", "none", "Leave them out for all.")
        self._viewers = [fitted(plugins.find_viewer(n).viewer, canvas) for n in names]
        self._canvas, self._channels = canvas, channels
        self._names = tuple(image.name for image in images)
        self._images = [resize(i.pixels, PICTURE_SIZE, PICTURE_SIZE).clamp(0, 1) for i in images]
        # Image objectives look at pictures alone: the sound is silence of the right length.
        self._silence = torch.zeros(1, round(canvas.duration * canvas.working_rate))
        rate = canvas.working_rate
        wanted = dict.fromkeys((SCORED_BY, "ssim", *objectives))
        chosen = [plugins.find(name).objective for name in wanted]
        self._scorer = Scorer(
            [objective for objective in chosen if objective.domain == "image"],
            [Target(image[None, None], self._silence, rate) for image in self._images],
            parameters,
            domains=_DOMAINS,
        )
        self._check_scorer()

    def _check_scorer(self) -> None:
        for failure in self._scorer.failures:
            if failure.name == SCORED_BY:
                raise failure.error

    def certify(self, sound: Track, codecs: Sequence[str] = tuple(CODECS)) -> Certificate:
        """Return what a sound shows after each of some codecs, named as in `CODECS`.

        Raises:
            MossError: for an unknown codec, or if none of them can hold the sound.
        """
        return self.certify_all([(lambda: sound, codecs)])[0]

    @on_one_core()
    def certify_all(
        self, asked: Sequence[tuple[Callable[[], Track], Sequence[str]]]
    ) -> list[Certificate]:
        """Return what sounds show, examined side by side on all cores.

        Args:
            asked: of each sound, how to load it, which is done when it is its turn, and the names
                of its codecs.

        Raises:
            MossError: as `certify`, and what loading raises.
        """
        chosen = [(load, tuple(map(find_codec, names))) for load, names in asked]
        works = [self._examine(load, codecs) for load, codecs in chosen]
        each = round(_BYTES_A_SECOND * (self._canvas.duration + 2 * MARGIN))
        return crew().run(works, crew().places(each))

    def _examine(self, load: Callable[[], Track], asked: Sequence[Codec]) -> Work[Certificate]:
        sound = load()
        codecs, remarks = _possible(asked, sound)
        rate, count = sound.sample_rate, len(sound.samples)
        rates = [codec.rate or rate for codec in codecs]
        samples, canvas = cut(sound, self._canvas, self._viewers, rates)
        which = sounding(samples, rate, canvas)
        if self._channels is not None:
            which = [index for index in which if index in self._channels]
        shown = pictures_shown(self._viewers, which, count, len(self._images))
        if not shown:
            raise _nothing_to_see(sound)
        sent = yield [Call(partial(codec.send, samples, rate)) for codec in codecs]
        looks = list(dict.fromkeys(look(one.viewer) for one in shown))
        drawn = yield [Call(partial(_see, view, came, canvas)) for came in sent for view in looks]
        found = iter(drawn)
        pictures = {(codec, view): next(found) for codec in codecs for view in looks}
        losses = yield from self._measure(shown, pictures, codecs)
        entries = []
        for one in shown:
            for codec in codecs:
                view = look(one.viewer)
                keys = [_Picture(image, codec, view, one.row) for image in one.images]
                key = min(keys, key=lambda key: losses[key][SCORED_BY])
                picture = pictures[codec, view][one.row]
                entries.append(
                    Entry(one.viewer, one.channel, codec, key.image, losses[key], picture)
                )
        first = [entry for entry in entries if entry.codec == codecs[0]]
        moves = yield from self._brighter(first, shown, sent[0], canvas)
        return Certificate(
            sound.name,
            self._names,
            tuple(self._images),
            self._canvas,
            tuple(entries),
            moves,
            tuple(remarks),
        )

    def _measure(
        self,
        shown: Sequence[Shown],
        pictures: dict[tuple[Codec, Viewer], Tensor],
        codecs: Sequence[Codec],
    ) -> Work[dict[_Picture, dict[str, float]]]:
        """Measure each picture once, however many programs show it."""
        wanted = dict.fromkeys(
            _Picture(image, codec, look(one.viewer), one.row)
            for one in shown
            for image in one.images
            for codec in codecs
        )
        batches, calls = [], []
        for batch in _batches(list(wanted)):
            stacked = torch.stack([pictures[key.codec, key.look][key.row] for key in batch])
            sound = self._silence.expand(len(batch), -1)
            rendered = Rendered(stacked[:, None], sound, self._canvas.working_rate)
            batches.append((batch, rendered))
            heard = batch[0].image
            calls.append(self._scorer.measurements(rendered, heard=heard, domains=_DOMAINS))
        found = iter((yield [call for each in calls for call in each]))
        self._check_scorer()
        names = [objective.name for objective in self._scorer.objectives]
        losses = {}
        for (batch, rendered), each in zip(batches, calls, strict=True):
            table = self._scorer.gather(rendered, [next(found) for _ in each])[0]
            for key, values in zip(batch, table.tolist(), strict=True):
                losses[key] = dict(zip(names, values, strict=True))
        return losses

    def _brighter(
        self,
        entries: Sequence[Entry],
        shown: Sequence[Shown],
        sent: tuple[Tensor, int],
        canvas: PlacedCanvas,
    ) -> Work[dict[str, float]]:
        """Find how much brighter each program must be: where it is unclear, by a second look."""
        unclear = [
            (entry.viewer.name, one.row)
            for entry, one in zip(entries, shown, strict=True)
            if is_clipped(entry.viewer, entry.picture, self._images[entry.image])
        ]
        viewers = {e.viewer.name: e.viewer for e in entries}
        again = {name: every_level(viewers[name]) for name, _ in unclear}
        drawn = yield [Call(partial(_see, look(view), sent, canvas)) for view in again.values()]
        levels = dict(zip(again, drawn, strict=True))
        moves: dict[str, list[float]] = {name: [] for name in viewers}
        for entry, one in zip(entries, shown, strict=True):
            name, picture, drawn_by = entry.viewer.name, entry.picture, entry.viewer
            if name in again:
                picture, drawn_by = levels[name][one.row], again[name]
            moves[name].append(brighter(entry.viewer, picture, self._images[entry.image], drawn_by))
        means = {name: sum(found) / len(found) for name, found in moves.items()}
        return {name: move if abs(move) >= _LEAST_MOVE else 0.0 for name, move in means.items()}


def certify(
    sound: Track,
    images: Sequence[Image],
    canvas: PlacedCanvas,
    viewers: Sequence[str] | None = None,
    codecs: Sequence[str] = tuple(CODECS),
    plugins: Plugins | None = None,
    objectives: Sequence[str] = (),
) -> Certificate:
    """Return what a sound file shows in each program, channel and codec.

    Its canvas is cut out with a second on either side before it goes through codecs.

    Args:
        sound: the file, from MOSS or anywhere.
        images: as of `Examiner`, as is the rest.
        canvas: where the sound is to show them.
        viewers: names of programs; None: all that are installed.
        codecs: names in `CODECS`; one that cannot hold the file is left out with a remark.
        plugins: what is installed; looked up by default.
        objectives: names of image objectives beside LPIPS and SSIM.

    Raises:
        MossError: for a name that is not known, or if no codec can hold the file.
    """
    return Examiner(images, canvas, plugins, viewers, objectives).certify(sound, codecs)


def _see(viewer: Viewer, sound: tuple[Tensor, int], canvas: PlacedCanvas) -> Tensor:
    return see(viewer, *sound, canvas)


def _possible(asked: Sequence[Codec], sound: Track) -> tuple[list[Codec], list[str]]:
    """Return the codecs that can hold a sound, and why the others cannot."""
    troubles = {c: c.trouble(len(sound.samples), sound.sample_rate) for c in dict.fromkeys(asked)}
    codecs = [codec for codec, trouble in troubles.items() if not trouble]
    remarks = [f"{codec.label}: {trouble}" for codec, trouble in troubles.items() if trouble]
    if not codecs:
        found = "; ".join(remarks) or "none"
        raise MossError("codecs", "must have one that holds the file", found, "Add exported.")
    return codecs, remarks


def _batches(pictures: Sequence[_Picture]) -> Iterator[list[_Picture]]:
    """Divide pictures into lots of one image."""
    ordered = sorted(pictures, key=lambda key: key.image)
    for _, group in groupby(ordered, key=lambda key: key.image):
        together = list(group)
        for first in range(0, len(together), _BATCH):
            yield together[first : first + _BATCH]


def _nothing_to_see(sound: Track) -> MossError:
    return MossError(
        f"track {sound.name}",
        "must have a channel to look at that sounds in the canvas",
        "none",
        "Choose another part of it, or another viewer.",
    )
