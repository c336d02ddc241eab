"""A judge of legibility: how many letters of a picture an ideal reader reads.

The reader knows the font and where each letter stands, and has only to say which of 36 it is: that
of which the picture's cell is the best copy, by their correlation. It is the template observer to
which Pelli, Burns, Farell and Moore-Page compare people, Vision Research 46(28), 2006,
https://doi.org/10.1016/j.visres.2006.04.023. It looks at brightness over the whole of a letter,
at neither edges nor patches, and no objective is made of it.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import torch
from pairs import ASSETS
from torch import Tensor
from torch.nn.functional import avg_pool2d

ALPHABET = string.ascii_uppercase + string.digits
SIZE = 512  # pixels; pictures are compared at half of it
FILL = 0.8  # of a cell


@dataclass(frozen=True)
class Page:
    """Letters drawn by chance, in rows and columns, white on black.

    Args:
        font: a file of `assets/fonts`.
        rows: of letters.
        columns: of letters.
        seed: of the letters.
    """

    font: str
    rows: int
    columns: int
    seed: int = 0

    @property
    def text(self) -> str:
        """The letters, row by row."""
        drawn = np.random.default_rng(self.seed).integers(
            0, len(ALPHABET), self.rows * self.columns
        )
        return "".join(ALPHABET[number] for number in drawn)

    def write(self, path: Path) -> None:
        """Write it as a picture."""
        high, wide = SIZE // self.rows, SIZE // self.columns
        page = PIL.Image.new("L", (SIZE, SIZE))
        for number, letter in enumerate(self.text):
            row, column = divmod(number, self.columns)
            page.paste(_letter(letter, self.font, high, wide), (column * wide, row * high))
        page.save(path)

    def read(self, picture: Tensor) -> float:
        """Return the share of letters that is read right in a picture `(256, 256)`, 0 to 1."""
        grid = picture.unflatten(0, (self.rows, -1)).unflatten(2, (self.columns, -1))
        cells = _standing_out(grid.transpose(1, 2).flatten(2).flatten(0, 1))  # letters x pixels
        alike = cells @ self._templates.T  # letters x 36
        right = torch.tensor([ALPHABET.index(letter) for letter in self.text])
        return float((alike.argmax(1) == right).float().mean())

    @cached_property
    def _templates(self) -> Tensor:
        high, wide = SIZE // self.rows, SIZE // self.columns
        drawn = [np.array(_letter(letter, self.font, high, wide)) for letter in ALPHABET]
        letters = torch.from_numpy(np.stack(drawn)).float()[:, None]
        return _standing_out(avg_pool2d(letters, 2).flatten(1))


def _letter(letter: str, font: str, high: int, wide: int) -> PIL.Image.Image:
    """Draw a letter in a cell: as large as it fits, so that all are as high as each other."""
    points = PIL.ImageFont.truetype(str(ASSETS / "fonts" / font), high)
    left, top, right, bottom = points.getbbox(letter)
    ink = PIL.Image.new("L", (int(right - left), int(bottom - top)))
    PIL.ImageDraw.Draw(ink).text((-left, -top), letter, 255, points)
    scale = FILL * min(high / ink.height, wide / ink.width)
    ink = ink.resize((max(1, round(scale * ink.width)), max(1, round(scale * ink.height))))
    cell = PIL.Image.new("L", (wide, high))
    cell.paste(ink, ((wide - ink.width) // 2, (high - ink.height) // 2))
    return cell


def _standing_out(cells: Tensor) -> Tensor:
    """Return cells without their mean, all as strong as each other."""
    centred = cells - cells.mean(1, keepdim=True)
    return centred / (centred.norm(dim=1, keepdim=True) + 1e-9)
