"""Image files: what is read from one, and every way in which one is refused.

The size is checked before anything is decoded, and what is decoded becomes gray band by band, so
that there are never two copies of a large image in colour.
"""

from __future__ import annotations

import io
import math
import re
import warnings
from contextlib import suppress
from typing import Any

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from torch import Tensor

from moss_core.errors import MossError
from moss_core.machine import limits

IMAGE_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MIN_IMAGE_SIDE = 8
MAX_IMAGE_PIXELS = 50_000_000
LEAST_CONTRAST = 1 / 64
"""Darkest to lightest gray of an image in which something can be seen."""
_GRAY_16_BIT = ("I;16", "I;16B", "I;16L", "I")
_BAND = 1 << 20  # pixels
_ORIENTATION = 0x0112
_UPRIGHT = {  # of EXIF's orientations, as `numpy` does it: transposed first, then each axis flipped
    2: (False, (1,)),
    3: (False, (0, 1)),
    4: (False, (0,)),
    5: (True, ()),
    6: (True, (1,)),
    7: (True, (0, 1)),
    8: (True, (0,)),
}


def decode_image(content: bytes, thing: str) -> Tensor:
    """Return an image's pixels, grayscale `(H, W)` float32 in [0, 1], row 0 = top.

    Args:
        content: of a PNG, JPEG, WebP, GIF (first frame), BMP or TIFF file.
        thing: what to call it in messages.

    Raises:
        MossError: for what is not such an image, is damaged, has a side under 8 pixels or more
            pixels than there may be, or has the same gray everywhere.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Pillow warns of is checked or raised below
            with PIL.Image.open(io.BytesIO(content), formats=IMAGE_FORMATS) as opened:
                _check_size(thing, *opened.size)
                opened.load()
                pixels, orientation = _gray(opened), _orientation(opened)
    except MossError:
        raise
    except PIL.Image.DecompressionBombError as error:
        raise _too_many_pixels(thing, _first_number(str(error))) from error
    except PIL.UnidentifiedImageError as error:
        raise _unknown(thing, content) from error
    except Exception as error:  # Pillow's decoders raise many kinds of error on damaged files
        raise MossError(
            thing,
            "must be a complete image file",
            f"a damaged one ({_said(error)})",
            "Save or download it again.",
        ) from error
    swapped, flipped = _UPRIGHT.get(orientation, (False, ()))
    upright = np.flip(pixels.T if swapped else pixels, flipped)
    read = torch.from_numpy(np.ascontiguousarray(upright))
    check_contrast(read, thing, "Choose an image with contrast.")
    return read


def check_contrast(pixels: Tensor, thing: str, remedy: str) -> None:
    """Raise `MossError` if an image `(H, W)` has the same gray everywhere, or nearly."""
    lowest, highest = float(pixels.min()), float(pixels.max())
    if not highest - lowest >= LEAST_CONTRAST:
        found = f"grays from {lowest:.2f} to {highest:.2f} only (0 = black, 1 = white)"
        raise MossError(thing, "must have light and dark parts", found, remedy)


def _most_pixels() -> int:
    allowed = limits().megapixels
    return MAX_IMAGE_PIXELS if math.isinf(allowed) else min(MAX_IMAGE_PIXELS, int(1e6 * allowed))


def _check_size(thing: str, width: int, height: int) -> None:
    if width * height > _most_pixels():
        raise _too_many_pixels(thing, f"{width:,} x {height:,}")
    if min(width, height) < MIN_IMAGE_SIDE:
        raise MossError(
            thing,
            f"must have at least {MIN_IMAGE_SIDE} pixels on each side",
            f"{width} x {height}",
            "Choose a larger image; 256 x 256 or more shows well.",
        )


def _too_many_pixels(thing: str, found: str) -> MossError:
    return MossError(
        thing,
        f"must have at most {_most_pixels():,} pixels",
        f"{found} pixels",
        "Make it smaller; more than 1024 x 1024 is not seen.",
    )


def _unknown(thing: str, content: bytes) -> MossError:
    drawing = b"<svg" in content[:4096].lower()
    return MossError(
        thing,
        "must be a PNG, JPEG, WebP, GIF, BMP or TIFF image",
        f"{len(content):,} bytes of {'SVG, a drawing' if drawing else 'something else'}",
        f"{'Export' if drawing else 'Convert'} it to PNG, or choose another file.",
    )


def _said(error: Exception) -> str:
    """Return what an error says, without the objects that some name in it."""
    text = re.sub(r"\s*<[^>]*>", "", str(error)).strip()
    return text or type(error).__name__


def _first_number(text: str) -> str:
    match = re.search(r"\d+", text)
    return f"{int(match.group()):,}" if match else "far more"


def _orientation(image: PIL.Image.Image) -> int:
    """Return how a camera was held; 1, upright, where its notes cannot be read."""
    found: object = 1
    with suppress(Exception):  # notes are not needed, and anything may stand in them
        found = image.getexif().get(_ORIENTATION)
    return found if isinstance(found, int) else 1


def _gray(image: PIL.Image.Image) -> NDArray[np.float32]:
    """Return the gray of each pixel: luma (ITU-R BT.601), transparency over black."""
    if image.mode == "F":
        pixels = np.nan_to_num(np.asarray(image), posinf=1, neginf=0).clip(min=0)
        return _scaled(pixels, max(1.0, float(pixels.max())))
    width, height = image.size
    rows, clear = max(1, _BAND // width), image.has_transparency_data
    gray = np.empty((height, width), np.float32)
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        gray[top:bottom] = _band(image.crop((0, top, width, bottom)), clear)
    return gray


def _band(image: PIL.Image.Image, clear: bool) -> NDArray[np.float32]:
    if image.mode in _GRAY_16_BIT:
        return _scaled(np.asarray(image).clip(0, 65535), 65535)
    if clear:
        image = image.convert("RGBA")
        black = PIL.Image.new("RGBA", image.size, "black")
        image = PIL.Image.alpha_composite(black, image)
    return _scaled(np.asarray(image.convert("RGB").convert("L")), 255)


def _scaled(values: NDArray[Any], white: float) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = values.astype(np.float32) / np.float32(white)
    return scaled
