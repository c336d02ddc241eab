"""What leaves MOSS: hybrids at the track's own rate and in all its channels.

The optimizer works on the painted channels at a working rate. The export adds the difference
(hybrid minus track), brought back to the track's rate, channel by channel, so the master stays
bit-exact outside the canvas and keeps its rate, its stereo image and its level.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import pad

from moss_core.machine import on_one_core
from moss_core.optimization import Run
from moss_core.runs.exports.levels import turned_down
from moss_core.synthesis import resample

# Of the canvas's section, in double precision and mirrored: 103 were measured for one channel, 112
# for two, 345 for six.
_BYTES_A_SAMPLE, _BYTES_A_CHANNELS_SAMPLE = 60, 60


@on_one_core()
def hybrid(run: Run, waveform: Tensor) -> Tensor:
    """Return a rendered sound at the track's rate, `(channels, samples)`, full scale = 1.

    On the canvas's seconds it is as `hybrid_section` says; elsewhere it is the track, bit by bit.

    Args:
        run: whose track and canvas it is.
        waveform: the painted channels, `(P, samples)` at the working rate, a row of
            `State.waveform`.
    """
    samples = run.track.samples.clone()
    samples[:, run.model.section] = hybrid_section(run, waveform)
    return samples


@on_one_core()
def hybrid_section(run: Run, waveform: Tensor) -> Tensor:
    """Return the canvas's seconds of a rendered sound, `(channels, samples)`, full scale = 1.

    It is at most 1 LU louder than the track there (ITU-R BS.1770-4), its true peak is at most
    -1 dBTP, or the track's own there: see `levels`.

    Args:
        run: whose track and canvas it is.
        waveform: as of `hybrid`.
    """
    model = run.model
    change = resample((waveform - model.track).cpu(), model.sample_rate, run.track.sample_rate)
    missing = model.section.stop - model.section.start - change.shape[1]
    return turned_down(run, pad(change, (0, missing)))


def bytes_to_export(run: Run) -> int:
    """Return how much memory the export of a candidate's section takes, about."""
    section = run.model.section.stop - run.model.section.start
    return (_BYTES_A_SAMPLE + _BYTES_A_CHANNELS_SAMPLE * len(run.track.samples)) * section
