"""Make the icon of the browser's tab: an M of five bars in the colours of a spectrogram.

python assets/make/make_icon.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageDraw

ICON = Path(__file__).parents[2] / "dashboard" / "web" / "icon.png"
SIZE, FINER = 64, 8
GROUND, CORNER = (18, 13, 26), 0.22
BARS = ((0.18, 0.82), (0.24, 0.54), (0.42, 0.72), (0.24, 0.54), (0.18, 0.82))
"""Top and bottom of each, from left to right, as shares of the side."""
WIDTH, FIRST, APART = 0.1, 0.14, 0.155
RAMP = ((252, 200, 120), (242, 120, 80), (199, 63, 120), (143, 107, 255))
"""From top to bottom."""


def main() -> None:
    """Draw it finer than it is, and make it small."""
    side = SIZE * FINER
    heights = np.linspace(0, 1, side)
    stops = np.linspace(0.15, 0.85, len(RAMP))
    column = np.stack([np.interp(heights, stops, [c[k] for c in RAMP]) for k in range(3)], axis=-1)
    colours = PIL.Image.fromarray(np.uint8(np.repeat(column[:, None], side, 1)))
    icon = PIL.Image.new("RGBA", (side, side))
    box = (0, 0, side - 1, side - 1)
    PIL.ImageDraw.Draw(icon).rounded_rectangle(box, round(CORNER * side), (*GROUND, 255))
    mask = PIL.Image.new("L", (side, side))
    draw = PIL.ImageDraw.Draw(mask)
    for place, (top, bottom) in enumerate(BARS):
        left = FIRST + place * APART
        corners = [round(share * side) for share in (left, top, left + WIDTH, bottom)]
        draw.rounded_rectangle(corners, round(WIDTH * side / 2), 255)
    icon.paste(colours, (0, 0), mask)
    icon.resize((SIZE, SIZE), PIL.Image.Resampling.LANCZOS).save(ICON, optimize=True)


if __name__ == "__main__":
    main()
