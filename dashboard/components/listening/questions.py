"""Trials as people are asked them, and what is said at the end."""

from __future__ import annotations

from background.snapshots import Snapshot
from components.listening.booth import Ending, Question
from moss_core.listening import TRACK, Listening, Trial
from session.listening.heard import Heard
from session.listening.stimuli import Stimuli


def question(stimuli: Stimuli, test: Listening, trial: Trial) -> Question:
    """Return a trial as it is asked; which answer would be right is not in its words.

    Args:
        stimuli: what is played and shown.
        test: that the trial is the next of.
        trial: to ask.
    """
    number, of = len(test.answers) + 1, test.planned
    if trial.kind == "picture":
        return _of_pictures(stimuli, trial, number, of)
    first, second = stimuli.sounds[trial.first], stimuli.sounds[trial.second]
    if trial.kind == "sound":
        return Question(
            number,
            of,
            "Which sounds more like the track?",
            ("A does", "B does"),
            "Listen to A and to B.",
            (("A", first), ("B", second), ("Track", stimuli.sounds[TRACK])),
            ((0, 1),),
        )
    x = first if trial.x_is_first else second
    return Question(
        number,
        of,
        "X is one of them. Which?",
        ("X is A", "X is B"),
        "Listen to X, and to A or B.",
        (("A", first), ("B", second), ("X", x)),
        ((0, 2), (1, 2)),
    )


def _of_pictures(stimuli: Stimuli, trial: Trial, number: int, of: int) -> Question:
    return Question(
        number,
        of,
        "Which shows more of the image?",
        ("Left", "Right"),
        "",
        pictures=(
            ("The left picture", stimuli.pictures[trial.first], "image/webp"),
            ("The right picture", stimuli.pictures[trial.second], "image/webp"),
            ("The image", stimuli.target, "image/png"),
        ),
        aspect=stimuli.aspect,
    )


def ending(snapshot: Snapshot, heard: Heard | None, of_pairs: bool) -> Ending:
    """Return what is said at the end of a test.

    Args:
        snapshot: of the run.
        heard: what came of the test by ear.
        of_pairs: whether it is the end of the pairs, which come after that.
    """
    if of_pairs or heard is None:
        return Ending(
            "Thank you",
            "Objectives says now which of them hear and see as you do.",
        )
    more = "" if heard.threshold.guessing else "Go on with pairs (2 min)"
    return Ending(f"{heard}.", consequence(snapshot, heard), more)


def consequence(snapshot: Snapshot, heard: Heard) -> str:
    """Return in a sentence what a result means for the front."""
    if heard.threshold.guessing:
        return "Somebody who listens hears the image alone; here it was not told from the track."
    if heard.candidate is None:
        return "No candidate is so near to the track that it surely was not heard."
    number = snapshot.front.number(heard.candidate)
    return f"Candidate {number} has the most image that was not heard."
