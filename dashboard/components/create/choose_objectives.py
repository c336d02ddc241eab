"""Choosing the objectives and how much each one counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import streamlit as st

from components.widgets.failures import show_failures
from components.widgets.parameters import set_parameters, values_of
from moss_core.errors import MossError
from moss_core.objectives import Installed, Objective, Plugins, Value, check_objectives, site
from moss_core.optimization import RunConfig, choose_device
from moss_core.synthesis import PlacedCanvas
from session import memory

_HEADINGS = {
    "image": (":material/image: Look like the image", "image objectives"),
    "audio": (":material/hearing: Sound like the track", "audio objectives"),
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


def choose_objectives(plugins: Plugins) -> Chosen | None:
    """Show the objectives by domain; return the chosen ones, None if they cannot be used."""
    st.subheader("3. What to aim for")
    for domain, (heading, term) in _HEADINGS.items():
        st.markdown(f"**{heading}** :gray[({term})]")
        entries = {
            name: entry
            for name, entry in plugins.installed.items()
            if entry.objective.domain == domain
        }
        _cards(domain, entries)
    show_failures(plugins.failures, "cannot be used")
    names = [name for name in plugins.installed if name in memory.get(memory.CHOSEN)]
    try:
        objectives = plugins.choose(names)
    except MossError as error:
        st.error(str(error), icon=":material/error:")
        return None
    parameters = {o.name: values_of(o) for o in objectives if o.parameters}
    return Chosen(tuple((name, float(_weight(name))) for name in names), parameters, objectives)


def can_work(chosen: Chosen, canvas: PlacedCanvas, sample_rate: int) -> bool:
    """Return whether the chosen objectives can work on a canvas; say why not."""
    rate = min(canvas.working_rate, sample_rate)
    place = site(canvas.duration, rate, choose_device(RunConfig().device))
    try:
        check_objectives(chosen.objectives, place, chosen.parameters)
    except MossError as error:
        st.error(str(error), icon=":material/error:")
        return False
    return True


def _cards(domain: str, entries: dict[str, Installed]) -> None:
    """Show those that a run has unless others are chosen, and the others one click away."""
    usual = [name for name, _ in RunConfig().objectives if name in entries]
    rivals = {name: _weight(name) for name in entries if name in memory.get(memory.CHOSEN)}
    for name in usual:
        _card(name, entries[name], rivals)
    others = [name for name in entries if name not in usual]
    if others:
        opened = any(name in rivals for name in others)
        with st.expander(f"More {domain} objectives", expanded=opened, icon=":material/add:"):
            for name in others:
                _card(name, entries[name], rivals)


def _weight(name: str) -> int:
    weight: int = memory.get(memory.WEIGHTS).get(name, memory.DEFAULT_WEIGHT)
    return weight


def _card(name: str, entry: Installed, rivals: dict[str, int]) -> None:
    objective = entry.objective
    with st.container(border=True, gap="xsmall", key=f"objective-card-{name}"):
        st.checkbox(
            f"**{objective.label}**",
            value=name in memory.get(memory.CHOSEN),
            key=f"objective:{name}",
            on_change=_choose,
            args=(name,),
            help=f"From {entry.distribution} {entry.version}. Defined in {objective.reference}",
        )
        if objective.description:
            st.caption(objective.description)
        if name in rivals and len(rivals) > 1:
            share = rivals[name] / math.fsum(rivals.values())
            st.slider(
                f"Weight ({share:.0%} of its side)",
                _LEAST,
                _MOST,
                _weight(name),
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
