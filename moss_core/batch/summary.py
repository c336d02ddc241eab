"""What came of a batch: a table for spreadsheets, the same for people."""

from __future__ import annotations

from collections.abc import Sequence

from moss_core.batch.contact import CONTACT_PAGE, CONTACT_PICTURE, contact_page, contact_picture
from moss_core.batch.place import Place, Standing, unwritable
from moss_core.runs import Manifest, csv_of, put_file
from moss_core.words import count_text, percent_text, time_text

SUMMARY_CSV, SUMMARY_TEXT = "summary.csv", "summary.md"
_HEAD = (
    *("row", "name", "state", "image", "track", "candidates", "steps"),
    *("picture_percent", "sound_percent", "hypervolume", "seconds", "reason"),
)


def write_summary(place: Place) -> None:
    """Write the tables and the contact sheet of all rows as they are.

    Raises:
        MossError: if the folder cannot be written.
    """
    told = [(standing, place.manifest(standing.name)) for standing in place.standings()]
    covers = [(standing, manifest, place.cover(standing.name)) for standing, manifest in told]
    words = words_of([standing for standing, _ in told])
    files: dict[str, str | bytes] = {
        SUMMARY_CSV: csv_of([_HEAD, *(_cells(*row) for row in told)]),
        SUMMARY_TEXT: _markdown(place, words, told),
        CONTACT_PAGE: contact_page(place.title, words, covers),
        CONTACT_PICTURE: contact_picture(covers),
    }
    try:
        for name, content in files.items():
            put_file(place.folder / name, content, place.folder)
    except OSError as error:
        raise unwritable(place.folder, error) from error


def words_of(standings: Sequence[Standing]) -> str:
    """Return how far a batch is: "5 of 12 rows done, 1 failed"."""
    done, failed = (sum(one.state == state for one in standings) for state in ("done", "failed"))
    told = f"{done} of {count_text(len(standings), 'row')} done"
    return f"{told}, {failed} failed" if failed else told


def _cells(standing: Standing, manifest: Manifest | None) -> list[object]:
    first = [standing.number, standing.name, standing.state]
    if manifest is None or not manifest.candidates:
        return [*first, *[""] * (len(_HEAD) - len(first) - 1), standing.reason]
    shares = manifest.opening_shares
    told = (shares.picture, shares.sound) if shares else (None, None)
    return [
        *first,
        manifest.image,
        manifest.track,
        len(manifest.candidates),
        manifest.steps,
        *("" if share is None else f"{100 * share:.1f}" for share in told),
        f"{manifest.hypervolume:.6f}",
        f"{manifest.seconds:.1f}",
        standing.reason,
    ]


def _markdown(place: Place, words: str, told: Sequence[tuple[Standing, Manifest | None]]) -> str:
    lines = [
        f"# {_plain(place.title)}",
        "",
        f"{words}.",
        "",
        "| row | name | state | picture | sound | hypervolume | learned in |",
        "|---:|---|---|---:|---:|---:|---:|",
    ]
    for standing, manifest in told:
        cells = ["", "", "", ""]
        if manifest and manifest.candidates:
            shares = manifest.opening_shares
            both = (shares.picture, shares.sound) if shares else (None, None)
            cells = ["" if share is None else percent_text(share) for share in both]
            cells += [f"{manifest.hypervolume:.3f}", time_text(manifest.seconds)]
        row = (str(standing.number), _plain(standing.name), standing.state, *cells)
        lines.append(f"| {' | '.join(row)} |")
    failed = [standing for standing, _ in told if standing.state == "failed"]
    if failed:
        lines += ["", "## What failed", ""]
        lines += [f"- Row {one.number}, {_plain(one.name)}: {_plain(one.reason)}" for one in failed]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Return a text that is no Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in text)
