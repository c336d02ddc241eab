"""What visitors get through the proxy of assets/hosting, in front of a real dashboard.

    python tests/benchmarks/proxied.py      # needs nginx and Chromium; two minutes

nginx runs with the configuration that compose.yaml gives it, but for the ports, the address of the
dashboard and the folder for its files. Prints a row for each thing that must hold; ends with status
1 where one does not. Each is tried on a server that was told that it is shared, and on one that
was not: the forwarding headers alone must be enough.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import PIL.Image
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "browser"))
from screens import plan_steps

from chromium import browser
from server import ROOT, dashboard, free_port

PATIENCE_MS = 120_000
NAME = "moss.test"
FORGED = {"Origin": "http://localhost", "X-Forwarded-For": "10.0.0.9", "Forwarded": "for=10.0.0.9"}
Row = tuple[str, str, bool]


def main() -> None:
    """Print the table."""
    failed = False
    print("| server | what | found | holds |\n|---|---|---|---|", flush=True)
    for name, variables in (("told", {"MOSS_SHARED": "1"}), ("not told", {"MOSS_SHARED": "0"})):
        for what, found, holds in rows(variables):
            failed |= not holds
            print(f"| {name} | {what} | {found} | {'yes' if holds else 'NO'} |", flush=True)
    sys.exit(failed)


def rows(variables: dict[str, str]) -> Iterator[Row]:
    """Yield what is found through the proxy, each with whether that is as it must be."""
    with tempfile.TemporaryDirectory() as box:
        data, front = Path(box, "data"), free_port()
        Path(box).chmod(0o755)  # the proxy's workers are somebody else
        with echo() as back, proxy(Path(box), front, back):
            yield from headers(front)
        with dashboard(data, **variables) as (address, _):
            owner(address, data)
            with proxy(Path(box), front, int(address.rpartition(":")[2])):
                yield from health(front)
                yield from forged(front)
                yield from visit(front, data, learns=variables["MOSS_SHARED"] == "1")
        with proxy(Path(box), front, free_port()):
            code = status(front, "/moss/health")
            yield "health address, server gone", str(code), code == 502


@contextmanager
def proxy(box: Path, front: int, back: int) -> Iterator[None]:
    """Run nginx as compose.yaml does, on one port in front of another."""
    text = (ROOT / "assets" / "hosting" / "nginx.conf").read_text()
    for there, here in (
        ("listen 8080;", f"listen 127.0.0.1:{front};"),
        ("server moss:8501;", f"server 127.0.0.1:{back};"),
        ("/tmp/", f"{box}/"),
    ):
        assert there in text
        text = text.replace(there, here)
    file = box / "nginx.conf"
    file.write_text(text)
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    assert program, "nginx is not installed"
    command = [program, "-c", str(file), "-g", "daemon off;"]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with subprocess.Popen(command) as running:
        try:
            while running.poll() is None and status(front, "/") == 0:
                threading.Event().wait(0.05)
            yield
        finally:
            running.terminate()


@contextmanager
def echo() -> Iterator[int]:
    """Serve, on the port that is yielded, the headers that a request comes with."""

    class Echo(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = json.dumps({name.lower(): value for name, value in self.headers.items()})
            self.send_response(200)
            self.end_headers()
            self.wfile.write(told.encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def headers(front: int) -> Iterator[Row]:
    """Yield which headers reach the dashboard where a client forges all it can."""
    asked = {**FORGED, "Host": NAME, "X-Real-Ip": "10.0.0.9", "X-Forwarded-Proto": "https"}
    with urllib.request.urlopen(request(front, "/", asked)) as answer:
        found = json.loads(answer.read())
    for name, wanted in (
        ("x-forwarded-for", "127.0.0.1"),
        ("x-real-ip", "127.0.0.1"),
        ("x-forwarded-proto", "https"),
        ("forwarded", None),
        ("host", NAME),
    ):
        told = found.get(name)
        yield f"header {name}, forged", told or "none", told == wanted


def owner(address: str, data: Path) -> None:
    """Give the machine's own user something that nobody else may see."""
    folder = data / "runs" / ("a" * 32)
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{}")


def health(front: int) -> Iterator[Row]:
    code = status(front, "/moss/health")
    yield "health address", str(code), code == 200


def forged(front: int) -> Iterator[Row]:
    """Yield what a client gets that says in every way it can that it is on this machine."""
    for host in (NAME, "localhost"):
        seen = library(front, {**FORGED, "Host": host})
        stranger = "Kept on this machine" not in seen and "Library" in seen
        found = "a workspace" if stranger else f"the owner's library, or nothing: {seen[:80]!r}"
        yield f"Origin: http://localhost, Host: {host}", found, stranger


def library(front: int, asked: dict[str, str]) -> str:
    """Return all texts of the Library page that a websocket client is sent; "" if it is refused."""
    origin = asked.pop("Origin")
    host = asked.pop("Host")
    back = BackMsg()
    back.rerun_script.page_name = "library"
    said: list[str] = []
    address = f"ws://{host}:{front}/_stcore/stream"
    try:
        with connect(
            address,
            origin=origin,
            additional_headers=asked,
            sock=socket.create_connection(("127.0.0.1", front)),
            subprotocols=["streamlit"],
            max_size=None,
        ) as page:
            page.send(back.SerializeToString())
            while True:
                message = ForwardMsg()
                message.ParseFromString(page.recv(timeout=60))
                said.append(str(message))
                if message.HasField("script_finished"):
                    return "\n".join(said)
    except (OSError, TimeoutError) as error:
        return f"refused: {error}"


def visit(front: int, data: Path, learns: bool) -> Iterator[Row]:
    """Yield what a browser gets that comes through the proxy by its name."""
    with browser(f"--host-resolver-rules=MAP {NAME} 127.0.0.1") as running:
        context = running.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(f"http://{NAME}:{front}")
        start = page.get_by_role("button", name="Start", exact=True)
        expect(start).to_be_enabled(timeout=PATIENCE_MS)
        yield "websocket: the page comes", "Start can be pressed", True
        server = page.get_by_role("link", name="Server", exact=True).count()
        yield "page Server in the navigation", str(server), server == 0
        (cookie,) = [c for c in context.cookies() if "moss" in c["name"]]
        yield "cookie of the workspace", cookie["name"], bool(cookie["httpOnly"])
        with tempfile.TemporaryDirectory() as folder:
            picture = Path(folder) / "large.bmp"
            PIL.Image.effect_noise((2500, 2500), 60).convert("RGB").save(picture)
            megabytes = picture.stat().st_size / 1e6
            page.get_by_role("radio", name="Upload").first.click()
            page.locator("input[type=file]").first.set_input_files(picture)
            brought = data / "workspaces"
            deadline = PATIENCE_MS / 200
            while not list(brought.glob("*/.own/*.image")) and deadline:
                page.wait_for_timeout(200)
                deadline -= 1
        kept = len(list(brought.glob("*/.own/*.image")))
        yield f"upload of {megabytes:.0f} MB", f"{kept} in a workspace", kept == 1
        page.get_by_role("link", name="Library", exact=True).click()
        expect(page.get_by_role("heading", name="Library")).to_be_visible(timeout=PATIENCE_MS)
        page.wait_for_timeout(1000)
        own = page.get_by_text("Kept on this machine").count()
        yield "the owner's library", "not shown" if not own else "shown", own == 0
        page.goto(f"http://{NAME}:{front}")
        expect(start).to_be_enabled(timeout=PATIENCE_MS)
        folders = len(list(brought.iterdir()))
        yield "workspaces after a reload", str(folders), folders == 1
        if not learns:  # once is enough
            return
        page.get_by_text("How much to learn").first.click()
        plan_steps(page, 5)
        page.wait_for_timeout(500)
        page.get_by_role("button", name="Start", exact=True).click()
        finished = page.get_by_text(re.compile("Finished"))
        expect(finished.first).to_be_visible(timeout=10 * PATIENCE_MS)
        yield "a run", "finished in the page", True


def request(front: int, path: str, asked: dict[str, str] | None = None) -> urllib.request.Request:
    return urllib.request.Request(f"http://127.0.0.1:{front}{path}", headers=asked or {})


def status(front: int, path: str) -> int:
    """Return the status that an address answers with; 0 if nobody listens."""
    try:
        with urllib.request.urlopen(request(front, path)) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except urllib.error.URLError:
        return 0


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
