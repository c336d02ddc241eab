"""Whose runs a visitor sees."""

import socket

import pytest

from moss_core.machine import host
from session.workspace import is_own_machine, is_token, library_folder, new_token, strangers

OWN = {"Origin": "http://localhost:8501", "Host": "localhost:8501"}


@pytest.mark.parametrize("ip_address", [None, "127.0.0.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize(
    "host",
    ["localhost:8501", "localhost", "127.0.0.1:8501", "[::1]:8501", "[::ffff:127.0.0.1]:8501"],
)
def test_a_browser_on_the_same_machine_is_its_users(ip_address, host):
    assert is_own_machine(ip_address, {"Origin": f"http://{host}", "Host": host})


@pytest.mark.parametrize(
    ("ip_address", "headers"),
    [
        ("192.168.1.7", OWN),
        ("::ffff:192.168.1.7", OWN),
        (None, OWN | {"Host": "[::1:8501"}),
        (None, OWN | {"Origin": "http://[localhost]:8501"}),
        ("10.0.0.2", {"Origin": "http://10.0.0.1:8501", "Host": "10.0.0.1:8501"}),
        (None, OWN | {"X-Forwarded-For": "203.0.113.5"}),
        (None, OWN | {"Via": "1.1 proxy"}),
        (None, {"Origin": "https://moss.example.org", "Host": "localhost:8501"}),
        (None, {"Origin": "http://localhost:8501", "Host": "moss.example.org"}),
        (None, {"Host": "localhost:8501"}),
        (None, {"Origin": "null", "Host": "localhost:8501"}),
        (None, {"Origin": "http://localhost.evil.org", "Host": "localhost:8501"}),
        (None, {}),
    ],
)
def test_anyone_else_is_not(ip_address, headers):
    assert not is_own_machine(ip_address, headers)


def test_a_host_can_say_that_nobody_owns_it(monkeypatch):
    monkeypatch.setenv("MOSS_SHARED", "1")
    assert not is_own_machine(None, OWN)


def test_nobody_owns_a_machine_that_strangers_have_come_to():
    host("a test")
    assert not is_own_machine(None, OWN)


def test_the_machine_has_names_of_its_own():
    name = socket.gethostname()
    assert strangers("127.0.1.1", {"Host": f"{name}:8501"}) == ""
    assert strangers("127.0.0.1", {"Host": f"{name}.example.org"})


def test_tokens_cannot_be_guessed_or_made_up():
    assert len({new_token() for _ in range(50)}) == 50
    assert is_token(new_token())
    for text in (None, "", "..", "a" * 31, "G" * 32, "../" + "a" * 29, "a" * 33):
        assert not is_token(text)


def test_each_token_has_a_folder_that_does_not_tell_it(monkeypatch, tmp_path):
    monkeypatch.setenv("MOSS_DATA", str(tmp_path))
    one, other = new_token(), new_token()
    folders = {library_folder(token) for token in (None, one, other)}
    assert len(folders) == 3
    assert all(folder.is_relative_to(tmp_path) for folder in folders)
    assert one not in str(library_folder(one))
    assert library_folder(one) == library_folder(one)
