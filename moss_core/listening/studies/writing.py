"""A study as a folder: sounds for webMUSHRA, pictures for a page of their own, and what to do."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from html import escape
from importlib.resources import files
from itertools import combinations
from pathlib import Path

from torch import Tensor

from moss_core.errors import MossError
from moss_core.listening.excerpts import Place, excerpt, excerpt_places
from moss_core.listening.keeping import COLUMNS, data_dictionary
from moss_core.listening.listening import positions_of
from moss_core.listening.studies.anchors import ANCHORS, low_passed
from moss_core.listening.studies.key import Chosen, write_key
from moss_core.listening.studies.yaml import yaml_text
from moss_core.listening.trials import TRACK
from moss_core.optimization import Run
from moss_core.synthesis import encode_picture, write_wav

MOST_CANDIDATES, MOST_SECONDS, MOST_ITEMS = 5, 12.0, 8
"""Of a page of webMUSHRA: more candidates tire, and longer sounds are refused."""
CONFIG, SOUNDS, PICTURES = "moss_study.yaml", "moss_study", "pictures"
_TELL = "Rate how much each sounds like the reference: 100 where you hear no difference at all."
_CONSENT = (
    "You will hear a few seconds of music in several versions, and say how much each sounds like "
    "the first. Your ratings are stored without your name. You may stop at any time by closing "
    "the page. By going on you agree to take part."
)


def chosen_for_study(run: Run, count: int = MOST_CANDIDATES) -> tuple[Chosen, ...]:
    """Return candidates that are spread evenly along a run's front by their picture shares.

    Raises:
        MossError: for another count than 2 to 5, or a front of fewer than two candidates.
    """
    if not 2 <= count <= MOST_CANDIDATES:
        remedy = "Choose fewer; listeners tire."
        raise MossError("candidates of a study", f"must be 2 to {MOST_CANDIDATES}", count, remedy)
    shares = sorted((percent, index) for index, percent in positions_of(run.state.front).items())
    if len(shares) < 2:
        rule = "must have two candidates or more with a picture share"
        raise MossError("front", rule, len(shares), "Let the run learn more candidates.")
    low, high = shares[0][0], shares[-1][0]
    wanted = [low + (high - low) * place / (count - 1) for place in range(count)]
    near = {min(shares, key=lambda one: abs(one[0] - share))[1] for share in wanted}
    number = run.state.front.number
    return tuple(Chosen(index, number(index), share) for share, index in shares if index in near)


def write_study(
    run: Run,
    folder: Path,
    count: int = MOST_CANDIDATES,
    items: int = 3,
    seconds: float = 8.0,
    tell: Callable[[float], None] = lambda done: None,
) -> tuple[Chosen, ...]:
    """Write a study of a run's front; return its candidates.

    Args:
        run: with at least one step taken.
        folder: made if it does not exist; what another study left there is replaced.
        count: candidates, 2 to 5.
        items: excerpts of the music that are rated, 1 to 8; fewer where the canvas is short.
        seconds: length of each, 1 to 12.
        tell: is told how much is done, 0 to 1.

    Raises:
        MossError: for a number outside these ranges, a front of one candidate, or a full disk.
    """
    for thing, value, least, most in (
        ("excerpts of a study", items, 1, MOST_ITEMS),
        ("seconds of an excerpt", seconds, 1, MOST_SECONDS),
    ):
        if not least <= value <= most:
            raise MossError(thing, f"must be {least} to {most:g}", value, "Choose one in between.")
    candidates = chosen_for_study(run, count)
    places = excerpt_places(run, items, seconds)
    try:
        _write_sounds(run, folder, candidates, places, tell)
        _write_pictures(run, folder / PICTURES, candidates)
        write_key(folder, run.title, candidates)
        (folder / "README.md").write_text(_read_me(run, candidates, places), encoding="utf-8")
        (folder / "DATA.md").write_text(data_dictionary(), encoding="utf-8")
    except OSError as error:
        found, remedy = error.strerror or str(error), "Free space, or choose another folder."
        raise MossError(f"folder {folder}", "must take the study", found, remedy) from error
    return candidates


def _write_sounds(
    run: Run,
    folder: Path,
    candidates: Sequence[Chosen],
    places: Sequence[Place],
    tell: Callable[[float], None],
) -> None:
    configs = folder / "webMUSHRA" / "configs"
    sounds = configs / "resources" / SOUNDS
    sounds.mkdir(parents=True, exist_ok=True)
    for old in sounds.glob("*.wav"):
        old.unlink()
    for number, place in enumerate(places, 1):
        reference = excerpt(run, TRACK, place)
        rate = run.track.sample_rate
        stimuli = {"reference": reference}
        stimuli |= {name: low_passed(reference, rate, hertz) for name, hertz in ANCHORS.items()}
        for done, one in enumerate(candidates):
            tell((number - 1 + done / len(candidates)) / len(places))
            stimuli[one.condition] = excerpt(run, one.index, place)
        for name, sound in stimuli.items():
            _write_wav(sounds / f"item{number}_{name}.wav", sound, rate)
    told = yaml_text(config(run.title, candidates, len(places)))
    (configs / CONFIG).write_text(told, encoding="utf-8")


def _write_wav(path: Path, sound: Tensor, rate: int) -> None:
    with path.open("wb") as file:
        write_wav(file, [sound], rate, "pcm16")


def config(title: str, candidates: Sequence[Chosen], items: int) -> dict[str, object]:
    """Return what webMUSHRA is told: pages in its own words (its doc/experimenter.md)."""
    conditions = [*ANCHORS, *(one.condition for one in candidates)]

    def sound(item: int, name: str) -> str:
        return f"configs/resources/{SOUNDS}/item{item}_{name}.wav"

    def page(item: int) -> dict[str, object]:
        return {
            "type": "mushra",
            "id": f"item{item}",
            "name": "How much does it sound like the reference?",
            "content": _TELL,
            "showWaveform": True,
            "enableLooping": True,
            "reference": sound(item, "reference"),
            # They are files already: as exact as the standard wants, and sooner loaded.
            "createAnchor35": False,
            "createAnchor70": False,
            "randomize": True,
            "showConditionNames": False,
            "stimuli": {name: sound(item, name) for name in conditions},
        }

    pages: list[object] = [
        {"type": "generic", "id": "consent", "name": "Welcome", "content": f"<p>{_CONSENT}</p>"},
        {
            "type": "volume",
            "id": "volume",
            "name": "Volume",
            "content": "Set the volume so that the music is pleasant, and leave it then.",
            "stimulus": sound(1, "reference"),
            "defaultVolume": 0.5,
        },
        ["random", *(page(item) for item in range(1, items + 1))],
        {
            "type": "finish",
            "name": "Thank you",
            "content": "Thank you for listening.",
            "showResults": False,
            "writeResults": True,
            "questionnaire": [{"type": "text", "label": "A word of your own", "name": "word"}],
        },
    ]
    return {
        "testname": f"{escape(title)}: a listening study",
        "testId": SOUNDS,
        "bufferSize": 2048,
        "stopOnErrors": True,
        "showButtonPreviousPage": False,
        "remoteService": "service/write.php",
        "pages": pages,
    }


def _write_pictures(run: Run, folder: Path, candidates: Sequence[Chosen]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    shown, step = {}, run.state.record.step
    for one in candidates:
        picture = run.picture(run.heard(run.state.waveform[one.index]))
        name = f"{one.condition}.png"
        (folder / name).write_bytes(encode_picture(picture))
        percent = f"{one.percent:.2f}"
        shown[one] = {"file": name, "index": one.index, "percent": percent, "step": step}
    target = run.model.targets[0].picture
    (folder / "image.png").write_bytes(encode_picture(target.reshape(target.shape[-2:]).cpu()))
    trials = [[shown[first], shown[second]] for first, second in combinations(candidates, 2)]
    page = files("moss_core.listening.studies").joinpath("pictures.html").read_text("utf-8")
    for name, told in (("TRIALS", trials), ("COLUMNS", list(COLUMNS))):
        page = page.replace(f"[/* {name} */]", json.dumps(told))
    (folder / "pictures.html").write_text(page, encoding="utf-8")


def _read_me(run: Run, candidates: Sequence[Chosen], places: Sequence[Place]) -> str:
    rate, channels = run.track.sample_rate, len(run.track.samples)
    text = io.StringIO()
    text.write(f"# A study of {run.title}\n\n| condition | candidate | picture |\n|---|---|---|\n")
    for one in candidates:
        text.write(f"| `{one.condition}` | {one.number} | {one.percent:.0f} % |\n")
    at = ", ".join(f"{place.start:.1f} to {place.start + place.seconds:.1f} s" for place in places)
    text.write(
        f"\nExcerpts: {at}, where the candidates differ most from the track. All candidates are as "
        "loud as the track there (ITU-R BS.1770-4); the anchors are the track below 3.5 kHz and "
        "below 7 kHz.\n\n"
        "## How it sounds\n\n"
        "ITU-R BS.1534-3 (MUSHRA) with [webMUSHRA](https://github.com/audiolabs/webMUSHRA): copy "
        f"what lies in `webMUSHRA/` into its folder, and open it with `?config={CONFIG}`. The "
        f"listeners' sound card must play {rate} Hz with {channels} channels. It writes "
        f"`results/{SOUNDS}/mushra.csv`.\n\n"
        "## How it looks\n\n"
        f"Give people the folder `{PICTURES}/`; `pictures.html` opens in any browser without a "
        "server, and each saves a `pictures.csv`. `DATA.md` says what its columns are.\n\n"
        "## What came back\n\n"
        "    moss study RUN --results mushra.csv\n"
        "    moss study RUN --results pictures.csv\n\n"
        "Ask for consent, and for no names. Whoever rates the hidden reference below 90 in more "
        "than 15 % of the excerpts is left out of the table, as the standard wants.\n"
    )
    return text.getvalue()
