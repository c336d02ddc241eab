"""What objectives let people set, as widgets."""

from __future__ import annotations

from typing import Any

import streamlit as st

import state
from moss_core.errors import MossError
from moss_core.objectives import Objective
from moss_core.parameters import Parameter, Value


def values_of(objective: Objective) -> dict[str, Value]:
    """Return the values that the visitor has set of an objective's parameters, else defaults."""
    kept = state.get(state.PARAMETERS).get(objective.name, {})
    found = {}
    for name, parameter in objective.parameters.items():
        try:
            found[name] = parameter.checked(kept.get(name, parameter.default), name)
        except MossError:  # of a run of an older version of the objective
            found[name] = parameter.default
    return found


def set_parameters(objective: Objective) -> None:
    """Show a widget for each of an objective's parameters."""
    for name, value in values_of(objective).items():
        parameter = objective.parameters[name]
        key = f"parameter:{objective.name}.{name}"
        common: dict[str, Any] = {
            "label": parameter.title(name),
            "key": key,
            "help": f"{parameter.help} Must be {parameter.rule}.",
            "on_change": _keep,
            "args": (objective.name, name, key),
        }
        _show(parameter, value, common)


def _show(parameter: Parameter, value: Value, common: dict[str, Any]) -> None:
    if parameter.kind == "switch":
        st.toggle(value=bool(value), **common)
    elif parameter.kind == "choice":
        choices = list(parameter.choices)
        st.selectbox(options=choices, index=choices.index(str(value)), **common)
    else:
        kind = type(parameter.default)
        least, most = kind(parameter.least), kind(parameter.most)
        step, form = (1, "%d") if kind is int else ((most - least) / 100, "%g")  # 0.0001 is not 0
        st.number_input(
            min_value=least, max_value=most, value=value, step=step, format=form, **common
        )


def _keep(objective: str, name: str, key: str) -> None:
    kept = state.get(state.PARAMETERS).get(objective, {})
    state.put_in(state.PARAMETERS, objective, kept | {name: st.session_state[key]})
