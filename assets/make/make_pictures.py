"""Make the README's picture of a front: the left channel of exported files, as Audacity shows it.

python assets/make/make_pictures.py     (a minute or two on two cores)
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import PIL.Image

from moss_core import Run, RunConfig, load_image, load_track, save
from moss_core.machine import sample_image, sample_track
from moss_core.objectives import colour, discover
from moss_core.synthesis import see

README = Path(__file__).parents[1] / "readme"
SHOWN = (1, 3, 4, 5, 7, 9)
"""Numbers of the files whose pictures are shown, of nine."""
SIZE = (300, 300)
GAP = 12


def main() -> None:
    """Learn the samples' front and draw six of its files."""
    image, track = load_image(sample_image()), load_track(sample_track())
    run = Run(image, track, RunConfig())
    for _ in run.steps():
        pass
    audacity = discover().find_viewer("audacity").viewer
    tiles = [np.repeat((255 * image.pixels.numpy()).round().astype(np.uint8)[..., None], 3, 2)]
    with tempfile.TemporaryDirectory() as temporary:
        save(run, Path(temporary) / "run")
        for number in SHOWN:
            sound = load_track(Path(temporary) / "run" / "audio" / f"{number:03}.wav")
            left = see(audacity, sound.samples[:1], sound.sample_rate, run.model.canvas, SIZE)
            tiles.append(colour(left[0], audacity.colours).numpy())
    height, width = SIZE
    page = PIL.Image.new("RGB", ((width + GAP) * len(tiles) - GAP, height), "white")
    for place, tile in enumerate(tiles):
        page.paste(PIL.Image.fromarray(tile).resize((width, height)), (place * (width + GAP), 0))
    page.save(README / "front.png", optimize=True)


if __name__ == "__main__":
    main()
