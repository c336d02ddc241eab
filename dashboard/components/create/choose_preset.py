"""Choosing what to aim for by name: a preset, saved, opened and shared as a file."""

from __future__ import annotations

import streamlit as st

from components.widgets.failures import plain
from moss_core.errors import MossError
from moss_core.machine import logger
from moss_core.objectives import Plugins
from moss_core.runs import MOST_LABEL, PRESET_SUFFIX, PRESETS, Preset, parse_preset, preset_file
from session import memory
from session.aims import current_aim, is_aim, put_aim
from session.own import add_preset, forget_preset, own_presets

_YOUR_OWN = "Your own"
_KEY = "preset"
_MOST_MEGABYTES = 1


def choose_preset(plugins: Plugins) -> None:
    """Show the presets, and "Your own" where what is set is none of them."""
    offered = {f"own:{preset.label}": preset for preset in own_presets()}
    offered = {preset.name: preset for preset in PRESETS} | offered
    now = next((key for key, preset in offered.items() if is_aim(preset, plugins)), _YOUR_OWN)
    keys = list(offered) if now in offered else [*offered, _YOUR_OWN]
    labels = {key: plain(preset.label) for key, preset in offered.items()}
    words = {key: preset.words or "Saved by you." for key, preset in offered.items()}
    memory.show_as(_KEY, now)
    st.radio(
        "What to aim for",
        keys,
        format_func=lambda key: labels.get(key, key),
        captions=[plain(words.get(key, "As it is set below.")) for key in keys],
        key=_KEY,
        on_change=_pick,
        args=(offered, plugins),
        label_visibility="collapsed",
    )
    with st.container(horizontal=True, gap="small"):
        _save(plugins)
        _open(plugins)
        if now.startswith("own:"):
            _share(offered[now])
    problem = memory.pop(memory.PRESET_ERROR)
    if problem:
        st.error(problem, icon=":material/error:")


def _share(preset: Preset) -> None:
    st.download_button(
        "Download",
        preset_file(preset),
        preset.name + PRESET_SUFFIX,
        "application/json",
        icon=":material/download:",
        on_click="ignore",
        help=f"{plain(preset.label)} as a small file, to send to others.",
    )
    st.button(
        "Remove",
        icon=":material/close:",
        on_click=forget_preset,
        args=(preset,),
        help=f"Takes {plain(preset.label)} off this list; what it sets stays until you choose "
        "another.",
    )


def _pick(offered: dict[str, Preset], plugins: Plugins) -> None:
    preset = offered.get(st.session_state[_KEY])
    if preset:
        _aim_for(preset, plugins)


def _aim_for(preset: Preset, plugins: Plugins) -> bool:
    """Aim for what a preset says, if it can be used; return whether."""
    try:
        preset.check(plugins)
    except MossError as error:
        memory.put(memory.PRESET_ERROR, plain(str(error)))
        return False
    put_aim(preset, plugins)
    return True


def _save(plugins: Plugins) -> None:
    with (
        st.popover("Save as preset", icon=":material/bookmark_add:"),
        st.form(f"{_KEY}_form", clear_on_submit=True, border=False),
    ):
        st.text_input(
            "Name of the preset",
            max_chars=MOST_LABEL,
            key=memory.widget(_KEY),
            placeholder="My poster",
        )
        st.form_submit_button(
            "Save", icon=":material/check:", type="primary", on_click=_keep, args=(plugins,)
        )
        st.caption("It stays in the list, from where you can download it to send it to others.")


def _keep(plugins: Plugins) -> None:
    """Save what is set under the name that was written."""
    label = " ".join(st.session_state[memory.widget(_KEY)].split())
    try:
        if label in (_YOUR_OWN, *(preset.label for preset in PRESETS)):
            raise MossError("name of the preset", "must be a new one", label, "Choose another.")
        add_preset(current_aim(label, plugins))
    except MossError as error:
        memory.put(memory.PRESET_ERROR, plain(str(error)))


def _open(plugins: Plugins) -> None:
    with st.popover("Open a preset", icon=":material/folder_open:"):
        st.file_uploader(
            f"A file that somebody saved ({PRESET_SUFFIX})",
            type=["json"],
            key=f"{_KEY}_file",
            max_upload_size=_MOST_MEGABYTES,
            on_change=_take,
            args=(plugins,),
        )


def _take(plugins: Plugins) -> None:
    file = st.session_state[f"{_KEY}_file"]
    if file is None:
        return
    try:
        preset = parse_preset(file.getvalue(), file.name)
    except MossError as error:
        logger.info("refused: %s", error)
        memory.put(memory.PRESET_ERROR, plain(str(error)))
        return
    if _aim_for(preset, plugins):
        add_preset(preset)
