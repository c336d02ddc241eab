"""What HaarPSI, legible lines and a codec buy, by judges that are in none of the runs.

python tests/benchmarks/perception.py [--pairs NAME ...] [--variants NAME ...] [--seconds 5]
    [--candidates 5] [--steps 30] [--seed 0] [--base ssim multi_resolution_stft]

Each run has the base's objectives, and one more or another in the place of one of them
(`VARIANTS`). Every file that `moss_core.save` wrote is read back and judged, its mono mix. A figure
is the share of a box that the front covers, 1 = a perfect picture at no cost to the sound:

- pictures, as three programs draw them that are not MOSS (Audacity, SoX, librosa, by `seen.py`):
  LPIPS, 1 - MS-SSIM, 1 - HaarPSI, and of letters the share that is misread (`reading.py`), each
  [0, 1], against the log-mel difference [0, 30 dB];
- sounds: log-mel difference [0, 30 dB], audible noise [0, 15 dB], the same log-mel difference once
  both are MP3 of 128 kbit/s, ViSQOL (5 - MOS) [0, 4] where `pip install moss-sound[judges]` was
  done, each against LPIPS [0, 1]; and the LPIPS of the picture after MP3 against log-mel.

In parentheses: the judge is an objective of that run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import soundfile
import torch
from boxes import RATE, _mel_distance, _share
from hearing import hearing
from pairs import STRETCHED, image_file, track_file
from reading import Page
from seen import PROGRAMS, _at, picture_in
from torch import Tensor
from torch.nn.functional import interpolate

from moss_core import Rendered, Run, RunConfig, Target, load_image, load_track, save
from moss_core.objectives.discovery import discover
from moss_core.runs.certificates.codec import CODECS

try:
    from visqol import AudioSignal, VisqolApi  # noqa: F401
except ImportError:
    VisqolApi = None

LOOKED_AT_IN = ("Audacity", "SoX", "librosa")
PAGES = {
    "plain letters": Page("DejaVuSans-Bold.ttf", 8, 8),
    "poster letters": Page("Anton-Regular.ttf", 8, 16, seed=1),
    "script letters": Page("Lobster-Regular.ttf", 8, 8, seed=2),
}
TUNED_ON = (
    ("portrait-astronaut.jpg", "piano-prelude.flac"),
    ("line-drawing-face.png", "speech-poem.flac"),
    ("plain letters", "drums-groove.flac"),
)
NEVER_TUNED_ON = (
    ("animal-cat.jpg", "choir-chorale.flac"),
    ("line-drawing-rose.png", "organ-toccata.flac"),
    ("poster letters", "strings-canon.flac"),
    ("script letters", "synth-arpeggio.flac"),
)
VARIANTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "base": ((), ()),
    "+ haarpsi": ((), ("haarpsi",)),
    "haarpsi for ssim": (("ssim",), ("haarpsi",)),
    "+ lettering": ((), ("lettering",)),
    "lettering for ssim": (("ssim",), ("lettering",)),
    "+ gradient_similarity": ((), ("gradient_similarity",)),
    "+ codec": ((), ("codec",)),
    "codec for stft": (("multi_resolution_stft",), ("codec",)),
}
"""What is left out of the base and what is put in."""
PICTURES = ("lpips", "ms_ssim", "haarpsi")
MEL, NOISE, MOS = 30.0, 15.0, 4.0  # boxes
COLUMNS = (
    *("LPIPS", "MS-SSIM", "HaarPSI", "letters"),
    *("mel", "noise", "mel in MP3", "ViSQOL", "LPIPS in MP3"),
)


class Judge:
    """Judges files of a pair; each judge gives 0 for the image or the track itself."""

    def __init__(self, image: Path, track: Path, page: Page | None) -> None:
        self._page = page
        pixels = load_image(image).pixels[None, None]
        picture = interpolate(pixels, (256, 256), mode="bilinear", antialias=True)
        samples, rate = _read(track)
        self._track = _at(samples.mean(0)[None], rate, RATE)
        self._in_mp3 = _at(_in_mp3(samples, rate), rate, RATE)
        self._wide = _at(samples.mean(0)[None], rate, 48_000)
        target = Target(picture, self._track, RATE)
        find = discover().find
        self._look = [find(name).objective.build(target) for name in PICTURES]
        self._noise = hearing(track)
        self._api = None
        if VisqolApi:
            self._api = VisqolApi()
            self._api.create(mode="audio", disable_global_alignment=True, disable_realignment=True)

    @torch.no_grad()
    def score(self, file: Path) -> list[float]:
        """Return LPIPS, MS-SSIM, HaarPSI, letters; mel, noise, mel in MP3, 5 - MOS, LPIPS in MP3.

        NaN where there are no letters or no ViSQOL.
        """
        samples, rate = _read(file)
        mono, through = samples.mean(0)[None], _in_mp3(samples, rate)
        narrow = _at(mono, rate, RATE)[:, : self._track.shape[1]]
        seen = np.mean([self._see(picture) for picture in _pictures(mono, rate)], 0)
        after = np.mean([self._see(picture)[0] for picture in _pictures(through, rate)])
        in_mp3 = _mel_distance(_at(through, rate, RATE), self._in_mp3)
        mos = float("nan")
        if self._api:
            wide = _at(mono, rate, 48_000)[:, : self._wide.shape[1]]
            pair = (sound[0].double().numpy() for sound in (self._wide, wide))
            mos = 5 - self._api.measure_from_arrays(*pair, 48_000).moslqo
        heard = [float(_mel_distance(narrow, self._track)), float(self._noise(narrow))]
        return [*seen.tolist(), *heard, float(in_mp3), mos, float(after)]

    def _see(self, picture: Tensor) -> list[float]:
        rendered = Rendered(picture, self._track, RATE)
        misread = 1 - self._page.read(picture[0, 0]) if self._page else float("nan")
        return [*(float(loss(rendered)) for loss in self._look), misread]


def _pictures(mono: Tensor, rate: int) -> list[Tensor]:
    return [picture_in(PROGRAMS[name], mono, rate) for name in LOOKED_AT_IN]


def _read(path: Path) -> tuple[Tensor, int]:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return torch.from_numpy(samples.T.copy()), rate


def _in_mp3(samples: Tensor, rate: int) -> Tensor:
    """Return the mono mix of what comes out of an MP3, `(1, samples)`."""
    return CODECS["mp3_128"].send(samples, rate)[0].mean(0)[None]


def shares(scores: Sequence[Sequence[float]]) -> list[float]:
    """Return the share of each box that the scores of a front cover, in the order of `COLUMNS`."""
    table = torch.tensor(scores)
    lpips, mel = table[:, 0], table[:, 4]
    boxes = [(table[:, k], 1.0, mel, MEL) for k in range(4)]
    boxes += [(table[:, 4 + k], (MEL, NOISE, MEL, MOS)[k], lpips, 1.0) for k in range(4)]
    boxes += [(table[:, 8], 1.0, mel, MEL)]
    return [
        _share(torch.stack([first, second], 1), (one, other))
        if bool(first.isfinite().all())
        else float("nan")
        for first, one, second, other in boxes
    ]


def objectives_of(variant: str, base: Sequence[str]) -> tuple[str, ...]:
    """Return the names of a variant's objectives."""
    out, more = VARIANTS[variant]
    return (*(name for name in base if name not in out), *more)


def learn(image: Path, track: Path, names: Sequence[str], options: argparse.Namespace) -> Run:
    """Return a run of these objectives, learned."""
    config = RunConfig(
        objectives=tuple((name, 1.0) for name in names),
        candidates=options.candidates,
        steps=options.steps,
        seed=options.seed,
        adjustments=STRETCHED,
    )
    run = Run(load_image(image), load_track(track), config)
    for _ in run.steps():
        pass
    return run


def measure(
    pair: tuple[str, str], options: argparse.Namespace, tell: Callable[[str, list[float]], None]
) -> dict[str, list[float]]:
    """Learn and judge each variant on a pair."""
    found = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        page = PAGES.get(pair[0])
        image = folder / "page.png" if page else image_file(pair[0], folder)
        if page:
            page.write(image)
        samples, rate = soundfile.read(track_file(pair[1], folder), always_2d=True)
        track = folder / "track.wav"
        soundfile.write(track, samples[: round(options.seconds * rate)], rate, "FLOAT")
        judge = Judge(image, track, page)
        for number, variant in enumerate(options.variants):
            run = learn(image, track, objectives_of(variant, options.base), options)
            save(run, folder / str(number))
            files = sorted((folder / str(number) / "audio").iterdir())
            found[variant] = shares([judge.score(file) for file in files])
            tell(variant, found[variant])
    return found


def row(name: str, values: Sequence[float], known: Sequence[str] = ()) -> str:
    """Return a row of the table; figures of judges that are objectives of the run are marked."""
    names = ("lpips", "ms_ssim", "haarpsi")
    own = {number for number, judge in enumerate(names) if judge in known}
    cells = [
        "" if np.isnan(value) else f"({value:.3f})" if number in own else f"{value:.3f}"
        for number, value in enumerate(values)
    ]
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", nargs="+", default=[], help="parts of their names")
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=VARIANTS)
    parser.add_argument("--base", nargs="+", default=["ssim", "multi_resolution_stft"])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--candidates", type=int, default=5)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(" ".join(["python", *sys.argv]))
    if not VisqolApi:
        print("ViSQOL is not installed (pip install moss-sound[judges]): its column is empty.")
    began = time.perf_counter()
    for word, pairs in (("tuned on", TUNED_ON), ("never tuned on", NEVER_TUNED_ON)):
        pairs = [
            p for p in pairs if not options.pairs or any(o in " ".join(p) for o in options.pairs)
        ]
        print(f"\n| {word} | {' | '.join(COLUMNS)} |\n|{'---|' * (len(COLUMNS) + 1)}", flush=True)
        found = []
        for pair in pairs:
            short = f"{Path(pair[0]).stem.split('-')[-1]} x {Path(pair[1]).stem.split('-')[0]}"
            tell = lambda name, values, short=short: print(  # noqa: E731
                row(f"{short}: {name}", values, objectives_of(name, options.base)), flush=True
            )
            found.append(measure(pair, options, tell))
        for name in options.variants if found else ():
            table = np.array([each[name] for each in found])
            base = np.array([each[options.variants[0]] for each in found])
            known = objectives_of(name, options.base)
            with warnings.catch_warnings():
                # Not every judge has something to say of every pair.
                warnings.simplefilter("ignore", RuntimeWarning)
                print(row(f"**mean**: {name}", np.nanmean(table, 0), known))
                print(row(f"worst: {name}", np.nanmin(table, 0), known))
                print(row(f"least gain: {name}", np.nanmin(table - base, 0), known), flush=True)
    print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
