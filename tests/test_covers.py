"""What stands for a run in a library: a picture, and a few seconds of sound."""

import io

import PIL.Image
import pytest
import soundfile
import torch

from moss_core import Canvas, Run, RunConfig, save
from moss_core.runs.library import Library
from moss_core.synthesis import SILENCE_LUFS, Placement, loudness
from samples import small_image, small_track

HALF, LATER = Canvas(duration=0.5), Canvas(start=1.0, duration=1.0)
TWO = (("ssim", 1.0), ("multi_resolution_stft", 1.0))


def stored(tmp_path, track=None, **settings):
    config = RunConfig(TWO, candidates=3, steps=0, **settings)
    run = Run(small_image(), track or small_track(), config)
    run.step()
    save(run, tmp_path / "run")
    library = Library(tmp_path / "library")
    return run, library, library.add_folder(tmp_path / "run")


@pytest.mark.parametrize(
    ("track", "settings", "heard"),
    [
        (small_track(8.0, 44_100, 2), {}, 5.0),
        (small_track(2.0, 22_050, 2), {"channels": "sides"}, 2.0),
        (small_track(3.0, 44_100), {"canvas": Canvas(start=2.0, duration=0.5)}, 0.5),
        (small_track(2.0), {"canvas": HALF, "others": (Placement(0, LATER),)}, 0.5),
    ],
)
def test_a_few_seconds_of_the_canvas_are_kept(tmp_path, track, settings, heard):
    _, library, name = stored(tmp_path, track, **settings)
    content = library.cover_sound(name)
    assert len(content) < 40_000
    sound, found = soundfile.read(io.BytesIO(content))
    assert sound.ndim == 1
    assert len(sound) / found == pytest.approx(heard, abs=0.1)  # MP3 adds a frame or two
    assert abs(sound).max() <= 1
    assert max(PIL.Image.open(io.BytesIO(library.cover(name))).size) == 240


def test_it_is_the_hybrid_and_no_louder_than_the_track(tmp_path):
    run, library, name = stored(tmp_path, small_track(4.0))
    sound, rate = soundfile.read(io.BytesIO(library.cover_sound(name)), dtype="float32")
    assert rate == run.track.sample_rate
    track = run.track.samples
    heard = torch.from_numpy(sound)[None, : track.shape[1]]
    assert SILENCE_LUFS < loudness(heard, rate) <= loudness(track, rate) + 1
    hybrid = run.state.waveform[run.state.front.opening].cpu()

    def alike(other):
        spectra = [torch.fft.rfft(x[0, : heard.shape[1]]).abs() for x in (heard, other)]
        return float(torch.nn.functional.cosine_similarity(*spectra, dim=0))

    assert alike(hybrid) > alike(track)


def test_a_run_of_before_there_were_sounds_is_taken_in_and_plays_nothing(tmp_path):
    _, library, name = stored(tmp_path)
    (tmp_path / "run" / "cover.mp3").unlink()
    again = library.add_folder(tmp_path / "run")
    assert library.cover_sound(again) == b""
    assert library.cover(again)
    assert library.cover_sound(name)
