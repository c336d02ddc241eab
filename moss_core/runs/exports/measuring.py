"""What exported sound files measure, read as anyone would read them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from weakref import ReferenceType, WeakKeyDictionary, ref

import soundfile
import torch
from torch import Tensor

from moss_core.machine import Work, crew, on_one_core
from moss_core.objectives import Domain
from moss_core.optimization import Candidate, Run, State, rank
from moss_core.runs.exports.full_rate import bytes_to_export, hybrid_stretch, stretch_of
from moss_core.synthesis import resample, write_wav

_Measured = tuple[ReferenceType[State], str, tuple[Candidate, ...]]
_latest: WeakKeyDictionary[Run, _Measured] = WeakKeyDictionary()
"""What was measured last of each run: of which state of it, and of which subtype of WAV files."""


def measured_files(
    run: Run, files: Sequence[Path], subtype: str, begin: Callable[[Path], None]
) -> tuple[Candidate, ...]:
    """Return the candidates with the losses of their files, in the order of `run.candidates`.

    Args:
        run: whose candidates they are.
        files: in the same order.
        subtype: of the WAV files.
        begin: as of `score_files`.
    """
    return _ranked(run, subtype, score_files(run, files, begin))


@on_one_core()
def measured_sounds(run: Run, subtype: str, tell: Callable[[float], None]) -> tuple[Candidate, ...]:
    """Return the candidates with the losses that WAV files of them have.

    A second and a half of work for 30 seconds of a stereo candidate, of which two thirds are 15
    pictures (three sounds in five lenses): what was measured of the same state is not measured
    again.

    Args:
        run: with at least one step taken.
        subtype: of the WAV files.
        tell: is told how much is done, 0 to 1; what it raises ends the work.
    """
    known = _latest.get(run)
    if known and known[0]() is run.state and known[1] == subtype:
        return known[2]
    done: list[int] = []

    def as_read(candidate: Candidate, section: slice) -> Tensor:
        done.append(candidate.index)
        tell((len(done) - 1) / (len(run.candidates()) * len(run.model.parts)))
        file = io.BytesIO()
        stretch = stretch_of(run, section)
        sound = hybrid_stretch(run, run.state.waveform[candidate.index], stretch)
        write_wav(file, [sound], run.track.sample_rate, subtype)
        file.seek(0)
        read = torch.from_numpy(soundfile.read(file, dtype="float32", always_2d=True)[0].T)
        return read[:, section.start - stretch.start : section.stop - stretch.start]

    sounds = [partial(as_read, candidate) for candidate in run.candidates()]
    return _ranked(run, subtype, score_sounds(run, sounds))


def _ranked(run: Run, subtype: str, found: Tensor) -> tuple[Candidate, ...]:
    losses = {c.index: row for c, row in zip(run.candidates(), found.tolist(), strict=True)}
    in_order = [losses[index] for index in sorted(losses)]
    ranked = rank(in_order, run.state.record.preferences, run.objectives, run.active)
    _latest[run] = ref(run.state), subtype, ranked
    return ranked


@on_one_core()
def score_files(
    run: Run, files: Sequence[Path], begin: Callable[[Path], None] = lambda file: None
) -> Tensor:
    """Measure exported sound files by the run's objectives: `(len(files), K)` losses.

    Of each file only the canvases' seconds are read, as long as they are measured. The painted
    channels are taken out of them and brought to the working rate. Losses are means over all that
    is heard and, of the image objectives, over all lenses.

    Args:
        run: whose objectives they are.
        files: of its candidates.
        begin: is called with each, for each image, before it is read; what it raises ends the work.
    """

    def read(file: Path, section: slice) -> Tensor:
        begin(file)
        return _read(file, section)

    return score_sounds(run, [partial(read, file) for file in files])


@on_one_core()
def score_sounds(run: Run, sounds: Sequence[Callable[[slice], Tensor]]) -> Tensor:
    """Measure sounds as `score_files` does.

    Args:
        run: whose objectives they are.
        sounds: each returns samples of one, `(channels, samples)` at the track's rate.
    """
    works = [_score(run, sound) for sound in sounds]
    return torch.cat(crew().run(works, crew().places(bytes_to_export(run)))).cpu()


def _read(file: Path, section: slice) -> Tensor:
    length = section.stop - section.start
    samples, _ = soundfile.read(file, length, section.start, dtype="float32", always_2d=True)
    return torch.from_numpy(samples.T)


def _score(run: Run, sound: Callable[[slice], Tensor]) -> Work[Tensor]:
    losses = []
    for number, part in enumerate(run.model.parts):
        painted = part.painted.take @ sound(part.section)
        rate = run.track.sample_rate
        channels = resample(painted, rate, part.sample_rate)[None].to(part.device)
        for heard in range(len(part.targets)):
            place = number * len(part.targets) + heard
            own = part.heard(channels, heard)
            seen = []
            for index, sight in enumerate(part.sights):
                rendered = part.observe(own, sight)
                domains: tuple[Domain, ...] = ("image",) if index else ("image", "audio")
                found = yield run.scorer.measurements(rendered, heard=place, domains=domains)
                seen.append(run.scorer.gather(rendered, found)[0])
            losses.append(torch.stack(seen).nanmean(0))
    return torch.stack(losses).mean(0)
