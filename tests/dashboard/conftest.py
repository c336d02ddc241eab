import io
import sys
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import soundfile

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboard"
if str(DASHBOARD) not in sys.path:
    sys.path.insert(0, str(DASHBOARD))


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
    """A gradient of 64 x 48 pixels."""
    file = io.BytesIO()
    pixels = np.linspace(0, 255, 48 * 64).reshape(48, 64).astype(np.uint8)
    PIL.Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()
