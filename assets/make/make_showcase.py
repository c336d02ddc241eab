"""Make the first screen's examples: three hybrids, each in steps from the track to the image.

python assets/make/make_showcase.py     (some minutes on two cores)

What is kept is what `moss optimize` exports: of each candidate's file the canvas's seconds, sent
through one MP3 encoder so that all stay in step and every browser plays them; their picture, and
the shares that the front tells of them, are measured on the file before that. The tracks are mixed
to mono: at this size stereo would cost a quarter of the picture, measured after the MP3.
"""

from __future__ import annotations

import io
import json
import tempfile
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import PIL.Image
import soundfile
import torch
from torch import Tensor

from moss_core import (
    Adjustments,
    Blend,
    Canvas,
    Run,
    RunConfig,
    Track,
    load_image,
    load_track,
    save,
)
from moss_core.machine import DISTRIBUTION, sample_image, sample_track
from moss_core.runs.exports.measuring import score_files
from moss_core.synthesis import encode_sound, loudness, resample

SHOWCASE = Path(__file__).parents[1] / "showcase"
CANDIDATES, STEPS = 6, 80
BLACK = 24.0
"""How far black lies below the music around, dB: a face on it, not a face in fog."""
SIZE = (252, 336)
"""Height and width of the pictures, pixels."""
QUALITY = 42
"""Of the pictures: what a spectrogram has of grain hides what WebP leaves out."""
RATE, LEVEL = 24_000, 0.45
"""Of the sounds: Hz, and libsndfile's compression, 0 (best) to 1."""


@dataclass(frozen=True)
class Piece:
    """A pair that shows well.

    Args:
        title: of the hybrid.
        image: a sample's title and file.
        track: likewise.
        adjustments: of the image.
        start: where in the track the image begins, seconds.
        seconds: how long it lasts.
    """

    title: str
    image: tuple[str, str]
    track: tuple[str, str]
    adjustments: Adjustments
    start: float
    seconds: float = 6.0

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"{self.image[0]}-{self.track[0]}".lower()

    @property
    def config(self) -> RunConfig:
        """How it is learned."""
        canvas = Canvas(start=self.start, duration=self.seconds, aspect=SIZE[1] / SIZE[0])
        return RunConfig(
            candidates=CANDIDATES,
            steps=STEPS,
            canvas=canvas,
            adjustments=self.adjustments,
            blend=Blend(black=BLACK),
        )


PIECES = (
    Piece(
        "A portrait in a piano",
        ("Astronaut", "portrait-astronaut.jpg"),
        ("Piano", "piano-prelude.flac"),
        Adjustments(crop=(0.2, 0.0, 0.68, 0.48), fit="fill", gamma=0.7),
        start=1.0,
    ),
    Piece(
        "A rose in drums",
        ("Rose", "line-drawing-rose.png"),
        ("Drums", "drums-groove.flac"),
        Adjustments(crop=(0.0, 0.02, 1.0, 0.72), fit="fill"),
        start=0.0,
    ),
    Piece(
        "A face in strings",
        ("Profile", "line-drawing-face.png"),
        ("Strings", "strings-canon.flac"),
        Adjustments(crop=(0.0, 0.05, 1.0, 0.75), fit="fill"),
        start=1.0,
    ),
)


def main() -> None:
    """Learn all pieces and write what the first screen shows of them."""
    SHOWCASE.mkdir(exist_ok=True)
    for old in SHOWCASE.iterdir():
        old.unlink()
    told = {"version": version(DISTRIBUTION), "hybrids": [_make(piece) for piece in PIECES]}
    (SHOWCASE / "showcase.json").write_text(json.dumps(told, indent=1) + "\n")


def mono(track: Track) -> Track:
    """Return a track mixed to one channel."""
    return replace(track, samples=track.mono[None], content=b"")


def _make(piece: Piece) -> dict[str, object]:
    """Learn a piece and write its files; return what is told of it."""
    track = mono(load_track(sample_track(piece.track[1])))
    run = Run(load_image(sample_image(piece.image[1])), track, piece.config)
    for _ in run.steps():
        pass
    front = run.state.front
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "run"
        save(run, folder, subtype="pcm16")
        # The first candidate is all but the track: the track itself stands in its place.
        alone = folder / "track.wav"
        soundfile.write(alone, track.samples.T.numpy(), track.sample_rate, "PCM_24")
        files = [alone, *sorted((folder / "audio").iterdir())[1:]]
        measured = [front.shares(losses) for losses in score_files(run, files).tolist()]
        sounds = [soundfile.read(file, dtype="float32", always_2d=True)[0].T for file in files]
    section = run.model.canvas.section(track.sample_rate)
    stops = []
    for number, (sound, shares) in enumerate(zip(sounds, measured, strict=True)):
        heard = torch.from_numpy(sound[:, section].copy())
        name = f"{piece.name}-{number}"
        (SHOWCASE / f"{name}.webp").write_bytes(_picture(run, heard))
        content = encode_sound(resample(heard, track.sample_rate, RATE), RATE, "mp3", LEVEL)
        (SHOWCASE / f"{name}.mp3").write_bytes(content)
        stops.append(
            {
                "picture": f"{name}.webp",
                "sound": f"{name}.mp3",
                "shares": {key: round(share, 3) for key, share in asdict(shares).items()},
                "loudness": round(_loudness(content), 2),
            }
        )
    canvas, painted = run.config.canvas, run.config.adjustments
    print(piece.name, *measured, sep="\n  ", flush=True)
    return {
        "name": piece.name,
        "title": piece.title,
        "image": dict(zip(("title", "file"), piece.image, strict=True)),
        "track": dict(zip(("title", "file"), piece.track, strict=True)),
        "canvas": {name: asdict(canvas)[name] for name in ("start", "duration", "aspect")},
        "adjustments": {name: asdict(painted)[name] for name in ("crop", "fit", "gamma")},
        "blend": {"black": BLACK},
        "opening": front.number(front.opening) - 1,
        "stops": stops,
    }


def _loudness(content: bytes) -> float:
    """Return the loudness of a sound file, LUFS; LAME turns what it encodes down a little."""
    samples, rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    return loudness(torch.from_numpy(samples.T.copy()), rate)


def _picture(run: Run, samples: Tensor) -> bytes:
    """Return the picture of the first painted channel of the canvas's seconds, a gray WebP."""
    part = run.model.parts[0]
    channels = resample(part.painted.take @ samples, run.track.sample_rate, part.sample_rate)
    with torch.no_grad():
        picture = part.display(part.heard(channels[None], 0))[0, 0]
    pixels = PIL.Image.fromarray(np.uint8(picture.mul(255).round()))
    file = io.BytesIO()
    pixels.resize(SIZE[::-1], PIL.Image.Resampling.LANCZOS).save(
        file, "WEBP", quality=QUALITY, method=6
    )
    return file.getvalue()


if __name__ == "__main__":
    main()
