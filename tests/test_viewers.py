"""Viewers: their contract, their hook, and that a sound is drawn as the programs draw it.

What Audacity 3.2.4 and Sonic Visualiser 4.5.1 show was read off their windows, and is here as
numbers; SoX and Spek draw here where they are installed, and librosa's spectrogram is computed.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import librosa
import numpy as np
import PIL.Image
import pytest
import soundfile
import torch
from click.testing import CliRunner

from moss_core import Canvas, MossError, Viewer
from moss_core.cli import main
from moss_core.machine.distribution import DISTRIBUTION
from moss_core.objectives.colours import colour
from moss_core.objectives.discovery import discover
from moss_core.synthesis.canvas import PlacedCanvas
from moss_core.synthesis.viewing import draw, see

BUILT_IN = ("audacity", "audacity_linear", "librosa", "moss", "sonic_visualiser", "sox", "spek")
GOOD = {"name": "x", "label": "X", "reference": "https://example.org", "window": 512, "range": 80}
OFFERS = """
from moss_core import Viewer, hookimpl

@hookimpl
def moss_viewers():
    return [Viewer("{name}", "A label", "https://example.org", 1024, 80.0)]
"""
OBJECTIVE = """
from moss_core import Objective

@hookimpl
def moss_objectives():
    return [Objective("{name}", "A label", "image", "https://example.org", lambda target: None)]
"""


def viewer(name):
    return discover().find_viewer(name).viewer


def seconds(samples, rate):
    return np.arange(samples) / rate


def tone(hertz, rate, duration=2.0, level=0.0):
    time = torch.arange(round(rate * duration), dtype=torch.float64) / rate
    return (10 ** (level / 20) * torch.sin(2 * math.pi * hertz * time)).float()


def programme(rate, channels, duration=4.0):
    """A chirp, a tone that comes and goes, and noise that swells, other ones on each channel."""
    generator = torch.Generator().manual_seed(3)
    time = torch.arange(round(rate * duration), dtype=torch.float64) / rate
    made = []
    for channel in range(channels):
        low, high = 200 + 300 * channel, 0.45 * rate - 2000 * channel
        chirp = torch.sin(2 * math.pi * (low * time + (high - low) * time**2 / (2 * duration)))
        beep = torch.sin(2 * math.pi * (6000 - 1500 * channel) * time) * (time % 1 < 0.5)
        noise = torch.randn(len(time), generator=generator)
        swell = 10 ** -((40 + 30 * torch.sin(math.pi * time + channel)) / 20)
        made.append(0.25 * chirp + 0.1 * beep + 0.1 * swell * noise)
    return torch.stack(made).float()


def levels(pixels, name):
    """Read levels in [0, 1] off the pixels of a picture in colours; they must be of its colours."""
    table = colour(torch.linspace(0, 1, 256)[None], name)[0].numpy().astype(int)
    distance = np.square(pixels.astype(int)[..., None, :] - table).sum(-1)
    assert distance.min(-1).max() < 16
    return distance.argmin(-1) / 255


def correlation(one, other):
    return np.corrcoef(np.ravel(one), np.ravel(other))[0, 1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "Bad Name"}, "viewer name: must be lower-case"),
        ({"label": ""}, "viewer x: must have a label"),
        ({"reference": ""}, "viewer x: must have a label"),
        ({"window": 513}, "window of viewer x: must be an even number"),
        ({"window": 16}, "window of viewer x"),
        ({"window": 512.0}, "window of viewer x"),
        ({"padding": 0}, "padding of viewer x"),
        ({"hop": 513}, "hop of viewer x: must be 1 to 512 samples"),
        ({"hop": True}, "hop of viewer x"),
        ({"rate": 100}, "rate of viewer x"),
        ({"taper": "kaiser"}, "taper of viewer x: must be one of hann"),
        ({"channel": "second"}, "channel of viewer x"),
        ({"rows": "median"}, "rows of viewer x"),
        ({"columns": "mean"}, "columns of viewer x: must be of a viewer without a hop"),
        ({"columns": "power", "hop": 64}, "columns of viewer x: must be of a viewer with a hop"),
        ({"axis": "bark"}, "axis of viewer x"),
        ({"axis": "log"}, "low and high of viewer x"),
        ({"low": 500.0, "high": 400.0}, "low and high of viewer x"),
        ({"low": math.nan}, "low and high of viewer x"),
        ({"range": 5}, "range of viewer x: must be 10 to 200 dB"),
        ({"range": "80"}, "range of viewer x"),
        ({"white": math.inf}, "white of viewer x"),
        ({"loudest": 0}, "loudest of viewer x"),
        ({"colours": "Magma!"}, "colours of viewer x"),
        ({"settings": "Max {top} Hz"}, "settings of viewer x: must be words with no places but"),
        ({"settings": "Max {high Hz"}, "settings of viewer x"),
        ({"settings": "Max {} Hz"}, "settings of viewer x"),
    ],
)
def test_a_viewer_that_is_none_is_refused(change, said):
    with pytest.raises(MossError) as error:
        Viewer(**GOOD | change)
    assert str(error.value).startswith(said)
    assert error.value.remedy


def test_a_viewer_says_what_follows_from_it():
    resampling = Viewer(**GOOD, rate=16_000, high=20_000.0, settings="{low} {high} {start} {end}")
    assert resampling.seconds(48_000) == 512 / 16_000
    assert replace(resampling, rate=None).seconds(48_000) == 512 / 48_000
    assert resampling.top_for(48_000) == 8000
    assert replace(resampling, rate=None).top_for(48_000) == 20_000
    assert resampling.settings_for(0.0, 8000.0, 1.5, 61.25) == "0 8000 1.50 61.25"


def test_channels_that_share_the_height_have_shorter_windows():
    # What `sox` does with its 550 rows: the smallest power of two above 550 / channels - 2.
    of_sox = [1024, 512, 256, 256, 128, 128, 128, 128]
    assert [viewer("sox").window_for(channels) for channels in range(1, 9)] == of_sox
    assert viewer("audacity").window_for(2) == 2048


def test_moss_brings_its_own_viewers_through_the_same_door():
    plugins = discover()
    assert set(plugins.viewers) == set(BUILT_IN)
    assert plugins.failures == ()
    for name, found in plugins.viewers.items():
        assert found.distribution == DISTRIBUTION
        assert found.entry_point in name
        assert str(found).startswith(f"{name} of {DISTRIBUTION}")
        assert found.viewer.settings_for(0, 8000, 0, 5)


def test_a_plugin_may_offer_viewers_alone(install):
    install("moss-sound-scope", "scope = scope_plugin", "2.5", scope_plugin=OFFERS.format(name="s"))
    plugins = discover()
    assert plugins.failures == ()
    found = plugins.find_viewer("s")
    place = found.distribution, found.version, found.entry_point
    assert place == ("moss-sound-scope", "2.5", "scope")
    assert "s" not in plugins.installed


def test_a_plugin_may_offer_both_even_of_one_name(install):
    both = OFFERS.format(name="both") + OBJECTIVE.format(name="both")
    install("moss-sound-both", "both = both_plugin", both_plugin=both)
    plugins = discover()
    assert plugins.failures == ()
    assert plugins.find("both").distribution == plugins.find_viewer("both").distribution


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (OFFERS.replace("return [", "return ['a string', "), "list of moss_core.Viewer; found a s"),
        (OFFERS.replace("return [", "[").replace("80.0)]", "80.0)]; return []"), "or a viewer"),
        (OFFERS.replace("@hookimpl", ""), "must offer an objective or a viewer"),
        (OFFERS.replace("1024", "1023"), "window of viewer s: must be an even number"),
        (OFFERS.replace("return [", "raise OSError('no screen')\n    return ["), "no screen"),
        (OFFERS.replace("moss_viewers", "moss_viewer"), "unknown hook"),
        (
            OFFERS.replace("moss_viewers", "moss_objectives"),
            "list of moss_core.Objective; found a V",
        ),
    ],
)
def test_a_plugin_of_broken_viewers_is_named_and_the_others_load(source, said, install):
    broken = source.format(name="s")
    install("moss-sound-broken", "broken = broken_plugin", "3.1", broken_plugin=broken)
    install("moss-sound-scope", "scope = scope_plugin", scope_plugin=OFFERS.format(name="scope"))
    plugins = discover()
    assert set(plugins.viewers) == {*BUILT_IN, "scope"}
    (failure,) = plugins.failures
    assert (failure.name, failure.distribution) == ("broken", "moss-sound-broken 3.1")
    assert said in failure.reason
    with pytest.raises(MossError, match="viewer broken: must load"):
        plugins.find_viewer("broken")


def test_a_second_viewer_of_one_name_is_reported(install):
    install("aaa", "mine = mine_plugin", mine_plugin=OFFERS.format(name="audacity"))
    plugins = discover()
    assert plugins.find_viewer("audacity").distribution == DISTRIBUTION
    (failure,) = plugins.failures
    assert (failure.name, failure.distribution) == ("audacity", "aaa 1.0")
    assert failure.reason.startswith(f"the viewer name is taken by {DISTRIBUTION}")


def test_a_viewer_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(MossError) as error:
        discover().find_viewer("audition")
    assert error.value.thing == "viewers"
    assert ", ".join(BUILT_IN) in error.value.rule
    assert "audition" in error.value.found


def test_the_command_lists_them(install):
    install("moss-sound-broken", "broken = broken_plugin", "3.1", broken_plugin="import nothing_")
    result = CliRunner().invoke(main, ["viewers"])
    assert result.exit_code == 0
    header, *rows = result.stdout.splitlines()
    assert header.split() == "NAME LABEL WINDOW AXIS RANGE CHANNELS DISTRIBUTION".split()
    audacity = next(row for row in rows if row.startswith("audacity "))
    for told in ("2048 samples, 43 ms at 48 kHz", "mel 0 to 20000 Hz", "-100 to -20 dBFS", "each"):
        assert told in audacity
    assert len(rows) == len(BUILT_IN)
    assert "failed: broken (moss-sound-broken 3.1)" in result.stderr
