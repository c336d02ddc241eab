"""The certificates of a run: of the sounds in its folder, and as files in a folder."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from torch import Tensor

from moss_core.errors import MossError
from moss_core.machine import on_one_core
from moss_core.objectives import Plugins, Settings, discover
from moss_core.optimization import Run, RunConfig
from moss_core.runs.certificates.certificate import Certificate
from moss_core.runs.certificates.codec import CODECS
from moss_core.runs.certificates.examining import Examiner
from moss_core.runs.certificates.page import certificate_page, picture_in_colours
from moss_core.runs.certificates.tables import certificate_csv
from moss_core.runs.exports.full_rate import hybrid
from moss_core.runs.layout import AUDIO, CERTIFICATE_CSV, CERTIFICATE_PAGE, FILE, number_of
from moss_core.runs.loading import input_file
from moss_core.runs.manifest import read_manifest
from moss_core.synthesis import Adjustments, Canvas, Image, Track, load_image, load_track

_PICTURES = "seen"
_AS_EXPORTED = tuple(CODECS)[:1]


@dataclass(frozen=True)
class Showing:
    """What the sounds of a run are to show.

    Args:
        title: of the run.
        images: as they were given; one, or two for the left and the right channel.
        canvas: where there is room for them.
        channels: indices of the painted channels; None: all that sound.
        objectives: names of the run's image objectives.
        parameters: what was set of them.
        opening: number of the candidate that is shown first (`Front.opening`).
        adjustments: what was done to the images; the canvas of a run is as they left it.
    """

    title: str
    images: tuple[Image, ...]
    canvas: Canvas
    channels: tuple[int, ...] | None
    objectives: tuple[str, ...]
    parameters: Settings
    opening: int
    adjustments: Adjustments = field(default_factory=Adjustments)

    def examiner(
        self,
        sound: Track,
        plugins: Plugins | None = None,
        viewers: Sequence[str] | None = None,
    ) -> Examiner:
        """Return what examines sounds as long as one of them; the rest as of `Examiner`.

        Raises:
            MossError: for a canvas that does not fit on it, and as `Examiner`.
        """
        images, canvas = self.adjustments.place(self.images, self.canvas.on(sound))
        return Examiner(
            images,
            canvas,
            plugins,
            viewers,
            self.objectives,
            self.parameters,
            self.channels,
        )


def run_around(file: Path) -> Path | None:
    """Return the folder of the run that a sound file lies in, if it does."""
    folder = file.absolute().parent
    return folder.parent if folder.name == AUDIO and (folder.parent / FILE).is_file() else None


def showing_in(folder: Path, plugins: Plugins | None = None) -> Showing:
    """Return what the sounds in a run's folder are to show.

    Raises:
        MossError: if it is no folder of a run, or the image is not there.
    """
    manifest = read_manifest(folder)
    images = [load_image(input_file(folder, "image", manifest.image_sha256), manifest.image)]
    if manifest.right:
        right = input_file(folder, "right", manifest.right_sha256)
        images.append(load_image(right, manifest.right))
    known = (plugins or discover()).installed
    return Showing(
        manifest.title,
        tuple(images),
        manifest.used,
        _channels(manifest.config),
        tuple(o.name for o in manifest.objectives if o.domain == "image" and o.name in known),
        manifest.config.parameters,
        manifest.front.number(manifest.front.opening),
        manifest.config.adjustments,
    )


def _showing_of(run: Run) -> Showing:
    return Showing(
        run.title,
        (run.image, run.right) if run.right else (run.image,),
        run.model.parts[0].canvas,
        _channels(run.config),
        tuple(run.objectives[k].name for k in run.active if run.objectives[k].domain == "image"),
        run.config.parameters,
        run.state.front.number(run.state.front.opening),
        run.config.adjustments,
    )


def certify_candidate(
    run: Run, waveform: Tensor, name: str, codecs: Sequence[str] = _AS_EXPORTED
) -> Certificate:
    """Return the certificate of a candidate's file.

    Args:
        run: whose candidate it is.
        waveform: its channels, `(P, samples)` at the working rate.
        name: of the file.
        codecs: names, as in `CODECS`.

    Raises:
        MossError: if it cannot be examined.
    """
    sound = Track(hybrid(run, waveform), run.track.sample_rate, name, "")
    return _showing_of(run).examiner(sound).certify(sound, codecs)


def _channels(config: RunConfig) -> tuple[int, ...] | None:
    return {"left": (0,), "right": (1,)}.get(config.channels)


def sounds_in(folder: Path) -> list[Path]:
    """Return the sounds in the folder of a run, in the order of their names.

    Raises:
        MossError: if there is none.
    """
    files = sorted((folder / AUDIO).glob("*.wav"))
    if not files:
        raise MossError(
            f"run {folder.name}",
            f"must have sounds in {AUDIO}/",
            "none",
            "Write them with `moss resume`.",
        )
    return files


def certify_sounds(
    folder: Path,
    showing: Showing,
    plugins: Plugins | None = None,
    viewers: Sequence[str] | None = None,
    codecs: Sequence[str] | None = None,
    tell: Callable[[float], None] = lambda done: None,
) -> list[Certificate]:
    """Return the certificates of all sounds in a run's folder, in the order of their names.

    Args:
        folder: with the sounds in `audio/`.
        showing: what they are to show.
        plugins: what is installed; looked up by default.
        viewers: names of programs; None: all that are installed.
        codecs: names; None: all for the candidate that is shown first, as exported for the others.
        tell: is told which share of the sounds it has begun with; what it raises ends the work.

    Raises:
        MossError: if there is no sound, or it cannot be examined.
    """
    files = sounds_in(folder)
    examiner = showing.examiner(load_track(files[0]), plugins, viewers)
    first = [file for file in files if number_of(file) == showing.opening]
    usual = {file: tuple(CODECS) if file in first else _AS_EXPORTED for file in files}
    # The file that has the most to do comes first, so that no core waits for it in the end.
    order = sorted(files, key=lambda file: file not in first)

    def begin(number: int) -> Track:
        tell(number / len(order))
        return load_track(order[number])

    found = examiner.certify_all(
        [
            (partial(begin, number), usual[file] if codecs is None else codecs)
            for number, file in enumerate(order)
        ]
    )
    return [found[order.index(file)] for file in files]


def certify_run(run: Run, folder: Path, tell: Callable[[float], None] = lambda done: None) -> None:
    """Add its certificate to the folder that a run was saved in.

    Raises:
        MossError: as `certify_sounds`, which `tell` is for.
    """
    found = certify_sounds(folder, _showing_of(run), tell=tell)
    for name, content in certificate_files(found, run.title).items():
        (folder / name).write_text(content, encoding="utf-8")


def certificate_files(certificates: Sequence[Certificate], title: str) -> dict[str, str]:
    """Return certificates as a table and a page, by the names of their files."""
    return {
        CERTIFICATE_CSV: certificate_csv(certificates),
        CERTIFICATE_PAGE: certificate_page(certificates, title),
    }


@on_one_core()
def write_certificates(
    certificates: Sequence[Certificate], title: str, folder: Path, pictures: bool = True
) -> None:
    """Write certificates into a folder, which is made if it is not there.

    Args:
        certificates: of one run, or of one file.
        title: of the page.
        folder: gets `certificate.csv`, `certificate.html`, and `seen/` with the pictures.
        pictures: whether it gets those.

    Raises:
        MossError: if the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in certificate_files(certificates, title).items():
            (folder / name).write_text(content, encoding="utf-8")
        for certificate in certificates if pictures else ():
            _write_pictures(certificate, folder / _PICTURES)
    except OSError as error:
        raise MossError(
            f"folder {folder}", "must take the certificate", error.strerror, "Name another."
        ) from error


def _write_pictures(certificate: Certificate, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    sound = Path(certificate.sound).stem
    for entry in certificate.entries:
        file = io.BytesIO()
        picture_in_colours(entry.picture, entry.viewer.colours).save(file, "PNG")
        words = sound, entry.viewer.name, entry.channel.replace(" ", "_"), entry.codec.name
        (folder / f"{'-'.join(words)}.png").write_bytes(file.getvalue())
