"""What leaves MOSS: hybrids at the track's own rate and in all its channels.

The optimizer works on the painted channels at a working rate. The export adds the difference
(hybrid minus track), brought back to the track's rate, channel by channel, so the master stays
bit-exact outside the canvases and keeps its rate, its stereo image and its level.
"""

from __future__ import annotations

from torch import Tensor

from moss_core.machine import on_one_core
from moss_core.optimization import Run
from moss_core.runs.exports.levels import turned_down
from moss_core.runs.exports.never_louder import AROUND_SECONDS, never_louder
from moss_core.synthesis import HybridModel, resample

# Of a stretch, in double precision and mirrored: 103 were measured for one channel, 112 for two,
# 345 for six.
_BYTES_A_SAMPLE, _BYTES_A_CHANNELS_SAMPLE = 60, 60


@on_one_core()
def hybrid(run: Run, waveform: Tensor) -> Tensor:
    """Return a rendered sound at the track's rate, `(channels, samples)`, full scale = 1.

    On the canvases' seconds it is as `hybrid_stretch` says; elsewhere it is the track, bit by bit.

    Args:
        run: whose track and canvases they are.
        waveform: the painted channels, `(P, samples)` at the working rate, a row of
            `State.waveform`.
    """
    samples = run.track.samples.clone()
    for stretch in run.model.stretches:
        samples[:, stretch] = hybrid_stretch(run, waveform, stretch)
    return samples


@on_one_core()
def hybrid_stretch(run: Run, waveform: Tensor, stretch: slice | None = None) -> Tensor:
    """Return a stretch of a rendered sound, `(channels, samples)`, full scale = 1.

    It is at most 1 LU louder than the track there (ITU-R BS.1770-4), its true peak is at most
    -1 dBTP, or the track's own there: see `levels`. What is carved is nowhere louder.

    Args:
        run: whose track and canvases they are.
        waveform: as of `hybrid`.
        stretch: one of `Model.stretches`; the first by default.
    """
    stretch = stretch or run.model.stretches[0]
    rate, length = run.track.sample_rate, stretch.stop - stretch.start
    change = waveform.new_zeros((waveform.shape[0], length), device="cpu")
    modes = set()
    for part, own in run.model.split(waveform):
        if stretch.start <= part.section.start < stretch.stop:
            found = resample((own - part.track).cpu(), part.sample_rate, rate)
            first = part.section.start - stretch.start
            found = found[:, : part.section.stop - part.section.start]
            change[:, first : first + found.shape[1]] += found
            modes.add(part.blend.mode)
    section = turned_down(run, stretch, change)
    return _carved(run, stretch, section) if modes == {"carve"} else section


def hybrid_on(run: Run, waveform: Tensor, part: HybridModel) -> Tensor:
    """Return what of a rendered sound lies on one image's canvas, `(channels, samples)`.

    Args:
        run: whose track it is.
        waveform: as of `hybrid`.
        part: the image's model, one of `Model.parts`.
    """
    stretch = stretch_of(run, part.section)
    first = part.section.start - stretch.start
    return hybrid_stretch(run, waveform, stretch)[:, first : part.section.stop - stretch.start]


def stretch_of(run: Run, section: slice) -> slice:
    """Return which of `Model.stretches` one image's section lies in."""
    return next(s for s in run.model.stretches if s.start <= section.start < s.stop)


def _carved(run: Run, stretch: slice, section: Tensor) -> Tensor:
    """Return a section that is nowhere louder than the track."""
    reach = round(AROUND_SECONDS * run.track.sample_rate)
    first = max(0, stretch.start - reach)
    before = run.track.samples[:, first : stretch.stop + reach]
    inside = slice(stretch.start - first, stretch.stop - first)
    after = before.clone()
    after[:, inside] = section
    return never_louder(before, after, run.track.sample_rate, inside)


def bytes_to_export(run: Run) -> int:
    """Return how much memory the export of a candidate's longest stretch takes, about."""
    longest: int = max(stretch.stop - stretch.start for stretch in run.model.stretches)
    return (_BYTES_A_SAMPLE + _BYTES_A_CHANNELS_SAMPLE * len(run.track.samples)) * longest
