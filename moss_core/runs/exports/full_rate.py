"""What leaves MOSS: hybrids at the track's own rate and in all its channels.

The optimizer works on the painted channels at a working rate. The export adds the difference
(hybrid minus track), brought back to the track's rate, channel by channel, so the master stays
bit-exact outside the canvas and keeps its rate, its stereo image and its level.
"""

from __future__ import annotations

from torch import Tensor

from moss_core.machine import on_one_core
from moss_core.optimization import Run
from moss_core.runs.exports.never_louder import never_louder
from moss_core.synthesis import limiter_gain, resample

# Of the canvas's section, in double precision and mirrored: 103 were measured for one channel, 112
# for two, 345 for six.
_BYTES_A_SAMPLE, _BYTES_A_CHANNELS_SAMPLE = 60, 60


@on_one_core()
def hybrid(run: Run, waveform: Tensor) -> Tensor:
    """Return a rendered sound at the track's rate, `(channels, samples)`, full scale = 1.

    Where the hybrid would exceed full scale inside the canvas, a look-ahead limiter (gain
    smoothed over 10 ms) turns it down to -0.1 dBFS; outside the canvas nothing changes.

    Args:
        run: whose track and canvas it is.
        waveform: the painted channels, `(P, samples)` at the working rate, a row of
            `State.waveform`.
    """
    model = run.model
    change = resample((waveform - model.track).cpu(), model.sample_rate, run.track.sample_rate)
    samples = run.track.samples.clone()
    section = samples[:, model.section]
    length = min(section.shape[1], change.shape[1])
    section[:, :length] += model.painted.give @ change[:, :length]
    if run.config.blend.mode == "carve":
        rate = run.track.sample_rate
        section[:] = never_louder(run.track.samples, samples, rate, model.section)
    section *= limiter_gain(section, run.track.sample_rate)
    return samples


def bytes_to_export(run: Run) -> int:
    """Return how much memory the export of a candidate takes, about."""
    section = run.model.section.stop - run.model.section.start
    bytes_a_sample = _BYTES_A_SAMPLE + _BYTES_A_CHANNELS_SAMPLE * len(run.track.samples)
    return bytes_a_sample * section + 2 * run.track.samples.nbytes
