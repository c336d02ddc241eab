"""The booth: a window over the page in which trials are heard, seen and answered, by keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from components.widgets.media_urls import address
from components.widgets.web import web_component
from moss_core.listening import Side

_component = web_component("booth", "plays", "player_engine")
_MOST_SECONDS = 3600.0
_SIDES: tuple[Side, ...] = ("first", "second")


@dataclass(frozen=True)
class Question:
    """One trial.

    Args:
        number: of it, from 1.
        of: how many there are.
        text: what is asked.
        answers: the two that there are, "first" and "second".
        hint: what to do before an answer.
        sounds: label and FLAC of each; the key of each is its place, from 1, or its first letter.
        needs: which of the sounds have to be heard before an answer: one of these sets.
        pictures: words, bytes and type of each.
        aspect: how many times as wide as high the pictures are.
    """

    number: int
    of: int
    text: str
    answers: tuple[str, str]
    hint: str
    sounds: tuple[tuple[str, bytes], ...] = ()
    needs: tuple[tuple[int, ...], ...] = ()
    pictures: tuple[tuple[str, bytes, str], ...] = ()
    aspect: float = 1.0


@dataclass(frozen=True)
class Ending:
    """What is said at the end.

    Args:
        title: what came of it.
        words: about it.
        more: what can be gone on with; "" for nothing.
    """

    title: str
    words: str
    more: str = ""


def booth(
    key: str,
    id: int,
    inside: Question | Ending | str | None,
    sample_rate: int,
    on_answer: Callable[[int, Side, float], None],
    on_close: Callable[[], None],
    on_more: Callable[[], None],
    trouble: str = "",
) -> None:
    """Show the booth where there is something inside; it takes all keys then.

    Args:
        key: of the component on the page.
        id: another one each time that it is opened.
        inside: a trial, the end, what is waited for in words, or None: it is closed.
        sample_rate: of the sounds, Hz.
        on_answer: called with the number of a trial, the answer and the seconds it took.
        on_close: called when somebody leaves.
        on_more: called when somebody wants what the ending offers.
        trouble: what went wrong; "" for nothing.
    """

    def answered() -> None:
        event = st.session_state[key]["answered"]
        if event and event["id"] == id and event["answer"] in _SIDES:
            seconds = min(_MOST_SECONDS, max(0.0, float(event["seconds"])))
            on_answer(int(event["number"]), event["answer"], seconds)

    def closed() -> None:
        if st.session_state[key]["closed"] == id:
            on_close()

    def wanted() -> None:
        if st.session_state[key]["more"] == id:
            on_more()

    question = inside if isinstance(inside, Question) else None
    ending = inside if isinstance(inside, Ending) else None
    _component(
        key=key,
        data={
            "id": id,
            "open": inside is not None,
            "waiting": inside if isinstance(inside, str) else "",
            "sample_rate": sample_rate,
            "question": _told(key, question) if question else None,
            "ending": vars(ending) if ending else None,
            "trouble": trouble,
        },
        on_answered_change=answered,
        on_closed_change=closed,
        on_more_change=wanted,
    )


def _told(key: str, question: Question) -> dict[str, object]:
    return {
        "number": question.number,
        "of": question.of,
        "text": question.text,
        "answers": question.answers,
        "hint": question.hint,
        "aspect": question.aspect,
        "needs": question.needs,
        "sounds": [
            (label, address(content, "audio/flac", f"{key}:sound:{place}"))
            for place, (label, content) in enumerate(question.sounds)
        ],
        "pictures": [
            (alt, address(content, mimetype, f"{key}:picture:{place}"))
            for place, (alt, content, mimetype) in enumerate(question.pictures)
        ],
    }
