"""What exported sound files measure, read as anyone would read them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from moss_core.machine import Work, crew, on_one_core
from moss_core.optimization import Run
from moss_core.runs.export import bytes_to_export
from moss_core.synthesis import load_track, resample


@on_one_core()
def score_files(run: Run, files: Sequence[bytes]) -> Tensor:
    """Measure exported sound files by the run's objectives: `(len(files), K)` losses.

    The files are mixed down and brought to the working rate.
    """
    works = [_score(run, content) for content in files]
    return torch.cat(crew().run(works, crew().places(bytes_to_export(run)))).cpu()


def _score(run: Run, content: bytes) -> Work[Tensor]:
    track = load_track(content)
    mono = track.mono[run.model.section]
    waveform = resample(mono, track.sample_rate, run.model.sample_rate)[None]
    rendered = run.model.observe(run.model.analyse(waveform.to(run.model.device)))
    found = yield run.scorer.measurements(rendered)
    return run.scorer.gather(rendered, found)[0]
