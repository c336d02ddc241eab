from __future__ import annotations

import pytest
import torch

from moss_core import Canvas, MossError, Track
from moss_core.objectives import discover
from moss_core.synthesis import ANY_EDITOR, HybridModel, lenses_of
from samples import small_image


def test_any_editor_stands_for_windows_that_differ() -> None:
    lenses = lenses_of([ANY_EDITOR], discover(), 48_000, 2)
    assert len({(lens.window, lens.plain) for lens in lenses}) == len(lenses) >= 4


def test_a_run_looks_through_the_window_that_a_program_has_for_the_file() -> None:
    (alone,) = lenses_of(["sox"], discover(), 48_000, 1)
    (beside,) = lenses_of(["sox"], discover(), 48_000, 2)
    assert alone.window == pytest.approx(1024 / 48_000)
    assert beside.window == pytest.approx(512 / 48_000)


def test_programs_with_one_window_are_one_lens() -> None:
    assert len(lenses_of(["audacity", "audacity_linear", "spek"], discover(), 48_000, 2)) == 1


def test_a_viewer_that_is_not_there_is_named() -> None:
    with pytest.raises(MossError, match=r"viewers: must be among the installed ones.*'photoshop'"):
        lenses_of(["photoshop"], discover(), 48_000, 2)


def test_a_window_that_shows_nothing_of_a_narrow_canvas_is_left_out() -> None:
    samples = torch.randn(1, 16_000, generator=torch.Generator().manual_seed(0))
    track = Track(samples, 16_000, "noise", "noise")
    lenses = lenses_of(["sox", "audacity"], discover(), 48_000, 2)
    narrow, whole = (
        HybridModel(small_image(), track, canvas, lenses=lenses)
        for canvas in (Canvas(low=1000, high=1200), Canvas())
    )
    assert len(whole.sights) == len(lenses)
    assert [sight.lens.name for sight in narrow.sights] == ["audacity"]
