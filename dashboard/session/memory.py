"""What a visitor's session remembers: every session-state key and its default, in one place."""

from __future__ import annotations

from typing import Any

import streamlit as st

from background.snapshots import Shown
from moss_core.optimization import RunConfig
from session.keys import cookie_name, token_of
from session.workspace import is_own_machine, new_token

RUN_PARAMETER, SHOW_PARAMETER = "run", "show"

EXAMPLES = "examples"
"""Whether Create shows its examples; None: until the visitor has something of their own."""
IMAGE, TRACK = "image", "track"
"""Id of the chosen card; "" for the first one."""
OWN = "own"
"""Cards of the visitor's own images and tracks by kind, newest first; they keep the bytes."""
OWN_PRESETS = "own_presets"
"""Presets that the visitor saved or opened, newest first."""
PRESET_ERROR = "preset_error"
"""Why the last preset cannot be used; "" if it can."""
FITTED = "fitted"
"""Label of the preset that was fitted to somebody's answers just now; "" if none was."""
RESTORED, CHOICE_KEPT = "restored", "choice_kept"
"""Whether what lies in the workspace was brought back, and what of the choice lies there."""
OWN_ERRORS = "own_errors"
"""What was wrong with the last thing of one's own, by kind."""
TEXT, FONT = "text", "font"
CHANNELS, TWO_IMAGES = "channels", "two"
"""Which of the track's channels show the image (`RunConfig`), or `TWO_IMAGES`."""
RIGHT = "right"
"""Id of the card of the image on the right channel; "" for the first that is not on the left."""
ADJUSTMENTS = "adjustments"
"""What is done to the image (`Adjustments`)."""
BLEND = "blend"
"""How the image sits in the song (`Blend`)."""
LEAN = "lean"
"""How far a run leans to the image (`RunConfig`)."""
STAYING = "staying"
"""Id of a track's card, and the images that stay where they were placed on it."""
CHOSEN = "chosen_objectives"
"""Names of the chosen objectives."""
WEIGHTS = "weights"
"""Weight of each objective by name, 1 to 10; 5 where it was never set."""
PARAMETERS = "parameters"
"""Values of objectives' parameters, by objective and parameter, where they were set."""
ON_FAILURE = "on_failure"
"""What a run does when an objective fails (`RunConfig`)."""
MASK = "mask"
"""The mask of the demonstration on the Objectives page, 0 to 1."""
MODE = "mode"
CANDIDATES, QUICK_STEPS, MAP_STEPS, SEED = "candidates", "quick_steps", "map_steps", "seed"
LOW, HIGH, AXIS = "low", "high", "axis"
SECTION = "section"
"""(card id, start, end) of the last section that was chosen, in seconds."""
ASPECT = "aspect"
"""Width to height that the box of the image was given on the screen (`Canvas`)."""
TOKEN = "token"
"""Token of the run on show."""
TAB = "tab"
"""Token of this session (`tab`)."""
WORKSPACE = "workspace"
"""Token of the workspace; None: that of the machine's user."""
CARRIED = "carried"
"""Token of the last link that carries the workspace to another browser; "" if there is none."""
KEPT = "kept"
"""Whether the visitor's browser keeps the key to the workspace; else it ends with the session."""
PICKED = "picked"
"""Index of the candidate on show; None: the one that the run watches."""
VIEWERS = "viewers"
"""Names of the programs that a run is made to be seen in."""
CERTIFICATE = "certificate"
"""The last certificate, with what it is of: run, candidate and step."""
SHOWN = "shown"
"""What of the candidates the pictures show (`Shown`)."""
COMPARED = "compared"
"""Number of the pin on show in the player; None: the latest."""
REPLAYED = "replayed"
"""Step that the replay shows; None: the latest, live."""
ACROSS, UP = "across", "up"
"""Names of the objectives that span the front; "" for the first of the domain."""
FOCUSED = "focused"
"""When a run was last started, in seconds: its player then takes the keyboard's focus, once."""
DRAWN = "drawn"
"""What the controls of the page were last drawn from; None: they are being drawn."""
FILE, PARTS = "file", "parts"
"""What is to be made to take home (`make_files`), and of what a ZIP is."""
FILM, SHAPE, CARD = "film", "shape", "card"
"""Kind and shape of a video, and whether it begins with a title."""
BESIDE = "beside"
"""Indices of the candidates that are compared side by side."""
OPENED_BESIDE = "opened_beside"
"""Counts the times that something was put beside others to compare, which is then scrolled to."""
PLAYED = "played"
"""Counts the times a candidate was chosen to be heard."""
FOUND, SORTED = "found", "sorted"
"""What the library is searched for, and by what it is sorted."""
OPENED = "opened"
"""Id of the run that is chosen in the library; "" for the first one."""
BATCH, ROW = "batch", "row"
"""Folder of the library's batch that is open, "" for none; and the row that is chosen in it."""
AGAINST = "against"
"""Id of the run whose front is compared with it; None: none."""
DELETED = "deleted"
"""(id, title) of the run that was deleted last; None: nothing to undo."""
LIBRARY_ERROR = "library_error"
"""What did not work in the library; "" if all did."""
DETAILS = "details"
"""Whether pages show losses and other terms of the field beside what everyone understands."""
LINK_ERROR = "link_error"
"""What did not work when a link was made or taken back; "" if all did."""
SITTING, BOOTH = "sitting", "booth"
"""The listening test that is taken just now (`Sitting`), and how many times one was begun."""
LISTENED = "listened"
"""Whether somebody has just left a listening test."""
LISTENING_ERROR, ANSWER_ERROR = "listening_error", "answer_error"
"""Why a listening test cannot begin, and why its last answer was not kept; "" if all did."""
CHART_EPOCH = "chart_epoch"
"""Counts the times the candidate was picked elsewhere, which clears the front chart's own pick."""

QUICK, MAP = "Quick", "Map the front"
DEFAULT_WEIGHT = 5
MOST_CANDIDATES, MOST_STEPS, MOST_HERTZ = 24, 500, 96_000
"""Most that the settings of a run can be set to."""
MAX_OWN, MAX_OWN_PRESETS = 4, 8

_DEFAULTS: dict[str, Any] = {
    EXAMPLES: None,
    IMAGE: "",
    TRACK: "",
    OWN: {"image": (), "track": ()},
    OWN_PRESETS: (),
    PRESET_ERROR: "",
    FITTED: "",
    RESTORED: False,
    CHOICE_KEPT: {},
    OWN_ERRORS: {},
    TEXT: "",
    FONT: "",
    CHANNELS: RunConfig().channels,
    RIGHT: "",
    ADJUSTMENTS: RunConfig().adjustments,
    BLEND: RunConfig().blend,
    LEAN: RunConfig().lean,
    STAYING: ("", ()),
    CHOSEN: tuple(name for name, _ in RunConfig().objectives),
    WEIGHTS: {},
    PARAMETERS: {},
    ON_FAILURE: RunConfig().on_failure,
    MASK: 0.5,
    MODE: QUICK,
    CANDIDATES: 9,
    QUICK_STEPS: 120,
    MAP_STEPS: 60,
    SEED: 0,
    LOW: 0,
    HIGH: 8000,
    AXIS: "linear",
    SECTION: None,
    ASPECT: RunConfig().canvas.aspect,
    CARRIED: "",
    KEPT: True,
    PICKED: None,
    VIEWERS: RunConfig.viewers,
    CERTIFICATE: None,
    SHOWN: Shown(),
    COMPARED: None,
    REPLAYED: None,
    FILE: "video",
    PARTS: "one",
    FILM: "picture",
    SHAPE: "square",
    CARD: True,
    BESIDE: (),
    OPENED_BESIDE: 0,
    PLAYED: 0,
    FOUND: "",
    SORTED: "",
    OPENED: "",
    BATCH: "",
    ROW: "",
    AGAINST: None,
    DELETED: None,
    LIBRARY_ERROR: "",
    ACROSS: "",
    UP: "",
    FOCUSED: 0,
    DRAWN: None,
    DETAILS: False,
    LINK_ERROR: "",
    SITTING: None,
    BOOTH: 0,
    LISTENED: False,
    LISTENING_ERROR: "",
    ANSWER_ERROR: "",
    CHART_EPOCH: 0,
}


def prepare() -> None:
    """Fill in what this session does not have yet."""
    for key, value in _DEFAULTS.items():
        st.session_state.setdefault(key, value)


def follow_address() -> None:
    """Take the run from the address, and keep it there; find the visitor's workspace."""
    st.session_state.setdefault(TOKEN, st.query_params.get(RUN_PARAMETER))
    # The machine's own user is nobody any more once strangers come.
    if st.session_state.get(WORKSPACE) is None:
        st.session_state[WORKSPACE] = _workspace()
    if st.session_state[TOKEN]:
        st.query_params[RUN_PARAMETER] = st.session_state[TOKEN]


def _workspace() -> str | None:
    """Return the token of the visitor's workspace: that of the browser's cookie, or a new one."""
    if own_machine():
        return None
    known = token_of(st.context.cookies.get(cookie_name()))
    put(KEPT, known is not None)
    return known or new_token()


def own_machine() -> bool:
    """Return whether the visitor is the machine's own user."""
    return is_own_machine(st.context.ip_address, st.context.headers)


def get(key: str) -> Any:
    """Return what the session remembers under a key."""
    return st.session_state[key]


def put(key: str, value: Any) -> None:
    """Remember a value."""
    st.session_state[key] = value


def put_in(key: str, part: str, value: Any) -> None:
    """Remember a part of a value that is a dictionary."""
    st.session_state[key] = st.session_state[key] | {part: value}


def keep(key: str) -> None:
    """Copy a widget's value to the session's own key; widgets forget theirs when hidden."""
    st.session_state[key] = st.session_state[widget(key)]


def show_as(key: str, value: Any) -> None:
    """Let a widget that is drawn next show a value, which something else may have changed."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def widget(key: str) -> str:
    """Return the key of the widget that edits a remembered value."""
    return f"{key}_widget"


def tab() -> str:
    """Return this session's token, by which it knows what it asked for itself."""
    token: str = st.session_state.setdefault(TAB, new_token())
    return token


def go_to_run(token: str) -> None:
    """Go to a run."""
    put(TOKEN, token)
    for key in (PICKED, COMPARED, REPLAYED):
        put(key, None)
    put(BESIDE, ())
    put(SHOWN, Shown())
    st.query_params[RUN_PARAMETER] = token


def pop(key: str) -> Any:
    """Return what the session remembers under a key, and set it back to its default."""
    value = get(key)
    put(key, _DEFAULTS[key])
    return value


def leave_run() -> None:
    """Forget the run of this session."""
    put(TOKEN, None)
    st.query_params.pop(RUN_PARAMETER, None)
