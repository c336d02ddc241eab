"""Whose runs a visitor sees: on one's own machine one's own, elsewhere those of the address.

The library in the user's data folder is for browsers on the same machine. Anyone else, on a
shared host or in the same network, gets a workspace of their own, found by an unguessable token
in the address and kept under a hash of it, so that a list of the folders opens none of them.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from moss_core.machine import SHARED_VARIABLE, data_folder

_TOKEN = re.compile(r"[0-9a-f]{32}")
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via", "Cf-Connecting-Ip")


def is_own_machine(ip_address: str | None, headers: Mapping[str, str]) -> bool:
    """Return whether the visitor's browser runs on the machine of the server.

    Args:
        ip_address: of the connection; None: this machine, as Streamlit has it.
        headers: of the connection's request. A browser names the page's address in `Origin`,
            whatever proxies lie between.
    """
    if os.environ.get(SHARED_VARIABLE) == "1" or any(name in headers for name in _FORWARDED):
        return False
    hosts = _host(headers.get("Origin", "")), _host(f"//{headers.get('Host', '')}")
    return all(_is_loopback(host) for host in (ip_address or "127.0.0.1", *hosts))


def _host(address: str) -> str:
    """Return the host of an address without brackets and port; "" if it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # brackets that do not close, or hold no address
        return ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return False
    # A server that listens on both stacks sees 127.0.0.1 as ::ffff:127.0.0.1, which Python 3.11
    # does not take for a loopback.
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback


def new_token() -> str:
    """Return a token for a workspace that nobody can guess."""
    return secrets.token_hex(16)


def is_token(text: str | None) -> bool:
    """Return whether this may be the token of a workspace."""
    return bool(text and _TOKEN.fullmatch(text))


def library_folder(token: str | None) -> Path:
    """Return the folder of a workspace's runs; token None: those of the machine's user."""
    root = data_folder()
    if token is None:
        return root / "runs"
    return root / "workspaces" / hashlib.sha256(token.encode()).hexdigest()[:32]
