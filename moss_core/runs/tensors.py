"""All that a run has learned, as named tensors for a file, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from moss_core.optimization import MAX_CANDIDATES, MAX_STEPS, NAMES, Record, Run, State
from moss_core.runs.written.learned import check_values, damaged
from moss_core.synthesis import MASK_SHAPE
from moss_core.words import count_text


def pack(run: Run) -> dict[str, Tensor]:
    """Return all that a run has learned.

    Rows lie in the order of the files, from the most track to the most image, and `index` tells
    whose they are. Candidates that were added but not rendered yet come last and have no mask and
    no waveform. `learning` names those that learn alone; empty: all learn. They are the run's own
    tensors where that can be: what is done with them is done before it takes its next step.
    """
    order = [candidate.index for candidate in run.candidates()]
    everyone = order + [i for i in range(len(run.optimizer.preferences)) if i not in set(order)]
    rows, adam_steps = run.optimizer.learned()
    tensors = {
        "masks": _rows(run.state.mask, order),
        "waveforms": _rows(run.state.waveform, order),
        "index": torch.tensor(everyone),
        "preferences": run.optimizer.preferences[everyone],
        "learning": torch.tensor(sorted(run.optimizer.learning_only or ()), dtype=torch.int64),
        "adam_steps": torch.tensor(adam_steps),
        "planned": torch.tensor(run.planned),
        "history_losses": _ragged([r.losses for r in run.history])[:, order],
        "history_preferences": _ragged([r.preferences for r in run.history])[:, order],
        "history_seconds": torch.tensor([r.seconds for r in run.history], dtype=torch.float64),
    } | {name: _rows(tensor, everyone) for name, tensor in zip(NAMES, rows, strict=True)}
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}


def _rows(tensor: Tensor, order: list[int]) -> Tensor:
    """Return rows in this order; the tensor itself where they lie in it."""
    return tensor if order == list(range(len(tensor))) else tensor[order]


def _ragged(records: Sequence[Sequence[Sequence[float]]]) -> Tensor:
    """Stack `[step][candidate][objective]`; NaN where a candidate was not there yet."""
    most = max(map(len, records))
    if all(len(record) == most for record in records):
        return torch.from_numpy(np.array(records, dtype=np.float32))
    stacked = torch.full((len(records), most, len(records[0][0])), torch.nan)
    for row, record in zip(stacked, records, strict=True):
        row[: len(record)] = torch.tensor(record)
    return stacked


def unpack(run: Run, tensors: Mapping[str, Tensor]) -> None:
    """Let a fresh run of the same inputs and configuration go on from what `pack` returned.

    Raises:
        MossError: for tensors that are missing, of other types or shapes, or with values that they
            cannot have.
    """
    check_shapes(run, tensors)
    kept, tensors = tensors, _as_today(run, tensors)
    tensors = {name: tensors[name] for name in _SHAPES}
    check_values(tensors)
    device = run.model.device
    if "phases" in kept:
        logits, phases = (tensors[name].to(device) for name in ("logits", "phase_offsets"))
        (model,) = run.model.parts  # phases were kept when runs had one image
        cells = model.in_bins(model.on_cells(logits.sigmoid()))
        tensors["phase_offsets"] = model.offsets_to(phases, cells[:, None])
    rendered = len(tensors["masks"])
    place = torch.argsort(tensors["index"])  # of each candidate in the rows
    shown = torch.argsort(tensors["index"][:rendered])
    losses, preferences = (
        tensors[f"history_{name}"][:, shown].tolist() for name in ("losses", "preferences")
    )
    history = tuple(
        Record(step, _present(found, weights), _present(weights, weights), seconds)
        for step, (found, weights, seconds) in enumerate(
            zip(losses, preferences, tensors["history_seconds"].tolist(), strict=True)
        )
    )
    front = run.optimizer.front(history[-1])
    state = State(
        history[-1],
        tensors["masks"][shown].to(device),
        tensors["waveforms"][shown].to(device),
        front,
        _rendered(history, front.active),
    )
    rows = [tensors[name][place] for name in NAMES]
    run.planned = int(tensors["planned"])
    steps = int(tensors["adam_steps"])
    run.resume_from(history, state, tensors["preferences"][place], rows, steps)
    run.learn_only(tensors["learning"].tolist())


def _rendered(history: Sequence[Record], active: Sequence[int]) -> tuple[int, ...]:
    """Return the steps at which the candidates were last rendered, which the file does not hold.

    Two renderings of one mask have the same losses, and those of two masks have not.
    """

    def last_change(candidate: int) -> int:
        last, latest = history[-1].step, [history[-1].losses[candidate][k] for k in active]
        for record in reversed(history):
            there = candidate < len(record.losses)
            if not there or [record.losses[candidate][k] for k in active] != latest:
                break
            last = record.step
        return last

    return tuple(map(last_change, range(len(history[-1].losses))))


def _as_today(run: Run, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Complete what an earlier version wrote.

    It kept phases where offsets from the track's are kept now (`unpack` makes these of those). The
    first ones learned none: moments of 0. Later ones painted the mono mix only, without a dimension
    for channels, and measured it whole at each step.
    """
    found = dict(tensors)
    phases = found.pop("phases", None)
    if phases is None:
        return found
    for name in ("phase_first_moments", "phase_second_moments"):
        found.setdefault(name, torch.zeros_like(phases))
    found.setdefault("learning", torch.zeros(0, dtype=torch.int64))  # the very first had all learn
    found["phase_offsets"] = phases
    if found.keys() != _SHAPES.keys() - {"measured"}:
        return found
    for name in ("waveforms", "phase_offsets", "phase_first_moments", "phase_second_moments"):
        found[name] = found[name].unsqueeze(1)
    turns, losses = len(run.model.targets) * len(run.model.sights), found["history_losses"]
    if losses.ndim == 3 and losses.shape[0]:
        rendered = losses[-1, :, None].expand(-1, turns, -1)  # M x turns x K
        measured = losses.new_full((len(found["index"]), *rendered.shape[1:]), torch.nan)
        measured[: len(rendered)] = rendered
        found["measured"] = measured
    return found


def _present(
    values: Sequence[Sequence[float]], weights: Sequence[Sequence[float]]
) -> tuple[tuple[float, ...], ...]:
    """Drop the candidates that were not there yet: those without weights."""
    return tuple(
        tuple(row) for row, known in zip(values, weights, strict=True) if not math.isnan(known[0])
    )


def check_counts(tensors: Mapping[str, Tensor], candidates: int, objectives: int) -> None:
    """See, before a run is made, whether tensors fit to what is said of it.

    Args:
        tensors: of a file; their values do not matter.
        candidates: that the run began with.
        objectives: how many it has.

    Raises:
        MossError: if they do not.
    """
    for name in _ALWAYS:
        if name not in tensors:
            raise damaged(f"no {name}")
    preferences, masks = tensors["preferences"], tensors["masks"]
    if preferences.ndim != 2 or preferences.shape[1] != objectives:
        found = f"preferences of shape {tuple(preferences.shape)}"
        raise damaged(f"{found} for {count_text(objectives, 'objective')}")
    known = preferences.shape[0]
    if not candidates <= known <= MAX_CANDIDATES:
        raise damaged(f"{count_text(known, 'candidate')} of a run that began with {candidates:,}")
    rendered = masks.shape[0] if masks.ndim else 0
    if not candidates <= rendered <= known:
        raise damaged(f"{count_text(rendered, 'mask')} of {count_text(known, 'candidate')}")


def check_shapes(run: Run, tensors: Mapping[str, Tensor]) -> None:
    """See whether tensors have the names, the types and the shapes that a run's have.

    Args:
        run: of the same inputs and configuration.
        tensors: of a file; their values do not matter.

    Raises:
        MossError: if they have not.
    """
    if "phases" in tensors and len(run.model.parts) > 1:
        raise damaged("phases, which runs of several images never had")
    try:
        tensors = _as_today(run, tensors)
    except (IndexError, RuntimeError, TypeError) as error:
        raise damaged("tensors of an older version that do not fit together") from error
    model, terms = run.model, len(run.objectives)
    missing = sorted(_SHAPES.keys() - tensors.keys())
    if missing:
        raise damaged(f"no {', '.join(missing)}")
    sizes = {
        "N": _length(tensors["index"]),
        "M": _length(tensors["masks"]),
        "K": terms,
        "L": _length(tensors["learning"]),
        "S": _length(tensors["history_seconds"]),
        "samples": model.samples,
        "channels": len(model.track),
        "turns": len(model.parts[0].targets) * len(model.sights),
        "bins": model.stft.bins,
        "frames": model.frames,
        "rows": len(model.parts) * MASK_SHAPE[0],
        "columns": MASK_SHAPE[1],
    }
    for name, shape in _SHAPES.items():
        wanted, found = tuple(sizes[word] for word in shape.split()), tensors[name]
        if tuple(found.shape) != wanted:
            raise damaged(f"{name} of shape {tuple(found.shape)} for {wanted}")
        if found.dtype != _DTYPES.get(name, torch.float32):
            raise damaged(f"{name} of type {str(found.dtype).removeprefix('torch.')}")
    if not (0 < sizes["M"] <= sizes["N"] <= MAX_CANDIDATES and 0 < sizes["S"] <= MAX_STEPS + 1):
        raise damaged("candidates that do not fit together")
    if sizes["L"] > sizes["N"]:
        raise damaged("more candidates that learn than there are")


def _length(tensor: Tensor) -> int:
    return tensor.shape[0] if tensor.ndim else 0


_ALWAYS = ("masks", "preferences", "index", "history_seconds", "history_losses")
_DTYPES = {
    "index": torch.int64,
    "learning": torch.int64,
    "adam_steps": torch.int64,
    "planned": torch.int64,
    "history_seconds": torch.float64,
}
_SHAPES = {
    "masks": "M rows columns",
    "waveforms": "M channels samples",
    "index": "N",
    "preferences": "N K",
    "learning": "L",
    "adam_steps": "",
    "planned": "",
    "logits": "N rows columns",
    "first_moments": "N rows columns",
    "second_moments": "N rows columns",
    "phase_offsets": "N channels bins frames",
    "phase_first_moments": "N channels bins frames",
    "phase_second_moments": "N channels bins frames",
    "measured": "N turns K",
    "history_losses": "S M K",
    "history_preferences": "S M K",
    "history_seconds": "S",
}
