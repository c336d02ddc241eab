"""Loudness and true peak by FFmpeg's own meter: nothing of MOSS's is in it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from torch import Tensor

_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def measured_by_ffmpeg(samples: Tensor, rate: int) -> tuple[float, float]:
    """Return LUFS and dBTP of `(channels, samples)`, as the filter `ebur128` measures them."""
    layout = _LAYOUTS[len(samples)]
    graph = av.filter.Graph()
    source = graph.add_abuffer(
        sample_rate=rate, format="flt", layout=layout, time_base=Fraction(1, rate)
    )
    meter = graph.add("ebur128", "peak=true:metadata=1")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    told: dict[str, str] = {}
    for frame in (*_frames(samples, rate, layout), None):
        source.push(frame)
        try:
            while True:
                told |= sink.pull().metadata
        except (av.BlockingIOError, av.EOFError):
            pass
    peak = float(told["lavfi.r128.true_peak"])
    return float(told["lavfi.r128.I"]), 20 * math.log10(max(peak, 1e-10))


def _frames(samples: Tensor, rate: int, layout: str) -> Iterator[av.AudioFrame]:
    step = rate // 10
    for first in range(0, samples.shape[1], step):
        block = samples[:, first : first + step].T.numpy().astype(np.float32)
        frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="flt", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, first, Fraction(1, rate)
        yield frame
