"""A link that is seen when the Tab key reaches it, and leads over a long page."""

from __future__ import annotations

from components.widgets.web import web_component

_component = web_component("skip")


def skip_to(target: str, label: str) -> None:
    """Show the link, the first thing on a page.

    Args:
        target: key of the container whose first button that can be pressed gets the focus.
        label: what it says.
    """
    _component(key="skip", data={"label": label, "target": target})
