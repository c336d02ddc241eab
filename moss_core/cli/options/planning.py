"""All options that say what a run is, and what they come to: `moss optimize`, and a row of a batch.

Nothing is prepared here: a `Wanted` is checked as far as words go, a `Plan` has read the files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any

import click

from moss_core.cli.options.adding import with_options
from moss_core.cli.options.adjusting import adjusts
from moss_core.cli.options.blending import blends
from moss_core.cli.options.like import aims_for, config_like, is_given, like
from moss_core.cli.options.parameters import installed
from moss_core.cli.options.placing import (
    as_long_as_usual,
    names_in,
    paints_channels,
    places_canvas,
)
from moss_core.cli.options.several import also, other_images, placed
from moss_core.errors import MossError
from moss_core.machine import given_or_sample
from moss_core.objectives import Plugins
from moss_core.optimization import ON_FAILURE, Cost, Run, RunConfig, cost_of_pair
from moss_core.runs import FileSettings, read_settings
from moss_core.synthesis import Image, Track, load_image, load_track

_DEFAULT = RunConfig()
_FILES = ("image", "track", "sample", "like", "preset", "right_image", "also", "other_image")
_OWN = ("candidates", "steps", "lean", "seed", "patience", "on_failure", "device", "channels")


@dataclass(frozen=True)
class Plan:
    """A run that can be made: its inputs, read, and its configuration.

    Args:
        config: of the run.
        image: the target picture.
        track: the target audio.
        right: an image for the right channel.
        others: more images.
        plugins: what is installed.
        told: what the file that it is to be like says of itself; None where there is none.
        planned: steps to learn in all.
    """

    config: RunConfig
    image: Image
    track: Track
    right: Image | None
    others: Sequence[Image]
    plugins: Plugins
    told: FileSettings | None
    planned: int

    @property
    def cost(self) -> Cost:
        """What it takes (`cost_of_pair`)."""
        return cost_of_pair(self.config, self.image, self.track)

    @property
    def inputs(self) -> dict[str, Image | Track]:
        """What it is made of, as the files of a run are called."""
        found: dict[str, Image | Track] = {"image": self.image, "track": self.track}
        found |= {"right": self.right} if self.right else {}
        return found | {f"other{number}": one for number, one in enumerate(self.others, 1)}

    def run(self) -> Run:
        """Return the run, before its first step; raises what `Run` does."""
        made = Run(
            self.image, self.track, self.config, self.plugins, right=self.right, others=self.others
        )
        made.planned = self.planned
        return made


@dataclass(frozen=True)
class Wanted:
    """What the options said, checked as far as words go.

    Args:
        context: of the command.
        config: of the run; how long its canvas is may depend on the track.
        told: what the file that it is to be like says of itself.
        files: values of the options that name files, by option.
    """

    context: click.Context
    config: RunConfig
    told: FileSettings | None
    files: dict[str, Any]

    def read(
        self,
        read_image: Callable[[Path], Image] = load_image,
        read_track: Callable[[Path], Track] = load_track,
    ) -> Plan:
        """Read the files.

        Raises:
            MossError: for one that cannot be used.
        """
        image_file, track_file = given_or_sample(*(self.files[n] for n in _FILES[:3]))
        others = [read_image(path) for path in self.files["other_image"]]
        right = read_image(self.files["right_image"]) if self.files["right_image"] else None
        image, track, config = read_image(image_file), read_track(track_file), self.config
        if not (self.told or is_given(self.context, "duration")):
            config = replace(config, canvas=as_long_as_usual(config.canvas, track))
        if self.files["also"] or not self.told:
            placements, others = placed(self.files["also"], config)
            config = replace(config, others=placements)
        learned = self.told and not is_given(self.context, "steps")
        planned = self.told.step if self.told and learned else config.steps
        plugins = installed(self.context)
        return Plan(config, image, track, right, others, plugins, self.told, planned)


def plans_run(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command all options that say what a run is; what they say reaches it as `wanted`."""

    @wraps(command)
    def planned(**options: Any) -> Any:
        context = click.get_current_context()
        files = {name: options.pop(name) for name in _FILES}
        given = {name: options.pop(name) for name in (*_OWN, "canvas", "adjustments", "blend")}
        given |= {
            "objectives": _parse_objectives(options.pop("objectives")),
            "viewers": names_in(options.pop("viewers")),
            "parameters": options.pop("parameters"),
        }
        told = read_settings(files["like"]) if files["like"] else None
        config = config_like(context, told, files["preset"], given)
        return command(wanted=Wanted(context, config, told, files), **options)

    return with_options(planned, _OPTIONS)


def _parse_objectives(text: str) -> tuple[tuple[str, float], ...]:
    """Read "lpips,ssim=0.5": names with weights inside their domain, 1 where none is given."""
    chosen = []
    for word in names_in(text):
        name, _, weight = word.partition("=")
        try:
            chosen.append((name, float(weight or 1)))
        except ValueError:
            raise MossError(
                f"weight of objective {name}", "must be a number", repr(weight), "Write ssim=0.5."
            ) from None
    return tuple(chosen)


_OPTIONS = (
    click.argument("image", type=click.Path(path_type=Path), required=False),
    click.argument("track", type=click.Path(path_type=Path), required=False),
    click.option("--sample", is_flag=True, help="Take MOSS's own portrait and piano for both."),
    like,
    aims_for,
    click.option(
        "--candidates", default=_DEFAULT.candidates, show_default=True, help="Masks to learn."
    ),
    click.option(
        "--steps", default=_DEFAULT.steps, show_default=True, help="0 gives the crossfade."
    ),
    click.option(
        "--objectives",
        default=",".join(name for name, _ in _DEFAULT.objectives),
        show_default=True,
        help="Names, with weights inside their domain where wanted: lpips,ssim=0.5,...",
    ),
    click.option(
        "--lean",
        default=_DEFAULT.lean,
        show_default=True,
        help="Towards the track (0.1) or the image (0.95).",
    ),
    click.option("--seed", default=_DEFAULT.seed, show_default=True),
    click.option(
        "--patience",
        default=_DEFAULT.patience,
        show_default=True,
        help="Seconds that one call of one objective may take.",
    ),
    click.option(
        "--on-failure",
        type=click.Choice(ON_FAILURE),
        default=_DEFAULT.on_failure,
        show_default=True,
        help="When an objective fails: go on without it, or stop and write what was learned.",
    ),
    click.option(
        "--device", default=_DEFAULT.device, show_default=True, help="auto, cpu, cuda or mps."
    ),
    places_canvas,
    paints_channels,
    adjusts,
    blends,
    also,
    other_images,
)
