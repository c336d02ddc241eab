"""One run of the library: what it is, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

import fronts
import state
from components.chart import chart
from components.press import press_button
from components.resources import installed, job_manager, library, open_run, own_card, sample_cards
from components.settings import MOST_CANDIDATES, MOST_HERTZ, MOST_STEPS
from components.shelf import day
from moss_core.errors import MossError
from moss_core.runs import MAX_TITLE, Entry, Manifest, input_file
from moss_core.synthesis import DEFAULT_HIGH
from sources import Kind, clock, title_of


def show_case(entry: Entry) -> None:
    """Show what a run is."""
    manifest = entry.manifest
    st.subheader(entry.title)
    if manifest is None:
        st.error(entry.trouble, icon=":material/error:")
        return
    on_front = sum(not c.dominated for c in manifest.candidates)
    axis = manifest.config.canvas.axis
    rows = {
        "Image": title_of(manifest.image),
        "Track": f"{title_of(manifest.track)}, {clock(manifest.track_seconds)}",
        "Canvas": f"{manifest.low:,.0f} to {manifest.high:,.0f} Hz ({axis})",
        "Objectives": ", ".join(objective.label for objective in manifest.objectives),
        "Candidates": f"{len(manifest.candidates)}, {on_front} on the front",
        "Covers": f"{manifest.hypervolume:.0%} of the box (hypervolume)",
        "Steps": f"{manifest.steps} of {manifest.planned}, {clock(manifest.seconds)} of learning",
        "Started": manifest.created.replace("T", " ").replace("+00:00", " UTC"),
        "Saved": day(entry.changed),
    }
    if state.get(state.WORKSPACE) is None:
        rows["Folder"] = entry.id
    st.markdown("  \n".join(f":gray[{label}:] {value}" for label, value in rows.items()))
    missing = [o.label for o in manifest.objectives if o.name not in installed().installed]
    if missing:
        st.warning(
            f"Not installed any more: {', '.join(missing)}. The run opens without.",
            icon=":material/extension_off:",
        )


def show_actions(entry: Entry) -> None:
    """Show what can be done with a run."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        usable = entry.manifest is not None
        if st.button(
            "Open run", type="primary", icon=":material/folder_open:", disabled=not usable
        ):
            _go("app_pages/front.py", lambda: state.show_run(open_run(entry.id).token))
        if usable:
            with st.popover("Rename", icon=":material/edit:"):
                key = f"rename:{entry.id}"

                def renamed() -> None:
                    _try(lambda: _rename(entry, st.session_state[key]))

                st.text_input(
                    "Title; press Enter",
                    entry.title,
                    max_chars=MAX_TITLE,
                    key=key,
                    on_change=renamed,
                )
            if st.button(
                "Duplicate with changes",
                icon=":material/content_copy:",
                help="Go to Create with this run's image, track and settings",
            ):
                _go("app_pages/create.py", lambda: _duplicate(entry))
        press_button(
            "Delete",
            lambda: _try(lambda: _delete(entry)),
            icon=":material/delete:",
            help="It can be undone",
        )


def show_undo() -> None:
    """Show the way to undo the last deletion, and what did not work."""
    if deleted := state.get(state.DELETED):
        run, title = deleted
        with st.container(horizontal=True, vertical_alignment="center", key="undo"):
            st.markdown(f"Deleted **{title}**.")
            press_button("Undo", lambda: _try(lambda: _undelete(run)), icon=":material/undo:")
    if problem := state.take(state.LIBRARY_ERROR):
        st.error(problem, icon=":material/error:")


def _try(action: Callable[[], object]) -> bool:
    try:
        action()
    except MossError as error:
        state.put(state.LIBRARY_ERROR, str(error))
        return False
    return True


def _go(page: str, action: Callable[[], object]) -> None:
    """Do something and go to a page; stay and say what is wrong if it does not work."""
    if _try(action):
        st.switch_page(page)
    st.rerun()


def _rename(entry: Entry, title: str) -> None:
    job = job_manager().find(entry.id)
    if job:
        job.rename(title, lambda: library().rename(entry.id, title))
    else:
        library().rename(entry.id, title)


def _delete(entry: Entry) -> None:
    job = job_manager().find(entry.id)
    was_there = bool(job and not job.look().deleted)
    if job:
        job.delete()
    try:
        library().delete(entry.id)
    except MossError:
        if job and was_there:
            job.put_back()
        raise
    state.put(state.DELETED, (entry.id, entry.title))


def _undelete(run: str) -> None:
    library().undelete(run)
    if job := job_manager().find(run):
        job.put_back()
    state.put(state.DELETED, None)
    state.put(state.OPENED, run)


def _duplicate(entry: Entry) -> None:
    manifest, folder = entry.manifest, library().path(entry.id)
    assert manifest is not None
    inputs: tuple[tuple[Kind, str, str], ...] = (
        ("image", manifest.image, manifest.image_sha256),
        ("track", manifest.track, manifest.track_sha256),
    )
    for kind, name, sha256 in inputs:
        card = next((card for card in sample_cards(kind) if card.id == sha256), None)
        if card:
            state.put(kind, card.id)
        else:
            content = input_file(folder, kind, sha256)
            state.take_own(kind, own_card(kind, name, title_of(name), content))
    _take_settings(manifest)


def _take_settings(manifest: Manifest) -> None:
    config, canvas = manifest.config, manifest.config.canvas
    quick = config.candidates == 1
    steps = min(MOST_STEPS, config.steps)
    state.put(state.CHOSEN, tuple(n for n, _ in config.objectives if n in installed().installed))
    state.put(state.WEIGHTS, _whole_weights(config.objectives))
    state.put(state.PARAMETERS, {name: dict(v) for name, v in config.parameters.items()})
    state.put(state.ON_FAILURE, config.on_failure)
    state.put(state.MODE, state.QUICK if quick else state.MAP)
    state.put(state.QUICK_STEPS if quick else state.MAP_STEPS, steps)
    if not quick:
        state.put(state.CANDIDATES, min(MOST_CANDIDATES, config.candidates))
    state.put(state.SEED, min(2**31, config.seed))
    state.put(state.LOW, min(MOST_HERTZ, max(0, round(canvas.low or 0))))
    state.put(state.HIGH, min(MOST_HERTZ, max(200, round(canvas.high or DEFAULT_HIGH))))
    state.put(state.AXIS, canvas.axis)
    end = canvas.start + canvas.duration if canvas.duration else manifest.track_seconds
    whole = int(manifest.track_seconds * 100) / 100
    state.put(state.SECTION, (state.get(state.TRACK), canvas.start, min(end, whole)))


def _whole_weights(objectives: Sequence[tuple[str, float]]) -> dict[str, int]:
    """Return weights of 1 to 10: as they are where they are such, else scaled to that."""
    weights = [weight for _, weight in objectives]
    fine = all(weight in range(1, 11) for weight in weights)
    scale = 1.0 if fine else 10 / max(weights)
    return {name: max(1, round(weight * scale)) for name, weight in objectives}


def compare_with(entry: Entry, entries: Sequence[Entry]) -> None:
    """Show the fronts of two runs in one chart, where they have objectives in common."""
    others = {other.id: other for other in entries if other.manifest and other.id != entry.id}
    if not entry.manifest or not others:
        return
    against = state.get(state.AGAINST) if state.get(state.AGAINST) in others else None
    st.selectbox(
        "Compare its front with",
        list(others),
        index=list(others).index(against) if against else None,
        format_func=lambda run: f"{others[run].title} ({day(others[run].changed)})",
        placeholder="Choose another run",
        key=state.widget(state.AGAINST),
        on_change=state.keep,
        args=(state.AGAINST,),
    )
    if against:
        _two_fronts(entry, others[against])


def _two_fronts(entry: Entry, other: Entry) -> None:
    assert entry.manifest
    assert other.manifest
    theirs = {objective.name for objective in other.manifest.objectives}
    common = [o for o in entry.manifest.objectives if o.name in theirs]
    across = next((o for o in common if o.domain == "audio"), None)
    up = next((o for o in common if o.domain == "image"), None)
    if not across or not up:
        st.info(
            "These two have no image objective and no audio objective in common, so that their "
            "losses cannot be laid side by side.",
            icon=":material/info:",
        )
        return
    titles = (f"A: {entry.title}", f"B: {other.title}")
    runs = list(zip(titles, (entry.manifest, other.manifest), strict=True))
    chart(
        "two-fronts",
        fronts.two_fronts_spec(across.label, up.label, titles),
        fronts.two_fronts_rows(runs, across.name, up.name),
        f"Fronts of {entry.title} and {other.title} by {across.label} and {up.label}",
    )
    same = (
        entry.manifest.image_sha256 == other.manifest.image_sha256
        and entry.manifest.track_sha256 == other.manifest.track_sha256
    )
    if not same:
        st.caption(
            "They were made from different images or tracks: a loss says how far each is from "
            "its own."
        )
