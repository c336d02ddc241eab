"""The option that places another image on the track."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click

from moss_core.errors import MossError
from moss_core.optimization import RunConfig
from moss_core.synthesis import Adjustments, Blend, Canvas, Image, Placement, load_image

_NAMES = {"blend": "mode"}
"""Words of the option whose fields have other names."""
_SWITCHES = ("levels", "invert", "flip")
_WORDS = ("axis", "fit", "mode")

also: Callable[..., Any] = click.option(
    "--also",
    multiple=True,
    metavar="WHERE",
    help="Place another image, learned together with the first: "
    "start=40,duration=8,low=200,high=6000 and other options of this command without their dashes, "
    "and image=FILE where it is not IMAGE again. What is not given is as for IMAGE. May be given "
    "several times.",
)


other_images: Callable[..., Any] = click.option(
    "--other-image",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A further image of the file that --like names, in its order. Of --also images take their "
    "own.",
)


def placed(texts: Sequence[str], first: RunConfig) -> tuple[tuple[Placement, ...], list[Image]]:
    """Read what `--also` said.

    Args:
        texts: each time.
        first: the configuration of the first image.

    Returns:
        The placements, and the images that they name, from 1 on.

    Raises:
        MossError: for a word that is no option, a value that it cannot have, or an image that
            cannot be read.
    """
    images: dict[str, Image] = {}
    placements = []
    for text in texts:
        told = _told(text)
        file = told.pop("image", None)
        if file is not None and file not in images:
            images[file] = load_image(Path(file))
        number = 0 if file is None else list(images).index(file) + 1
        parts: list[Canvas | Adjustments | Blend] = [first.canvas, first.adjustments, first.blend]
        canvas, adjustments, blend = (_changed(part, told, text) for part in parts)
        if told:
            known = [_word(f.name) for part in parts for f in fields(part) if f.name != "top"]
            raise MossError(
                f"--also {text}",
                f"must hold options among image, {', '.join(known)}",
                ", ".join(told),
                "Check the spelling.",
            )
        placements.append(Placement(number, canvas, adjustments, blend))
    return tuple(placements), list(images.values())


def _told(text: str) -> dict[str, str]:
    told = {}
    for part in filter(None, (word.strip() for word in text.split(","))):
        name, equals, value = part.partition("=")
        if not equals:
            raise MossError(
                f"--also {text}",
                "must be names with values, as start=40,duration=8",
                repr(part),
                f"Write {name}=VALUE.",
            )
        name = name.strip().replace("-", "_")
        told[_NAMES.get(name, name)] = value.strip()
    return told


def _changed(part: Any, told: dict[str, str], text: str) -> Any:
    """Return one of a placement's parts with what of `told` is its own, which is taken out."""
    own = {f.name: told.pop(f.name) for f in fields(part) if f.name in told and f.name != "top"}
    return replace(part, **_values(own, text))


def _values(own: Mapping[str, str], text: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in own.items():
        try:
            if name in _WORDS:
                values[name] = value
            elif name in _SWITCHES:
                values[name] = {"on": True, "off": False}[value]
            elif name == "crop":
                values[name] = tuple(map(float, value.split("/")))
            elif name == "rotate":
                values[name] = int(value)
            else:
                values[name] = float(value)
        except (ValueError, KeyError):
            wanted = {"rotate": "a whole number", "crop": "four numbers, as 0/0/1/1"}
            rule = wanted.get(name, "on or off" if name in _SWITCHES else "a number")
            raise MossError(
                f"{_word(name)} of --also {text}", f"must be {rule}", repr(value), "Correct it."
            ) from None
    return values


def _word(name: str) -> str:
    return next((word for word, field in _NAMES.items() if field == name), name)
