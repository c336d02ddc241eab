"""Text as image."""

import io

import numpy as np
import PIL.Image
import pytest

from moss_core import MossError, load_image
from moss_core.machine.parts import ASSETS, bundled
from sources.lettering import FONTS, MARGIN, MAX_CHARACTERS, SIZE, lettering


def pixels(text: str, font: str) -> np.ndarray:
    with PIL.Image.open(io.BytesIO(lettering(text, font))) as picture:
        assert picture.mode == "L"
        assert picture.size == SIZE
        return np.asarray(picture).copy()


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("text", ["MOSS", "gypsy", "a", "A much longer line of text"])
def test_the_ink_is_centred_and_fills_the_room(font, text):
    found = pixels(text, font) > 64
    rows, columns = np.flatnonzero(found.any(1)), np.flatnonzero(found.any(0))
    for ink, room in ((columns, SIZE[0]), (rows, SIZE[1])):
        before, after = ink[0], room - 1 - ink[-1]
        assert abs(before - after) <= 0.02 * room
        assert before >= (MARGIN - 0.02) * room
    width, height = np.ptp(columns) / SIZE[0], np.ptp(rows) / SIZE[1]
    assert max(width, height) > 1 - 2 * MARGIN - 0.06


def test_every_text_and_font_looks_different():
    pictures = [pixels(text, font).tobytes() for font in FONTS for text in ("MOSS", "moss")]
    assert len(set(pictures)) == len(pictures)


def test_a_run_takes_it_as_an_image():
    image = load_image(lettering("hello"), "text.png")
    assert image.pixels.shape == SIZE[::-1]


def test_spaces_around_and_control_characters_do_not_count():
    assert lettering("  MOSS\n\x07 ") == lettering("MOSS")


@pytest.mark.parametrize(
    ("text", "font", "message"),
    [
        ("", "Poster", "must have 1 to"),
        ("  \n", "Poster", "Write something"),
        ("x" * (MAX_CHARACTERS + 1), "Plain", "Shorten it"),
        ("MOSS", "Comic", "must be one of Poster"),
        ("ΜΟΣΣ 漢", "Pixel", "no 漢.*Choose Plain"),
        ("漢", "Plain", "no 漢.*Leave them out"),
    ],
)
def test_what_cannot_be_drawn_is_explained(text, font, message):
    with pytest.raises(MossError, match=message):
        lettering(text, font)


def test_greek_and_cyrillic_can_be_written():
    assert pixels("Привет κόσμε", "Plain").max() == 255


def test_every_font_has_its_licence_beside_it():
    for file in FONTS.values():
        licence = bundled(ASSETS, "fonts") / f"{file.partition('-')[0]}-LICENSE.txt"
        assert "ermi" in licence.read_text()  # permission, permitted
