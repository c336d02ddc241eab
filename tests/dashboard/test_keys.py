"""Keys to workspaces: made by the server, kept as a cookie, carried with a press."""

import re
import stat

import pytest
from asking import ask, page
from starlette.applications import Starlette

from serving.door import MIDDLEWARE, ROUTES
from serving.visitors import Visitors
from session import keys
from session.keys import Links, cookie_name, links, make_key, token_of
from session.workspace import library_folder, new_token

HERE = "https://moss.example.org"


@pytest.fixture(autouse=True)
def data(monkeypatch, tmp_path):
    monkeypatch.setenv("MOSS_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture(scope="module")
def app():
    server = Starlette(routes=ROUTES, middleware=MIDDLEWARE)
    server.mount("/", page)
    return server


def cookie(answer) -> str:
    """What of the cookie a browser would send back."""
    return answer.header("set-cookie").partition(";")[0]


def workspace(answer) -> str | None:
    return token_of(cookie(answer).partition("=")[2])


def fields(answer) -> dict[str, str]:
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.text))


def press(app, told, cookie):
    body = "&".join(f"{name}={value}" for name, value in told.items())
    return ask(app, "/carry", {"cookie": cookie} if cookie else {}, body=body)


def workspace_with_runs(count: int) -> str:
    token = new_token()
    for number in range(count):
        (library_folder(token) / f"{number}").mkdir(parents=True)
    return token


def test_only_what_this_server_signed_is_a_key(monkeypatch, tmp_path):
    token = new_token()
    key = make_key(token)
    assert token_of(key) == token
    other = new_token()
    for forged in (
        None,
        "",
        token,
        f"{token}.",
        f"{other}.{key[33:]}",
        key + "0",
        key.upper(),
        "ä",
    ):
        assert token_of(forged) is None
    before = cookie_name()
    monkeypatch.setenv("MOSS_DATA", str(tmp_path / "another server"))
    assert token_of(key) is None
    assert cookie_name() != before


def test_the_secret_is_the_owners_alone_and_stays(data):
    key = make_key("a" * 32)
    assert stat.S_IMODE((data / "secret").stat().st_mode) == 0o600
    assert [path.name for path in data.iterdir()] == ["secret"]
    keys._secret.cache_clear()  # as if the server was started again
    assert make_key("a" * 32) == key


def test_a_data_folder_that_takes_nothing_has_keys_while_the_server_runs(data, caplog):
    data.write_text("in the way")
    assert token_of(make_key("a" * 32)) == "a" * 32
    assert "until the server ends" in caplog.text


def test_a_browser_gets_a_key_with_the_page_and_keeps_it():
    first = ask(Visitors(page), f"{HERE}/library")
    again = ask(Visitors(page), f"{HERE}/", {"cookie": cookie(first)})
    assert workspace(first) == workspace(again) is not None
    assert workspace(ask(Visitors(page), HERE)) != workspace(first)
    for part in ("HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in first.header("set-cookie").split("; ")
    assert "private" in first.header("cache-control")


@pytest.mark.parametrize(("proto", "secure"), [("https", True), ("https, http", True), ("", False)])
def test_behind_https_the_key_goes_no_other_way(proto, secure):
    headers = {"X-Forwarded-Proto": proto} if proto else {}
    told = ask(Visitors(page), "/", headers).header("set-cookie")
    assert ("Secure" in told.split("; ")) == secure


def test_a_forged_key_gets_a_new_workspace():
    for forged in ("a" * 32, "a" * 32 + "." + "b" * 32):
        answer = ask(Visitors(page), "/", {"cookie": f"{cookie_name()}={forged}"})
        assert workspace(answer) not in (None, "a" * 32)


def test_what_is_no_page_gets_no_key():
    assert not ask(Visitors(page), "/_stcore/health", {"accept": "*/*"}).header("set-cookie")


def test_an_address_chooses_no_workspace(app):
    for named in (new_token(), "..", ""):
        answer = ask(app, f"/library?workspace={named}&run={'c' * 32}")
        assert answer.header("location") == f"./library?run={'c' * 32}"
        assert workspace(answer) != named
    assert ask(app, "//evil.example/?workspace=x").header("location") == "./"


def test_an_old_bookmark_is_opened_after_a_press(app):
    theirs, mine = workspace_with_runs(3), workspace_with_runs(2)
    mine_cookie = f"{cookie_name()}={make_key(mine)}"
    run = "d" * 32
    asked = ask(app, f"/?workspace={theirs}&run={run}", {"cookie": mine_cookie})
    assert "3 runs" in asked.text
    assert "2 runs" in asked.text
    assert workspace(asked) == mine  # until the press
    assert "frame-ancestors 'none'" in asked.header("content-security-policy")
    pressed = press(app, fields(asked), cookie(asked))
    assert (pressed.status, pressed.header("location")) == (303, f"./studio?run={run}")
    assert workspace(pressed) == theirs
    here = f"{cookie_name()}={make_key(theirs)}"
    assert ask(app, f"/?workspace={theirs}", {"cookie": here}).header("location") == "./"


def test_a_link_carries_a_workspace_once(app):
    token = workspace_with_runs(1)
    link = links.make(token)
    assert token not in link
    asked = ask(app, f"/carry?link={link}")
    assert "1 run." in asked.text
    pressed = press(app, fields(asked), cookie(asked))
    assert workspace(pressed) == token
    assert press(app, fields(asked), cookie(asked)).status == 410
    assert ask(app, f"/carry?link={link}").status == 410


def test_nobody_else_can_press(app):
    """What one browser was asked does not serve in another, and a made-up press opens nothing."""
    token = workspace_with_runs(1)
    asked = ask(app, f"/carry?link={links.make(token)}")
    told = fields(asked)
    victim = f"{cookie_name()}={make_key(new_token())}"
    assert press(app, told, victim).status == 410
    assert press(app, told, "").status == 400
    assert press(app, told | {"kind": "workspace", "value": token}, cookie(asked)).status == 410
    assert press(app, {"kind": "workspace", "value": token}, victim).status == 410
    assert workspace(press(app, told, cookie(asked))) == token


def test_a_link_ends_by_itself_and_when_another_is_made():
    now = [0.0]
    made = Links(lambda: now[0])
    first = made.make("a" * 32)
    second = made.make("a" * 32)
    assert (made.find(first), made.find(second)) == (None, "a" * 32)
    now[0] = keys.LINK_SECONDS
    assert made.find(second) is made.use(second) is None
