from __future__ import annotations

import hashlib
import io
import struct
import zlib

import numpy as np
import PIL.Image
import pytest
import soundfile
import torch

from moss_core import MossError, load_image, load_track


def assert_says(error, thing, rule, found, remedy=None):
    """The message's four parts: which thing, what it has to be, what it is, what to do."""
    message = str(error.value)
    assert error.value.thing == thing
    assert rule in error.value.rule
    assert found in str(error.value.found)
    assert error.value.remedy.endswith(".")
    if remedy:
        assert remedy in error.value.remedy
    for part in (error.value.thing, error.value.rule, error.value.found, error.value.remedy):
        assert str(part) in message


# Images


@pytest.mark.parametrize(
    ("format", "options", "tolerance"),
    [
        ("PNG", {}, 0),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("GIF", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("JPEG", {"quality": 95}, 3 / 255),
    ],
)
def test_every_format_gives_its_grays(format, options, tolerance, gray, encode_image):
    content = encode_image(gray, format, **options)
    image = load_image(content, "picture")
    assert image.pixels.dtype == torch.float32
    assert image.name == "picture"
    assert image.sha256 == hashlib.sha256(content).hexdigest()
    expected = torch.from_numpy(gray.astype(np.float32) / 255)
    torch.testing.assert_close(image.pixels, expected, rtol=0, atol=tolerance + 1e-6)


def test_a_path_gives_what_its_bytes_give(gray, encode_image, tmp_path):
    path = tmp_path / "gradient.png"
    path.write_bytes(encode_image(gray, "PNG"))
    for source in (path, str(path)):
        image = load_image(source)
        assert image.name == "gradient.png"
        assert torch.equal(image.pixels, load_image(path.read_bytes()).pixels)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_an_animation_gives_its_first_frame(format, gray, encode_image):
    others = [PIL.Image.fromarray(255 - gray)] * 2
    options = {"lossless": True} if format == "WEBP" else {}
    content = encode_image(gray, format, save_all=True, append_images=others, **options)
    assert PIL.Image.open(io.BytesIO(content)).n_frames >= 2
    expected = torch.from_numpy(gray.astype(np.float32) / 255)
    torch.testing.assert_close(load_image(content).pixels, expected)


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF"])
def test_transparency_lies_over_black(format, gray, encode_image):
    alpha = np.full_like(gray, 255)
    alpha[:, 16:] = 0
    alpha[:, 8:16] = 128
    options = {"lossless": True, "exact": True} if format == "WEBP" else {}
    content = encode_image(np.dstack([gray, gray, gray, alpha]), format, **options)
    expected = torch.from_numpy(gray / 255 * (alpha / 255)).float()
    torch.testing.assert_close(load_image(content).pixels, expected, rtol=0, atol=1.01 / 255)


def test_a_transparent_palette_colour_is_black(encode_image):
    indices = np.zeros((16, 16), np.uint8)
    indices[:, 8:] = 1
    picture = PIL.Image.fromarray(indices, "L").convert("P")
    picture.putpalette([255, 255, 255, 200, 200, 200])
    pixels = load_image(encode_image(picture, "PNG", transparency=0)).pixels
    assert (pixels[:, :8] == 0).all()
    torch.testing.assert_close(pixels[:, 8:], torch.full((16, 8), 200 / 255))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_the_exif_orientation_is_applied(orientation, format, gray, encode_image):
    upright = PIL.Image.fromarray(gray)
    undo = {  # how a camera held that way stores the upright picture
        2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE",
        6: "ROTATE_90", 7: "TRANSVERSE", 8: "ROTATE_270",
    }  # fmt: skip
    stored = upright
    if orientation in undo:
        stored = upright.transpose(getattr(PIL.Image.Transpose, undo[orientation]))
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    pixels = load_image(encode_image(stored, format, exif=exif.tobytes())).pixels
    expected = torch.from_numpy(gray.astype(np.float32) / 255)
    torch.testing.assert_close(pixels, expected, rtol=0, atol=0.06)


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bits_keep_their_depth(format, encode_image):
    values = np.arange(256, dtype=np.uint16).reshape(16, 16) * 200 + 7
    pixels = load_image(encode_image(values, format)).pixels
    torch.testing.assert_close(pixels, torch.from_numpy(values.astype(np.float32) / 65535))
    assert len(pixels.unique()) == 256


def test_floating_point_tiff_keeps_its_values(encode_image):
    values = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    torch.testing.assert_close(
        load_image(encode_image(values, "TIFF")).pixels, torch.from_numpy(values)
    )


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "RGBA", "LA", "CMYK", "YCbCr"])
def test_every_colour_mode_becomes_luma(mode, gray, encode_image):
    picture = PIL.Image.fromarray(gray).convert(mode)
    format = "PNG" if mode in ("1", "P", "RGB", "RGBA", "LA") else "TIFF"
    pixels = load_image(encode_image(picture, format)).pixels
    expected = torch.from_numpy(np.asarray(picture.convert("L"), np.float32) / 255)
    torch.testing.assert_close(pixels, expected, rtol=0, atol=2.01 / 255)


def test_luma_weighs_green_most(encode_image):
    colours = np.zeros((9, 9, 3), np.uint8)
    for column in range(3):
        colours[:, 3 * column : 3 * column + 3, column] = 255
    red, green, blue = load_image(encode_image(colours, "PNG")).pixels[0, [0, 3, 6]].tolist()
    assert (red, green, blue) == pytest.approx((0.299, 0.587, 0.114), abs=0.003)


def test_not_an_image(sine, encode_sound):
    for content in (b"hello, this is a letter\n" * 9, encode_sound(sine(), 16_000, "WAV")):
        with pytest.raises(MossError) as error:
            load_image(content, "letter.png")
        assert_says(
            error, "image letter.png", "must be a PNG", f"{len(content):,} bytes", "Convert"
        )


@pytest.mark.parametrize(
    ("load", "kind"), [(load_image, "image"), (load_track, "track")], ids=["image", "track"]
)
def test_no_such_file(load, kind, tmp_path):
    missing, empty = tmp_path / "missing.dat", tmp_path / "empty.dat"
    empty.touch()
    for source in (missing, str(missing), tmp_path / "no" / "folder", empty / "below"):
        with pytest.raises(MossError) as error:
            load(source)
        assert_says(error, f"{kind} {source}", "must be a file", "nothing", "Check the path")
    with pytest.raises(MossError) as error:
        load(tmp_path)
    assert_says(error, f"{kind} {tmp_path}", "must be a file", "a folder")
    with pytest.raises(MossError) as error:
        load(empty)
    assert_says(error, f"{kind} empty.dat", "must not be empty", "0 bytes", "Choose")
    with pytest.raises(MossError) as error:
        load(b"", "nothing.dat")
    assert_says(error, f"{kind} nothing.dat", "must not be empty", "0 bytes", "Choose")
    with pytest.raises(MossError) as error:
        load("x" * 5000)
    assert_says(error, f"{kind} {'x' * 5000}", "must be readable", "File name too long")
    with pytest.raises(MossError) as error:
        load("nul\0byte")
    assert_says(error, f"{kind} nul\0byte", "must be a file", "nothing")


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_cut_off_image(format, share, encode_image):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    content = encode_image(noise, format)
    with pytest.raises(MossError) as error:
        load_image(content[: int(share * len(content))], "cut.img")
    if "complete" in error.value.rule:
        assert_says(error, "image cut.img", "must be a complete", "damaged", "again")
    else:
        assert_says(error, "image cut.img", "must be a PNG", "bytes of something else", "Convert")


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_damage_raises_nothing_else(format, gray, encode_image):
    content = encode_image(gray, format)
    random, things = np.random.default_rng(3), set()
    for _ in range(60):
        damaged = bytearray(content)
        for place in random.integers(0, len(content), 4):
            damaged[place] = random.integers(0, 256)
        try:
            pixels = load_image(bytes(damaged), "damaged").pixels
        except MossError as error:
            things.add(error.thing)
        else:
            assert pixels.isfinite().all()
            assert 0 <= pixels.min() < pixels.max() <= 1
    assert things <= {"image damaged"}


@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 300), (300, 7)])
def test_a_tiny_image(height, width, encode_image):
    pixels = np.arange(height * width, dtype=np.uint8).reshape(height, width)
    with pytest.raises(MossError) as error:
        load_image(encode_image(pixels, "PNG"), "dot.png")
    assert_says(error, "image dot.png", "at least 8 pixels", f"{width} x {height}", "larger")


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_flat_image(level, encode_image):
    pixels = np.full((20, 20), level, np.uint8)
    pixels[3, 3] ^= 1
    with pytest.raises(MossError) as error:
        load_image(encode_image(pixels, "PNG"), "flat.png")
    assert_says(error, "image flat.png", "light and dark", f"{level / 255:.2f}", "contrast")


def test_a_wholly_transparent_image_is_flat(gray, encode_image):
    clear = np.dstack([gray, gray, gray, np.zeros_like(gray)])
    with pytest.raises(MossError) as error:
        load_image(encode_image(clear, "PNG"), "clear.png")
    assert_says(error, "image clear.png", "light and dark", "0.00 to 0.00", "contrast")


def _png_header(width, height):
    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("side", "found"),
    [(60_000, "3,600,000,000"), (10_000, "10,000 x 10,000"), (7_100, "7,100 x 7,100")],
)
def test_a_huge_image_is_refused_by_its_header(side, found):
    with pytest.raises(MossError) as error:
        load_image(_png_header(side, side), "huge.png")
    assert_says(error, "image huge.png", "at most 50,000,000 pixels", found, "smaller")


# Tracks


@pytest.mark.parametrize(
    ("format", "subtype", "tolerance"),
    [
        ("WAV", "FLOAT", 0),
        ("WAV", "PCM_16", 1e-4),
        ("WAV", "PCM_24", 1e-6),
        ("WAV", "PCM_U8", 1e-2),
        ("FLAC", "PCM_16", 1e-4),
        ("FLAC", "PCM_24", 1e-6),
        ("OGG", "VORBIS", 0.05),
        ("MP3", "MPEG_LAYER_III", 0.05),
    ],
)
@pytest.mark.parametrize("channels", [1, 2, 8])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_every_format_gives_its_samples(
    format, subtype, tolerance, channels, rate, sine, encode_sound
):
    channels = min(channels, 2) if format == "MP3" else channels  # MP3 holds no more
    samples = sine(rate, 0.7, channels)
    content = encode_sound(samples, rate, format, subtype)
    track = load_track(content, "tone")
    assert track.samples.dtype == torch.float32
    assert (track.name, track.sample_rate) == ("tone", rate)
    assert track.sha256 == hashlib.sha256(content).hexdigest()
    assert track.duration == pytest.approx(0.7, abs=0.06)  # MP3 is made of blocks
    assert track.samples.shape[0] == channels
    inside = slice(rate // 10, rate // 2)
    difference = track.samples[:, inside] - torch.from_numpy(samples.T[:, inside])
    assert difference.abs().max() <= tolerance
    torch.testing.assert_close(track.mono, track.samples.sum(0) / channels)


@pytest.mark.parametrize("rate", [8000, 11_025, 22_051, 44_101, 96_000, 384_000])
def test_odd_rates_are_kept(rate, sine, encode_sound):
    track = load_track(encode_sound(sine(rate, 0.6), rate, "WAV"))
    assert track.sample_rate == rate
    assert track.duration == pytest.approx(0.6, abs=1 / rate)


def test_a_tracks_path_gives_its_name(sine, encode_sound, tmp_path):
    path = tmp_path / "tone.flac"
    path.write_bytes(encode_sound(sine(), 16_000, "FLAC"))
    assert load_track(path).name == load_track(str(path)).name == "tone.flac"


def test_not_a_sound(gray, encode_image):
    for content in (b"hello, this is a letter\n" * 9, encode_image(gray, "PNG"), b"\0"):
        with pytest.raises(MossError) as error:
            load_track(content, "letter.wav")
        assert_says(error, "track letter.wav", "must be a WAV", f"({len(content):,} bytes)", "WAV")


@pytest.mark.parametrize("share", [0.002, 0.2, 0.5, 0.95])
@pytest.mark.parametrize("format", ["WAV", "FLAC", "OGG", "MP3"])
def test_a_cut_off_track(format, share, encode_sound):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 16_000 * 4)
    content = encode_sound(noise, 16_000, format)
    with pytest.raises(MossError) as error:
        load_track(content[: int(share * len(content))], "cut.snd")
    assert error.value.thing == "track cut.snd"
    assert error.value.rule.startswith("must ")
    found = str(error.value.found)
    assert any(word in found for word in ("cut off", "cut-off", "without its end", "something"))
    assert "again" in error.value.remedy


@pytest.mark.parametrize("format", ["WAV", "FLAC", "OGG"])
def test_damage_to_a_track_raises_nothing_else(format, sine, encode_sound):
    content = encode_sound(sine(16_000, 0.6), 16_000, format)
    random, things = np.random.default_rng(3), set()
    for _ in range(60):
        damaged = bytearray(content)
        for place in random.integers(0, min(400, len(content)), 3):
            damaged[place] = random.integers(0, 256)
        try:
            track = load_track(bytes(damaged), "damaged")
        except MossError as error:
            things.add(error.thing)
        else:
            assert track.samples.isfinite().all()
    assert things <= {"track damaged"}


@pytest.mark.parametrize("format", ["WAV", "OGG"])  # libsndfile writes no FLAC of 0 samples
def test_no_samples(format, encode_sound):
    with pytest.raises(MossError) as error:
        load_track(encode_sound(np.zeros((0, 2)), 44_100, format), "none.snd")
    assert_says(error, "track none.snd", "must hold sound", "0 samples", "Choose")


@pytest.mark.parametrize("format", ["WAV", "FLAC", "OGG", "MP3"])
def test_silence(format, encode_sound):
    with pytest.raises(MossError) as error:
        load_track(encode_sound(np.zeros((44_100, 2)), 44_100, format), "quiet.snd")
    assert_says(error, "track quiet.snd", "louder than -100 dBFS", "silence", "sound")


def test_channels_that_cancel(sine, encode_sound):
    tone = sine()
    content = encode_sound(np.hstack([tone, -tone]), 16_000, "WAV", "FLOAT")
    with pytest.raises(MossError) as error:
        load_track(content, "karaoke.wav")
    assert_says(error, "track karaoke.wav", "mono mix", "cancel each other", "Invert")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_numbers(bad, sine, encode_sound):
    tone = sine()
    tone[100:103] = bad
    with pytest.raises(MossError) as error:
        load_track(encode_sound(tone, 16_000, "WAV", "FLOAT"), "broken.wav")
    assert_says(error, "track broken.wav", "finite samples", "3 that are not", "Export")


def test_too_short(sine, encode_sound):
    with pytest.raises(MossError) as error:
        load_track(encode_sound(sine(16_000, 0.499), 16_000, "WAV"), "blip.wav")
    assert_says(error, "track blip.wav", "at least 0.5 s", "0.499 s", "longer")


@pytest.mark.parametrize("rate", [4000, 7999, 384_001])
def test_a_rate_out_of_range(rate, sine, encode_sound):
    with pytest.raises(MossError) as error:
        load_track(encode_sound(sine(rate), rate, "WAV"), "rate.wav")
    assert_says(error, "track rate.wav", "8,000 to 384,000 Hz", f"{rate:,} Hz", "Resample")


def test_too_many_channels(sine, encode_sound):
    with pytest.raises(MossError) as error:
        load_track(encode_sound(sine(channels=9), 16_000, "WAV"), "nine.wav")
    assert_says(error, "track nine.wav", "at most 8 channels", "9", "Mix")


def _claims_10_hours(format, encode_sound, sine):
    """A second of sound whose header says that there are ten hours."""
    content = bytearray(encode_sound(sine(), 16_000, format, "PCM_16"))
    samples = 36_000 * 16_000
    if format == "WAV":
        place = content.index(b"data") + 4
        content[place : place + 4] = struct.pack("<I", 2 * samples)
        content[4:8] = struct.pack("<I", 2 * samples + place - 4)
    else:
        # STREAMINFO: "fLaC", 4 bytes, 10 bytes of sizes, then rate (20 bits), channels (3),
        # depth (5) and the number of samples (36): RFC 9639, section 8.2.
        (bits,) = struct.unpack(">Q", content[18:26])
        content[18:26] = struct.pack(">Q", bits >> 36 << 36 | samples)
    return bytes(content)


@pytest.mark.parametrize("format", ["WAV", "FLAC"])
def test_ten_hours_are_refused_by_the_header(format, encode_sound, sine):
    with pytest.raises(MossError) as error:
        load_track(_claims_10_hours(format, encode_sound, sine), "long.snd")
    if format == "WAV":  # libsndfile has compared the header with the file
        assert_says(error, "track long.snd", "must hold the 36,000.0 s", "1.0 s", "again")
    else:
        assert_says(error, "track long.snd", "at most 900 s", "36,000 s", "Cut out")


def test_a_long_track_is_refused():
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", 8000, 1, "PCM_U8", format="WAV") as sound:
        for _ in range(16):
            sound.write(np.zeros(60 * 8000, np.int16))
    with pytest.raises(MossError) as error:
        load_track(file.getvalue(), "night.wav")
    assert_says(error, "track night.wav", "at most 900 s", "960 s, 7,680,000 samples", "Cut out")


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0xFFFFF000, 0x7FFFFFFF])
def test_a_wav_that_was_written_to_a_pipe_is_read(size, sine, encode_sound):
    content = bytearray(encode_sound(sine(), 16_000, "WAV", "PCM_16"))
    place = content.index(b"data") + 4
    content[place : place + 4] = struct.pack("<I", size)
    if size == 0x7FFFFFFF:
        with pytest.raises(MossError, match="cut off"):
            load_track(bytes(content))
    else:
        assert load_track(bytes(content)).samples.shape == (1, 16_000)


def test_a_flac_that_was_written_to_a_pipe_has_no_length(sine, encode_sound):
    content = bytearray(encode_sound(sine(), 16_000, "FLAC"))
    (bits,) = struct.unpack(">Q", content[18:26])
    content[18:26] = struct.pack(">Q", bits >> 36 << 36)  # 0: not known (RFC 9639)
    with pytest.raises(MossError) as error:
        load_track(bytes(content), "piped.flac")
    assert_says(error, "track piped.flac", "length in its header", "no length", "Save it again")
