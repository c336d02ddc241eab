"""`moss study`: a front to be judged by many, as files, and what they said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from moss_core.cli.listing import columns
from moss_core.errors import MossError
from moss_core.listening import (
    MOST_RESULTS,
    Answer,
    Chosen,
    Listening,
    Rating,
    answers_in,
    kept_answers,
    one_each,
    pooled_threshold,
    positions_of,
    post_screened,
    preferred,
    rated,
    ratings_in,
    read_key,
    write_study,
)
from moss_core.reading import clean, read_file
from moss_core.runs import load
from moss_core.words import count_text, percent_text

_NAMES = {
    "reference": "the track itself, hidden",
    "anchor70": "the track below 7 kHz",
    "anchor35": "the track below 3.5 kHz",
}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder to make.  [default: study]")
@click.option("--candidates", default=5, show_default=True, help="How many, 2 to 5.")
@click.option("--excerpts", default=3, show_default=True, help="Places in the music, 1 to 8.")
@click.option("--seconds", default=8.0, show_default=True, help="Of each excerpt, 1 to 12.")
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A table that came back: webMUSHRA's mushra.csv, or a pictures.csv; more than once.",
)
@click.option(
    "--heard", is_flag=True, help="Say what those answered who took the test in the dashboard."
)
def study(
    folder: Path,
    out: Path | None,
    candidates: int,
    excerpts: int,
    seconds: float,
    results: tuple[Path, ...],
    heard: bool,
) -> None:
    """Write a study of the run in FOLDER for listeners, or say what they said.

    The study is a folder: a test of how it sounds for webMUSHRA (ITU-R BS.1534: hidden reference,
    3.5 and 7 kHz anchors, up to five candidates alike in loudness), and a page of picture pairs.
    With --results: a table with medians and 95 % intervals; listeners who rate the hidden reference
    below 90 in more than 15 % of the excerpts are left out of it. With --heard: from where on half
    of people hear the image, by the answers that lie in FOLDER.
    """
    place = out or folder / "study"
    if heard or results:
        for told in _heard(folder) if heard else []:
            click.echo(told)
        for told in _told_by(results, read_key(place)) if results else []:
            click.echo(told)
        return
    written = write_study(load(folder), place, candidates, excerpts, seconds)
    click.echo(f"{place}: {_listed(written)}")
    click.echo(f"{place / 'README.md'} says how to hold it.")


def _listed(candidates: tuple[Chosen, ...]) -> str:
    names = ", ".join(f"{one.number} ({one.percent:.0f} % picture)" for one in candidates)
    return f"candidates {names}"


def _told_by(results: Sequence[Path], candidates: Sequence[Chosen]) -> list[str]:
    """Return what tables of results say, each kind in a table."""
    ratings: list[Rating] = []
    answers: list[Answer] = []
    for path in results:
        thing, remedy = f"results {clean(path.name)}", "Choose a table that a study gave back."
        content = read_file(path, MOST_RESULTS, thing, "Check the path.", links=True)
        if b"rating_stimulus" in content[:4096]:
            first = max((rating.listener for rating in ratings), default=-1) + 1
            ratings += ratings_in(content, thing, first)
        else:
            answers += answers_in(content, thing, remedy)
    told = []
    if ratings:
        kept, left_out = post_screened(ratings)
        if not kept:
            rule = "must have a listener who hears the hidden reference"
            raise MossError("results", rule, "none", "Ask more people.")
        people = count_text(len({rating.listener for rating in ratings}), "listener")
        told.append(f"{people}, of whom {len(left_out)} left out: they did not hear the reference.")
        told.append(columns(_rating_rows(kept, candidates)))
    if answers:
        told.append(columns(_choice_rows(answers, candidates)))
    return told


def _heard(folder: Path) -> list[str]:
    """Return what those answered who took the test of a run as it is now."""
    run, answers = load(folder), kept_answers(folder)
    front, step = run.state.front, run.state.record.step
    positions = positions_of(front)
    now = [answer for answer in answers if answer.step == step]
    tests = [Listening(positions, 0, one) for one in one_each(now).values()]
    pooled = pooled_threshold(positions, tests)
    told = [str(pooled)]
    if pooled.guessers:
        told.append(f"{count_text(pooled.guessers, 'listener')} left out: they guessed.")
    if before := len(answers) - len(now):
        words = count_text(before, "answer")
        told.append(f"{words} left out: to candidates as they were before the run learned on.")
    known = [Chosen(index, front.number(index), share) for index, share in positions.items()]
    pairs = [
        answer for answer in now if {answer.trial.first, answer.trial.second} <= set(positions)
    ]
    rows = _choice_rows(pairs, known)
    return [*told, columns(rows)] if len(rows) > 1 else told


def _rating_rows(ratings: Sequence[Rating], candidates: Sequence[Chosen]) -> list[tuple[str, ...]]:
    known = {one.condition: f"candidate {one.number}" for one in candidates}
    shares = {one.condition: f"{one.percent:.0f} %" for one in candidates}
    rows: list[tuple[str, ...]] = [("SOUND", "PICTURE", "MEDIAN", "95 % INTERVAL", "LISTENERS")]
    for one in rated(ratings):
        sound = known.get(one.condition) or _NAMES.get(one.condition, one.condition)
        few = one.low is None or one.high is None
        between = "too few listeners" if few else f"{one.low:.0f} to {one.high:.0f}"
        picture = shares.get(one.condition, "")
        rows.append((sound, picture, f"{one.middle:.0f}", between, str(one.listeners)))
    return rows


def _choice_rows(answers: Sequence[Answer], candidates: Sequence[Chosen]) -> list[tuple[str, ...]]:
    known = {one.index: one for one in candidates}
    rows: list[tuple[str, ...]] = [("CANDIDATE", "PICTURE", "PAIRS", "CHOSEN", "95 % INTERVAL")]
    for one in preferred(answers):
        candidate = known.get(one.candidate)
        if candidate is None:
            rule = "must be of the study in this folder"
            raise MossError("results", rule, "another candidate", "Choose the study with --out.")
        chosen = percent_text(one.share)
        between = f"{100 * one.low:.0f} to {100 * one.high:.0f} %"
        picture = f"{candidate.percent:.0f} %"
        rows.append((str(candidate.number), picture, str(one.shown), chosen, between))
    return rows
