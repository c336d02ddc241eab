"""What exported sound files measure, read as anyone would read them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from moss_core.machine import Work, crew, on_one_core
from moss_core.objectives import Domain
from moss_core.optimization import Run
from moss_core.runs.exports.full_rate import bytes_to_export
from moss_core.synthesis import load_track, resample


@on_one_core()
def score_files(run: Run, files: Sequence[bytes]) -> Tensor:
    """Measure exported sound files by the run's objectives: `(len(files), K)` losses.

    The painted channels are taken out of the files and brought to the working rate. Losses are
    means over all that is heard and, of the image objectives, over all lenses.
    """
    works = [_score(run, content) for content in files]
    return torch.cat(crew().run(works, crew().places(bytes_to_export(run)))).cpu()


def _score(run: Run, content: bytes) -> Work[Tensor]:
    track = load_track(content)
    model = run.model
    painted = model.painted.take @ track.samples[:, model.section]
    channels = resample(painted, track.sample_rate, model.sample_rate)[None].to(model.device)
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
