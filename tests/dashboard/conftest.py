import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import soundfile
from streamlit.testing.v1 import AppTest

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboard"
if str(DASHBOARD) not in sys.path:
    sys.path.insert(0, str(DASHBOARD))

from apps import button, end_server, job_of, offer  # noqa: E402

from background.manager import JobManager  # noqa: E402
from background.snapshots import Snapshot  # noqa: E402
from components.run import choose_shown  # noqa: E402
from heard_runs import kept_run  # noqa: E402
from moss_core import MossError  # noqa: E402
from moss_core.machine import profiles  # noqa: E402
from moss_core.objectives import discovery as plugins  # noqa: E402
from moss_core.objectives.installed import PluginFailure  # noqa: E402
from session import memory, shared  # noqa: E402


@pytest.fixture(autouse=True)
def personal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that nothing has shown to be a hosted one."""
    monkeypatch.delenv("MOSS_SHARED", raising=False)
    profiles._hosting.clear()


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Path, Snapshot]:
    """A run of the machine's user: its folder, and what a page would see of it."""
    return kept_run(tmp_path / "data")


@pytest.fixture
def folder(kept: tuple[Path, Snapshot]) -> Path:
    return kept[0]


@pytest.fixture
def snapshot(kept: tuple[Path, Snapshot]) -> Snapshot:
    return kept[1]


@pytest.fixture(scope="session")
def wav() -> bytes:
    """One second of stereo noise and tones at 22.05 kHz."""
    seconds = np.arange(22_050) / 22_050
    noise = np.random.default_rng(0).normal(0, 0.05, (22_050, 2))
    file = io.BytesIO()
    soundfile.write(file, noise + 0.2 * np.sin(2765 * seconds)[:, None], 22_050, format="WAV")
    return file.getvalue()


@pytest.fixture(scope="session")
def png() -> bytes:
    """A gradient of 72 x 48 pixels, the shape of a whole canvas."""
    file = io.BytesIO()
    pixels = np.linspace(0, 255, 48 * 72).reshape(48, 72).astype(np.uint8)
    PIL.Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def create(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[AppTest]:
    """The Create page, as the owner of the machine finds it."""
    monkeypatch.setenv("MOSS_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(memory, "is_own_machine", lambda *_: True)
    monkeypatch.setattr(memory, "token_of", lambda _: None)  # AppTest keeps no cookies
    yield AppTest.from_file(str(DASHBOARD / "Home.py"), default_timeout=60).run()
    shared.job_manager().close()
    end_server()


@pytest.fixture
def broken_plugin(monkeypatch: pytest.MonkeyPatch, create: AppTest) -> AppTest:
    """The Create page where a plugin could not be loaded."""
    failure = PluginFailure("broken", "third-party 1.0", "ImportError: no such thing", "Traceback")
    found = replace(plugins.discover(), failures=(failure,))
    offer(monkeypatch, found)
    return create.run()


@pytest.fixture
def full_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes no more runs."""

    def refuse(*_: object) -> None:
        raise MossError("line of runs", "must hold at most 5", 5, "Try again in a minute.")

    monkeypatch.setattr(JobManager, "submit", refuse)


@pytest.fixture
def start(create: AppTest) -> Callable[..., AppTest]:
    """Start a run on the first second of the piano, without the slow objective."""

    def begin(steps: int = 500, candidates: int = 1) -> AppTest:
        if candidates > 1:
            create.segmented_control(key="mode_widget").set_value("Map the front").run()
            create.number_input(key="candidates_widget").set_value(candidates)
        create.number_input(
            key="quick_steps_widget" if candidates == 1 else "map_steps_widget"
        ).set_value(steps)
        create.checkbox(key="objective:lpips").uncheck()
        next(n for n in create.number_input if n.label == "Length (s)").set_value(1.0)
        create.segmented_control(key="adjust:fit_widget").set_value("stretch")  # all of the second
        create.run()
        return button(create, "Start").click().run()

    return begin


@pytest.fixture
def choosing(monkeypatch: pytest.MonkeyPatch) -> Callable[[AppTest, str, str], None]:
    """Makes a choice of the player's, as its browser would: AppTest cannot drive it."""

    def choose(app: AppTest, id: str, value: str) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(memory, "get", lambda key: app.session_state[key])
            patch.setattr(memory, "put", app.session_state.__setitem__)
            choose_shown.choose(job_of(app), id, value)
        app.run()

    return choose
