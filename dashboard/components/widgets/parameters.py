"""What objectives let people set, as widgets."""

from __future__ import annotations

from typing import Any

import streamlit as st

from components.widgets.failures import plain
from moss_core.objectives import Objective, Parameter, Value
from session import memory
from session.aims import values_of


def set_parameters(objective: Objective) -> None:
    """Show a widget for each of an objective's parameters."""
    for name, value in values_of(objective).items():
        parameter = objective.parameters[name]
        key = f"parameter:{objective.name}.{name}"
        common: dict[str, Any] = {
            # Two objectives may have a parameter of the same name.
            "label": plain(f"{objective.label}: {parameter.title(name)}"),
            "key": key,
            "help": plain(f"{parameter.help} Must be {parameter.rule}."),
            "on_change": _keep,
            "args": (objective.name, name, key),
        }
        _show(parameter, value, common)


def _show(parameter: Parameter, value: Value, common: dict[str, Any]) -> None:
    memory.show_as(common["key"], value)
    if parameter.kind == "switch":
        st.toggle(**common)
    elif parameter.kind == "choice":
        st.selectbox(options=list(parameter.choices), **common)
    else:
        # A declared number has both ends; `%g` since 0.0001 is not 0.
        least, most = float(parameter.least or 0), float(parameter.most or 0)
        ends: dict[str, Any] = (
            {"min_value": int(least), "max_value": int(most), "step": 1, "format": "%d"}
            if parameter.kind == "whole number"
            else {"min_value": least, "max_value": most, "step": (most - least) / 100}
            | {"format": "%g"}
        )
        st.number_input(**ends, **common)


def _keep(objective: str, name: str, key: str) -> None:
    kept = memory.get(memory.PARAMETERS).get(objective, {})
    memory.put_in(memory.PARAMETERS, objective, kept | {name: st.session_state[key]})
