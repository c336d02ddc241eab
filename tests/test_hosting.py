"""The files for a host agree with each other, with the dashboard and with its settings."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from server import ROOT

sys.path.append(str(ROOT / "dashboard"))

DOCKERFILE, COMPOSE = (ROOT / "Dockerfile").read_text(), (ROOT / "compose.yaml").read_text()
NGINX_FILE = "assets/hosting/nginx.conf"
NGINX = (ROOT / NGINX_FILE).read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SETTINGS = tomllib.loads((ROOT / "dashboard" / ".streamlit" / "config.toml").read_text())
MEGABYTE = 1024 * 1024


def instruction(name: str) -> list[str]:
    """What follows an instruction of the Dockerfile, wherever it is there."""
    joined = DOCKERFILE.replace("\\\n", "")
    return re.findall(rf"^{name} +(.*)$", joined, re.M)


def command(name: str) -> list[str]:
    """A command of the Dockerfile, in words."""
    (found,) = instruction(name)
    words: list[str] = json.loads(found[found.index("[") :])
    return words


def directive(name: str) -> str:
    (found,) = re.findall(rf"^ *{name} (.*);", NGINX, re.M)
    return found


def test_the_port_is_the_same_everywhere() -> None:
    words = command("CMD")
    port = words[words.index("--port") + 1]
    assert instruction("EXPOSE") == [port]
    assert f"127.0.0.1:{port}/" in command("HEALTHCHECK")[-1]
    assert directive("server") == f"moss:{port}"
    front = directive("listen")
    assert f"${{PORT:-80}}:{front}" in COMPOSE
    assert f"http://127.0.0.1:{front}/" in COMPOSE
    for service in ("moss", "proxy"):  # `moss` is the name by which the proxy finds the other
        assert re.search(rf"^  {service}:$", COMPOSE, re.M)


def test_both_checks_ask_the_health_address() -> None:
    from serving.health import HEALTH_PATH

    assert f"/{HEALTH_PATH}'" in command("HEALTHCHECK")[-1]
    assert f'/{HEALTH_PATH}"]' in COMPOSE
    compile(command("HEALTHCHECK")[-1], "check", "exec")


def test_the_proxy_lets_through_what_the_server_takes() -> None:
    size = directive("client_max_body_size")
    assert size.endswith("m")
    assert int(size[:-1]) * MEGABYTE > SETTINGS["server"]["maxUploadSize"] * MEGABYTE
    assert directive("proxy_request_buffering") == "off"  # its disk is read-only


def test_the_proxy_says_who_comes_and_hands_the_websocket_over() -> None:
    told = dict(re.findall(r"proxy_set_header (\S+) (\S+);", NGINX))
    assert told["Host"] == "$http_host"
    assert told["X-Forwarded-For"] == told["X-Real-Ip"] == "$remote_addr"  # not what a client says
    assert told["X-Forwarded-Proto"] == "$forwarded_proto"
    assert told["Forwarded"] == '""'
    assert (told["Upgrade"], told["Connection"]) == ("$http_upgrade", "$connection_upgrade")
    assert directive("proxy_http_version") == "1.1"


def test_nobody_in_the_container_is_root_or_owns_the_machine() -> None:
    (user,) = instruction("USER")
    assert all(int(id) > 0 for id in user.split(":"))
    (proxys,) = re.findall(r'^    user: "(.*)"$', COMPOSE, re.M)
    assert all(int(id) > 0 for id in proxys.split(":"))
    joined = DOCKERFILE.replace("\\\n", "")
    assert "MOSS_SHARED=1" in joined
    (volume,) = instruction("VOLUME")
    assert f"MOSS_DATA={volume} " in joined
    assert f"data:{volume}" in COMPOSE


def test_pythons_and_parts_are_those_of_the_project() -> None:
    wanted = SpecifierSet(PROJECT["requires-python"])
    versions = [re.search(r"python:(\d+\.\d+)-slim", one) for one in instruction("FROM")]
    assert len(versions) == 2
    assert len({version.group(1) for version in versions if version}) == 1
    assert all(version and version.group(1) in wanted for version in versions)
    trio = {Requirement(one).name for one in PROJECT["dependencies"]} & {
        "torch",
        "torchaudio",
        "torchvision",
    }
    assert all(name in DOCKERFILE for name in trio)  # imported together, so that none is mixed


def test_what_is_built_is_all_that_is_sent() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    sent = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines
    assert all((ROOT / name).exists() for name in sent)
    needed = {"pyproject.toml", "constraints.txt", PROJECT["readme"], *PROJECT["license-files"]}
    assert {Path(name).parts[0] for name in needed} <= sent
    assert {"moss_core", "dashboard", "plugins", "assets"} <= sent


def test_the_files_that_are_named_are_there() -> None:
    mounted = re.findall(r"- \./(\S+?):", COMPOSE)
    assert mounted == [NGINX_FILE]
    assert (ROOT / NGINX_FILE).is_file()


@pytest.mark.parametrize("limit", ["mem_limit: 2700m", "cpus: 2", "read_only: true", "restart:"])
def test_the_host_is_spared(limit: str) -> None:
    moss = COMPOSE[COMPOSE.index("  moss:") : COMPOSE.index("  proxy:")]
    assert limit in moss


def test_no_host_is_named() -> None:
    for text in (DOCKERFILE, COMPOSE, NGINX):
        hosts = set(re.findall(r"https?://([^/:;\s'\"]+)", text))
        assert hosts <= {"127.0.0.1", "moss", "THIS-HOST"}
