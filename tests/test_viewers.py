"""Viewers: their contract, their hook, and that a sound is drawn as the programs draw it.

What Audacity 3.2.4 and Sonic Visualiser 4.5.1 show was read off their windows, and is here as
numbers; SoX and Spek draw here where they are installed, and librosa's spectrogram is computed.
"""

from __future__ import annotations

import math
import shutil
import subprocess
from dataclasses import replace
from functools import cache

import librosa
import numpy as np
import PIL.Image
import pytest
import soundfile
import torch
from click.testing import CliRunner

from moss_core import STFT, Canvas, MossError, Track, Viewer, power
from moss_core.cli import main
from moss_core.machine.distribution import DISTRIBUTION
from moss_core.objectives.colours import colour
from moss_core.objectives.discovery import discover
from moss_core.synthesis.canvas import CanvasGrid
from moss_core.synthesis.spectrogram import Axis
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


@cache
def viewer(name):
    return discover().find_viewer(name).viewer


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


def pixels_of(path):
    with PIL.Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def levels(pixels, name):
    """Read levels in [0, 1] off the pixels of a picture in colours; they must be of its colours."""
    table = colour(torch.linspace(0, 1, 256)[None], name)[0].numpy().astype(int)
    used, where = np.unique(pixels.reshape(-1, 3).astype(int), axis=0, return_inverse=True)
    distance = np.square(used[:, None] - table).sum(-1)
    assert distance.min(1).max() < 16
    return (distance.argmin(1) / 255)[where].reshape(pixels.shape[:-1])


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
        ({"gain": "{louder}"}, "gain of viewer x: must be words with no places but {turn}"),
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
    gain = Viewer(**GOOD, white=-20.0, settings="Set.", gain="{turn} by {decibels} to {white}")
    assert gain.settings_for(0.0, 8000.0, 0.0, 5.0, 0.4) == "Set."
    assert gain.settings_for(0.0, 8000.0, 0.0, 5.0, 22.6) == "Set. raise by 23 to -43"
    assert gain.settings_for(0.0, 8000.0, 0.0, 5.0, -6.0) == "Set. lower by 6 to -14"


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
    assert header.split() == [
        *("NAME", "LABEL", "WINDOW", "AXIS", "RANGE", "CHANNELS", "DISTRIBUTION")
    ]
    audacity = next(row for row in rows if row.startswith("audacity "))
    for told in ("2048 samples, 43 ms at 48 kHz", "mel 0 to 20000 Hz", "-100 to -20 dBFS", "each"):
        assert told in audacity
    assert len(rows) == len(BUILT_IN)
    assert "failed: broken (moss-sound-broken 3.1)" in result.stderr


def of_sox(samples, rate, folder):
    """The pictures of the channels as SoX draws them, in [0, 1]: `(C, bins, columns)`."""
    soundfile.write(folder / "sound.wav", samples.T.numpy(), rate, "FLOAT")
    command = ["sox", folder / "sound.wav", "-n", "spectrogram", "-r", "-o", folder / "sox.png"]
    subprocess.run(command, check=True, capture_output=True)
    pixels = pixels_of(folder / "sox.png")
    high = (len(pixels) + 1) // len(samples) - (len(samples) > 1)  # a line between two channels
    return np.stack([levels(pixels[k * (high + 1) :][:high], "sox") for k in range(len(samples))])


@pytest.mark.skipif(not shutil.which("sox"), reason="SoX is not installed (apt install sox)")
@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_sox_draws_the_same_picture(rate, channels, tmp_path):
    # Its 800 columns are of whole samples: of a length of 800 such columns it shows all.
    samples = programme(rate, channels)[:, : 800 * (4 * rate // 800)]
    theirs = of_sox(samples, rate, tmp_path)
    ours = draw(viewer("sox"), samples, rate, theirs.shape[1:]).numpy()
    assert len(ours) == channels
    inside = np.s_[:, :, 4:-4]  # at the ends SoX shortens the window
    error = 120 * (ours - theirs)[inside]
    assert correlation(ours[inside], theirs[inside]) > 0.9995
    assert abs(error.mean()) < 0.1
    assert np.sqrt(np.square(error).mean()) < 0.5
    assert correlation(ours[inside], np.flip(theirs, 2)[inside]) < 0.9


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_librosa_shows_the_same_cells(rate):
    samples = programme(rate, 2)
    mono = librosa.resample(samples.mean(0).numpy(), orig_sr=rate, target_sr=22_050)
    cells = librosa.amplitude_to_db(np.abs(librosa.stft(mono)), ref=np.max)
    theirs = (np.flipud(cells) + 80) / 80
    # A row a bin and a column a frame, the first of either around 0.
    shown = replace(viewer("librosa"), rows="bins")
    length = round((theirs.shape[1] * 512 - 256) * rate / 22_050)
    longer = torch.nn.functional.pad(samples, (0, max(0, length - samples.shape[1])))[:, :length]
    ours = draw(shown, longer, rate, (1025, theirs.shape[1])).numpy()
    assert ours.shape == (1, 1025, theirs.shape[1])
    inside = np.s_[40:, 4:-8]  # the topmost 400 Hz are the resampler's filter
    assert correlation(ours[0][inside], theirs[inside]) > 0.999
    assert np.abs(80 * (ours[0] - theirs)[inside]).mean() < 0.3


# A sine of 6 kHz at 44.1 kHz that starts at full scale and falls by 20 dB a second, 10 s long: what
# the programs' windows show of it, a level in [0, 1] at a time in seconds, and its row of so many.
SEEN = {
    "audacity": ({1.5: 0.871, 2: 0.745, 3: 0.498, 4: 0.247}, 211, 633),
    "sonic_visualiser": ({0.5: 0.898, 1: 0.831, 2: 0.71, 4: 0.455, 6: 0.204}, 533, 731),
    "spek": ({0.5: 0.812, 1: 0.729, 2: 0.561, 3: 0.396, 4: 0.231, 5: 0.063}, 453, 623),
}


@pytest.mark.parametrize("name", SEEN)
def test_a_fading_tone_is_where_the_programs_window_shows_it_and_as_bright(name):
    shown, row, height = SEEN[name]
    time = torch.arange(441_000, dtype=torch.float64) / 44_100
    fading = (10**-time * torch.sin(2 * math.pi * 6000 * time)).float()
    picture = draw(viewer(name), fading[None], 44_100, (height, 1000))[0]
    for at, level in shown.items():
        column = picture[:, int(at * 100)]
        assert abs(int(column.argmax()) - row) <= 1
        assert float(column.max()) == pytest.approx(level, abs=0.006)


def row_of(program, rate, hertz, height):
    axis = Axis(program.axis, program.low, program.top_for(rate))
    return int((1 - float(axis.position(torch.tensor([hertz]))[0])) * height)


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_a_tone_has_its_place_and_its_level(name, rate):
    program = replace(viewer(name), loudest=100.0)
    bin_width = program.rate_for(rate) / program.window
    hertz = round(5000 / bin_width) * bin_width
    height = 3 * program.window
    for below in (25, 45):
        sound = tone(hertz, rate, level=-below)
        if program.white is None:  # a louder one elsewhere is white
            sound = sound + tone(hertz / 2, rate)
        column = draw(program, sound[None], rate, (height, 64))[0, :, 32]
        row = row_of(program, rate, hertz, height)
        beside = column[row - 5 : row + 6]
        expected = 1 - ((program.white or 0.0) + below) / program.range
        assert float(beside.max()) == pytest.approx(min(1.0, expected), abs=0.6 / program.range)
        width = row_of(program, rate, hertz - 4 * bin_width, height) - row
        assert float(column[row + 2 * width + 5]) < float(beside.max()) - 0.1


@pytest.mark.parametrize("name", BUILT_IN)
def test_channels_are_shown_as_the_program_does(name):
    rate, program = 48_000, viewer(name)
    samples = torch.stack([tone(3000, rate, level=-10), tone(6000, rate, level=-30)])
    picture = draw(program, samples, rate, (1025, 32))
    low, high = (row_of(program, rate, hertz, 1025) for hertz in (3000, 6000))
    bright = torch.stack([picture[:, row - 8 : row + 9, 16].amax(1) for row in (low, high)])
    if program.channel == "each":
        assert len(picture) == 2
        assert bright[0, 0] > bright[1, 0] + 0.2
        assert bright[1, 1] > bright[0, 1] + 0.2
    elif program.channel == "first":
        alone = draw(program, samples[:1], rate, (1025, 32))
        torch.testing.assert_close(picture, alone)
    else:
        assert len(picture) == 1
        halved = 20 * math.log10(2) if program.white is not None else 0.0
        expected = 1 - ((program.white or 0.0) + 10 + halved - (10 if not halved else 0)) / (
            program.range
        )
        assert float(bright[0, 0]) == pytest.approx(expected, abs=1.5 / program.range)


@pytest.mark.parametrize("name", BUILT_IN)
def test_what_is_seen_of_a_canvas_is_the_canvas_alone(name):
    rate, program = 48_000, viewer(name)
    beep = torch.zeros(6 * rate)
    beep[2 * rate : 4 * rate] = tone(3000, rate, level=-3)
    loud = tone(12_000, rate, 6.0)  # above the canvas: it must not darken what is in it
    canvas = Canvas(start=1.0, duration=4.0, high=8000.0).on(track(beep + loud, rate))
    seen = see(program, (beep + loud)[None], rate, canvas)
    assert seen.shape == (1, 256, 256)
    assert 0 <= seen.min() <= seen.max() <= 1
    row = int(256 * (1 - 3000 / 8000))
    assert int(seen[0, :, 128].argmax()) in range(row - 3, row + 3)
    # 2 s to 4 s of it lie at a quarter to three quarters of the canvas.
    line = seen[0, row - 3 : row + 3].amax(0)
    inside = (line > line.max() - 20 / program.range).nonzero().flatten()
    assert int(inside.min()) == pytest.approx(64, abs=4)
    assert int(inside.max()) == pytest.approx(192, abs=4)
    assert float(line.max()) > 0.5
    if program.white is None:  # a line of two bins is narrower than a row of 256
        assert float(line.max()) > 0.8


def test_a_canvas_has_its_own_axis():
    rate = 48_000
    sound = tone(1000, rate, 3.0, level=-3)
    for axis, low in (("linear", 0.0), ("mel", 0.0), ("log", 50.0)):
        canvas = Canvas(low=low, high=8000.0, axis=axis).on(track(sound, rate))
        seen = see(viewer("audacity"), sound[None], rate, canvas)
        place = 1 - float(Axis(axis, low, 8000.0).position(torch.tensor([1000.0]))[0])
        assert int(seen[0, :, 100].argmax()) == pytest.approx(256 * place, abs=3)


def test_what_a_program_does_not_analyse_is_black():
    rate = 48_000
    sound = tone(10_000, rate, 3.0)
    canvas = Canvas(high=12_000.0).on(track(sound, rate))
    seen = see(viewer("moss"), sound[None] + 0.1 * tone(1000, rate, 3.0), rate, canvas)
    assert float(seen[0, : 256 // 3].max()) == 0
    assert float(seen[0, 256 // 3 + 2 :].max()) > 0.9


def test_moss_sees_what_its_objectives_see():
    rate = 16_000
    sound = programme(rate, 1, 3.0)
    canvas = Canvas().on(track(sound[0], rate))
    stft = STFT(1024, 256)
    grid = CanvasGrid(canvas, stft, rate, sound.shape[1])
    cells = 10 * torch.log10(power(stft.forward(sound)[:, grid.bins]) + 1e-12)
    top = cells.flatten().quantile(0.995)
    rows, columns = grid.picture_maps(256, 256)
    theirs = rows @ ((cells - top) / 80 + 1).clamp(0, 1) @ columns.T
    seen = see(viewer("moss"), sound, rate, canvas)
    inside = np.s_[:, 4:-4, 4:-4]
    assert (seen - theirs)[inside].abs().mean() < 0.01
    assert correlation(seen[inside], theirs[inside]) > 0.998


@pytest.mark.parametrize("name", BUILT_IN)
def test_silence_is_black_and_several_sounds_are_drawn_as_each(name):
    program = viewer(name)
    silence = torch.zeros(1, 16_000)
    assert float(draw(program, silence, 16_000, (64, 32)).max()) == 0
    sounds = torch.stack([programme(16_000, 2, 1.0), programme(16_000, 2, 1.0).flip(0)])
    together = draw(program, sounds, 16_000, (64, 32))
    for one, alone in zip(together, sounds, strict=True):
        torch.testing.assert_close(one, draw(program, alone, 16_000, (64, 32)))


@pytest.mark.parametrize("taper", ["hann", "hamming", "blackman_harris"])
def test_every_taper_has_a_full_scale_sine_at_0_dbfs(taper):
    program = Viewer(**GOOD | {"window": 1024}, taper=taper, white=10.0, rows="loudest")
    picture = draw(program, tone(48_000 * 100 / 1024, 48_000)[None], 48_000, (513, 8))
    assert float(picture.max()) == pytest.approx(1 - 10 / 80, abs=0.001)


def test_colours_are_those_of_the_programs():
    # Of the programs' own tables, at levels in 255ths.
    tables = {
        "magma": {0: (0, 0, 4), 64: (81, 18, 124), 128: (183, 55, 121), 255: (252, 253, 191)},
        "viridis": {0: (68, 1, 84), 64: (59, 82, 139), 128: (33, 145, 140), 200: (112, 207, 87)},
        "roseus": {0: (0, 0, 0), 100: (120, 40, 179), 128: (176, 39, 165), 255: (255, 250, 250)},
        "gray": {0: (0, 0, 0), 128: (128, 128, 128), 255: (255, 255, 255)},
        "sox": {0: (0, 0, 0), 77: (111, 0, 127), 128: (215, 0, 64), 255: (255, 255, 255)},
        "green": {0: (0, 0, 0), 127: (32, 127, 32), 255: (255, 0, 0)},
    }
    for name, table in tables.items():
        for level, expected in table.items():
            found = colour(torch.full((2, 3), level / 255), name)
            assert found.shape == (2, 3, 3)
            assert found.dtype == torch.uint8
            assert np.abs(found[0, 0].numpy().astype(int) - expected).max() < 8, (name, level)
    with pytest.raises(MossError, match="must be one of gray, magma"):
        colour(torch.zeros(1, 1), "jet")


def test_the_command_draws(tmp_path):
    sound = programme(48_000, 2, 1.0)
    soundfile.write(tmp_path / "two.wav", sound.T.numpy(), 48_000)
    command = ["view", str(tmp_path / "two.wav"), "--out", str(tmp_path / "two.png")]
    result = CliRunner().invoke(main, [*command, "--as", "sox", "--height", "257"])
    assert result.exit_code == 0, result.output
    pixels = pixels_of(tmp_path / "two.png")
    assert pixels.shape == (2 * 257, 1024, 3)
    read, _ = soundfile.read(tmp_path / "two.wav", dtype="float32", always_2d=True)
    drawn = draw(viewer("sox"), torch.from_numpy(read.T), 48_000, (257, 1024))
    np.testing.assert_array_equal(pixels, colour(drawn.flatten(0, 1), "sox").numpy())
    part = CliRunner().invoke(main, [*command, "--start", "0.25", "--high", "4000"])
    assert part.exit_code == 0, part.output
    assert pixels_of(tmp_path / "two.png").shape == (2 * 512, 1024, 3)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--as", "audition"], "viewers: must be among the installed ones"),
        (["--height", "8"], "height: must be 16 to 4096 pixels"),
        (["--start", "9"], "canvas: must lie on the track"),
        (["--out", "/nowhere/at/all.png"], "must be writable"),
    ],
)
def test_the_command_says_what_it_cannot_draw(words, said, tmp_path):
    soundfile.write(tmp_path / "one.wav", programme(16_000, 1, 1.0).T.numpy(), 16_000)
    command = ["view", str(tmp_path / "one.wav"), "--out", str(tmp_path / "one.png"), *words]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 2
    assert said in result.stderr


def track(samples, rate):
    return Track(samples[None], rate, "track", "")
