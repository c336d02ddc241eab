"""Which objectives hear and see like whoever listened to the run on show, and weights that fit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from charts.measured import agreement_rows, agreement_spec
from components.catalogue.waiting import wait_for
from components.widgets.chart import chart
from components.widgets.failures import plain
from components.widgets.press import press_button
from moss_core.errors import MossError
from moss_core.listening import Agreement, FittedWeight, fitted_preset
from moss_core.objectives import Domain, Plugins
from moss_core.runs import MOST_LABEL
from moss_core.words import count_text, percent_text
from session import memory
from session.aims import put_aim
from session.listening.agreeing import Opinion, listened_run, opinion
from session.own import add_preset
from sources.made_later import Waiting

_ALONE = 0.9999  # the weight of the only objective of its side, which has no error
_VERBS: dict[Domain, str] = {"audio": "hears", "image": "sees"}


def show_like_you(plugins: Plugins) -> dict[str, str]:
    """Show how the objectives agree with the answers of the run on show, if there are any.

    Returns:
        What a card says of that, by the objective's name.
    """
    job = listened_run(memory.get(memory.TOKEN))
    if job is None:
        return {}
    try:
        found = opinion(job)
    except MossError as error:
        st.info(plain(str(error)), icon=":material/info:")
        return {}
    if found is None:
        return {}
    whom = "you" if isinstance(found, Waiting) else found.whom
    st.subheader(f":material/hearing: Which hears like {whom}")
    if isinstance(found, Waiting):
        wait_for(
            partial(opinion, job),
            lambda _: "Measuring the candidates that you heard with every objective.",
        )
        return {}
    labels = {name: entry.objective.label for name, entry in plugins.installed.items()}
    told = [one for one in found.agreements.values() if one.name in labels]
    left, right = st.columns((2, 3), gap="large", vertical_alignment="center")
    with left:
        st.markdown(
            f"From {count_text(found.answers, 'answer')} to **{plain(found.title)}**. "
            + " ".join(_sentence(told, labels, domain, whom) for domain in _VERBS)
        )
        _weights(found, labels, plugins)
    with right:
        known = [one for one in told if one.tau is not None]
        if known:
            chart(
                "agreement",
                agreement_spec(),
                agreement_rows(known, labels),
                "How the objectives agree with the answers, 1 at best: "
                + ", ".join(f"{labels[one.name]} {_numbers(one)}" for one in known),
            )
    return {one.name: _line(one, whom) for one in told}


def _sentence(told: Sequence[Agreement], labels: dict[str, str], domain: Domain, whom: str) -> str:
    """Say which objective of a domain agrees most, no more surely than it is known."""
    known = [one for one in told if one.domain == domain and one.tau is not None]
    verb = _VERBS[domain]
    if not known:
        return f"Which of them {verb} like {whom}, pairs tell: on Front, **Compare pairs**."
    best = max(known, key=lambda one: one.tau or 0.0)
    if (best.low or 0.0) <= 0:
        return f"None surely {verb} like {whom} yet."
    close = sum((one.high or 0.0) > (best.low or 0.0) for one in known) - 1
    others = f", though {count_text(close, 'other')} may as well" if close else ""
    return f"**{plain(labels[best.name])}** {verb} most like {whom}{others}."


def _numbers(one: Agreement) -> str:
    return f"{one.tau:.2f} ({one.low:.2f} to {one.high:.2f})".replace("-", "−")


def _line(one: Agreement, whom: str) -> str:
    if one.tau is None:
        return ""
    verb = _VERBS[one.domain].capitalize()
    icon = "hearing" if one.domain == "audio" else "visibility"
    return f":material/{icon}: {verb} like {whom}: **{_numbers(one)}**"


def _weights(found: Opinion, labels: dict[str, str], plugins: Plugins) -> None:
    """Show the weights that fit the answers, and the button that makes a preset of them."""
    with st.popover("Weights that fit the answers", icon=":material/balance:"):
        st.table(
            {plain(labels.get(one.name, one.name)): _weight(one) for one in found.weights},
            border="horizontal",
        )
        st.caption(
            "Of the run's own objectives and those that agree most, each side by itself; ± is the "
            "standard error. Where there are few answers they stay near equal."
        )
        press_button(
            "Aim for it",
            _aim,
            found,
            plugins,
            key="fitted-preset",
            icon=":material/bookmark_add:",
            type="primary",
            help="It is chosen on Create, and stays among your presets",
        )
    if problem := memory.pop(memory.PRESET_ERROR):
        st.error(problem, icon=":material/error:")
    if label := memory.pop(memory.FITTED):
        st.success(f"**{plain(label)}** is what Create aims for now.", icon=":material/check:")


def _weight(one: FittedWeight) -> str:
    alone = one.weight > _ALONE
    return percent_text(one.weight) + ("" if alone else f" ± {percent_text(one.error)}")


def _aim(found: Opinion, plugins: Plugins) -> None:
    config = found.config
    label = f"My ears: {found.title}"[:MOST_LABEL].strip()
    words = f"Weights fitted to {count_text(found.answers, 'answer')}."
    like = {"parameters": config.parameters, "blend": config.blend, "lean": config.lean}
    try:
        preset = fitted_preset(found.weights, label, words, like)
        preset.check(plugins)
        add_preset(preset)
    except MossError as error:
        memory.put(memory.PRESET_ERROR, plain(str(error)))
        return
    put_aim(preset, plugins)
    memory.put(memory.FITTED, label)
