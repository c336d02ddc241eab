"""What exported sound files measure, read as anyone would read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import soundfile
import torch
from torch import Tensor

from moss_core.machine import Work, crew, on_one_core
from moss_core.objectives import Domain
from moss_core.optimization import Run
from moss_core.runs.exports.full_rate import bytes_to_export
from moss_core.synthesis import resample


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
