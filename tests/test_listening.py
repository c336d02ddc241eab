"""The blind test of one listener, and answers in a run's folder."""

from __future__ import annotations

import csv
import importlib.util
import io
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from moss_core import MossError, Run, RunConfig
from moss_core.listening import (
    IMAGE,
    TRACK,
    Answer,
    Listening,
    Trial,
    answers_in,
    answers_zip,
    by_listener,
    excerpt,
    excerpt_place,
    forget_answers,
    keep_answer,
    kept_answers,
    new_listener,
    one_each,
    pooled_threshold,
    positions_of,
)
from moss_core.listening.excerpts import Place
from moss_core.listening.hearing import Hearing
from moss_core.listening.intervals import median_of
from moss_core.listening.keeping import data_dictionary
from moss_core.runs import DICTIONARY, LISTENING, Library, archive
from moss_core.runs.archive import read_zip, write_zip
from moss_core.runs.saving import save_progress
from moss_core.synthesis import loudness
from samples import small_image, small_track

_spec = importlib.util.spec_from_file_location(
    "listeners", Path(__file__).parent / "benchmarks" / "listeners.py"
)
assert _spec
assert _spec.loader
listeners = importlib.util.module_from_spec(_spec)
sys.modules["listeners"] = listeners
_spec.loader.exec_module(listeners)

EVEN = dict(enumerate(listeners.FRONTS["even"]))
WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def taken(listener, positions=EVEN, seed=1, most=99):
    """The test as somebody takes it, to its end or so many answers."""
    listening, own = Listening(positions, seed), np.random.default_rng([seed, 7])
    while len(listening.answers) < most and (trial := listening.next_trial()):
        listening = listening.with_answer(listener.answers(trial, positions, own))
    return listening


def known(threshold, width=3.0):
    return listeners.Listener(
        lambda share: listeners.sigmoid((share - threshold) / width), threshold
    )


def width(threshold):
    low = EVEN[0] if threshold.low is None else threshold.low
    high = EVEN[8] if threshold.high is None else threshold.high
    return high - low


def test_the_same_answers_and_seed_give_the_same_next_trial():
    answers = taken(known(40), most=9).answers
    again = [Listening(EVEN, 1, answers).next_trial() for _ in range(3)]
    assert len(set(again)) == 1
    stepwise = Listening(EVEN, 1)
    for answer in answers:
        assert stepwise.next_trial() == answer.trial
        stepwise = stepwise.with_answer(answer)
    assert stepwise.threshold() == Listening(EVEN, 1, answers).threshold()


def test_another_seed_draws_another_order():
    firsts = {Listening(EVEN, seed).next_trial().x_is_first for seed in range(12)}
    assert firsts == {True, False}


def test_no_answer_says_nothing_and_more_answers_say_more():
    nothing = Listening(EVEN, 1).threshold()
    assert (nothing.low, nothing.high, nothing.guessing) == (None, None, False)
    found = [
        np.mean([width(taken(known(40), seed=s, most=most).threshold()) for s in range(4)])
        for most in (4, 12, 26)
    ]
    assert found[0] > found[1] > found[2]


def test_two_minutes_are_enough():
    listening = taken(known(40))
    assert listening.is_enough
    assert 25 <= len(listening.answers) <= 30
    assert listening.planned == len(listening.answers)


def test_most_trials_are_where_they_tell_most():
    near = [
        abs(EVEN[answer.trial.candidate] - 40)
        for answer in taken(known(40)).answers[8:]
        if answer.trial.candidate is not None
    ]
    assert np.mean(near) < np.mean([abs(share - 40) for share in EVEN.values()])


def test_whoever_hears_every_candidate_has_a_threshold_before_the_front():
    found = taken(known(-50)).threshold()
    assert (found.low, found.middle, found.guessing) == (None, None, False)
    assert found.high is not None
    assert found.high < EVEN[2]


def test_whoever_hears_none_of_the_candidates_is_no_guesser():
    found = taken(known(500)).threshold()
    assert (found.high, found.middle, found.guessing) == (None, None, False)
    assert found.low is not None
    assert found.low > EVEN[6]


@pytest.mark.parametrize("kind", listeners.GUESSERS)
def test_whoever_presses_without_listening_is_found_and_gets_no_threshold(kind):
    thresholds = [taken(listeners.guesser(kind), seed=seed).threshold() for seed in range(5)]
    assert all(found.guessing for found in thresholds)
    assert {(found.low, found.middle, found.high) for found in thresholds} == {(None, None, None)}


def test_the_track_is_held_against_itself_and_the_image_alone_against_it():
    trials = [answer.trial for answer in taken(known(40)).answers]
    catches = [trial for trial in trials if trial.is_catch]
    obvious = [trial for trial in trials if trial.is_obvious]
    assert len(catches) >= 2
    assert {(trial.first, trial.second) for trial in catches} == {(TRACK, TRACK)}
    assert len(obvious) >= 3
    assert all({trial.first, trial.second} == {TRACK, IMAGE} for trial in obvious)
    assert all(trial.candidate is None for trial in (*catches, *obvious))


def test_answers_that_are_always_to_the_first_side_count_for_less_than_those_against_it():
    """Who says "first" whenever nothing is heard: only a "second" shows that X was heard."""
    catches = [Answer(Trial("abx", TRACK, TRACK, bool(n % 2)), "first", 1, WHEN) for n in range(6)]
    told = []
    for x_is_first in (True, False):
        trial = Trial("abx", TRACK, 4, x_is_first)
        right = Answer(trial, "first" if x_is_first else "second", 1, WHEN)
        found = Hearing(EVEN, [*catches, *[right] * 3])
        told.append(median_of(found.thresholds, found.believed))
    assert told[1] < told[0]


def test_pairs_are_of_two_candidates_and_never_asked_twice():
    listening = Listening(EVEN, 3, kinds=("sound", "picture"))
    own = np.random.default_rng(0)
    while trial := listening.next_trial():
        side = "first" if own.random() < 0.5 else "second"
        listening = listening.with_answer(Answer(trial, side, 1.0, WHEN))
    trials = [answer.trial for answer in listening.answers]
    assert [trial.kind for trial in trials] == ["sound"] * 8 + ["picture"] * 8
    pairs = [frozenset((trial.first, trial.second)) for trial in trials]
    assert len(set(pairs)) == len(pairs)
    assert all(len(pair) == 2 for pair in pairs)
    assert all(answer.right is None for answer in listening.answers)


def test_a_front_of_one_candidate_cannot_be_listened_to():
    with pytest.raises(MossError, match="two candidates or more"):
        Listening({3: 20.0}, 1)


@pytest.mark.parametrize("front", listeners.FRONTS)
def test_simulated_listeners_have_their_threshold_in_the_interval(front):
    """`tests/benchmarks/listeners.py` takes 100 studies of each kind."""
    found = [listeners.studies(kind, front, 3, seed=1) for kind in listeners.KINDS]
    assert sum(one.covered for one in found) >= 8
    assert sum(one.guessing for one in found) <= 1
    assert abs(np.median([error for one in found for error in one.errors])) < 10


def test_several_listeners_tell_where_half_of_people_hear_it():
    """Not where these few do: people differ, so two of them tell less than each of itself."""
    own, answers = np.random.default_rng(2), []
    for number, threshold in enumerate(own.normal(40, 6, 8)):
        test = taken(known(threshold), seed=number)
        answers += [replace(answer, listener=f"l{number}") for answer in test.answers]
    for kind in listeners.GUESSERS:
        test = taken(listeners.guesser(kind), seed=3)
        answers += [replace(answer, listener=kind[:4]) for answer in test.answers]
    tests = {word: Listening(EVEN, 0, own) for word, own in by_listener(answers).items()}
    found = pooled_threshold(EVEN, list(tests.values()))
    assert (found.listeners, found.guessers) == (8, 2)
    assert found.low <= 40 <= found.high
    two = pooled_threshold(EVEN, [tests["l0"], tests["l1"]])
    assert width(two) > width(found)
    alone = [taken(known(40), seed=number).threshold() for number in range(8)]
    assert width(found) < np.mean([width(one) for one in alone])
    assert pooled_threshold(EVEN, []).listeners == 0


ANSWERS = (
    Answer(Trial("abx", 3, TRACK, True), "second", 2.5, WHEN, "ab12", 40),
    Answer(Trial("abx", TRACK, IMAGE), "second", 3.25, WHEN, "ab12", 40),
    Answer(Trial("sound", 1, 3), "first", 1.0, WHEN, "ab12", 40),
    Answer(Trial("picture", 3, 1), "second", 0.5, WHEN, "", 60),
    Answer(Trial("picture", 3, 1), "second", 0.5, WHEN, "cd34", 60, invited=True),
)


def test_answers_come_back_from_a_runs_folder(tmp_path):
    assert kept_answers(tmp_path) == ()
    for answer in ANSWERS:
        keep_answer(tmp_path, answer, EVEN)
    assert kept_answers(tmp_path) == ANSWERS
    assert kept_answers(tmp_path, step=40) == ANSWERS[:3]
    text = (tmp_path / LISTENING).read_text()
    header = text.splitlines()[0].split(",")
    words = (tmp_path / DICTIONARY).read_text()
    assert words == data_dictionary()
    assert all(f"| `{name}` |" in words for name in header)
    with zipfile.ZipFile(io.BytesIO(answers_zip(tmp_path))) as packed:
        assert packed.read(LISTENING).decode() == text
        assert packed.read(DICTIONARY).decode() == words


def test_who_wants_nothing_kept_is_gone_from_the_table_and_others_stay(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    forget_answers(folder, {"ab12"})
    for answer in ANSWERS:
        keep_answer(folder, answer, EVEN)
    before = (folder / LISTENING).read_text().splitlines()
    forget_answers(folder, {"ab12"})
    assert kept_answers(folder) == ANSWERS[3:]
    assert (folder / LISTENING).read_text().splitlines() == [before[0], *before[4:]]
    forget_answers(folder, {"nobody"})
    keep_answer(folder, ANSWERS[0], EVEN)
    assert kept_answers(folder) == (*ANSWERS[3:], ANSWERS[0])
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_table_of_an_earlier_moss_or_of_a_spreadsheet_takes_answers_and_gives_them_up(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    for answer in ANSWERS[:2]:
        keep_answer(folder, answer, EVEN)
    lines = (folder / LISTENING).read_text().splitlines()
    before = "\n".join(line.rpartition(",")[0] for line in lines) + "\n"
    assert "invited" not in before
    (folder / LISTENING).write_text(before)
    (folder / DICTIONARY).write_text("an earlier one")
    keep_answer(folder, ANSWERS[4], EVEN)
    assert kept_answers(folder) == (*ANSWERS[:2], ANSWERS[4])
    assert "invited" in (folder / DICTIONARY).read_text()
    with (folder / LISTENING).open(newline="") as file:
        rows = list(csv.DictReader(file))
    with (folder / LISTENING).open("w", newline="") as file:
        writer = csv.DictWriter(file, sorted(rows[0]), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
    forget_answers(folder, {"cd34"})
    assert kept_answers(folder) == ANSWERS[:2]


def test_somebody_elses_table_is_not_written_over(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / LISTENING).write_text("mine,own\n1,2\n")
    with pytest.raises(MossError, match="as MOSS wrote it"):
        keep_answer(folder, ANSWERS[0], EVEN)
    assert (folder / LISTENING).read_text() == "mine,own\n1,2\n"


def test_of_each_person_one_sitting_counts():
    own = [replace(ANSWERS[0], listener=word) for word in ("a", "b", "c")]
    guests = [replace(ANSWERS[0], listener=word, invited=True) for word in ("d", "e")]
    assert set(one_each([own[0], guests[0], own[1], guests[1], own[2]])) == {"c", "d", "e"}
    assert set(one_each(guests)) == {"d", "e"}


def test_an_answer_that_comes_while_others_are_removed_is_not_lost(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    told = [replace(ANSWERS[0], listener=f"one{number}") for number in range(60)]
    with ThreadPoolExecutor(4) as pool:
        for number, answer in enumerate(told):
            pool.submit(keep_answer, folder, answer, EVEN)
            pool.submit(forget_answers, folder, {f"one{number // 2}"})
    for number in range(30):
        forget_answers(folder, {f"one{number}"})
    assert {answer.listener for answer in kept_answers(folder)} == {
        f"one{number}" for number in range(30, 60)
    }


def test_what_a_power_cut_left_of_a_line_is_left_out_and_the_next_line_is_whole(tmp_path):
    for answer in ANSWERS[:2]:
        keep_answer(tmp_path, answer, EVEN)
    with (tmp_path / LISTENING).open("ab") as file:
        file.write(b"ab12,2026-01-0")
    assert kept_answers(tmp_path) == ANSWERS[:2]
    keep_answer(tmp_path, ANSWERS[2], EVEN)
    assert kept_answers(tmp_path) == ANSWERS[:3]


@pytest.mark.parametrize(
    ("old", "new"),
    [("abx", "abz"), ("second", "third"), ("2.50", "nan"), (",3,", ",-7,"), (",40,", ",many,")],
)
def test_a_table_that_somebody_edited_is_refused_with_the_line(tmp_path, old, new):
    keep_answer(tmp_path, ANSWERS[0], EVEN)
    text = (tmp_path / LISTENING).read_text()
    (tmp_path / LISTENING).write_text(text.replace(old, new))
    with pytest.raises(MossError, match="line 2"):
        kept_answers(tmp_path)


def test_a_link_in_the_place_of_the_answers_is_not_followed(tmp_path):
    target = tmp_path / "mine.txt"
    target.write_text("mine")
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / LISTENING).symlink_to(target)
    with pytest.raises(MossError):
        keep_answer(folder, ANSWERS[0], EVEN)
    with pytest.raises(MossError):
        kept_answers(folder)
    assert target.read_text() == "mine"


def test_another_programs_table_says_what_it_should_be():
    with pytest.raises(MossError, match="as MOSS wrote it"):
        answers_in(b"a,b\n1,2\n", "answers", "Choose another file.")
    with pytest.raises(MossError, match="as MOSS wrote it"):
        answers_in(b"\xff\xfe\x00", "answers", "Choose another file.")


def test_listeners_are_told_apart_by_a_word_without_a_meaning():
    words = {new_listener() for _ in range(50)}
    assert len(words) == 50
    assert all(word.isalnum() and len(word) == 8 for word in words)


@pytest.fixture(scope="module")
def run() -> Run:
    run = Run(small_image(), small_track(2.0, channels=2), RunConfig(candidates=3, steps=0))
    run.step()
    return run


def test_an_excerpt_is_as_loud_as_the_tracks_and_of_the_same_place(run):
    place = excerpt_place(run, 1.0)
    assert 0 <= place.start <= 1.0
    found = {index: excerpt(run, index, place) for index in (TRACK, IMAGE, 0, 1, 2)}
    rate = run.track.sample_rate
    assert {tuple(sound.shape) for sound in found.values()} == {(2, rate)}
    levels = [loudness(sound, rate) for sound in found.values()]
    assert max(levels) - min(levels) < 0.1
    first = round(place.start * rate)
    middle = slice(first + 400, first + rate - 400)
    assert np.allclose(found[TRACK][:, 400:-400], run.track.samples[:, middle] / 2, atol=1e-6)
    away = [float((found[index] - found[TRACK]).square().mean()) for index in (0, 1, 2, IMAGE)]
    assert away == sorted(away)
    assert away[0] > 0


def test_an_excerpt_outside_the_canvas_is_the_track(run):
    outside = replace(run.config, candidates=3)
    track = small_track(4.0, channels=1)
    placed = Run(small_image(), track, replace(outside, canvas=replace(outside.canvas, duration=1)))
    placed.step()
    place = Place(2.5, 1.0)
    assert np.array_equal(excerpt(placed, 2, place), excerpt(placed, TRACK, place))


def test_positions_are_picture_shares_of_the_front(run):
    front = run.state.front
    found = positions_of(front)
    assert found
    for candidate in front.candidates:
        assert (candidate.index in found) is not candidate.dominated
    shares = {c.index: front.shares(c.losses).picture for c in front.candidates}
    assert all(share == 100 * shares[index] for index, share in found.items())


def test_answers_travel_with_a_run_and_go_with_it(run, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "certify_run", lambda run, folder, tell: None)  # it takes long
    folder = tmp_path / "run"
    save_progress(run, folder)
    keep_answer(folder, ANSWERS[0], EVEN)
    file = io.BytesIO()
    write_zip(run, file, "mine", kept=folder)
    file.seek(0)
    read_zip(file, tmp_path / "back")
    library = Library(tmp_path / "runs")
    copied = library.path(library.add_folder(folder))
    for place in (tmp_path / "back", copied):
        assert kept_answers(place) == ANSWERS[:1]
        assert (place / DICTIONARY).exists()
    save_progress(run, folder)
    assert kept_answers(folder) == ANSWERS[:1]
    save_progress(Run(small_image(), small_track(seed=1), RunConfig(candidates=2)), folder)
    assert kept_answers(folder) == ()
