"""Whose runs a visitor sees: on one's own machine one's own, elsewhere those of a key.

The library in the user's data folder is for browsers on the same machine. Anyone else, on a
shared host or in the same network, gets a workspace of their own, found by a key that the server
made, and kept under a hash of it, so that a list of the folders opens none of them.

What cannot be told apart from the machine's own user: a client behind a proxy on the same machine
that adds no header and puts a loopback in the place of `Host`, where `Origin` says so too. A
browser never says so of another page; a forger does. Such a proxy needs `MOSS_SHARED=1`, or any of
the usual headers. The same is true of a tunnel (`ssh -L`) that ends on this machine, where it is
what its owner wants.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import secrets
import socket
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from moss_core.machine import data_folder, profile

WORKSPACE_PARAMETER, CARRY_PATH = "workspace", "carry"
"""What held a workspace's key in the addresses of an earlier MOSS; where keys are carried now."""
WORKSPACES = "workspaces"
"""Folder of all workspaces, in the data folder."""
_TOKEN = re.compile(r"[0-9a-f]{32}")
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via", "Cf-Connecting-Ip")


def is_own_machine(ip_address: str | None, headers: Mapping[str, str]) -> bool:
    """Return whether the visitor's browser runs on the machine of the server, which nobody shares.

    Args:
        ip_address: of the connection; None: this machine, as Streamlit has it.
        headers: of the connection's request. A browser names the page's address in `Origin`,
            whatever proxies lie between.
    """
    if profile() == "hosted" or any(name in headers for name in _FORWARDED):
        return False
    hosts = _host(headers.get("Origin", "")), _host(f"//{headers.get('Host', '')}")
    return all(is_loopback(host) for host in (ip_address or "127.0.0.1", *hosts))


def strangers(ip_address: str | None, headers: Mapping[str, str]) -> str:
    """Return what of a request shows that a proxy brings people from elsewhere; "" if nothing does.

    Args:
        ip_address: of the connection; None: this machine.
        headers: of its request.
    """
    forwarded = next((name for name in _FORWARDED if name in headers), "")
    if forwarded:
        return f"a request was forwarded ({forwarded})"
    # Whoever comes by the network itself, such as a phone at home, names the machine by its
    # address there; what comes from this very machine under another name came through a proxy.
    if is_loopback(ip_address or "127.0.0.1"):
        for name, address in (
            ("Host", f"//{headers.get('Host', '')}"),
            ("Origin", headers.get("Origin", "")),
        ):
            if not _is_this_machine(_host(address)):
                return f"a request from this machine is for another one ({name})"
    return ""


def _host(address: str) -> str:
    """Return the host of an address without brackets and port; "" if it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # brackets that do not close, or hold no address
        return ""


def _is_this_machine(host: str) -> bool:
    """Return whether a name is one of this machine's own, or none at all."""
    return not host or is_loopback(host) or host in _own_names()


@cache
def _own_names() -> frozenset[str]:
    name = socket.gethostname().lower()
    return frozenset({name, name.partition(".")[0], f"{name.partition('.')[0]}.local"})


def is_loopback(host: str) -> bool:
    """Return whether a host's name or address leads to the machine itself."""
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
    return root / WORKSPACES / hashlib.sha256(token.encode()).hexdigest()[:32]
