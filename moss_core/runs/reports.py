"""A run in tables and words, for people and their spreadsheets."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from moss_core.objectives import as_text
from moss_core.optimization import Candidate, Run, image_share
from moss_core.runs.exports.ear_safety import EarSafety
from moss_core.runs.exports.measuring import measured_sounds
from moss_core.runs.exports.width import WidthMeter
from moss_core.runs.layout import in_a_name, numbered
from moss_core.synthesis import SUBTYPE, fit


def about(
    run: Run, measured: Sequence[Candidate], subtype: str, safety: Sequence[EarSafety] = ()
) -> str:
    """Return in plain words what lies in the folder of a run.

    Args:
        run: with at least one step taken.
        measured: its candidates, with the losses of their files.
        subtype: of the WAV files.
        safety: of each file what ears would mind; nothing is told of it where there is none.
    """
    track, first = run.track, run.model.parts[0]
    opening = numbered(run.state.front.number(run.state.front.opening))
    channels = {1: "mono", 2: "stereo"}.get(len(track.samples), f"{len(track.samples)} channels")
    lines = [
        run.title,
        "",
        f"Made with MOSS from {_images(run)} and the track {track.name}.",
        f"Started {run.created}; {run.state.record.step} steps.",
        *_places(run),
        _painted(run),
        "There it is at most 1 LU louder than the track (ITU-R BS.1770-4), and its true peak at "
        "most -1 dBTP or the track's own.",
        kept(run, subtype),
        "",
        f"audio/      the whole track with each candidate's canvas, numbered from the most track, "
        f"001, to the most image: WAV {subtype}, {track.sample_rate} Hz, {channels}. Begin with "
        f"{opening}.wav",
        "pictures/   each candidate's canvas as measured on its sound, one pixel a cell: white is "
        f"{first.headroom:.0f} dB above the loudest {100 - first.loudest:.2g} % of the "
        f"cells, black {first.range:.0f} dB below white{_pictures(run)}",
        "front.csv   the losses, measured on the files in audio/; front.png the same as a chart",
        "history.csv every step; run.json the configuration; inputs/ what it is made from;",
        "            a candidate has one number everywhere, that of its file",
        "masks.safetensors all that was learned: MOSS opens this folder and goes on from here.",
        "certificate.html, in a ZIP: what programs show of the files in audio/ as they are, and of "
        f"{opening}.wav after codecs too; certificate.csv the same as a table. `moss certify "
        f"FOLDER` writes both, `moss certify audio/{opening}.wav` tells all of one file.",
        "",
        *_objectives(run),
        "",
        *_table(run, measured),
    ]
    return "\n".join([*lines, *_safety(run, measured, safety), *_terms(run)]) + "\n"


def _table(run: Run, measured: Sequence[Candidate]) -> list[str]:
    """Return a line a candidate, in columns."""
    meter, front = WidthMeter(run), run.state.front
    labels = [objective.label for objective in run.objectives]
    head = ["candidate", "picture", "sound", "weight on the image", *labels]
    lines = ["  ".join([*head, *["width"] * meter.measures])]
    for candidate in measured:
        shares = front.shares(candidate.losses)
        weight = image_share(run.objectives, candidate.preference)
        cells = [numbered(front.number(candidate.index)).ljust(len(head[0]))]
        told = [percent(shares.picture), percent(shares.sound), percent(weight)]
        told += [f"{loss:.3f}" for loss in candidate.losses]
        cells += [word.rjust(len(title)) for word, title in zip(told, head[1:], strict=True)]
        wide = meter.width(run.state.waveform[candidate.index])
        cells += [] if wide is None else [percent(wide).rjust(5)]
        cells += ["(another candidate is better)"] * candidate.dominated
        lines.append("  ".join(cells))
    return lines


def _safety(run: Run, measured: Sequence[Candidate], safety: Sequence[EarSafety]) -> list[str]:
    """Say what ears and loudspeakers would mind of each file."""
    lines = ["", "file      louder   true peak"] if safety else []
    for candidate, found in zip(measured, safety, strict=False):
        name, peak = (
            numbered(run.state.front.number(candidate.index)),
            f"{found.true_peak:.1f} dBTP",
        )
        lines.append(f"{name}.wav {found.louder:+4.1f} LU  {peak:>10}")
        lines += [f"         {warning}" for warning in found.warnings]
    return lines


def _terms(run: Run) -> list[str]:
    """Say what the columns of the table mean."""
    lines = [
        "",
        "picture: how much of the way from the worse of the track alone and the image alone to the "
        "image itself is gone, by the mean of the objectives of the picture. sound: likewise to "
        "the track itself.",
    ]
    wide = "width: of the stereo image on the canvas; 100 % is as wide as the track's."
    return lines + [wide] * WidthMeter(run).measures


def percent(share: float | None) -> str:
    """Return a share of 0 to 1 in percent, for people; "-" for none."""
    return "-" if share is None else f"{100 * share:.0f} %"


def kept(run: Run, subtype: str) -> str:
    """Say in a sentence how the track is kept in WAV files of a subtype."""
    exact, highest = fit(run.track.samples, subtype)
    word = {"float": "32 bits, floating point", "pcm24": "24 bits", "pcm16": "16 bits"}[subtype]
    if exact:
        return f"The files have {word}, which hold the track exactly, bit by bit."
    if highest > 1:
        beyond = 20 * math.log10(highest)
        return (
            f"The track goes {beyond:.1f} dB beyond full scale: {word} cut that off, `--subtype "
            "float` keeps it."
        )
    return f"The files have {word}, to which the track is rounded; `--subtype float` keeps it."


def _places(run: Run) -> list[str]:
    """Say where each image lies."""
    several = len(run.model.parts) > 1
    return [
        f"{f'Image {number}' if several else 'The image'} lies at {canvas.start:g} to "
        f"{canvas.start + canvas.duration:g} s, {canvas.low:g} to {canvas.high:g} Hz "
        f"({canvas.axis}); outside, the track is untouched."
        for number, canvas in enumerate((part.canvas for part in run.model.parts), 1)
    ]


def about_candidate(run: Run, candidate: Candidate, sound: str) -> str:
    """Return in plain words what one candidate's file is.

    Args:
        run: whose candidate it is.
        candidate: which one.
        sound: name of its file.
    """
    front, count = run.state.front, len(run.candidates())
    which = f", candidate {front.number(candidate.index)} of {count}" if count > 1 else ""
    share = image_share(run.objectives, candidate.preference)
    losses = zip(run.objectives, candidate.losses, strict=True)
    lines = [
        f"{run.title}{which}: {front.shares(candidate.losses)}",
        "",
        f"Made with MOSS from {_images(run)} and the track {run.track.name}.",
        f"Started {run.created}; {run.state.record.step} steps, seed {run.config.seed}.",
        *_places(run),
        _painted(run),
        "",
        f"{sound} is the whole track with this candidate's canvas, the PNG files show the canvas",
        "as measured on it, certificate.html what other programs show of it.",
        "",
        *_objectives(run),
        "",
        f"Weight on the image: {percent(share)}.",
        "Losses at the last step: " + ", ".join(f"{o.label} {loss:.3f}" for o, loss in losses),
    ]
    return "\n".join(lines) + "\n"


def _images(run: Run) -> str:
    """Name what a run is made to look like."""
    if run.others:
        names = [run.image.name, *(image.name for image in run.others)]
        return f"the images {', '.join(names[:-1])} and {names[-1]}"
    if run.right:
        return f"the images {run.image.name} (left) and {run.right.name} (right)"
    return f"the image {run.image.name}"


def _painted(run: Run) -> str:
    """Say which channels of the track are painted, in a sentence."""
    painted, count = run.model.painted, len(run.track.samples)
    if count == 1:
        return "The track is mono."
    if run.right:
        return "The left channel shows one image, the right channel the other."
    names = painted.names
    sentences = {
        "mono": "The mono mix is painted: what changes is added to every channel alike.",
        "left": "The left channel is painted; the others are untouched.",
        "right": "The right channel is painted; the others are untouched.",
        "sides": "The sides (left minus right) are painted: the image vanishes in mono.",
    }
    together = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    every = f"Every channel that sounds and is not the same as another is painted: {together}."
    return sentences.get(run.config.channels, every)


def _pictures(run: Run) -> str:
    """Say which channel each picture shows, where there are several."""
    first, *others = run.model.painted.heard
    if not others:
        return ""
    named = ", ".join(f"001-{in_a_name(name)}.png" for name in others)
    return f"; 001.png shows the channel {first}, likewise {named}"


def _objectives(run: Run) -> list[str]:
    """Say which objectives there are, how they were set, and which of them failed."""
    failed = {failure.name for failure in run.failures}
    lines = []
    for objective in run.objectives:
        settings = run.config.parameters.get(objective.name, {})
        words = [f"{name} {as_text(value)}" for name, value in settings.items()]
        source = run.sources[objective.name]
        words.append(f"{source.distribution} {source.version}")
        words += ["switched off, as it failed"] * (objective.name in failed)
        lines.append(f"{objective.label} ({', '.join(words)}): {objective.reference}")
    return lines


def csv_of(rows: Sequence[Sequence[Any]]) -> str:
    """Return rows as a table for spreadsheets."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([*map(_cell, row)] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    """Return a cell that a spreadsheet takes for what it says: a name is never a formula."""
    told = str(value)
    with suppress(ValueError):
        float(told)
        return value
    return f"'{told}" if told.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _number(value: float) -> str:
    return f"{value:.6g}"


def front_csv(run: Run, candidates: Sequence[Candidate]) -> str:
    """Return a line a candidate: its number, its shares in percent, its preference and its losses.

    Of a stereo track also its width, 1 = the track's.

    Args:
        run: with at least one step taken.
        candidates: from the most track, with the losses that are told.
    """
    meter, front = WidthMeter(run), run.state.front
    names = [objective.name for objective in run.objectives]
    header = ["candidate", "picture_percent", "sound_percent"]
    header += [*(f"preference_{name}" for name in names), *names, "dominated"]
    rows: list[list[Any]] = [header + ["width"] * meter.measures]
    for candidate in candidates:
        shares = front.shares(candidate.losses)
        told = ["" if s is None else f"{100 * s:.1f}" for s in (shares.picture, shares.sound)]
        numbers = map(_number, (*candidate.preference, *candidate.losses))
        dominated = str(candidate.dominated).lower()
        wide = meter.width(run.state.waveform[candidate.index])
        widths = [] if wide is None else [f"{wide:.3f}"]
        rows.append([front.number(candidate.index), *told, *numbers, dominated, *widths])
    return csv_of(rows)


def front_csv_of(
    run: Run, subtype: str = SUBTYPE, tell: Callable[[float], None] = lambda done: None
) -> str:
    """Return the front as a table, its losses measured on WAV files of the candidates.

    `tell` is told how much is done, 0 to 1; what it raises ends the work.
    """
    return front_csv(run, measured_sounds(run, subtype, tell))


def history_csv(run: Run) -> str:
    """Return a line a step and candidate: seconds so far, preference, losses.

    A candidate has the number that it has now at all steps.
    """
    names = [objective.name for objective in run.objectives]
    header = ["step", "seconds", "candidate", *(f"preference_{name}" for name in names), *names]
    rows: list[list[Any]] = [header]
    for record in run.history:
        for number, candidate in enumerate(run.candidates(), 1):
            if candidate.index >= len(record.losses):
                continue  # it branched off later
            preference = record.preferences[candidate.index]
            numbers = map(_number, (*preference, *record.losses[candidate.index]))
            rows.append([record.step, f"{record.seconds:.3f}", number, *numbers])
    return csv_of(rows)
