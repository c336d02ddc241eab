"""Make the sample images and tracks of MOSS: one script, every file, nothing downloaded.

What to install
    Debian packages: fluidsynth fluid-soundfont-gm espeak-ng
    Python packages: numpy scipy pillow scikit-image soundfile mido

Usage
    python make_assets.py                       # writes ../images/ and ../audio/
    python make_assets.py --out elsewhere       # into another folder
    python make_assets.py --only piano-prelude moon-gibbous

The photographs come from inside the scikit-image package, the instruments from FluidR3 GM, the
voice from eSpeak NG; the rest is drawn and synthesized here. Every random choice is seeded: the
same package versions give the same bytes. Origins and licences are in ../README.md.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import tempfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import mido
import numpy as np
import skimage.data
import soundfile
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage, signal

Array = NDArray[np.float64]
Point = tuple[float, float]

SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
RATE = 44100
SECONDS = 10.0
TICKS_PER_SECOND = 1920  # 960 ticks a beat at MIDI's default tempo of 120 beats a minute


def seeded(name: str) -> np.random.Generator:
    """Return the random generator that belongs to the asset `name`."""
    return np.random.default_rng(zlib.crc32(name.encode()))


# --------------------------------------------------------------------------------------------
# Images: photographs
# --------------------------------------------------------------------------------------------


def sample(name: str) -> NDArray[np.uint8]:
    """Return an image of the scikit-image package, as it is."""
    return np.asarray(getattr(skimage.data, name)(), dtype=np.uint8)


def photograph(name: str, long_side: int = 768) -> Image.Image:
    """Return a photograph of the scikit-image package, its long side `long_side` pixels."""
    image = Image.fromarray(sample(name)).convert("RGB")
    scale = long_side / max(image.size)
    if scale == 1:
        return image
    size = (round(image.width * scale), round(image.height * scale))
    return image.resize(size, Image.Resampling.LANCZOS)


def portrait_astronaut() -> Image.Image:
    """Return the portrait of Eileen Collins as it is."""
    return photograph("astronaut", 512)


def animal_cat() -> Image.Image:
    """Return Chelsea the cat, enlarged."""
    return photograph("chelsea")


def still_life_coffee() -> Image.Image:
    """Return the coffee cup, enlarged."""
    return photograph("coffee")


def night_sky_hubble() -> Image.Image:
    """Return the Hubble eXtreme Deep Field."""
    return photograph("hubble_deep_field", 900)


def texture_brick() -> Image.Image:
    """Return the brick wall, courses level, its contrast stretched to the full range."""
    brick = sample("brick").astype(np.float64)
    low, high = np.percentile(brick, (0.5, 99.5))
    return gray_image(np.rot90((brick - low) / (high - low)))


# --------------------------------------------------------------------------------------------
# Images: drawn
# --------------------------------------------------------------------------------------------


def gray_image(values: Array) -> Image.Image:
    """Return values in [0, 1] as an 8-bit grayscale image."""
    return Image.fromarray(np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8))


def curve(points: Sequence[Point], samples: int = 24) -> Array:
    """Return a centripetal Catmull-Rom curve through `points`, shape (n, 2)."""
    knots = np.asarray(points, dtype=np.float64)
    knots = np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[-1] - knots[-2]])
    gaps = np.maximum(np.linalg.norm(np.diff(knots, axis=0), axis=1), 1e-9) ** 0.5
    times = np.concatenate([[0.0], np.cumsum(gaps)])
    pieces = []
    for i in range(1, len(knots) - 2):
        t0, t1, t2, t3 = times[i - 1 : i + 3]
        p0, p1, p2, p3 = knots[i - 1 : i + 3]
        t = np.linspace(t1, t2, samples, endpoint=False)[:, None]
        a1 = (t1 - t) / (t1 - t0) * p0 + (t - t0) / (t1 - t0) * p1
        a2 = (t2 - t) / (t2 - t1) * p1 + (t - t1) / (t2 - t1) * p2
        a3 = (t3 - t) / (t3 - t2) * p2 + (t - t2) / (t3 - t2) * p3
        b1 = (t2 - t) / (t2 - t0) * a1 + (t - t0) / (t2 - t0) * a2
        b2 = (t3 - t) / (t3 - t1) * a2 + (t - t1) / (t3 - t1) * a3
        pieces.append((t2 - t) / (t2 - t1) * b1 + (t - t1) / (t2 - t1) * b2)
    return np.vstack([*pieces, knots[-2:-1]])


class Ink:
    """White lines on black, drawn at three times the size and reduced at the end."""

    def __init__(self, width: int, height: int, scale: float = 1.0) -> None:
        """Start a black sheet of `width` x `height` pixels; a drawing unit is `scale` pixels."""
        self.size = (width, height)
        self.zoom = 3 * scale
        self.sheet = Image.new("L", (3 * width, 3 * height), 0)
        self.draw = ImageDraw.Draw(self.sheet)

    def line(self, points: Array, width: float, taper: bool = False) -> None:
        """Draw a round-ended line `width` units wide, thinning out at both ends if `taper`."""
        dense = self._dense(points * self.zoom)
        radius = np.full(len(dense), width * self.zoom / 2)
        if taper:
            radius *= 0.25 + 0.75 * np.sin(np.linspace(0, math.pi, len(dense))) ** 0.5
        for (x, y), r in zip(dense, radius, strict=True):
            self.draw.ellipse((x - r, y - r, x + r, y + r), fill=255)

    def shape(self, outline: Array, width: float) -> None:
        """Draw a closed outline that hides whatever lies under it."""
        self.draw.polygon([(x, y) for x, y in outline * self.zoom], fill=0)
        self.line(np.vstack([outline, outline[:1]]), width)

    def image(self) -> Image.Image:
        """Return the drawing at its final size."""
        return self.sheet.resize(self.size, Image.Resampling.LANCZOS)

    @staticmethod
    def _dense(points: Array, step: float = 2.0) -> Array:
        lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
        at = np.arange(0, lengths[-1] + step, step)
        return np.stack([np.interp(at, lengths, points[:, k]) for k in (0, 1)], axis=1)


def line_drawing_rose() -> Image.Image:
    """Return a rose drawn in outlines: petals laid from the outside in, a stem, leaves."""
    rng = seeded("rose")
    ink = Ink(768, 1024)
    stem = curve([(392, 470), (398, 640), (372, 800), (392, 1030)])
    ink.line(stem - np.array([9, 0]), 6)
    ink.line(stem + np.array([9, 0]), 6)
    _leaf(ink, (384, 760), (120, 640), 0.34)
    _leaf(ink, (386, 850), (668, 716), 0.34)
    center = np.array([384.0, 330.0])
    for x, y in [(-225, 290), (215, 300)]:  # sepals, under the petals
        ink.shape(_spindle(center + np.array([0, 120]), center + np.array([x, y]), 0.20), 6)
    rings = [(5, 285, 1.05, 0.10), (5, 225, 1.0, 0.75), (5, 168, 0.98, 0.20), (4, 118, 1.0, 0.6)]
    for count, radius, breadth, turn in rings:
        for k in range(count):
            angle = 2 * math.pi * (k + turn) / count + rng.normal(0, 0.05)
            ink.shape(_petal(center, angle, radius, breadth, count, rng), 7)
    t = np.linspace(0, 1, 240)
    turns = 2.6 * 2 * math.pi * t + 0.8
    reach = 84 * (1 - t) ** 0.8 * (1 + 0.09 * np.sin(3 * turns + 0.5))
    spiral = center + np.stack([reach * np.cos(turns), 0.92 * reach * np.sin(turns)], axis=1)
    ink.draw.polygon([(x, y) for x, y in spiral[: 240 * 10 // 26] * ink.zoom], fill=0)
    ink.line(spiral, 7)
    return ink.image()


def _petal(
    center: Array, angle: float, radius: float, breadth: float, count: int, rng: np.random.Generator
) -> Array:
    """Return the outline of one petal: a fan from the centre with a softly waved, curled rim."""
    half = breadth * 1.28 * math.pi / count
    s = np.linspace(-1, 1, 90)
    rim = radius * (1 - 0.26 * s**4 + 0.05 * np.exp(-((s / 0.35) ** 2)))
    rim = rim * (1 + 0.025 * np.sin(2.4 * s + rng.uniform(0, 2 * math.pi)))
    fan = np.stack([rim * np.cos(angle + half * s), 0.9 * rim * np.sin(angle + half * s)], axis=1)
    outline: Array = center + np.vstack([fan, [[0.0, 0.0]]])
    return outline


def _spindle(base: Array | Point, tip: Array | Point, fatness: float) -> Array:
    """Return a pointed leaf outline from `base` to `tip`."""
    start, end = np.asarray(base, dtype=np.float64), np.asarray(tip, dtype=np.float64)
    along = end - start
    across = np.array([-along[1], along[0]])
    t = np.linspace(0, 1, 60)
    width = fatness * np.sin(math.pi * t**0.8) * (1 - 0.25 * t)
    sides = [start + np.outer(t, along) + sign * np.outer(width, across) for sign in (1, -1)]
    return np.vstack([sides[0], sides[1][::-1]])


def _leaf(ink: Ink, base: Point, tip: Point, fatness: float) -> None:
    """Draw a leaf with its midrib and side veins."""
    outline = _spindle(base, tip, fatness)
    ink.shape(outline, 6)
    start, end = np.asarray(base, dtype=np.float64), np.asarray(tip, dtype=np.float64)
    ink.line(np.stack([start, end]), 5)
    for t in (0.16, 0.30, 0.44, 0.58, 0.72):
        for rim in (outline[:60], outline[60:][::-1]):
            middle = start + t * (end - start)
            edge = rim[int(60 * (t + 0.15))]
            ink.line(np.stack([middle, middle + 0.84 * (edge - middle)]), 3.5)


def line_drawing_face() -> Image.Image:
    """Return a listening profile with closed eyes, the hair streaming off as waves."""
    ink = Ink(768, 1024, scale=7.68)
    outer = [(39.5, 34), (45, 21), (60, 13), (77, 19), (88, 36), (90, 56), (86, 75), (93, 93)]
    inner = [(58, 49), (60, 51), (63, 54), (65, 58), (68, 63), (72, 70), (70, 80), (76, 93)]
    outer += [(89, 112), (98, 136)]
    inner += [(72, 110), (80, 136)]
    profile = [(39.5, 34), (34, 42), (32, 49), (33, 54), (30.8, 59.5), (26.0, 67.4), (26.6, 70.4)]
    profile += [(31.2, 72.6), (31, 76), (27.6, 80), (28.6, 81.8), (32.8, 82.8), (29.4, 84.4)]
    profile += [(29.3, 87), (33, 90.4), (31, 95), (33.6, 101), (40, 102.5), (49, 99.5)]
    ink.line(curve(profile), 1.15)
    ink.line(curve([(40, 102.5), (49, 99.5), (58, 93), (63, 84)]), 1.15, taper=True)
    ink.line(curve([(49.5, 99.5), (51, 109), (48.5, 119), (38, 128), (24, 134)]), 1.15)
    for share in np.linspace(0, 1, 9):
        strand = [
            ((1 - share) * a[0] + share * b[0], (1 - share) * a[1] + share * b[1])
            for a, b in zip(outer, inner, strict=True)
        ]
        ink.line(curve(strand), 1.0)
    ink.line(curve([(36.4, 59.6), (39.5, 62.4), (43.5, 62.2), (46.8, 59.2)]), 1.2, taper=True)
    for x, y, dx, dy in [(37.6, 61.1, -2.6, 2.2), (39.8, 62.6, -1.6, 3), (42.4, 62.8, -0.4, 3.2)]:
        ink.line(curve([(x, y), (x + dx, y + dy)]), 0.8)
    ink.line(curve([(34.6, 50.6), (40, 47.6), (49, 50.4)]), 1.3, taper=True)
    ink.line(curve([(31.6, 67.4), (33.6, 68.0), (34.3, 70.0), (33.2, 71.8)]), 0.9, taper=True)
    return ink.image()


def lettering_moss() -> Image.Image:
    """Return the word MOSS in bold white letters on black, over a row of level bars."""
    image = Image.new("L", (1024, 512), 0)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=270)  # Aileron, CC0, bundled with Pillow
    letters = []
    for letter in "MOSS":
        tile = Image.new("L", (512, 512), 0)
        ImageDraw.Draw(tile).text((120, 80), letter, fill=255, font=font, stroke_width=14)
        letters.append(tile.crop(tile.getbbox()))
    gap = 46
    left = (image.width - sum(tile.width for tile in letters) - 3 * gap) // 2
    for tile in letters:
        image.paste(tile, (left, 195 - tile.height // 2))
        left += tile.width + gap
    for k in range(44):
        height = 8 + 34 * abs(math.sin(0.62 * k) * math.sin(0.21 * k + 0.4))
        x = 82 + k * 20
        draw.rounded_rectangle((x - 5, 425 - height, x + 5, 425 + height), 5, fill=255)
    return image


def fractal(rng: np.random.Generator, shape: tuple[int, ...], slope: float) -> Array:
    """Return noise of `shape` with an amplitude spectrum of f ** -slope, scaled to [0, 1]."""
    grids = np.meshgrid(*(np.fft.fftfreq(n) * n for n in shape), indexing="ij")
    distance = np.sqrt(sum(g**2 for g in grids))
    distance.flat[0] = np.inf
    noise: Array = np.fft.ifftn(np.fft.fftn(rng.standard_normal(shape)) * distance**-slope).real
    low, high = noise.min(), noise.max()
    scaled: Array = (noise - low) / (high - low)
    return scaled


def landscape_mountains() -> Image.Image:
    """Return mountain ridges fading into haze over a lake, the low sun mirrored in it."""
    rng = seeded("landscape")
    width, height, shore = 1024, 640, 450
    y, x = np.mgrid[0:shore, 0:width].astype(np.float64)
    sun = np.hypot(x - 640, y - 150)
    glow = np.exp(-sun / 140)[..., None]
    scene = np.array([0.10, 0.17, 0.38]) + (y / shore)[..., None] * np.array([0.80, 0.50, 0.28])
    clouds = ndimage.zoom(fractal(rng, (shore, width), 1.6)[::5], (5, 1), order=1)[:shore]
    scene = scene + 0.45 * (clouds[..., None] - 0.5) + glow * np.array([0.75, 0.60, 0.35])
    scene = np.where((sun < 44)[..., None], np.array([1.0, 0.98, 0.90]), scene)
    ridges = [  # height of the crest, height of the relief (px), color
        (235, 210, (0.62, 0.50, 0.54)),
        (290, 190, (0.43, 0.36, 0.44)),
        (345, 160, (0.25, 0.23, 0.33)),
        (405, 90, (0.10, 0.10, 0.17)),
    ]
    for crest, relief, color in ridges:
        ridge = crest + relief * (fractal(rng, (3 * width,), 1.3)[:width] - 0.5)
        rock = fractal(rng, (shore, width), 1.9)
        shade = np.clip(1 + 5 * (np.roll(rock, 8, axis=1) - rock), 0.6, 1.5)[..., None]
        mist = (np.clip((y - ridge) / 170, 0, 1) ** 1.5)[..., None]
        ground = np.array(color) * shade * (1 - 0.6 * mist) + np.array([0.80, 0.66, 0.62]) * (
            0.42 * mist
        )
        scene = np.where((y > ridge)[..., None], ground, scene)
    scene = _reflect(scene, height - shore, 640, rng)
    return _plant_pines(Image.fromarray(np.rint(np.clip(scene, 0, 1) * 255).astype(np.uint8)), rng)


def _reflect(scene: Array, depth: int, sun_x: int, rng: np.random.Generator) -> Array:
    """Return the scene (H, W, 3) over `depth` rows of water that glitters below the sun."""
    shore, width, _ = scene.shape
    row = np.arange(depth)[:, None]
    ripple = fractal(rng, (depth, width), 1.1)
    ripple = ndimage.uniform_filter1d(ripple, 41, axis=1) - 0.5
    source = shore - 1 - row * shore * 0.88 / depth + ripple * (12 + 1.6 * row)
    columns = np.broadcast_to(np.arange(width), source.shape)
    rows = np.clip(source, 0, shore - 1)
    water = [ndimage.map_coordinates(scene[..., c], [rows, columns], order=1) for c in range(3)]
    path = np.exp(-(((columns - sun_x) / (25 + 0.45 * row)) ** 2)) * np.clip(ripple * 8, 0, 1)
    lake = np.stack(water, axis=-1) * 0.78 + np.array([0.0, 0.01, 0.03])
    return np.vstack([scene, lake + path[..., None] * np.array([0.75, 0.66, 0.52])])


def _plant_pines(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return the image with dark pines on its left and right banks."""
    draw = ImageDraw.Draw(image)
    ink = (10, 13, 18)
    spots = [(20, 330), (75, 250), (122, 180), (165, 120), (940, 180), (985, 260), (1020, 350)]
    draw.polygon([(0, 640), (0, 560), (120, 575), (250, 625), (290, 640)], fill=ink)
    draw.polygon([(1024, 640), (1024, 565), (930, 590), (800, 640)], fill=ink)
    for x, tall in spots:
        foot = 600
        for tier in np.linspace(0, 1, 14):
            half = 4 + tier**0.9 * tall * 0.19 * rng.uniform(0.85, 1.15)
            top = foot - tall + tier * tall * 0.88
            draw.polygon([(x, top - 8), (x - half, top + 26), (x + half, top + 26)], fill=ink)
    return image


def moon_gibbous() -> Image.Image:
    """Return a waxing moon: a cratered sphere with dark seas, lit from the right."""
    rng = seeded("moon")
    size, radius = 768, 340.0
    y, x = (np.mgrid[0:size, 0:size] - (size - 1) / 2) / radius
    z = np.sqrt(np.clip(1 - x**2 - y**2, 0, 1))
    sphere = np.stack([x, y, z])
    seas = np.clip((fractal(rng, (size, size), 1.9) - 0.52) * 9, 0, 1)
    albedo = 0.80 - 0.38 * seas + 0.16 * (fractal(rng, (size, size), 1.0) - 0.5)
    relief = 0.030 * fractal(rng, (size, size), 1.7) * (1 - 0.7 * seas)
    for _ in range(1500):
        span = 0.012 * float(rng.uniform(0.012, 1)) ** -0.62  # many small craters, few large
        d, _bearing = _around(sphere, rng.standard_normal(3), span)
        near = d < 3
        bowl = np.where(d[near] < 1, 0.9 * d[near] ** 2 - 0.7, 0.2 * np.exp(-(d[near] - 1) * 3))
        relief[near] += 0.30 * span * bowl * (1 - 0.6 * seas[near])
    for at, reach in [((0.18, 0.66, 0.70), 0.30), ((0.55, -0.25, 0.75), 0.16)]:
        d, bearing = _around(sphere, np.array(at), 1.0)
        rays = sum(np.sin(k * bearing + k * k) ** 8 for k in (3, 4, 5.5)) / 2
        albedo = albedo + 0.30 * np.exp(-d / reach) * np.minimum(rays + np.exp(-d / 0.05), 1)
    tilt_y, tilt_x = np.gradient(relief, 1 / radius)
    normal = np.stack([x - tilt_x, y - tilt_y, z])
    normal /= np.linalg.norm(normal, axis=0)
    sun = np.array([0.60, -0.20, 0.62])
    sun /= np.linalg.norm(sun)
    level = np.tensordot(sun, sphere, 1)  # of the smooth sphere: no relief shines in the night
    light = np.clip(np.tensordot(sun, normal, 1), 0, 1) ** 0.7 * np.clip(level / 0.12 + 0.4, 0, 1)
    edge = np.clip((1 - np.hypot(x, y)) * radius, 0, 1)
    return gray_image(light * albedo * edge * 1.1)


def _around(sphere: Array, point: Array, span: float) -> tuple[Array, Array]:
    """Return distance (in units of `span` radians) and bearing of a sphere's cells from a point."""
    point = point / np.linalg.norm(point)
    distance = np.arccos(np.clip(np.tensordot(point, sphere, 1), -1, 1)) / span
    return distance, np.arctan2(sphere[1] - point[1], sphere[0] - point[0])


# --------------------------------------------------------------------------------------------
# Audio: shared tools
# --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Note:
    """One note: start and length in seconds, MIDI pitch, velocity in 1 to 127."""

    start: float
    length: float
    pitch: int
    velocity: int


@dataclass(frozen=True)
class Part:
    """One instrument: General MIDI program (0-based), notes, pan and volume in 0 to 127."""

    program: int
    notes: Sequence[Note]
    pan: int = 64
    volume: int = 100
    drums: bool = False
    swell: Sequence[tuple[float, int]] = field(default_factory=tuple)


def pitch(name: str) -> int:
    """Return the MIDI number of a name such as "C4" (60), "F#5" or "Bb3"."""
    step = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[name[0]]
    return 12 * (int(name[-1]) + 1) + step + name.count("#") - name[1:].count("b")


def humanize(
    notes: Iterable[Note], rng: np.random.Generator, timing: float = 0.006, force: float = 4.0
) -> list[Note]:
    """Return the notes with small seeded deviations of start (s) and velocity."""
    return [
        replace(
            note,
            start=max(0.0, note.start + float(rng.normal(0, timing))),
            velocity=int(np.clip(round(note.velocity + rng.normal(0, force)), 1, 127)),
        )
        for note in notes
    ]


def melody(line: str, beat: float, start: float, velocity: int, overlap: float = 0.0) -> list[Note]:
    """Return the notes of "D4:1 F#4:0.5 r:1": names with lengths in beats of `beat` seconds."""
    notes, at = [], start
    for word in line.split():
        name, length = word.split(":")
        seconds = float(length) * beat
        if name != "r":
            notes.append(Note(at, seconds + overlap, pitch(name), velocity))
        at += seconds
    return notes


def midi_file(parts: Sequence[Part], seconds: float) -> mido.MidiFile:
    """Return the parts as a MIDI file that lasts `seconds`."""
    events: list[tuple[int, int, mido.Message]] = []
    channels = iter([c for c in range(16) if c != 9])
    for part in parts:
        channel = 9 if part.drums else next(channels)

        program = mido.Message("program_change", channel=channel, program=part.program)
        events.append((0, 0, program))
        controls = [(0.0, 7, part.volume), (0.0, 10, part.pan)]
        if part.swell:
            times, values = zip(*part.swell, strict=True)
            for at in np.arange(0, seconds, 0.04):
                controls.append((float(at), 11, round(float(np.interp(at, times, values)))))
        for at, number, value in controls:
            message = mido.Message("control_change", channel=channel, control=number, value=value)
            events.append((round(at * TICKS_PER_SECOND), 0, message))
        for note in part.notes:
            start = round(note.start * TICKS_PER_SECOND)
            stop = max(start + 1, round((note.start + note.length) * TICKS_PER_SECOND))
            on = mido.Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity)
            off = mido.Message("note_off", channel=channel, note=note.pitch)
            events += [(start, 2, on), (stop, 1, off)]
    track = mido.MidiTrack()
    now = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    left = max(0, round(seconds * TICKS_PER_SECOND) - now)
    track.append(mido.MetaMessage("end_of_track", time=left))
    return mido.MidiFile(type=0, ticks_per_beat=960, tracks=[track])


def play(parts: Sequence[Part], soundfont: Path, seconds: float = SECONDS + 1) -> Array:
    """Return the parts played dry by FluidSynth, shape (samples, 2)."""
    with tempfile.TemporaryDirectory() as folder:
        score, sound = Path(folder, "score.mid"), Path(folder, "sound.wav")
        midi_file(parts, seconds).save(score)
        options = ["-ni", "-q", "-R", "0", "-C", "0", "-g", "0.4", "-r", str(RATE)]
        options += ["-o", "synth.cpu-cores=1", "-O", "float", "-T", "wav", "-F", str(sound)]
        command = ["fluidsynth", *options, str(soundfont), str(score)]
        subprocess.run(command, check=True, capture_output=True)
        samples: Array = soundfile.read(sound, always_2d=True)[0]
    return samples


def reverberate(
    dry: Array, rng: np.random.Generator, seconds: float, wet: float, rate: int = RATE
) -> Array:
    """Return the sound in a room: convolved with noise that decays by 60 dB in `seconds`.

    High frequencies decay twice as fast as low ones. `wet` is the reverberation's RMS relative
    to the dry sound's.
    """
    count = int(seconds * rate)
    t = np.arange(count) / rate
    noise = rng.standard_normal((count, dry.shape[1]))
    low = signal.sosfilt(signal.butter(1, 2500, fs=rate, output="sos"), noise, axis=0)
    decays = [10 ** (-3 * t / length)[:, None] for length in (seconds, seconds / 2)]
    room = low * decays[0] + 0.5 * (noise - low) * decays[1]
    room *= np.minimum(1, t / 0.012)[:, None]
    echo = signal.fftconvolve(dry, room, axes=0)[: len(dry)]
    mixed: Array = dry + echo * (wet * rms(dry) / rms(echo))
    return mixed


def rms(sound: Array) -> float:
    """Return the root mean square of a sound."""
    return float(np.sqrt(np.mean(sound**2)))


def decibels(value: float) -> float:
    """Return the amplitude ratio that `value` dB stand for."""
    return 10 ** (value / 20)


def limit(sound: Array, ceiling: float, rate: int) -> Array:
    """Return the sound under `ceiling`, turned down smoothly for 5 ms around each peak."""
    window = int(0.01 * rate) | 1
    gain = np.minimum(1, ceiling / np.maximum(np.abs(sound).max(axis=1), 1e-12))
    gain = ndimage.minimum_filter1d(gain, window)
    gain = ndimage.uniform_filter1d(gain, window)  # an average of minima: never above the need
    limited: Array = sound * gain[:, None]
    return limited


def master(
    sound: Array, rng: np.random.Generator, rate: int = RATE, fade_out: float = 0.6
) -> NDArray[np.int16]:
    """Return a finished 16-bit track: no DC, faded, at -18 dBFS RMS or what -1.6 dBFS peak allows.

    Peaks may be turned down by 4 dB at most to reach the level. The dither keeps pauses from
    being digital silence, whose decibels and phase are undefined.
    """
    sound = signal.sosfilt(signal.butter(2, 25, "highpass", fs=rate, output="sos"), sound, axis=0)
    rise, fall = int(0.006 * rate), int(fade_out * rate)
    sound[:rise] *= np.sin(np.linspace(0, math.pi / 2, rise))[:, None] ** 2
    sound[-fall:] *= np.cos(np.linspace(0, math.pi / 2, fall))[:, None] ** 2
    ceiling = decibels(-1.6)
    to_level = decibels(-18) / rms(sound)
    to_peak = ceiling / np.abs(sound).max()
    sound = limit(sound * min(to_level, to_peak * decibels(4)), ceiling, rate)
    dither = rng.uniform(-0.5, 0.5, sound.shape) + rng.uniform(-0.5, 0.5, sound.shape)
    return np.clip(np.rint(sound * 32767 + dither), -32768, 32767).astype(np.int16)


def cut(sound: Array, rate: int = RATE, seconds: float = SECONDS) -> Array:
    """Return the first `seconds` of a sound, padded with zeros if it is shorter."""
    count = int(seconds * rate)
    return np.pad(sound, ((0, max(0, count - len(sound))), (0, 0)))[:count].copy()


# --------------------------------------------------------------------------------------------
# Audio: played from scores
# --------------------------------------------------------------------------------------------

Track = tuple[NDArray[np.int16], int]  # samples (n, channels), sample rate in Hz


def piano_prelude(soundfont: Path) -> Track:
    """Return J. S. Bach, Prelude in C major, BWV 846, bars 1 to 4."""
    rng = seeded("piano")
    bars = ["C4 E4 G4 C5 E5", "C4 D4 A4 D5 F5", "B3 D4 G4 D5 F5", "C4 E4 G4 C5 E5"]
    sixteenth = 0.1425
    notes = []
    for half in range(8):
        chord = [pitch(name) for name in bars[half // 2].split()]
        ritard = 1.0 if half < 7 else 1.06
        base = half * 8 * sixteenth
        lift = (0, 3, 6, 8, 9, 6, 2, -2)[half]  # the phrase rises to bar 3 and settles
        for step, voice in enumerate((0, 1, 2, 3, 4, 2, 3, 4)):
            at = base + step * sixteenth * ritard
            length = {0: 8 - step, 1: 8 - step}.get(voice, 1.6) * sixteenth
            if half == 7 and step >= 5:
                length = 2.0
            accent = {0: 10, 1: 4}.get(voice, 3 if voice == 4 else 0)
            notes.append(Note(at, length, chord[voice], 66 + lift + accent))
    notes = humanize(notes, rng, 0.005, 3)
    sound = play([Part(0, notes, pan=64)], soundfont)
    return master(cut(reverberate(sound, rng, 2.2, 0.22)), rng), RATE


def strings_canon(soundfont: Path) -> Track:
    """Return J. Pachelbel, Canon in D: three violin voices over the ground, then the D chord."""
    rng = seeded("strings")
    beat, end = 1.0, "D5:2"
    voices = [
        ("D5:.5 F#5:.5 A5:.5 G5:.5 F#5:.5 D5:.5 F#5:.5 E5:.5 "
         "D5:.5 B4:.5 D5:.5 A5:.5 G5:.5 B5:.5 A5:.5 G5:.5 F#5:2", 48, 28, 84),
        ("F#5:1 E5:1 D5:1 C#5:1 B4:1 A4:1 B4:1 C#5:1 " + end, 48, 64, 88),
        ("D5:1 C#5:1 B4:1 A4:1 G4:1 F#4:1 G4:1 E4:1 F#4:2", 48, 96, 84),
        ("A4:1 A4:1 F#4:1 F#4:1 D4:1 D4:1 D4:1 E4:1 A3:2", 48, 50, 66),  # viola, filling in
        ("D3:1 A2:1 B2:1 F#2:1 G2:1 D2:1 G2:1 A2:1 D3:2", 48, 84, 92),
        ("D2:1 A1:1 B1:1 F#1:1 G1:1 D2:1 G1:1 A1:1 D2:2", 43, 76, 80),
    ]  # fmt: skip
    parts = []
    for line, program, pan, velocity in voices:
        notes = humanize(melody(line, beat, 0.0, velocity, overlap=0.12), rng, 0.010, 3)
        swell = [(0.0, 84), (2.0, 100), (4.0, 108), (7.5, 122), (8.6, 120), (10.0, 96)]
        parts.append(Part(program, notes, pan=pan, volume=100, swell=swell))
    sound = play(parts, soundfont)
    return master(cut(reverberate(sound, rng, 2.4, 0.35)), rng, fade_out=0.9), RATE


def organ_toccata(soundfont: Path) -> Track:
    """Return the opening of Toccata and Fugue in D minor, BWV 565, shortened to ten seconds."""
    rng = seeded("organ")
    high = [(0.0, 0.09, "A5"), (0.09, 0.09, "G5"), (0.18, 1.0, "A5")]
    high += [(1.42 + 0.105 * k, 0.105, name) for k, name in enumerate(["G5", "F5", "E5", "D5"])]
    high += [(1.84, 0.5, "C#5"), (2.36, 0.85, "D5")]
    low = [(3.50, 0.09, "A3"), (3.59, 0.09, "G3"), (3.68, 0.72, "A3")]
    low += [(4.52 + 0.105 * k, 0.105, name) for k, name in enumerate(["G3", "F3", "E3", "D3"])]
    low += [(4.94, 0.34, "C#3"), (5.28, 0.62, "D3")]
    notes = []
    for start, length, name in high + low:
        notes += [Note(start, length, pitch(name) - octave, 100) for octave in (0, 12)]
    for k, name in enumerate(["C#4", "E4", "G4", "Bb4", "C#5", "E5"]):
        at = 6.15 + 0.2 * k
        notes.append(Note(at, 8.15 - at, pitch(name), 100))
    for name in ["D4", "F#4", "A4", "D5"]:
        notes.append(Note(8.15, 1.45, pitch(name), 100))
    pedal = [Note(5.95, 3.65, pitch("D2"), 105), Note(5.95, 3.65, pitch("D3"), 95)]
    notes = humanize(notes, rng, 0.002, 0)
    parts = [Part(19, notes, pan=60, volume=96), Part(20, notes, pan=88, volume=60)]
    parts.append(Part(19, pedal, pan=64, volume=110))
    sound = play(parts, soundfont)
    return master(cut(reverberate(sound, rng, 3.2, 0.42)), rng, fade_out=0.7), RATE


def choir_chorale(soundfont: Path) -> Track:
    """Return J. S. Bach, "O Haupt voll Blut und Wunden", BWV 244/54, first two lines."""
    rng = seeded("choir")
    beat = 0.565
    # Soprano, alto, tenor, bass. The fermatas that end the lines are written out.
    lines = [
        "A4:1 D5:1 C5:1 Bb4:1 A4:1 G4:2 A4:1.5 E5:1 F5:1 F5:1 E5:.5 D5:.5 E5:1 D5:3",
        "F4:1 F4:.5 G4:.5 A4:1 D4:.5 E4:.5 F4:1 F4:1 E4:1 F4:1.5 A4:1 A4:1 A4:1 A4:1 "
        "A4:.5 G4:.5 F4:3",
        "D4:1 D4:.5 E4:.5 F4:1 G4:1 C4:1 D4:1 C4:1 C4:1.5 E4:1 E4:1 D4:1 D4:1 C#4:1 A3:3",
        "D4:.5 C4:.5 Bb3:1 A3:1 G3:1 F3:1 Bb2:1 C3:1 F3:1.5 C#3:1 D3:.5 E3:.5 F3:.5 G3:.5 "
        "A3:1 A2:1 D3:3",
    ]
    swell = [(0.0, 100), (2.0, 116), (4.4, 100), (5.2, 104), (7.2, 122), (8.6, 112), (10.0, 90)]
    parts = []
    for line, pan, velocity in zip(lines, (40, 88, 52, 76), (100, 90, 90, 100), strict=True):
        notes = humanize(melody(line, beat, 0.0, velocity, overlap=0.05), rng, 0.012, 3)
        parts.append(Part(52, notes, pan=pan, volume=110, swell=swell))
        parts.append(Part(53, notes, pan=128 - pan, volume=50, swell=swell))
    sound = play(parts, soundfont)
    return master(cut(reverberate(sound, rng, 2.8, 0.40)), rng, fade_out=0.8), RATE


DRUM = {"kick": 36, "snare": 38, "hat": 42, "pedal": 44, "open": 46, "crash": 49, "ride": 51,
        "high": 50, "mid": 47, "low": 43}  # fmt: skip


def drums_groove(soundfont: Path) -> Track:
    """Return four bars of a sixteenth-note groove with ghost notes, a fill and a last crash."""
    rng = seeded("drums")
    sixteenth = 60 / 104 / 4
    kick = ["x.....x..xx.....", "x.....x..x....x.", "x.....x..xx.....", "x..x..x.x......."]
    snare = ["....X..g.g..X..g", "....X..g.g..X.gg", "....X..g.g..X..g", "....X..gX......."]
    hats = "HhhhHhhhHhhhHhoh"
    fill = {9: "snare", 10: "high", 11: "high", 12: "mid", 13: "mid", 14: "low", 15: "low"}
    hits: list[tuple[float, str, int]] = [(0.0, "crash", 104)]
    for bar in range(4):
        for step in range(16):
            at = bar * 16 + step + (0.12 if step % 2 else 0.0)  # a little swing
            if kick[bar][step] == "x":
                hits.append((at, "kick", 112 if step % 4 == 0 else 98))
            if snare[bar][step] != ".":
                hits.append((at, "snare", 114 if snare[bar][step] == "X" else 42))
            if bar == 3 and step in fill:
                hits.append((at, fill[step], 84 + 4 * (step - 8)))
            elif bar < 3 or step < 8:
                mark = hats[step]
                force = {"H": 92, "h": 62, "o": 84}[mark]
                hits.append((at, "open" if mark == "o" else "hat", force))
            if bar == 2 and step % 4 == 0:
                hits.append((at, "ride", 82))
    hits += [(64.0, "crash", 116), (64.0, "kick", 120), (64.0, "snare", 96)]
    notes = [Note(at * sixteenth, 0.12, DRUM[name], force) for at, name, force in hits]
    sound = play([Part(0, humanize(notes, rng, 0.004, 4), drums=True)], soundfont)
    return master(cut(reverberate(sound, rng, 0.9, 0.20)), rng), RATE


# --------------------------------------------------------------------------------------------
# Audio: spoken and synthesized
# --------------------------------------------------------------------------------------------

POEM = (
    "To see a world, in a grain of sand, and a heaven in a wild flower. "
    "Hold infinity in the palm of your hand, and eternity in an hour."
)


def speech_poem(_: Path) -> Track:
    """Return the opening of William Blake's "Auguries of Innocence", read by eSpeak NG."""
    rng = seeded("speech")
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder, "speech.wav")
        options = ["-v", "en-gb", "-s", "158", "-p", "42", "-g", "2", "-w", str(sound)]
        subprocess.run(["espeak-ng", *options, POEM], check=True, capture_output=True)
        voice, rate = soundfile.read(sound, always_2d=True)
    heard = np.flatnonzero(np.abs(voice[:, 0]) > 0.003)
    voice = voice[max(0, heard[0] - int(0.02 * rate)) : heard[-1] + int(0.05 * rate)]
    voice = cut(voice, rate, max(9.6, len(voice) / rate + 0.35))
    return master(reverberate(voice, rng, 0.5, 0.10, rate), rng, rate, fade_out=0.3), rate


def rain_storm(_: Path) -> Track:
    """Return steady rain: a broad hiss, thousands of drops, dripping nearby, far thunder."""
    rng, rate = seeded("rain"), 48000
    count = int(SECONDS * rate)
    t = np.arange(count) / rate
    common, sides = rng.standard_normal((count, 1)), rng.standard_normal((count, 2))
    band = signal.butter(1, [700, 6500], "bandpass", fs=rate, output="sos")
    gust = 1 + 0.25 * np.sin(2 * math.pi * 0.13 * t + 0.6) + 0.12 * np.sin(2 * math.pi * 0.37 * t)
    sound = signal.sosfilt(band, 0.5 * common + 0.8 * sides, axis=0) * gust[:, None]
    for how_many, lowest, highest, longest, level in [
        (9000, 1800, 9000, 0.005, 1.5), (700, 900, 3500, 0.012, 2.2), (60, 500, 1400, 0.03, 3.2)
    ]:  # fmt: skip
        for _drop in range(how_many):
            ring = longest * rng.uniform(0.4, 1)
            s = np.arange(int(5 * ring * rate)) / rate
            start = rng.integers(0, count - len(s))
            frequency = lowest * (highest / lowest) ** rng.uniform()
            drop = np.sin(2 * math.pi * frequency * s * (1 + 0.8 * s)) * np.exp(-s / ring)
            drop *= level * rng.lognormal(-1.2, 0.7)
            pan = rng.uniform(0, math.pi / 2)
            sound[start : start + len(s)] += np.outer(drop, (math.cos(pan), math.sin(pan)))
    rumble = signal.butter(2, [30, 140], "bandpass", fs=rate, output="sos")
    thunder = signal.sosfilt(rumble, 0.8 * common + 0.4 * sides, axis=0)
    for level, center, width in [(7.0, 3.0, 0.35), (4.9, 4.0, 0.6), (3.9, 5.3, 0.9)]:
        sound += level * thunder * np.exp(-(((t - center) / width) ** 2))[:, None]
    sound = reverberate(sound, rng, 0.6, 0.15, rate)
    return master(sound, rng, rate, fade_out=0.5), rate


def sea_waves(_: Path) -> Track:
    """Return waves that swell, break and run out as foam, under a few gulls."""
    rng = seeded("sea")
    count = int(SECONDS * RATE)
    t = np.arange(count) / RATE
    waves = [(0.2, 0.5, 0.2), (2.7, 1.0, -0.45), (6.0, 0.7, 0.5), (8.4, 0.9, -0.1)]
    edges = [60, 120, 240, 480, 960, 1900, 3800, 7600, 15000]
    sound = np.zeros((count, 2))
    for low, high in pairwise(edges):
        pitch_share = math.log2(low / edges[0]) / 7  # 0 for the lowest band, 1 for the highest
        band = signal.butter(2, [low, high], "bandpass", fs=RATE, output="sos")
        noise = signal.sosfilt(band, rng.standard_normal((count, 2)), axis=0)
        level = np.full((count, 2), 0.05)
        for crash, strength, side in waves:
            before, after = np.minimum(t - crash, 0), np.maximum(t - crash - 0.25 * pitch_share, 0)
            shape = np.exp(before / (0.95 - 0.6 * pitch_share) - after / (0.5 + 0.7 * pitch_share))
            drift = np.clip(side * (1 + 0.25 * (t - crash)), -0.8, 0.8)
            level += strength * shape[:, None] * np.stack([1 - drift, 1 + drift], axis=1)
        ripple = 1 + 0.35 * fractal(rng, (count // 441 + 1,), 0.7)[np.arange(count) // 441]
        ripple = ndimage.uniform_filter1d(ripple, 882)
        sound += noise * level * ripple[:, None] * (low / edges[0]) ** -0.6
    dry = np.zeros((count, 2))
    for at, base, pan in [(1.15, 1.0, 0.3), (1.6, 1.04, 0.32), (2.0, 1.0, 0.35), (4.6, 0.9, 1.2),
                          (5.05, 0.93, 1.2), (7.45, 1.08, 0.7)]:  # fmt: skip
        cry = _gull(base, 0.38)
        start = int(at * RATE)
        dry[start : start + len(cry)] += np.outer(cry, (math.cos(pan), math.sin(pan)))
    sound += reverberate(dry, rng, 1.6, 0.5) * (0.16 * rms(sound) / rms(dry))
    return master(sound, rng, fade_out=0.5), RATE


def _gull(base: float, seconds: float) -> Array:
    """Return one cry of a gull: a rising, then falling tone with strong harmonics."""
    s = np.linspace(0, 1, int(seconds * RATE))
    glide = base * np.interp(s, [0, 0.12, 0.35, 1], [900, 1500, 1420, 820])
    phase = 2 * math.pi * np.cumsum(glide) / RATE
    voice = sum(a * np.sin(k * phase) for k, a in enumerate([0.7, 1.0, 0.7, 0.35, 0.15], 1))
    return voice * np.sin(math.pi * s**0.6) ** 1.2


def tone(
    frequency: float, envelope: Array, cutoff: Array | float, rng: np.random.Generator
) -> Array:
    """Return a band-limited sawtooth summed from sines, through a gentle low-pass in Hz."""
    t = np.arange(len(envelope)) / RATE
    sound = np.zeros(len(envelope))
    for k in range(1, int(min(40, 14000 / frequency)) + 1):
        share = 1 / (k * (1 + (k * frequency / np.asarray(cutoff)) ** 2))
        sound += share * np.sin(2 * math.pi * k * frequency * t + rng.uniform(0, 2 * math.pi))
    return sound * envelope


def synth_arpeggio(_: Path) -> Track:
    """Return an own piece: sixteenth-note arpeggio with echoes, wide pad and pulsing bass."""
    rng = seeded("synth")
    count, bar, step = int((SECONDS + 1) * RATE), 1.875, 1.875 / 16
    chords = [("A3 C4 E4 G4", "A1"), ("F3 A3 C4 G4", "F1"), ("C4 E4 G4 B4", "C2"),
              ("G3 B3 D4 A4", "G1"), ("A3 C4 E4 B4", "A1")]  # fmt: skip
    arp, pad, bass = (np.zeros((count, 2)) for _ in range(3))

    def place(layer: Array, at: float, sound: Array, pan: float) -> None:
        start = int(at * RATE)
        piece = sound[: count - start]
        angle = (pan + 1) * math.pi / 4
        layer[start : start + len(piece)] += np.outer(piece, (math.cos(angle), math.sin(angle)))

    for number, (chord, root) in enumerate(chords):
        keys = [pitch(name) for name in chord.split()]
        last = number == 4
        span = SECONDS - 4 * bar if last else bar
        s = np.arange(int((span + 0.5) * RATE)) / RATE
        hold = np.minimum(1, s / 0.25) * np.clip((span + 0.5 - s) / 0.5, 0, 1)
        opening = 900 + 260 * number + 700 * np.sin(math.pi * np.minimum(s / span, 1))
        for key in keys:
            for detune, pan in ((-0.11, -0.8), (0.0, 0.0), (0.12, 0.8)):
                frequency = 440 * 2 ** ((key + detune - 69) / 12)
                place(pad, number * bar, tone(frequency, hold, opening, rng), pan)
        ladder = [*keys, *(key + 12 for key in keys)]
        order = [0, 2, 4, 6, 7, 5, 3, 1, 2, 4, 6, 7, 6, 4, 3, 1]
        for k in range(11 if last else 16):
            s = np.arange(int(0.45 * RATE)) / RATE
            pluck = np.minimum(1, s / 0.003) * np.exp(-s / 0.16) * (1.25 if k % 4 == 0 else 0.9)
            frequency = 440 * 2 ** ((ladder[order[k]] + 12 - 69) / 12)
            bright = 700 + (2600 + 500 * number) * np.exp(-s / 0.09)
            at = number * bar + k * step + abs(rng.normal(0, 0.002))
            place(arp, at, tone(frequency, pluck, bright, rng), 0.25 * math.sin(1.3 * k))
        for k in range(1 if last else 8):
            s = np.arange(int((1.6 if last else 2 * step) * RATE)) / RATE
            thump = np.minimum(1, s / 0.004) * np.exp(-s / (0.9 if last else 0.22))
            thump *= np.clip((s[-1] - s) / 0.02, 0, 1)
            frequency = 440 * 2 ** ((pitch(root) + (12 if k in (3, 6) else 0) - 69) / 12)
            bright = 180 + 900 * np.exp(-s / 0.07)
            place(bass, number * bar + 2 * k * step, tone(frequency, thump, bright, rng), 0.0)

    echo, turn = arp.copy(), arp
    for _repeat in range(4):  # each echo three sixteenths later, on the other side
        turn = 0.5 * np.roll(turn[:, ::-1], int(3 * step * RATE), axis=0)
        turn[: int(3 * step * RATE)] = 0
        echo += turn
    sound = echo / rms(echo) + 0.75 * pad / rms(pad) + 0.9 * bass / rms(bass)
    return master(cut(reverberate(sound, rng, 2.0, 0.22)), rng, fade_out=1.0), RATE


# --------------------------------------------------------------------------------------------
# The list of files, and the command line
# --------------------------------------------------------------------------------------------

IMAGES: dict[str, Callable[[], Image.Image]] = {
    "portrait-astronaut.jpg": portrait_astronaut,
    "animal-cat.jpg": animal_cat,
    "still-life-coffee.jpg": still_life_coffee,
    "night-sky-hubble.jpg": night_sky_hubble,
    "texture-brick.jpg": texture_brick,
    "landscape-mountains.jpg": landscape_mountains,
    "moon-gibbous.jpg": moon_gibbous,
    "line-drawing-rose.png": line_drawing_rose,
    "line-drawing-face.png": line_drawing_face,
    "lettering-moss.png": lettering_moss,
}

TRACKS: dict[str, Callable[[Path], Track]] = {
    "piano-prelude.flac": piano_prelude,
    "strings-canon.flac": strings_canon,
    "organ-toccata.flac": organ_toccata,
    "choir-chorale.flac": choir_chorale,
    "drums-groove.flac": drums_groove,
    "speech-poem.flac": speech_poem,
    "rain-storm.flac": rain_storm,
    "sea-waves.flac": sea_waves,
    "synth-arpeggio.flac": synth_arpeggio,
}


def main() -> None:
    """Make the files that the command line asks for."""
    parser = argparse.ArgumentParser(description="Make MOSS's sample images and tracks.")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1])
    parser.add_argument("--soundfont", type=Path, default=SOUNDFONT, help="FluidR3 GM")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="file names without suffix")
    arguments = parser.parse_args()
    known = {Path(name).stem for name in [*IMAGES, *TRACKS]}
    wanted = set(arguments.only or known)
    if wanted - known:
        parser.error(f"--only: no such file: {', '.join(sorted(wanted - known))}")
    for folder in ("images", "audio"):
        (arguments.out / folder).mkdir(parents=True, exist_ok=True)
    for name, draw in IMAGES.items():
        if Path(name).stem in wanted:
            picture = arguments.out / "images" / name
            if picture.suffix == ".jpg":
                draw().save(picture, quality=90)
            else:
                draw().save(picture, optimize=True)
            print(picture)
    for name, record in TRACKS.items():
        if Path(name).stem in wanted:
            recording = arguments.out / "audio" / name
            samples, rate = record(arguments.soundfont)
            soundfile.write(recording, samples, rate, subtype="PCM_16")
            print(recording)


if __name__ == "__main__":
    main()
