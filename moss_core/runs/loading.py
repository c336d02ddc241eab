"""Reading the folder of a run back, to go on with it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import safetensors
from torch import Tensor

from moss_core.errors import MossError
from moss_core.machine import logger
from moss_core.objectives import Plugins, discover
from moss_core.optimization import Run, choose_device
from moss_core.reading import clean, open_file
from moss_core.runs.layout import INPUTS, MASKS
from moss_core.runs.manifest import Manifest, read_manifest
from moss_core.runs.tensors import check_counts, check_shapes, unpack
from moss_core.runs.written.header import Header, read_header
from moss_core.runs.written.kept import MOST_IMAGE, MOST_TRACK, input_paths
from moss_core.synthesis import load_image, load_track


def load(folder: str | Path, plugins: Plugins | None = None) -> Run:
    """Return the run that `save` or `save_progress` wrote, with all that it had learned.

    An objective that is not installed any more, or cannot be used on this machine or with the
    parameters of then, is named in the run's `failures`; the run goes on with the others. A device
    that is not there is replaced by one that is.

    Args:
        folder: of the run.
        plugins: what is installed; looked up by default.

    Raises:
        MossError: if something is missing, damaged, of another format or of another run, or if no
            objective of a domain is left.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    image = load_image(input_file(folder, "image", manifest.image_sha256), manifest.image)
    right = None
    if manifest.right_sha256:
        right = load_image(input_file(folder, "right", manifest.right_sha256), manifest.right)
    others = [
        load_image(input_file(folder, f"other{number}", sha256), name)
        for number, (name, sha256) in enumerate(manifest.others, 1)
    ]
    track = load_track(input_file(folder, "track", manifest.track_sha256), manifest.track)
    header = _header(folder, manifest) if manifest.candidates else None
    config = manifest.config
    try:
        choose_device(config.device)
    except MossError as error:
        logger.info("another device is taken: %s", error)
        config = replace(config, device="auto")
    plugins = (plugins or discover()).with_stand_ins(manifest.objectives)
    run = Run(image, track, config, plugins, strict=False, right=right, others=others)
    if header:
        check_shapes(run, header.tensors)
        unpack(run, _tensors(folder, header))
    else:  # it was interrupted before its first step
        run.planned = manifest.planned
        run.step()
    run.title, run.created = manifest.title, manifest.created
    logger.info("opened at step %d", run.state.record.step)
    return run


def input_file(folder: Path, kind: str, sha256: str) -> bytes:
    """Return the bytes of one of a run's inputs.

    Args:
        folder: of the run.
        kind: "image", "track", "right" for the image on the right channel, or "other1" and so on.
        sha256: what the file's hash must be.

    Raises:
        MossError: if it is missing or another one.
    """
    thing = f"run {clean(folder.name)}: its {'right image' if kind == 'right' else kind}"
    remedy = "Put the file back there."
    paths = input_paths(folder, kind)
    if not paths:
        raise MossError(thing, f"must lie in the folder {INPUTS}", "nothing", remedy)
    most = MOST_TRACK if kind == "track" else MOST_IMAGE
    for path in paths:  # of a run that is replaced, the old one may be there too
        with open_file(path, most, thing, remedy) as file:
            try:
                # A file of another content is not kept in memory, however large it is.
                if hashlib.file_digest(file, "sha256").hexdigest() == sha256:  # type: ignore[arg-type]
                    file.seek(0)
                    return file.read(most)
            except OSError as error:
                found = error.strerror or "a damaged disk"
                raise MossError(thing, "must be readable", found, remedy) from error
    raise MossError(
        thing,
        "must be the file that the run was made with",
        f"another one in {INPUTS}/{clean(paths[0].name)}",
        "Put the first one back, or start a new run with this one.",
    )


_REMEDY = "Take it from a backup, or delete the run."


def _header(folder: Path, manifest: Manifest) -> Header:
    """Return what the file of tensors says of itself, which must be this run's."""
    thing = _thing(folder)
    header = read_header(folder / MASKS, thing, _REMEDY)
    hashes = {"image": manifest.image_sha256, "track": manifest.track_sha256}
    if manifest.right_sha256:
        hashes["right"] = manifest.right_sha256
    hashes |= {f"other{n}": sha256 for n, (_, sha256) in enumerate(manifest.others, 1)}
    if header.origin != hashes:
        raise MossError(
            thing,
            "must belong to the images and the track in run.json",
            "those of another run",
            "Put the right file back, or delete the run.",
        )
    check_counts(header.tensors, manifest.config.candidates, len(manifest.objectives))
    return header


def _tensors(folder: Path, header: Header) -> dict[str, Tensor]:
    try:
        with safetensors.safe_open(folder / MASKS, framework="pt") as file:
            return {name: file.get_tensor(name) for name in header.tensors}
    except (OSError, safetensors.SafetensorError) as error:
        told = error.strerror if isinstance(error, OSError) else error
        found = f"a damaged one ({told})"
        raise MossError(_thing(folder), "must be a complete file", found, _REMEDY) from error


def _thing(folder: Path) -> str:
    return f"run {clean(folder.name)}: {MASKS}"
