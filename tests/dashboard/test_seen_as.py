"""The picture on the page is the picture that the program shows of the exported file."""

from __future__ import annotations

import pytest
import torch

from background.encodings import shown_of
from background.snapshots import Shown
from moss_core import Canvas, Run, RunConfig, Track
from moss_core.objectives import discover
from moss_core.runs import hybrid
from moss_core.synthesis import see
from samples import small_image


@pytest.mark.parametrize("name", ["audacity", "sox", "spek"])
def test_a_page_shows_what_the_program_shows_of_the_file(name: str) -> None:
    samples = 0.1 * torch.randn(2, 2 * 44_100, generator=torch.Generator().manual_seed(0))
    track = Track(samples, 44_100, "noise", "noise")
    run = Run(small_image(), track, RunConfig(candidates=1, steps=0, canvas=Canvas(start=0.5)))
    run.step()
    waveform, viewer = run.state.waveform[0], discover().find_viewer(name).viewer
    grid, canvas = run.model.grid, run.model.canvas
    file = hybrid(run, waveform)
    page = shown_of(run, waveform, Shown(0, viewer))
    seen = see(viewer, file, 44_100, canvas, (grid.rows, grid.frames))[0]
    inner = slice(None), slice(20, -20)  # the margins look beyond the canvas
    together = torch.stack([page[inner].flatten(), seen[inner].flatten()])
    assert float(torch.corrcoef(together)[0, 1]) > 0.99


def test_what_is_shown_is_named_where_it_is_not_all_there_is() -> None:
    spek = discover().find_viewer("spek").viewer
    assert Shown().words(["mono"]) == ()
    assert Shown(1).words(["left", "right"]) == ("right",)
    assert Shown(0, spek).words(["mono"]) == ("as in Spek",)
    assert Shown(0, spek).words(["left", "right"]) == ("left", "as in Spek")
