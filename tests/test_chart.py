from __future__ import annotations

import io

import numpy as np
import PIL.Image
import pytest
import torch

from moss_core import Canvas
from moss_core.runs.front_chart import picture_png
from moss_core.synthesis.files.encoding import encode_picture
from moss_core.synthesis.spectrogram import AXIS_NAMES, AxisName
from samples import small_track

WIDTH = 600


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
    assert len(bright) / (len(bright) + len(dark)) == pytest.approx(1 / 4, abs=0.02)
    assert len(bright) + len(dark) == pytest.approx(2 * WIDTH * 2 * WIDTH * 2 / 3, rel=0.03)
    assert bright.mean(0)[0] < dark.mean(0)[0]
    assert bright.mean(0)[1] < dark.mean(0)[1]
