"""Make the README's gallery: five kinds of images, and the left channels that show them.

pip install segno==1.6.6                (draws the QR code)
python assets/make/make_gallery.py      (some minutes on two cores)

Each file is opened as Audacity opens it: its own window, levels and colours, all of the left
channel, so that one sees the image and the music around it.
"""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import segno
import torch

from moss_core import (
    Adjustments,
    Blend,
    Canvas,
    Image,
    Run,
    RunConfig,
    load_image,
    load_track,
    save,
)
from moss_core.machine import sample_image, sample_track
from moss_core.objectives import colour, discover
from moss_core.synthesis import see

README = Path(__file__).parents[1] / "readme"
FONTS = Path(__file__).parents[1] / "fonts"
CANDIDATES, SHOWN, STEPS = 5, 4, 80
WIDTH, HEIGHT, GAP, LINE = 420, 260, 14, 30
HIGH = 8000.0


@dataclass(frozen=True)
class Piece:
    """One of the gallery's pieces.

    Args:
        title: under it.
        image: what is painted.
        track: name of the sample.
        config: how.
    """

    title: str
    image: Image
    track: str
    config: RunConfig


def pieces() -> list[Piece]:
    """Return what the gallery shows."""
    astronaut = load_image(sample_image("portrait-astronaut.jpg"))
    dark = astronaut.pixels[:, 86:427] ** 1.6 * 0.3
    face = astronaut.pixels[30:230, 130:320]
    lines = {"gradient_similarity": 1.0, "ssim": 1.0, "multi_resolution_stft": 1.0}
    drawn = RunConfig(tuple(lines.items()))
    return [
        Piece("A dark portrait, in strings", _named(dark, "dark"), "strings", RunConfig()),
        Piece(
            "A line drawing, in a choir",
            load_image(sample_image("line-drawing-rose.png")),
            "choir",
            drawn,
        ),
        Piece("A face, in a piano", _named(face, "face"), "piano", RunConfig()),
        Piece("A QR code, in drums", _qr_code("MOSS"), "drums", drawn),
        Piece("Lettering, in a synthesizer", _lettering("hello you"), "synth", drawn),
    ]


def main() -> None:
    """Learn all pieces and draw them on one page."""
    tiles = [_tile(piece) for piece in pieces()]
    page = PIL.Image.new("RGB", (3 * (WIDTH + GAP) - GAP, 2 * (HEIGHT + LINE + GAP)), "white")
    for number, tile in enumerate(tiles):
        row, column = divmod(number, 3)
        shift = 0 if row == 0 else (WIDTH + GAP) // 2
        page.paste(tile, (column * (WIDTH + GAP) + shift, row * (HEIGHT + LINE + GAP)))
    page.quantize(192, dither=PIL.Image.Dither.FLOYDSTEINBERG).save(
        README / "gallery.png", optimize=True
    )


def _tile(piece: Piece) -> PIL.Image.Image:
    """Learn a piece; return all of its file's left channel as Audacity shows it."""
    names = {"strings": "canon", "choir": "chorale", "piano": "prelude", "drums": "groove"}
    track = load_track(sample_track(f"{piece.track}-{names.get(piece.track, 'arpeggio')}.flac"))
    config = replace(
        piece.config,
        candidates=CANDIDATES,
        steps=STEPS,
        canvas=Canvas(start=1.0, duration=track.duration - 2.0, high=HIGH),
        adjustments=Adjustments(),
        blend=Blend(black=24.0),
    )
    run = Run(piece.image, track, config)
    for _ in run.steps():
        pass
    audacity = discover().find_viewer("audacity").viewer
    with tempfile.TemporaryDirectory() as temporary:
        save(run, Path(temporary) / "run")
        sound = load_track(Path(temporary) / "run" / "audio" / f"{SHOWN:03}.wav")
    whole = Canvas(high=9000.0).on(sound)
    left = see(audacity, sound.samples[:1], sound.sample_rate, whole, (HEIGHT, WIDTH))
    tile = PIL.Image.new("RGB", (WIDTH, HEIGHT + LINE), "white")
    tile.paste(PIL.Image.fromarray(colour(left[0], audacity.colours).numpy()), (0, 0))
    pen = PIL.ImageDraw.Draw(tile)
    font = PIL.ImageFont.truetype(FONTS / "DejaVuSans-Bold.ttf", 15)
    pen.text((WIDTH / 2, HEIGHT + LINE / 2), piece.title, "#333333", font, anchor="mm")
    return tile


def _named(pixels: torch.Tensor, name: str) -> Image:
    return Image(pixels.contiguous(), f"{name}.png", "")


def _qr_code(text: str) -> Image:
    file = io.BytesIO()
    segno.make(text, error="h", micro=False).save(file, kind="png", scale=16, border=2)
    return load_image(file.getvalue(), "qr.png")


def _lettering(text: str) -> Image:
    page = PIL.Image.new("L", (1000, 380))
    font = PIL.ImageFont.truetype(FONTS / "Lobster-Regular.ttf", 230)
    PIL.ImageDraw.Draw(page).text((500, 190), text, 255, font, anchor="mm")
    return _named(torch.from_numpy(np.array(page)).float() / 255, "lettering")


if __name__ == "__main__":
    main()
