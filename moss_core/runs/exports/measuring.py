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
def score_files(run: Run, files: Sequence[Path]) -> Tensor:
    """Measure exported sound files by the run's objectives: `(len(files), K)` losses.

    Of each file only the canvas's seconds are read, as long as they are measured. The painted
    channels are taken out of them and brought to the working rate. Losses are means over all that
    is heard and, of the image objectives, over all lenses.
    """
    return score_sections(run, [partial(read_section, run, file) for file in files])


@on_one_core()
def score_sections(run: Run, sections: Sequence[Callable[[], Tensor]]) -> Tensor:
    """Measure sounds on the canvas's seconds, as `score_files` does.

    Args:
        run: whose objectives they are.
        sections: each returns one, `(channels, samples)` at the track's rate, when it is its turn.
    """
    works = [_score(run, section) for section in sections]
    return torch.cat(crew().run(works, crew().places(bytes_to_export(run)))).cpu()


def read_section(run: Run, file: Path) -> Tensor:
    """Return the canvas's seconds of a sound file, `(channels, samples)`, full scale = 1."""
    section = run.model.section
    samples, _ = soundfile.read(
        file, section.stop - section.start, section.start, dtype="float32", always_2d=True
    )
    return torch.from_numpy(samples.T)


def _score(run: Run, section: Callable[[], Tensor]) -> Work[Tensor]:
    model = run.model
    painted = model.painted.take @ section()
    channels = resample(painted, run.track.sample_rate, model.sample_rate)[None].to(model.device)
    losses = []
    for heard in range(len(model.targets)):
        sound = model.heard(channels, heard)
        seen = []
        for number, sight in enumerate(model.sights):
            rendered = model.observe(sound, sight)
            domains: tuple[Domain, ...] = ("image",) if number else ("image", "audio")
            found = yield run.scorer.measurements(rendered, heard=heard, domains=domains)
            seen.append(run.scorer.gather(rendered, found)[0])
        losses.append(torch.stack(seen).nanmean(0))
    return torch.stack(losses).mean(0)
