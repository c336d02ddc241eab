"""The catalogue of objectives: each one in detail, and what failed to load."""

from __future__ import annotations

from functools import partial
from urllib.parse import quote

import streamlit as st

from charts.measured import measured_rows, measured_spec
from components.catalogue.like_you import show_like_you
from components.catalogue.waiting import wait_for
from components.widgets.chart import chart
from components.widgets.details import details
from components.widgets.failures import plain, show_failures
from components.widgets.player import Playable, player
from moss_core.errors import MossError
from moss_core.objectives import Installed, Plugins, as_text, needs
from moss_core.synthesis import Adjustments
from moss_core.words import count_text
from session import memory
from session.shared import chosen_card, demonstration
from sources.demonstration import MASKS, Demonstration
from sources.made_later import Waiting

_HEADINGS = {
    "image": ":material/image: Image: how it looks",
    "audio": ":material/hearing: Audio: how it sounds",
}
_ARCHIVES = {"arxiv.org/abs/": "arXiv:", "doi.org/": "doi:"}


@st.fragment
def show_installed(plugins: Plugins) -> None:
    """Show a card for each objective, with what it measures on the pair at a mask."""
    like_you = show_like_you(plugins)
    shown = _demonstration()
    if shown:
        _crossfade(shown)
    for column, (domain, heading) in zip(
        st.columns(2, gap="medium"), _HEADINGS.items(), strict=True
    ):
        with column:
            st.subheader(heading)
            entries = [e for e in plugins.installed.values() if e.objective.domain == domain]
            for entry in entries:
                _card(entry, shown, like_you.get(entry.objective.name, ""))
            if not entries:
                st.caption("None is installed, and a run needs one.")
    if shown:
        show_failures(shown.failures, "could not measure this pair")


def _demonstration() -> Demonstration | None:
    image, track = chosen_card("image"), chosen_card("track")
    if not image or not track:
        return None
    st.subheader(plain(f"{image.source.title} on {track.source.title}"))
    adjustments: Adjustments = memory.get(memory.ADJUSTMENTS)
    try:
        shown = demonstration(image, track, adjustments)
    except MossError as error:
        st.info(
            f"Nothing can be measured on this pair: {plain(str(error))}", icon=":material/info:"
        )
        return None
    if not isinstance(shown, Waiting):
        return shown
    wait_for(partial(demonstration, image, track, adjustments), _measuring)
    return None


def _measuring(waiting: Waiting) -> str:
    after = f", after {count_text(waiting.ahead, 'other pair')}" if waiting.ahead else ""
    return f"Measuring this pair with every objective{after}."


def _crossfade(shown: Demonstration) -> None:
    """Show the slider of the mask, and the picture and the sound at it."""
    left, right = st.columns((3, 2), gap="large", vertical_alignment="center")
    with right:
        st.markdown(
            "This is the pair chosen on **Create**, before anything is learned: the mask mixes "
            "the image into the first seconds of the track. Move it, look, listen, and see below "
            "what each objective says. A good one rises with what it is meant to notice."
        )
        st.slider(
            "Mask: 0 is the track, 1 is the image",
            0.0,
            1.0,
            memory.get(memory.MASK),
            0.1,
            key=memory.widget(memory.MASK),
            on_change=memory.keep,
            args=(memory.MASK,),
        )
    place = _place(memory.get(memory.MASK))
    mask = MASKS[place]
    playable = Playable(
        "mask",
        f"Mask {mask:.1f}",
        "before learning",
        shown.pictures[place],
        shown.sounds[place],
        f"Spectrogram of the mix at mask {mask:.1f}",
    )
    with left:
        player("demonstration", [playable], shown.canvas, shown.sample_rate)


def _place(mask: float) -> int:
    return min(range(len(MASKS)), key=lambda place: abs(MASKS[place] - mask))


def _card(entry: Installed, shown: Demonstration | None, like_you: str) -> None:
    objective = entry.objective
    with st.container(border=True, gap="xsmall", key=f"catalogue-{objective.name}"):
        with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
            st.markdown(f"**{plain(objective.label)}**", width="content")
            if details():
                st.markdown(f"`{objective.name}`", width="content")
        if objective.description:
            st.caption(plain(objective.description))
        if like_you:
            st.markdown(like_you)
        if shown and objective.name in shown.losses:
            _measured(entry, shown)
        st.markdown(f":small[Defined in {_link(objective.reference)}]")
        if details():
            alt = f"What {objective.label} is made of"
            with st.expander("What it is made of"):
                st.table(_facts(entry), border="horizontal", alt=alt)


def _measured(entry: Installed, shown: Demonstration) -> None:
    objective, losses = entry.objective, shown.losses[entry.objective.name]
    mask = MASKS[_place(memory.get(memory.MASK))]
    label = plain(objective.label)
    words = ", ".join(f"{loss:.3f} at {at:.1f}" for at, loss in zip(MASKS, losses, strict=True))
    chart(
        f"measured-{objective.name}",
        measured_spec(label, objective.domain),
        measured_rows(MASKS, losses, mask),
        f"{label} against the mask: {words}",
    )


def _facts(entry: Installed) -> dict[str, str]:
    objective = entry.objective
    facts = {plain(name): plain(str(value)) for name, value in objective.facts.items()}
    for name, parameter in objective.parameters.items():
        facts[plain(parameter.title(name))] = plain(
            f"{as_text(parameter.default)} by default; {parameter.rule}. {parameter.help}"
        )
    for text in needs(objective.needs):
        facts[f"Needs {text}"] = ""
    source = f"{plain(entry.distribution)} {plain(entry.version)}"
    return facts | {"From": f"{source}, entry point `{entry.entry_point}`"}


def _link(reference: str) -> str:
    """Return a link that reads as people cite it; what is no address stays text."""
    scheme, _, text = reference.partition("://")
    if scheme not in ("http", "https"):
        return plain(reference)
    for address, name in _ARCHIVES.items():
        if text.startswith(address):
            text = name + text.removeprefix(address)
    # Parentheses, which old DOIs have, would end the link.
    return f"[{plain(text)}]({quote(reference, safe=':/?#@!$&*+,;=%~')})"


def show_failed(plugins: Plugins) -> None:
    """Name what could not be loaded and why, or say that nothing failed."""
    if not plugins.failures:
        st.markdown(":green[:material/check_circle:] All plugins loaded.")
        return
    st.subheader(":material/extension_off: Failed to load")
    show_failures(plugins.failures, "could not be loaded")
