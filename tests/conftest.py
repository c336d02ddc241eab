"""What several test files share: made-up targets, and how to make a plugin without a package."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import soundfile
import torch
from numpy.typing import NDArray

from moss_core import Rendered, Target
from moss_core.machine.log import logger

ROOT = Path(__file__).parents[1]


def pytest_configure() -> None:
    """Leave a core to each of the processes that test at once."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """Take back what a test configures: the next one may look at standard error."""
    level, handlers = logger.level, list(logger.handlers)
    yield
    logger.setLevel(level)
    logger.handlers[:] = handlers


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(1)


@pytest.fixture
def gray() -> NDArray[np.uint8]:
    """24 high, 32 wide, bright at the top left: no flip or turn maps it to itself."""
    rows, columns = np.mgrid[0:24, 0:32]
    return (250 - 6 * rows - 3 * columns).astype(np.uint8)


@pytest.fixture
def encode_image() -> Callable[..., bytes]:
    def encode(
        pixels: NDArray[np.generic] | PIL.Image.Image, format: str, **options: object
    ) -> bytes:
        picture = pixels if isinstance(pixels, PIL.Image.Image) else PIL.Image.fromarray(pixels)
        file = io.BytesIO()
        picture.save(file, format, **options)
        return file.getvalue()

    return encode


@pytest.fixture
def encode_sound() -> Callable[..., bytes]:
    def encode(
        samples: NDArray[np.generic], rate: int, format: str, subtype: str | None = None
    ) -> bytes:
        file = io.BytesIO()
        soundfile.write(file, samples, rate, subtype, format=format)
        return file.getvalue()

    return encode


@pytest.fixture
def sine() -> Callable[..., NDArray[np.float32]]:
    """`(samples, channels)`, each channel an octave above the one before, at half of full scale."""

    def make(rate: int = 16_000, seconds: float = 1.0, channels: int = 1) -> NDArray[np.float32]:
        time = np.arange(round(rate * seconds)) / rate
        frequencies = 220 * 2 ** (np.arange(channels) / 4)
        wave: NDArray[np.float32] = 0.5 * np.sin(2 * np.pi * frequencies * time[:, None])
        return wave.astype(np.float32)

    return make


@pytest.fixture
def target(generator: torch.Generator) -> Target:
    """A smooth picture, and half a second of decaying noise with a tone."""
    line = torch.linspace(0, 3, 256)
    picture = 0.5 + 0.3 * torch.sin(line)[:, None] * torch.cos(2 * line)
    time = torch.arange(8000) / 16_000
    noise = torch.randn(8000, generator=generator)
    waveform = 0.3 * torch.sin(2 * torch.pi * 440 * time) + 0.05 * torch.exp(-9 * time) * noise
    return Target(picture[None, None], waveform[None], 16_000)


@pytest.fixture
def rendered(target: Target, generator: torch.Generator) -> Rendered:
    """Three renderings, each further from the target."""
    share = torch.tensor([0.05, 0.3, 1.0])
    pictures = torch.rand(3, 1, 256, 256, generator=generator)
    waveforms = 0.3 * torch.randn(3, 8000, generator=generator)
    return Rendered(
        torch.lerp(target.picture, pictures, share.view(-1, 1, 1, 1)),
        torch.lerp(target.waveform, waveforms, share.view(-1, 1)),
        16_000,
    )


Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a distribution with one plugin module on the path, as an installer would leave it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def make(
        distribution: str,
        entry_points: str,
        version: str = "1.0",
        metadata: bool = True,
        **modules: str,
    ) -> None:
        info = tmp_path / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        if metadata:
            text = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
            (info / "METADATA").write_text(text)
        (info / "entry_points.txt").write_text(f"[moss]\n{entry_points}\n")
        for name, source in modules.items():
            (tmp_path / f"{name}.py").write_text(source)

    yield make  # type: ignore[misc]
    for name in set(sys.modules) - before:
        if (
            getattr(sys.modules[name], "__file__", None)
            and str(tmp_path) in sys.modules[name].__file__
        ):
            del sys.modules[name]
