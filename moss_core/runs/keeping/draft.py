"""What a run has learned, written beside its folder and moved in when it is complete.

Death at any moment leaves a folder that opens: as it was, or as it should be. What is derived from
what was learned goes before that changes, and comes after it, so that no sound lies beside newer
masks. A folder that holds another run becomes, in one move of `run.json`, this run before its first
step; then what was learned is moved in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from moss_core.errors import MossError
from moss_core.machine import on_one_core
from moss_core.optimization import Run
from moss_core.runs.covers import covers
from moss_core.runs.keeping.disk import remove, sync, write
from moss_core.runs.keeping.inputs import Inputs
from moss_core.runs.keeping.temporaries import temporary_folder
from moss_core.runs.keeping.tensor_file import write_tensors
from moss_core.runs.layout import AT_HAND, DERIVED, FILE, HISTORY, INPUTS, LISTENED, MASKS
from moss_core.runs.manifest import describe, run_file
from moss_core.runs.reports import history_csv
from moss_core.runs.tensors import pack
from moss_core.synthesis import SUBTYPE

_NOTHING: dict[str, object] = {
    "steps_taken": 0,
    "learned_s": 0.0,
    "hypervolume": 0.0,
    "knee": None,
    "candidates": [],
}
"""What `run.json` says of what was learned before the first step."""
_BEGUN = "begun.json"


class Draft:
    """A run as it is now, or what changed of it, in a temporary folder beside its own.

    It is made by the thread in which the run learns, between two steps, and committed by any.

    Args:
        run: perhaps without a step taken.
        folder: of the run, which need not exist.
        inputs: of the run.
        whole: whether all that people and libraries read goes with it: cover and history.
        cover: whether the cover does in any case.
        subtype: of the WAV files, where there are any.

    Raises:
        OSError: if it cannot be written.
    """

    def __init__(
        self,
        run: Run,
        folder: Path,
        inputs: Inputs,
        *,
        whole: bool = False,
        cover: bool = False,
        subtype: str = SUBTYPE,
    ) -> None:
        self.step = run.history[-1].step if run.history else None
        """The last one that is in it; None: none was taken yet."""
        self._folder, self._inputs = folder, inputs
        self._told = describe(run, inputs.hashes, subtype)
        self._replaces = not _holds(folder, self._told)
        self._whole = whole or self._replaces
        self._stack = ExitStack()
        try:
            self._write(run, cover)
        except BaseException:
            self.discard()
            raise

    def _write(self, run: Run, cover: bool) -> None:
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._stack.enter_context(temporary_folder(self._folder.parent))
        self._aside, self.place = temporary / "old", temporary / "run"
        self._aside.mkdir()
        self.place.mkdir()
        if not self._inputs.are_in(self._folder / INPUTS, looked_into=self._whole):
            self._inputs.write(self.place / INPUTS)
        if run.history:
            with (self.place / MASKS).open("wb") as file:
                write_tensors(file, pack(run), self._inputs.hashes)
            if self._whole or cover:
                with on_one_core():
                    made = covers(run)
                for name, content in made.items():
                    (self.place / name).write_bytes(content)
            if self._whole:
                (self.place / HISTORY).write_text(history_csv(run))
        (self.place / FILE).write_text(_json(self._told))

    def __enter__(self) -> Draft:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    def discard(self) -> None:
        """Remove what is left of it."""
        with suppress(OSError):
            self._stack.close()

    def commit(self) -> None:
        """Move it into the run's folder, all of it on the disk.

        Raises:
            OSError: if that cannot be done; there is then the run as it was, or as it should be.
        """
        for path in (MASKS, *AT_HAND, FILE):
            if (self.place / path).exists():
                sync(self.place / path)
        if not self._folder.exists():
            self._appear()
            return
        self._drop(*DERIVED, *((*AT_HAND, *LISTENED) if self._replaces else ()))
        if (self.place / INPUTS).exists():
            self._inputs.move(self.place / INPUTS, self._folder / INPUTS)
        if self._replaces:
            write(self.place / _BEGUN, _json(self._told | _NOTHING))
            (self.place / _BEGUN).replace(self._folder / FILE)
            sync(self._folder)
            if self.step is None:
                self._drop(MASKS)
        for name in (MASKS, *AT_HAND, FILE, *DERIVED):
            if (self.place / name).exists():
                (self.place / name).replace(self._folder / name)
        if self._whole:
            self._inputs.remove_others(self._folder / INPUTS)
        sync(self._folder)

    def _appear(self) -> None:
        """Become the folder, in one move."""
        if not (self.place / INPUTS).exists():  # it went while this was written
            self._inputs.write(self.place / INPUTS)
        for folder in (self.place / INPUTS, self.place):
            sync(folder)
        self.place.replace(self._folder)
        sync(self._folder.parent)

    def _drop(self, *names: str) -> None:
        for name in names:
            remove(self._folder / name, self._aside / name)


def _holds(folder: Path, told: Mapping[str, Any]) -> bool:
    """Whether a folder holds the run that is told of, as it is now or was before."""
    try:
        return _which(json.loads(run_file(folder))) == _which(told)
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return False


def _which(told: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what tells a run from others; an earlier version may have written it."""
    images = [told["image"], *([told["right"]] if told.get("right") else [])]
    files = [one["sha256"] for one in (*images, *told.get("others", ()), told["track"])]
    config, objectives = told["config"], [one["name"] for one in told["objectives"]]
    return told["created"], files, config["seed"], config["candidates"], objectives


def _json(told: Mapping[str, Any]) -> str:
    return json.dumps(told, indent=2, allow_nan=False) + "\n"


def unwritable(folder: Path, error: OSError) -> MossError:
    """Return what is told where a run's folder cannot be written."""
    return MossError(
        f"folder {folder}",
        "must take the run's files",
        error.strerror or error,
        "Free space, or choose another folder; the run can be written again.",
    )
