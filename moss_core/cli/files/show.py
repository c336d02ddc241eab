"""`moss show`: what made a sound or a picture of MOSS, in words, and how to make it again."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import click

from moss_core.cli.options.parameters import installed
from moss_core.objectives import Plugins, Value, as_text
from moss_core.optimization import RunConfig
from moss_core.runs import FileSettings, read_settings
from moss_core.synthesis import Adjustments, Blend, Placement
from moss_core.words import count_text

_HASH_SHOWN = 12
_CHANNELS = {
    "every": "every channel",
    "mono": "the mono mix",
    "left": "the left channel",
    "right": "the right channel",
    "sides": "the sides, left minus right",
}
_PLACES = {"image": "Image", "right": "Image on the right", "track": "Track"}


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def show(context: click.Context, file: Path) -> None:
    """Say what made FILE, and print the command that makes it again.

    FILE is a sound or a PNG that MOSS wrote, or the folder of a run.
    """
    settings = read_settings(file)
    click.echo(_told(settings, file, installed(context)))


def _told(settings: FileSettings, file: Path, plugins: Plugins) -> str:
    config, made = settings.config, settings.made
    rows = [("Title", settings.title)]
    rows += [
        (
            _PLACES.get(kind) or kind.replace("other", "Further image "),
            f"{name}  (SHA-256 {sha256[:_HASH_SHOWN]}...)",
        )
        for kind, (name, sha256) in settings.inputs.items()
    ]
    rows += [
        (
            "Canvas",
            f"{settings.start:.2f} to {settings.end:.2f} s, "
            f"{settings.low:,.0f} to {settings.high:,.0f} Hz ({config.canvas.axis} axis)",
        ),
        ("Painted", _painted(config)),
        ("Image adjusted", _changed(config.adjustments) or "levels alone, as by default"),
        ("In the song", _changed(config.blend) or "mixed, black as dark as the music around"),
        *[(f"Image {number}", _also(one)) for number, one in enumerate(config.others, 2)],
        ("Objectives", _objectives(config.objectives, config.parameters, plugins)),
        ("Steps", f"{settings.step} of {config.steps}" if made else f"{settings.step}"),
        ("To learn", count_text(config.candidates, "candidate")),
    ]
    if made:
        weight = f"{100 * made.image_share:.0f} % weight on the image"
        rows[-1] = ("Candidate", f"{made.number} of {made.of}, {weight}")
        rows += [("Shares", str(made.shares)), ("Losses", _losses(made.losses, plugins))]
    rows.append(("Seed", str(config.seed)))
    if settings.version:
        rows.append(("MOSS", settings.version))
    width = max(len(name) for name, _ in rows) + 2
    lines = [f"{name:{width}}{text}" for name, text in rows if text]
    if made and made.steered:
        lines += ["", "It was steered or added by hand on the way, which is not repeated."]
    return "\n".join([*lines, "", "To make it again:", f"  {_command(settings, file)}"])


def _painted(config: RunConfig) -> str:
    seen = [name.replace("_", " ") for name in config.viewers]
    return f"{_CHANNELS[config.channels]}, to be seen in {', '.join(seen)}"


def _also(placement: Placement) -> str:
    """Say where another image lies, as it was asked for, and what is done to it."""
    canvas = placement.canvas
    which = "the same image" if placement.image == 0 else f"further image {placement.image}"
    told = [f"{which}, from {canvas.start:g} s"]
    told += [f"{canvas.duration:g} s long"] * (canvas.duration is not None)
    told += [_changed(placement.adjustments), _changed(placement.blend)]
    return ", ".join(filter(None, told))


def _changed(settings: Adjustments | Blend) -> str:
    """Say what of some settings is not as by default."""
    words = []
    for field in fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, bool):
            words += [f"no {field.name}" if not value else field.name] * (value != field.default)
        elif value != field.default:
            words.append(f"{field.name} {value}")
    return ", ".join(words)


def _objectives(
    objectives: tuple[tuple[str, float], ...],
    parameters: Mapping[str, Mapping[str, Value]],
    plugins: Plugins,
) -> str:
    told = []
    for name, weight in objectives:
        found = plugins.installed.get(name)
        known = found.objective.parameters if found else {}
        words = [] if found else ["not installed here"]
        words += [f"weight {weight:g}"] * (weight != 1)
        words += [
            f"{key} {as_text(value)}"
            for key, value in parameters.get(name, {}).items()
            if key not in known or known[key].default != value
        ]
        label = found.objective.label if found else name
        told.append(f"{label} ({', '.join(words)})" if words else label)
    return ", ".join(told)


def _losses(losses: Mapping[str, float], plugins: Plugins) -> str:
    told = []
    for name, loss in losses.items():
        found = plugins.installed.get(name)
        label = found.objective.label if found else name
        told.append(f"{label} {'switched off' if math.isnan(loss) else f'{loss:.3f}'}")
    return ", ".join(told)


def _command(settings: FileSettings, file: Path) -> str:
    inputs = {kind: name for kind, (name, _) in settings.inputs.items()}
    words = ["moss", "optimize", inputs["image"], inputs["track"], "--like", str(file)]
    if "right" in inputs:
        words += ["--right-image", inputs["right"]]
    for kind in sorted(kind for kind in inputs if kind.startswith("other")):
        words += ["--other-image", inputs[kind]]
    return shlex.join([*words, "--out", "again"])
