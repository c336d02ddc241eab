from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import PIL.Image
import pytest
import torch

from moss_core import Canvas
from moss_core.runs.axes import picture_png
from moss_core.synthesis.files.encoding import encode_picture
from moss_core.synthesis.spectrogram import AXIS_NAMES, AxisName
from samples import small_track

WIDTH = 1200


@pytest.mark.parametrize("axis", AXIS_NAMES)
def test_a_picture_with_axes_holds_the_picture_whole_and_right_way_up(axis: AxisName) -> None:
    picture = torch.full((400, 600), 0.4)
    picture[:200, :300] = 0.8
    canvas = Canvas(axis=axis, low=100).on(small_track(2.0))
    png = picture_png(encode_picture(picture), canvas, "Half", WIDTH)
    with PIL.Image.open(io.BytesIO(png)) as image:
        gray = np.asarray(image.convert("L")).astype(int)
    bright = np.argwhere(abs(gray - 204) <= 1)
    dark = np.argwhere(abs(gray - 102) <= 1)
    assert len(bright) / (len(bright) + len(dark)) == pytest.approx(1 / 4, abs=0.001)
    assert len(bright) + len(dark) == pytest.approx(WIDTH * WIDTH * 2 / 3, rel=0.001)
    assert bright.mean(0)[0] < dark.mean(0)[0]
    assert bright.mean(0)[1] < dark.mean(0)[1]


@pytest.mark.parametrize("aspect", [1 / 16, 1.5, 16.0])
def test_a_picture_with_axes_is_small_and_has_room_for_its_title(aspect: float) -> None:
    """However long the canvas is: a canvas of 30 s has some 1,900 cells across."""
    noise = torch.rand(513, 1876, generator=torch.Generator().manual_seed(0))
    canvas = replace(Canvas().on(small_track(2.0)), aspect=aspect)
    short, long = (
        picture_png(encode_picture(noise), canvas, title) for title in ("a", "A title " * 12)
    )
    assert len(short) < 1_000_000
    with PIL.Image.open(io.BytesIO(short)) as small, PIL.Image.open(io.BytesIO(long)) as large:
        assert (small.mode, small.height) == ("L", large.height)
        right = np.asarray(large)[:, -10:]
    assert right.min() == 255  # the title ends before the edge
