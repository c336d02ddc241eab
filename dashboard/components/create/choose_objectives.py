"""Choosing what to aim for: a preset, or the objectives and how much each one counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.create.choose_preset import choose_preset
from components.widgets.failures import plain, show_failures
from components.widgets.parameters import set_parameters
from moss_core.errors import MossError
from moss_core.objectives import Installed, Objective, Plugins, Value, check_objectives, site
from moss_core.optimization import SWEEP_ENDS, RunConfig, choose_device
from moss_core.synthesis import PlacedCanvas
from session import memory
from session.aims import values_of, weight_of

_HEADINGS = {
    "image": ":material/image: Look like the image",
    "audio": ":material/hearing: Sound like the track",
}
_LEAST, _MOST = 1, 10


@dataclass(frozen=True)
class Chosen:
    """The objectives that were chosen.

    Args:
        weights: names with their weights.
        parameters: values of their parameters, by objective and parameter.
        objectives: themselves.
    """

    weights: tuple[tuple[str, float], ...]
    parameters: dict[str, dict[str, Value]]
    objectives: tuple[Objective, ...]


def choose_aim(plugins: Plugins) -> tuple[Chosen | None, DeltaGenerator, bool]:
    """Show the presets, and in an expander what the chosen one is made of.

    Returns:
        The chosen objectives, None if they cannot be used; the expander, and whether it is open.
    """
    st.subheader("3. What to aim for")
    choose_preset(plugins)
    show_failures(plugins.failures, "cannot be used")
    place = st.container()  # what is wrong is in sight where the expander is closed
    # Its label stays: with another one it would close under the hand that changes something in it.
    aim = st.expander("What it aims for", icon=":material/target:", key="aim", on_change="rerun")
    with aim:
        choose_lean()
        for domain, heading in _HEADINGS.items():
            st.markdown(f"**{heading}**")
            entries = {
                name: entry
                for name, entry in plugins.installed.items()
                if entry.objective.domain == domain
            }
            _cards(domain, entries)
    names = [name for name in plugins.installed if name in memory.get(memory.CHOSEN)]
    try:
        objectives = plugins.choose(names)
    except MossError as error:
        place.error(plain(str(error)), icon=":material/error:")
        return None, aim, bool(aim.open)
    parameters = {o.name: values_of(o) for o in objectives if o.parameters}
    chosen = Chosen(tuple((n, float(weight_of(n))) for n in names), parameters, objectives)
    return chosen, aim, bool(aim.open)


def choose_lean() -> None:
    """Show how far a hybrid leans to the image."""
    key = memory.widget(memory.LEAN)
    least, most = (round(100 * end) for end in SWEEP_ENDS)
    memory.show_as(key, round(100 * memory.get(memory.LEAN)))
    st.slider(
        "Between the song and the image",
        least,
        most,
        format="%d %%",
        key=key,
        on_change=lambda: memory.put(memory.LEAN, st.session_state[key] / 100),
        help="How much of its attention a single hybrid gives to the image. When the front is "
        "mapped, hybrids come nearer from the end that it leans away from.",
    )


def can_work(chosen: Chosen, canvas: PlacedCanvas, sample_rate: int) -> bool:
    """Return whether the chosen objectives can work on a canvas; say why not."""
    rate = min(canvas.working_rate, sample_rate)
    place = site(canvas.duration, rate, choose_device(RunConfig().device))
    try:
        check_objectives(chosen.objectives, place, chosen.parameters)
    except MossError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return False
    return True


def _cards(domain: str, entries: dict[str, Installed]) -> None:
    """Show those that a run has unless others are chosen, and the others one click away."""
    usual = [name for name, _ in RunConfig().objectives if name in entries]
    rivals = {name: weight_of(name) for name in entries if name in memory.get(memory.CHOSEN)}
    for name in usual:
        _card(name, entries[name], rivals)
    others = [name for name in entries if name not in usual]
    if others:
        opened = any(name in rivals for name in others)
        with st.expander(f"More {domain} objectives", expanded=opened, icon=":material/add:"):
            for name in others:
                _card(name, entries[name], rivals)


def _card(name: str, entry: Installed, rivals: dict[str, int]) -> None:
    objective = entry.objective
    with st.container(border=True, gap="xsmall", key=f"objective-card-{name}"):
        memory.show_as(f"objective:{name}", name in memory.get(memory.CHOSEN))
        st.checkbox(
            plain(objective.label),
            key=f"objective:{name}",
            on_change=_choose,
            args=(name,),
            help=plain(
                f"From {entry.distribution} {entry.version}. Defined in {objective.reference}"
            ),
        )
        if objective.description:
            st.caption(plain(objective.description))
        if name in rivals and len(rivals) > 1:
            share = rivals[name] / math.fsum(rivals.values())
            memory.show_as(f"weight:{name}", weight_of(name))
            st.slider(
                f"Weight of {plain(objective.label)} ({share:.0%} of its side)",
                _LEAST,
                _MOST,
                key=f"weight:{name}",
                on_change=_weigh,
                args=(name,),
                help="How much it counts among the chosen objectives of its side.",
            )
        if name in rivals:
            set_parameters(objective)


def _choose(name: str) -> None:
    others = tuple(other for other in memory.get(memory.CHOSEN) if other != name)
    memory.put(memory.CHOSEN, (*others, name) if st.session_state[f"objective:{name}"] else others)


def _weigh(name: str) -> None:
    memory.put_in(memory.WEIGHTS, name, st.session_state[f"weight:{name}"])
