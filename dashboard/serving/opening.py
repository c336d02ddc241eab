"""Opens the page in the browser of whoever started the server.

Streamlit does so for a script, but not for a server of somebody's own.
"""

from __future__ import annotations

from streamlit import cli_util, config
from streamlit.web.server import server_util


def open_page() -> None:
    """Open the page, unless the server was told that nobody sits in front of it."""
    if not config.get_option("server.headless"):
        named = (key for key in ("browser.serverAddress", "server.address"))
        told = next((config.get_option(key) for key in named if config.is_manually_set(key)), None)
        everywhere = told in (None, "0.0.0.0", "::")
        cli_util.open_browser(server_util.get_url("localhost" if everywhere else str(told)))
