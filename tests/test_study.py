"""Studies for many listeners: what is written for them, and what comes back."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import numpy as np
import pytest
import soundfile
import torch
from click.testing import CliRunner

from moss_core import MossError, Run, RunConfig, save
from moss_core.cli import main
from moss_core.listening import (
    TRACK,
    Answer,
    Trial,
    keep_answer,
    positions_of,
    post_screened,
    preferred,
    rated,
    ratings_in,
)
from moss_core.listening.studies.anchors import ANCHORS, low_passed
from moss_core.listening.studies.ratings import Rating
from moss_core.listening.studies.writing import chosen_for_study, write_study
from moss_core.listening.studies.yaml import yaml_text
from moss_core.runs import LISTENING
from moss_core.synthesis import loudness
from samples import small_image, small_track

WHEN = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_the_low_anchor_keeps_the_standards_mask(rate):
    """ITU-R BS.1534-3: within 0.1 dB up to 3.5 kHz, 25 dB down at 4 and 50 dB at 4.5 kHz."""
    time = torch.arange(rate) / rate
    for hertz, least, most in ((500, -0.1, 0.1), (3400, -0.1, 0.1), (4005, -99, -25)):
        tone = torch.sin(2 * torch.pi * hertz * time)[None]
        passed = low_passed(tone, rate, ANCHORS["anchor35"])[:, 1000:-1000]
        decibels = 10 * math.log10(float(passed.square().mean() / 0.5) + 1e-9)
        assert least <= decibels <= most, hertz
    high = torch.sin(2 * torch.pi * 4500 * time)[None]
    assert float(low_passed(high, rate, 3500.0)[:, 1000:-1000].abs().max()) < 10 ** (-50 / 20)


def test_yaml_is_laid_out_as_webmushras_own_examples():
    told = {
        "testname": 'A study: of "two"',
        "bufferSize": 2048,
        "stopOnErrors": True,
        "pages": [
            {"type": "mushra", "id": "trial1", "stimuli": {"C1": "configs/c1.wav", "yes": "no"}},
            ["random", {"type": "finish", "questionnaire": []}],
        ],
    }
    assert yaml_text(told) == (
        'testname: "A study: of \\"two\\""\n'
        "bufferSize: 2048\n"
        "stopOnErrors: true\n"
        "pages:\n"
        "    -   type: mushra\n"
        "        id: trial1\n"
        "        stimuli:\n"
        "            C1: configs/c1.wav\n"
        '            "yes": "no"\n'
        "    -\n"
        "        - random\n"
        "        -   type: finish\n"
        "            questionnaire: []\n"
    )


HEADER = "session_test_id,word,trial_id,rating_stimulus,rating_score,rating_time,rating_comment\n"


def table(listeners):
    """What webMUSHRA writes of listeners: each a word and scores by (item, condition)."""
    rows = [
        f'moss_study,{word},{item},{condition},{score},12,"good,\nor not"\n'
        for word, scores in listeners
        for (item, condition), score in scores.items()
    ]
    return (HEADER + "".join(rows)).encode()


def scores(reference=(100, 100, 100), mid=(50, 50, 50), candidate=70):
    found = {(f"item{n}", "reference"): score for n, score in enumerate(reference)}
    found |= {(f"item{n}", "anchor70"): score for n, score in enumerate(mid)}
    return found | {(f"item{n}", "candidate002"): candidate for n in range(len(reference))}


def test_listeners_are_told_apart_by_their_words_and_by_rating_again():
    content = table([("a", scores()), ("b", scores()), ("", scores()), ("", scores())])
    ratings = ratings_in(content, "results")
    assert {rating.listener for rating in ratings} == {0, 1, 2, 3}
    assert len(ratings) == 4 * 9
    assert {rating.listener for rating in ratings_in(content, "results", 4)} == {4, 5, 6, 7}


def test_whoever_does_not_hear_the_reference_or_likes_the_anchor_is_left_out():
    people = [scores() for _ in range(5)]
    people += [scores(reference=(89, 100, 100)), scores(mid=(91, 50, 50)), scores((90,) * 3)]
    ratings = ratings_in(table([(str(n), own) for n, own in enumerate(people)]), "results")
    kept, left_out = post_screened(ratings)
    assert left_out == (5, 6)
    assert {rating.listener for rating in kept} == {0, 1, 2, 3, 4, 7}


def test_one_slip_in_seven_items_is_forgiven():
    ratings = ratings_in(table([("a", scores((80, *[100] * 6), (50,) * 7))]), "results")
    assert post_screened(ratings)[1] == ()


def test_an_item_whose_anchor_changes_little_leaves_nobody_out():
    """A song without treble: to everybody its mid anchor is as good as the track."""
    people = [(str(n), scores(mid=(100, 50, 50))) for n in range(6)]
    assert post_screened(ratings_in(table(people), "results"))[1] == ()


def test_medians_have_an_interval_of_order_statistics_from_six_listeners_on():
    def of(values):
        return rated([Rating(n, "item1", "c", value) for n, value in enumerate(values)])[0]

    assert (of([10, 20, 30, 40, 50]).low, of([10, 20, 30, 40, 50]).high) == (None, None)
    six = of([60, 10, 30, 20, 50, 40])
    assert (six.middle, six.low, six.high, six.listeners) == (35, 10, 60, 6)
    own = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        found = of(own.exponential(10, 15).tolist())
        held += found.low <= 10 * math.log(2) <= found.high
    assert held >= 0.93 * 400


@pytest.mark.parametrize(
    "content",
    [
        b"",
        HEADER.encode(),
        b"a,b\n1,2\n",
        table([("a", scores(candidate=101))]),
        table([("a", scores(candidate="loud"))]),
    ],
)
def test_what_webmushra_did_not_write_is_refused(content):
    with pytest.raises(MossError, match="webMUSHRA"):
        ratings_in(content, "results")


def test_pictures_are_counted_with_wilsons_interval():
    answers = [Answer(Trial("picture", 0, 1), "second", 1.0, WHEN)] * 9
    answers += [Answer(Trial("picture", 0, 1), "first", 1.0, WHEN)]
    best, other = preferred(answers)
    assert (best.candidate, best.shown, best.share) == (1, 10, 0.9)
    assert (best.low, best.high) == pytest.approx((0.596, 0.982), abs=0.001)
    assert other.low == pytest.approx(1 - best.high)


@pytest.fixture(scope="module")
def run() -> Run:
    run = Run(small_image(), small_track(4.0, channels=2), RunConfig(candidates=7, steps=0))
    run.step()
    return run


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("study") / "run"
    save(run, folder)
    done = CliRunner().invoke(main, ["study", str(folder), "--seconds", "1", "--excerpts", "2"])
    assert done.exit_code == 0, done.output
    return folder


def test_candidates_are_spread_along_the_front(run):
    for count in (2, 3, 5):
        found = [one.percent for one in chosen_for_study(run, count)]
        assert found == sorted(found)
        assert len(found) <= count
    with pytest.raises(MossError, match="2 to 5"):
        chosen_for_study(run, 6)


def test_a_study_has_its_sounds_alike_in_loudness_length_and_channels(folder, run):
    sounds = sorted((folder / "study").glob("webMUSHRA/configs/resources/moss_study/*.wav"))
    read = {path.stem: soundfile.read(path, always_2d=True) for path in sounds}
    key = json.loads((folder / "study" / "study.json").read_text())
    names = [f"candidate{one['number']:03}" for one in key["candidates"]]
    for item in ("item1", "item2"):
        wanted = [f"{item}_{name}" for name in ("reference", "anchor35", "anchor70", *names)]
        assert set(wanted) <= set(read)
        shapes = {(read[name][0].shape, read[name][1]) for name in wanted}
        assert shapes == {((run.track.sample_rate, 2), run.track.sample_rate)}
        levels = [
            loudness(torch.from_numpy(read[name][0].T).float(), run.track.sample_rate)
            for name in wanted
            if "anchor" not in name
        ]
        assert max(levels) - min(levels) < 0.1
    config = (folder / "study/webMUSHRA/configs/moss_study.yaml").read_text()
    told = [line.split(": ")[1] for line in config.splitlines() if line.endswith(".wav")]
    for place in told:
        assert (folder / "study" / "webMUSHRA" / place).is_file()
    assert {path.stem for path in sounds} == {place.split("/")[-1][:-4] for place in told}


def test_a_study_has_pictures_on_a_page_without_a_server(folder):
    page = (folder / "study" / "pictures" / "pictures.html").read_text()
    assert "/* TRIALS */" not in page
    assert "http" not in page.replace('lang="en"', "")
    for name in ("image.png", "candidate001.png"):
        assert (folder / "study" / "pictures" / name).is_file()
        assert name in page


def test_results_are_told_in_a_table(folder, run, tmp_path):
    people = [(str(n), scores()) for n in range(7)] + [("x", scores(reference=(0, 0, 0)))]
    (tmp_path / "mushra.csv").write_bytes(table(people))
    last = run.candidates()[-1].index
    first = run.candidates()[0].index
    answers = [Answer(Trial("picture", first, last), "second", 1.0, WHEN, "ab", 0)] * 4
    for answer in answers:
        keep_answer(tmp_path, answer, {})
    (tmp_path / LISTENING).rename(tmp_path / "pictures.csv")
    told = ["study", str(folder)]
    for name in ("mushra.csv", "pictures.csv"):
        told += ["--results", str(tmp_path / name)]
    done = CliRunner().invoke(main, told)
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert "8 listeners, of whom 1 left out" in lines[0]
    rows = [line.split("  ") for line in lines]
    (reference,) = [row for row in rows if row[0] == "the track itself, hidden"]
    assert "100 to 100" in "  ".join(reference)
    assert any(line.startswith("7 ") and "100 %" in line for line in lines)


def test_what_listeners_answered_says_where_people_begin_to_hear_it(run, tmp_path):
    folder = tmp_path / "run"
    save(run, folder)
    positions = positions_of(run.state.front)
    first, last = min(positions, key=positions.__getitem__), max(positions, key=positions.get)
    step = run.state.record.step
    for listener in ("ab", "cd", "ef"):
        for number in range(13):
            for candidate, right in ((last, True), (first, number % 2 == 0)):
                trial = Trial("abx", candidate, TRACK, number % 3 == 0)
                said = "first" if right == trial.x_is_first else "second"
                answer = Answer(trial, said, 1.0, WHEN, listener, step, invited=True)
                keep_answer(folder, answer, positions)
    pair = Trial("picture", first, last)
    keep_answer(folder, Answer(pair, "second", 1.0, WHEN, "ab", step, True), positions)
    keep_answer(folder, Answer(pair, "first", 1.0, WHEN, "ab", step + 1, True), positions)
    done = CliRunner().invoke(main, ["study", str(folder), "--heard"])
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0].startswith("By 3 listeners: half of people begin to hear it at")
    assert "1 answer left out: to candidates as they were before" in lines[1]
    number = run.state.front.number(last)
    assert any(line.startswith(f"{number} ") and "100 %" in line for line in lines[2:])


def test_results_without_their_study_say_what_to_do(folder, tmp_path):
    (tmp_path / "mushra.csv").write_bytes(table([("a", scores())]))
    done = CliRunner().invoke(
        main,
        ["study", str(folder), "--out", str(tmp_path), "--results", str(tmp_path / "mushra.csv")],
    )
    assert done.exit_code == 2
    assert "study.json" in done.output


@pytest.mark.parametrize(("name", "value"), [("items", 0), ("items", 9), ("seconds", 13.0)])
def test_a_study_outside_its_ranges_is_refused(run, tmp_path, name, value):
    with pytest.raises(MossError, match="must be 1 to"):
        write_study(run, tmp_path / "study", **{name: value})
    assert not (tmp_path / "study").exists()
