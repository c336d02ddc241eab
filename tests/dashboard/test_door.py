"""What the server does beside Streamlit."""

from pathlib import Path

import pytest
from asking import ask, page
from streamlit import config
from streamlit.web.server.app_discovery import discover_asgi_app

from moss_core.machine import profile
from serving.hosting import Hosting, look_at_address

HOME = Path(__file__).resolve().parents[2] / "dashboard" / "Home.py"


def test_streamlit_finds_the_server_in_the_entry_point():
    found = discover_asgi_app(HOME)
    assert (found.is_asgi_app, found.import_string) == (True, "Home:app")


def test_a_host_that_runs_the_entry_point_as_a_page_gets_the_page(create):
    assert not create.exception
    assert "Start" in [b.label for b in create.button]


@pytest.mark.parametrize(
    ("client", "headers", "found"),
    [
        ("127.0.0.1", {"Host": "localhost:8501"}, "personal"),
        ("::ffff:127.0.0.1", {"Host": "[::1]:8501", "Origin": "http://[::1]:8501"}, "personal"),
        ("192.168.1.7", {"Host": "192.168.1.2:8501"}, "personal"),  # a phone at home
        ("192.168.1.2", {"Host": "192.168.1.2:8501"}, "personal"),  # the owner, by that address
        ("127.0.0.1", {"Host": "localhost", "X-Forwarded-For": "203.0.113.5"}, "hosted"),
        ("10.0.0.2", {"Host": "moss.example.org", "Via": "1.1 proxy"}, "hosted"),
        ("127.0.0.1", {"Host": "moss.example.org"}, "hosted"),
        ("::1", {"Host": "localhost", "Origin": "https://moss.example.org"}, "hosted"),
    ],
)
def test_the_way_that_a_request_took_shows_whether_strangers_come(client, headers, found):
    ask(Hosting(page), "/", headers, client)
    assert profile() == found


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("127.0.0.1", "personal"),
        ("localhost", "personal"),
        (None, "personal"),
        ("0.0.0.0", "hosted"),
        ("192.168.1.2", "hosted"),
        ("::", "hosted"),
    ],
)
def test_the_address_that_it_listens_on_shows_it_too(monkeypatch, address, found):
    told = {"server.address": address, "server.maxUploadSize": 1}
    monkeypatch.setattr(config, "get_option", told.__getitem__)
    look_at_address()
    assert profile() == found
